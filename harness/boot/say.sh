# SPDX-License-Identifier: GPL-2.0-only
#
# say.sh, for sourcing: how the scripts speak, and end where they cannot go on.

say() { echo "${0##*/}: $*" >&2; }
die() { say "$*"; exit 3; }
need() {	# COMMAND|FILE PACKAGE
	[[ $1 == /* && -e $1 ]] || command -v "$1" >/dev/null ||
		die "$1 is missing: install $2"
}
