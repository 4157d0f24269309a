#!/bin/sh
# Installs BittOratio for one user, without root: the program into ~/.local/bin, its menu entry and icons into
# ~/.local/share.
#
#   ./install.sh            installs, or replaces an older version
#   ./install.sh --remove   takes away all that it installed; your data stays, and it says where that is
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${HOME:?is not set, so there is no home folder to install into}"
share=${XDG_DATA_HOME:-$HOME/.local/share} bin=$HOME/.local/bin
entry=$share/applications/org.bittoratio.BittOratio.desktop

# refresh brings the list of icons up to date where this user has one; desktops look into the folders by themselves.
refresh() {
	[ -e "$share/icons/hicolor/icon-theme.cache" ] && command -v gtk-update-icon-cache >/dev/null || return 0
	gtk-update-icon-cache -q -t "$share/icons/hicolor" || :
}

# exec_line is the entry's command: quoted as the Desktop Entry Specification has it, and then for sed.
exec_line() {
	printf 'Exec="%s"' "$(printf '%s' "$bin/bittoratio" | sed -e 's/%/%%/g' -e 's/[\\"`$]/\\&/g' -e 's/\\/\\\\/g')" |
		sed -e 's/[\\&|]/\\&/g'
}

# starts tries the program here, and names what it lacks where it cannot start: a menu would stay silent about it.
starts() {
	said=$("$here/bittoratio" -version 2>&1) && return 0
	lacks=$(ldd "$here/bittoratio" 2>/dev/null | sed -n 's/^[[:space:]]*\([^ ]*\) => not found.*/\1/p' | sort -u | tr '\n' ' ')
	{
		echo "BittOratio does not start on this system, so nothing was installed:"
		echo "    $said"
		if [ -n "$lacks" ]; then
			echo "These libraries are missing: $lacks"
			echo "Install them and all that its window needs, then run this once more:"
			echo "    Debian, Ubuntu   sudo apt install libgl1 libwayland-client0 libx11-6 libxcursor1 libxi6 libxinerama1 libxrandr2 libxxf86vm1"
			echo "    Fedora           sudo dnf install libglvnd-glx libwayland-client libX11 libXcursor libXi libXinerama libXrandr libXxf86vm"
		fi
	} >&2
	return 1
}

left() { [ ! -e "$2" ] || printf '    %s\n        %s\n' "$2" "$1"; }

files() { (cd "$here/share" && find . -type f); }

case ${1:-} in
'')
	starts || exit 1
	mkdir -p "$bin" "$share"
	# Beside the old one and then in its place, so that a program that runs is not disturbed.
	cp "$here/bittoratio" "$bin/.bittoratio.new"
	chmod 755 "$bin/.bittoratio.new"
	mv "$bin/.bittoratio.new" "$bin/bittoratio"
	cp -R "$here/share/." "$share/"
	# A menu does not look into ~/.local/bin everywhere, so its entry says where the program is.
	sed "s|^Exec=.*|$(exec_line)|" "$here/share/applications/org.bittoratio.BittOratio.desktop" >"$entry"
	refresh
	echo "Installed. BittOratio is in your menu, and starts by $bin/bittoratio too."
	;;
--remove)
	rm -f "$bin/bittoratio"
	files | while read -r file; do
		rm -f "$share/$file"
	done
	files | while read -r file; do # folders that are empty now, and only those
		(cd "$share" && rmdir -p "$(dirname "$file")" 2>/dev/null) || :
	done
	rm -f "${XDG_CONFIG_HOME:-$HOME/.config}/autostart/org.bittoratio.BittOratio.desktop"
	refresh
	echo "Removed. What is left is yours; delete it if you do not want it any more:"
	left "your data" "$share/bittoratio"
	left "the window's size and page" "${XDG_CONFIG_HOME:-$HOME/.config}/fyne/org.bittoratio.BittOratio"
	left "a folder of the window's toolkit" "${XDG_CACHE_HOME:-$HOME/.cache}/fyne/org.bittoratio.BittOratio"
	left "where your fonts are, for all programs of that toolkit" "${XDG_CACHE_HOME:-$HOME/.cache}/font_index_v6.cache"
	;;
*)
	echo "usage: ./install.sh [--remove]" >&2
	exit 2
	;;
esac
