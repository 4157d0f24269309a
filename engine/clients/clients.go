package clients

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Client is a BitTorrent client, with one way to set it up for each range of its versions.
type Client struct {
	Key         string // as in -setup CLIENT: "transmission"
	Name        string
	Aliases     []string     // other keys for this client: forks, and programs that are user interfaces for it
	Marks       []string     // what its name in announces and requests begins with; none for "other"
	Generations []Generation // newest first, at least one
	Launches    []Launch     // how to start its programs with this proxy; none if variables and options have no effect

	Torrents      []Folder // where it stores its torrents
	TorrentsNamed Pointer  // the settings that name such a folder
	Database      Database // where some installations store them instead
	FileMarks     []Mark   // show which version wrote its settings file

	Programs      []Program
	Flatpaks      []string // application ids
	Snaps         []string
	Bundles       []string // on macOS: "Transmission.app"
	Uninstall     []string // the beginning of its entry in Windows' list of programs
	FolderOptions []FolderOption
	Locks         []string // files in its usual settings folder, or links, that begin with the number of the process that uses it
	Remote        Remote
}

// Remote has the keys of the settings for the client's remote access, by which it can be changed while it runs. Values
// are as in the file; an empty name means that there is no such setting.
type Remote struct {
	Section string
	On      string   // whether it is on
	Without []string // the programs in which it is on unless the file switches it off
	Port    string
	Usual   int // the port if the file names none
	Login   string
	Asks    bool // it asks programs on this computer for a password if the file has nothing about Login
	User    string
	Name    string // of the user if the file names none
	Secure  string // whether it accepts only https
	Bind    string // the address on which it listens
	Path    string // the beginning of its path
	Usually string // that beginning if the file names none
	Call    string // what follows it
}

// Launch is how to start a program so that it uses BittOratio, with environment variables and options. {ADDR} stands
// for the engine's address, {BUNDLE} for the path of the file of certificates.
type Launch struct {
	Key      string   // "transmission-daemon"
	Client   string   // for people: "Transmission (daemon)"
	Programs []string // the first that is found is used; if none is found, the first one is shown
	Args     []string
	Env      []string
	Proxied  bool // this sets its proxy; otherwise the client's own proxy setting is needed too
}

// Folder is a folder on one system, in the notation of [Paths.Expand].
type Folder struct {
	On   string // as in [runtime.GOOS], where "linux" includes every other Unix; empty for every system
	Path string
}

// Pointer is a setting, in one of several files, whose value is a folder.
type Pointer struct{ Files, Setting []string }

// Database is a file in which a client stores what it usually stores in a folder. Both are names, without a path: the
// file is beside the folder.
type Database struct{ Folder, File string }

// Program is one of a client's programs on Linux and similar systems.
type Program struct {
	Name     string   // of its file
	Title    string   // for people: "Transmission (daemon)"
	Packages []string // that may contain it
	Launch   string   // the key of its [Launch]; empty if it has none
	Version  []string // the arguments with which it prints its version and exits
	Units    []string // its names as a systemd service
	Entries  []string // the files with which desktop menus start it
	Restarts bool     // SIGTERM ends it in an orderly way, and if it is started with the same arguments it continues
}

// Mark is something that a settings file has or lacks, which shows the version that wrote it. The first that fits
// counts.
type Mark struct {
	Section string // as in [Setting]
	Has     []string
	Lacks   []string
	AtLeast int `json:"at_least"` // of the number in the first setting that exists
	Version string
}

// FolderOption is an option or a variable of a program that decides which settings it reads.
type FolderOption struct {
	Option   string   // "--config-dir"; its value follows as the next argument or after =, and that of a letter also at once
	Except   []string // longer options that begin with the letter: "-gsr"
	Variable string   // a variable, in place of an option; it counts only if no option has the same effect
	Commands []string // the value is a list "key=value,…"; only the values of these keys count
	Names    Named    // what the value is
	Below    string   // where in the folder the settings are
	Beside   string   // a folder beside the program's file, in place of an option; it counts if it exists, and nothing else names a folder
}

// Named is what the value of a [FolderOption] is.
type Named string

// The kinds of values.
const (
	NamedFolder  Named = ""        // the folder of the settings
	NamedFile    Named = "file"    // the settings file
	NamedSuffix  Named = "suffix"  // what follows the name of the folder, after _: qBittorrent's configurations
	NamedNothing Named = "nothing" // that no settings file is read, unless another option names one. The value "false" switches this off
	NamedProxy   Named = "proxy"   // a proxy, which counts more than that in the settings file
)

// Generation is a range of versions that are set up in the same way.
type Generation struct {
	Key   string // as in -setup CLIENT: "transmission-4.1", or the client's key if it has only one
	Title string // "Transmission 4.1 and later"

	guide Guide // with {{.Addr}}, {{.Host}} and {{.Port}} in place of the address
}

// Is reports whether a client with this name in its announces, such as "Transmission 4.1.4", is this one.
func (c *Client) Is(name string) bool {
	return slices.ContainsFunc(c.Marks, func(mark string) bool { return strings.HasPrefix(name, mark) })
}

// Launching returns the client that has the launch with this key.
func Launching(key string) (Client, bool) {
	for _, c := range All() {
		if slices.ContainsFunc(c.Launches, func(l Launch) bool { return l.Key == key }) {
			return c, true
		}
	}
	return Client{}, false
}

// Places returns where the client stores its settings, for all its generations.
func (c *Client) Places() (all []Place) {
	for _, g := range c.Generations {
		all = append(all, g.guide.Files...)
	}
	return all
}

// Called returns the client with this name in its announces; ok is false if there is none.
func Called(name string) (c Client, ok bool) {
	all := All()
	i := slices.IndexFunc(all, func(c Client) bool { return c.Is(name) })
	if i < 0 {
		return Client{}, false
	}
	return all[i], true
}

// All returns the clients in the order for a list: the most thoroughly tested first, "other" last.
func All() []Client {
	files := read()
	all := make([]Client, len(files))
	for i, f := range files {
		all[i] = f.client()
	}
	return all
}

// read returns all files in the order of the list. They are part of the program, and tests ensure that they can be
// read.
var read = sync.OnceValue(func() []clientFile {
	var files []clientFile
	names, err := fs.Glob(clientFiles, "*.json")
	for _, name := range names {
		var f clientFile
		if f, err = readClient(name); err != nil {
			break
		}
		files = append(files, f)
	}
	if err != nil || len(files) == 0 {
		panic(fmt.Sprintf("clients: %d files, %v", len(files), err))
	}
	slices.SortFunc(files, func(a, b clientFile) int { return a.Order - b.Order })
	return files
})

// Of returns the generation for a client's own name and version: "qBittorrent 4.5.2", "Transmission/3.00". known is
// false if that is a guess: the newest generation if no version can be read, the oldest if the version is older still.
func (c *Client) Of(name string) (g Generation, known bool) {
	version := versionIn(name)
	for _, g := range c.Generations {
		_, from, _ := strings.Cut(g.Key, "-")
		if len(version) == 0 || slices.Compare(numbers(from), version) <= 0 {
			return g, len(version) > 0
		}
	}
	return c.Generations[len(c.Generations)-1], false
}

// versionIn returns the version that a client's own name ends with, also if a word such as "beta" follows it.
func versionIn(name string) (version []int) {
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == ' ' || r == '/' }) {
		if v := numbers(strings.TrimPrefix(word, "v")); len(v) > 0 {
			version = v
		}
	}
	return version
}

// numbers reads the numbers that a version begins with: 4, 5 and 2 of "4.5.2beta3".
func numbers(version string) (all []int) {
	for part := range strings.SplitSeq(version, ".") {
		digits := strings.IndexFunc(part, func(r rune) bool { return r < '0' || r > '9' })
		if digits < 0 {
			digits = len(part)
		}
		n, err := strconv.Atoi(part[:digits])
		if err != nil {
			return all
		}
		if all = append(all, n); digits < len(part) {
			return all
		}
	}
	return all
}

// Names returns the keys that [Find] accepts, without aliases: for each client its own, then those of its generations.
func Names() []string {
	var names []string
	for _, c := range All() {
		names = append(names, c.Key)
		for _, g := range c.Generations {
			if g.Key != c.Key {
				names = append(names, g.Key)
			}
		}
	}
	return names
}

// Find returns the generation with that key, or the newest of the client with that key or alias. Case does not matter.
func Find(key string) (Generation, bool) {
	key = strings.ToLower(strings.TrimSpace(key))
	for _, c := range All() {
		if c.Key == key || slices.Contains(c.Aliases, key) {
			return c.Generations[0], true
		}
		for _, g := range c.Generations {
			if g.Key == key {
				return g, true
			}
		}
	}
	return Generation{}, false
}

//go:embed *.json
var clientFiles embed.FS

// Say translates a name or title of this package into a language, as in [Values].
func Say(text, language string) string {
	if translated := wordsIn(language)[text]; translated != "" {
		return translated
	}
	return text
}

// wordsIn returns the translations of all guides' texts into a language, by the English text. Texts that are the same
// in both are missing.
func wordsIn(language string) map[string]string {
	words := map[string]string{}
	for _, f := range read() {
		maps.Copy(words, f.In[language])
	}
	return words
}

// clientFile is one JSON file of this package.
type clientFile struct {
	Order   int
	Key     string
	Name    string
	Aliases []string
	Marks   []string

	// In has the translations of this file's texts: "in_fr" is an object of them, by the English text.
	In map[string]map[string]string `json:"-"`

	PeerIDs       []peerID `json:"peer_ids"`
	Libtorrent    []string // prefixes of the peer ids, listed above or not, of clients built on libtorrent (Rasterbar)
	Launch        []Launch
	Torrents      []Folder
	TorrentsNamed Pointer `json:"torrents_named_in"`
	Database      Database
	FolderOptions []FolderOption `json:"folder_options"`
	Locks         []string
	FileMarks     []Mark `json:"file_marks"`

	Remote                              Remote
	Programs                            []Program
	Flatpaks, Snaps, Bundles, Uninstall []string

	Generations []struct {
		Key, Title, Tried, Intro, Off string

		Doors    []Door
		Steps    []string
		Snippets []struct {
			Title, Place, Language string

			Text []string // its lines
		}
		Files []Place
		Traps []string
		Apply *Edit
	}
}

// readClient rejects unknown keys, because advice under a misspelt key would never be shown.
func readClient(name string) (clientFile, error) {
	var f clientFile
	raw, err := clientFiles.ReadFile(name)
	if err != nil {
		return f, err
	}
	if raw, f.In, err = takeLanguages(raw); err != nil {
		return f, fmt.Errorf("%s: %w", name, err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return f, fmt.Errorf("%s: %w", name, err)
	}
	if f.Key == "" || len(f.Generations) == 0 {
		return f, fmt.Errorf("%s has no key or no generation", name)
	}
	return f, nil
}

// takeLanguages removes the translations from a file, and returns them by language. So a new language needs only new
// keys.
func takeLanguages(raw []byte) (rest []byte, in map[string]map[string]string, err error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, nil, err
	}
	in = map[string]map[string]string{}
	for key, value := range fields {
		language, ok := strings.CutPrefix(key, "in_")
		if !ok {
			continue
		}
		var texts map[string]string
		if err := json.Unmarshal(value, &texts); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", key, err)
		}
		in[language] = texts
		delete(fields, key)
	}
	rest, err = json.Marshal(fields)
	return rest, in, err
}

func (f clientFile) client() Client {
	c := Client{
		Key: f.Key, Name: f.Name, Aliases: f.Aliases, Marks: f.Marks, Launches: f.Launch, Torrents: f.Torrents, TorrentsNamed: f.TorrentsNamed,
		Database: f.Database, FolderOptions: f.FolderOptions, Locks: f.Locks, FileMarks: f.FileMarks, Remote: f.Remote,
		Programs: f.Programs, Flatpaks: f.Flatpaks, Snaps: f.Snaps, Bundles: f.Bundles, Uninstall: f.Uninstall,
	}
	for _, g := range f.Generations {
		guide := Guide{
			Client: f.Name, Title: g.Title, Tried: g.Tried, Intro: g.Intro, Doors: g.Doors, Steps: g.Steps, Files: g.Files, Traps: g.Traps, Off: g.Off,
			FolderOptions: f.FolderOptions,
		}
		if g.Apply != nil {
			edit := *g.Apply
			edit.Marks = f.FileMarks
			guide.Apply = &edit
		}
		for _, s := range g.Snippets {
			guide.Snippets = append(guide.Snippets, Snippet{s.Title, s.Place, s.Language, strings.Join(s.Text, "\n")})
		}
		c.Generations = append(c.Generations, Generation{Key: g.Key, Title: g.Title, guide: guide})
	}
	return c
}
