package find

import "golang.org/x/sys/windows/registry"

// owner returns "unknown", so that no program is run on Windows.
func owner(string) int { return -1 }

// installed reads the uninstall entries of the computer and of the user.
func installed() (all []Entry) {
	const path = `SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`
	for _, root := range []registry.Key{registry.LOCAL_MACHINE, registry.CURRENT_USER} {
		for _, view := range []uint32{registry.WOW64_64KEY, registry.WOW64_32KEY} {
			all = append(all, entries(root, path, view)...)
		}
	}
	return all
}

func entries(root registry.Key, path string, view uint32) (all []Entry) {
	list, err := registry.OpenKey(root, path, registry.ENUMERATE_SUB_KEYS|view)
	if err != nil {
		return nil
	}
	defer list.Close()
	names, err := list.ReadSubKeyNames(-1)
	if err != nil {
		return nil
	}
	for _, name := range names {
		k, err := registry.OpenKey(list, name, registry.QUERY_VALUE|view)
		if err != nil {
			continue
		}
		var e Entry
		e.Name, _, err = k.GetStringValue("DisplayName")
		e.Version, _, _ = k.GetStringValue("DisplayVersion") // an entry may lack it
		e.Folder, _, _ = k.GetStringValue("InstallLocation")
		if _ = k.Close(); err == nil {
			all = append(all, e)
		}
	}
	return all
}
