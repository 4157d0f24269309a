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

files() { (cd "$here/share" && find . -type f); }

case ${1:-} in
'')
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
	echo "Removed. Your data is still in $share/bittoratio; delete that folder if you do not want it any more."
	;;
*)
	echo "usage: ./install.sh [--remove]" >&2
	exit 2
	;;
esac
