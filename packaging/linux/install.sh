#!/bin/sh
# Installs BittOratio for one user, without root: the program into ~/.local/bin, its menu entry and icons into
# ~/.local/share.
#
#   ./install.sh            installs it, or replaces an older version
#   ./install.sh --remove   removes everything that it installed, and prints where your data is, which stays
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${HOME:?is not set, so the home folder to install into is not known}"
share=${XDG_DATA_HOME:-$HOME/.local/share} bin=$HOME/.local/bin
entry=$share/applications/org.bittoratio.BittOratio.desktop

# refresh updates this user's icon cache if there is one. Desktops notice the other files without help.
refresh() {
	[ -e "$share/icons/hicolor/icon-theme.cache" ] && command -v gtk-update-icon-cache >/dev/null || return 0
	gtk-update-icon-cache -q -t "$share/icons/hicolor" || :
}

# exec_line prints the Exec line of the menu entry, quoted as the Desktop Entry Specification demands, and then for sed.
exec_line() {
	printf 'Exec="%s"' "$(printf '%s' "$bin/bittoratio" | sed -e 's/%/%%/g' -e 's/[\\"`$]/\\&/g' -e 's/\\/\\\\/g')" |
		sed -e 's/[\\&|]/\\&/g'
}

# starts reports whether the program starts on this system, and prints which libraries are missing if it does not: started
# from a menu, it would fail without a message.
starts() {
	output=$("$here/bittoratio" -version 2>&1) && return 0
	missing=$(ldd "$here/bittoratio" 2>/dev/null | sed -n 's/^[[:space:]]*\([^ ]*\) => not found.*/\1/p' | sort -u | tr '\n' ' ')
	{
		echo "BittOratio does not start on this system, so nothing was installed:"
		echo "    $output"
		if [ -n "$missing" ]; then
			echo "These libraries are missing: $missing"
			echo "Install everything that the window needs, then run this script again:"
			echo "    Debian, Ubuntu   sudo apt install libgl1 libwayland-client0 libx11-6 libxcursor1 libxi6 libxinerama1 libxrandr2 libxxf86vm1"
			echo "    Fedora           sudo dnf install libglvnd-glx libwayland-client libX11 libXcursor libXi libXinerama libXrandr libXxf86vm"
		fi
	} >&2
	return 1
}

# left DESCRIPTION PATH prints a path that exists, with its description.
left() { [ ! -e "$2" ] || printf '    %s\n        %s\n' "$2" "$1"; }

# files prints the files that are installed below $share.
files() { (cd "$here/share" && find . -type f); }

case ${1:-} in
'')
	starts || exit 1
	mkdir -p "$bin" "$share"
	# Replaced by a rename, which a running program survives.
	cp "$here/bittoratio" "$bin/.bittoratio.new"
	chmod 755 "$bin/.bittoratio.new"
	mv "$bin/.bittoratio.new" "$bin/bittoratio"
	cp -R "$here/share/." "$share/"
	# Not every desktop searches ~/.local/bin, so the menu entry has the full path.
	sed "s|^Exec=.*|$(exec_line)|" "$here/share/applications/org.bittoratio.BittOratio.desktop" >"$entry"
	refresh
	echo "Installed. BittOratio is in your menu; $bin/bittoratio starts it too."
	;;
--remove)
	rm -f "$bin/bittoratio"
	files | while read -r file; do
		rm -f "$share/$file"
	done
	files | while read -r file; do # rmdir removes only folders that are empty now
		(cd "$share" && rmdir -p "$(dirname "$file")" 2>/dev/null) || :
	done
	rm -f "${XDG_CONFIG_HOME:-$HOME/.config}/autostart/org.bittoratio.BittOratio.desktop"
	refresh
	echo "Removed. Delete the following yourself if you do not need it any more:"
	left "your data" "$share/bittoratio"
	left "the window's size and page" "${XDG_CONFIG_HOME:-$HOME/.config}/fyne/org.bittoratio.BittOratio"
	left "a cache of the window's toolkit, Fyne" "${XDG_CACHE_HOME:-$HOME/.cache}/fyne/org.bittoratio.BittOratio"
	left "a list of your fonts, which all Fyne programs share" "${XDG_CACHE_HOME:-$HOME/.cache}/font_index_v6.cache"
	;;
*)
	echo "usage: ./install.sh [--remove]" >&2
	exit 2
	;;
esac
