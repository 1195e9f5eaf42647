#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel.sh KERNEL                    a stock Debian cloud kernel, by its line
# kernel.sh DIRECTORY                 a kernel that is already prepared
# kernel.sh -p OUT VMLINUZ MODULES    prepare a kernel of your own in OUT;
#                                     MODULES is its INSTALL_MOD_PATH
#
# Prints the directory of the prepared kernel on stdout, all else on stderr:
#   vmlinuz release package [config]  image, uname -r, what was used
#   modules/*.ko                      KVM and what it depends on, decompressed
#   load.amd load.intel               their file names in load order
# KERNEL is one of the table below. It is fetched once, from the mirrors that
# the system's own package sources name (or DEFLECT_MIRROR and
# DEFLECT_SECURITY_MIRROR), signatures verified, into
# ${DEFLECT_CACHE:-build/cache}/kernels/KERNEL; remove that directory to get the
# newest again. With it in place there is no network access. Safe to run
# twice at once and to kill. Exit: 0, 2 usage, 3 it cannot be had.
set -u
export LC_ALL=C

suites='
5.10  bullseye
6.1   bookworm
6.12  trixie
7.2   sid
rc    experimental
'
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
root=$(cd "$(dirname "$0")/../.." && pwd) || exit 3

say() { echo "kernel.sh: $*" >&2; }
die() { say "$*"; exit 3; }
usage() {
	say "usage: KERNEL|DIRECTORY, or -p OUT VMLINUZ MODULES; KERNEL is" \
		"$(awk '{ printf "%s ", $1 }' <<<"$suites")"
	exit 2
}
need() { command -v "$1" >/dev/null || die "$1 is missing: install $2"; }

is_prepared() {
	[ -s "$1/vmlinuz" ] && [ -s "$1/release" ] && [ -d "$1/modules" ] &&
		[ -f "$1/load.amd" ] && [ -f "$1/load.intel" ]
}

decompress() {	# FROM TO
	case $1 in
	*.xz)	xz -dc "$1" >"$2" ;;
	*.zst)	zstd -dcq "$1" >"$2" ;;
	*.gz)	gzip -dc "$1" >"$2" ;;
	*)	cp "$1" "$2" ;;
	esac
}

# Cut off a module's appended signature: the module's end is its length (a
# big-endian word), then a 28-byte magic. Checking signatures costs an
# emulated CPU more than the rest of loading KVM: 8 s a boot under Bochs. The
# code stays the same; the kernel is tainted E.
unsign() {	# FILE
	local length

	tail -c 28 "$1" | grep -qa '^~Module signature appended~$' || return 0
	length=$(tail -c 32 "$1" | head -c 4 | od -An -tx1 | tr -d ' ')
	truncate -s "-$((0x$length + 40))" "$1"
}

# The files to load for module $2, dependencies first, from directory $1 of
# the kernel's modules; nothing when it is built in.
load_order() {
	grep -q "/$2\.ko\$" "$1/modules.builtin" 2>/dev/null && return
	awk -F: -v m="/$2.ko" 'index($1, m) {
		n = split($2, dep, " ")
		for (i = n; i; i--) print dep[i]
		print $1; found = 1
	} END { exit !found }' "$1/modules.dep"
}

prepare() {	# OUT VMLINUZ MODULES: fill OUT, which may hold a config
	local out=$1 dir vendor file name

	set -- "$2" "$3"/lib/modules/*/modules.order
	[ $# = 2 ] && [ -f "$2" ] ||
		die "no lib/modules/RELEASE in the modules given: want exactly one"
	dir=${2%/*}
	need depmod kmod
	mkdir -p "$out/modules" && cp "$1" "$out/vmlinuz" &&
		basename "$dir" >"$out/release" || die "cannot write $out"
	depmod -b "${dir%/lib/modules/*}" "${dir##*/}" ||
		die "depmod failed on $dir"
	for vendor in amd intel; do
		load_order "$dir" kvm-$vendor >"$out/list" ||
			die "no kvm-$vendor module in $dir: enable CONFIG_KVM_${vendor^^}"
		while read -r file; do
			name=${file##*/}
			name=${name%.ko*}.ko
			decompress "$dir/$file" "$out/modules/$name" ||
				die "cannot decompress $dir/$file"
			if grep -qs "^# CONFIG_MODULE_SIG_FORCE is not" \
					"$out/config"; then
				unsign "$out/modules/$name"
			fi
			echo "$name"
		done <"$out/list" >"$out/load.$vendor" || exit 3
	done
	rm "$out/list"
}

# "URI SUITE" of the configured package sources that have a component main.
# apt itself reads them, so both formats work; $1 is an empty list directory.
sources() {
	apt-get --print-uris -o Dir::State::Lists="$1" update 2>/dev/null |
		sed -n "s,^'\(.*\)/dists/\([^']*\)/main/binary-.*,\1 \2,p" |
		awk '!seen[$0]++'
}

# An apt root of our own: its own sources, lists, cache and status; of the
# system's configuration only how to fetch (proxies, retries, credentials).
apt_root() {
	mkdir -p "$1"/{empty,etc/apt/{apt.conf,preferences}.d} \
		"$1"/var/{lib/apt/lists,cache/apt/archives}/partial ||
		die "cannot write $1"
	: >"$1/status"
	{
		apt-config dump | grep '^Acquire::' | grep -v '::IndexTargets'
		cat <<-END
		Dir "$1";
		Dir::State::status "$1/status";
		Dir::Etc::netrc "/etc/apt/auth.conf";
		Dir::Etc::netrcparts "/etc/apt/auth.conf.d";
		APT::Sandbox::User "root";
		APT::Architecture "amd64";
		APT::Architectures "amd64";
		Acquire::Languages "none";
		END
	} >"$1/apt.conf"
}

# Read the indexes of "URI SUITE"... into the apt root $1. A suite whose
# Release file has expired is taken as it is, its signature still verified.
apt_update() {
	local apt=$1 list=$1/etc/apt/sources.list expired suite

	shift
	printf "deb [signed-by=$keyring] %s main\n" "$@" >"$list"
	until apt-get -q update -o APT::Update::Error-Mode=any \
			>"$apt/log" 2>&1; do
		expired=$(sed -n 's,.*/dists/\(.*\)/In.* is expired.*,\1,p' \
			"$apt/log" | sort -u)
		[ -n "$expired" ] || return 1
		for suite in $expired; do
			grep -q "valid-until=no\] .* $suite main" "$list" &&
				return 1
			say "the Release file of $suite has expired, using it"
			sed -i "/ $suite main/s,\], check-valid-until=no]," "$list"
		done
	done
}

fetch() {	# KERNEL SUITE OUT TMP: download, unpack, prepare OUT
	local kernel=$1 suite=$2 out=$3 apt=$4/apt tree=$4/tree
	local mirror mirrors security image packages

	need apt-get apt
	need dpkg-deb dpkg
	[ -f "$keyring" ] || die "$keyring is missing: install debian-archive-keyring"
	apt_root "$apt"
	mirrors=${DEFLECT_MIRROR:-$(sources "$apt/empty" | sed -n 's, [^-/]*$,,p' |
		awk '!seen[$0]++')}
	security=${DEFLECT_SECURITY_MIRROR:-$(sources "$apt/empty" |
		sed -n 's, [^ ]*-security$,,p' | head -n 1)}
	[ -n "$mirrors" ] ||
		die "no package mirror is configured: set DEFLECT_MIRROR to a Debian archive's URI"
	case $suite in
	sid|experimental) security= ;;
	*) [ -n "$security" ] || say "no -security mirror is configured:" \
		"the newest kernel of $suite may be missed" ;;
	esac

	export APT_CONFIG=$apt/apt.conf
	say "$kernel: looking for the cloud kernel of $suite"
	for mirror in $mirrors none; do
		[ "$mirror" = none ] && die "cannot read $suite from" $mirrors \
			${security:+or its -security}: \
			"$(grep -m1 '^E:' "$apt/log"); set DEFLECT_MIRROR," \
			"or give a prepared directory"
		apt_update "$apt" "$mirror $suite" \
			${security:+"$security $suite-security"} && break
	done

	image=$(depends linux-image-cloud-amd64 | grep '^linux-image-')
	[ -n "$image" ] || die "$suite has no linux-image-cloud-amd64"
	packages="$image $(depends "$image" |
		grep -E '^linux-(base|binary|modules)-.*-cloud-amd64$')"
	say "$kernel: fetching" $packages
	mkdir "$4/deb" "$tree" && (cd "$4/deb" && apt-get -q download $packages) \
		>"$apt/log" 2>&1 ||
		die "cannot download $image: $(grep -m1 '^E:' "$apt/log")"
	for deb in "$4"/deb/*.deb; do
		dpkg-deb -x "$deb" "$tree" || die "cannot unpack ${deb##*/}"
	done
	[ -d "$tree/lib" ] || ln -s usr/lib "$tree/lib"

	mkdir "$out"
	cp "$tree"/boot/config-* "$out/config" 2>/dev/null ||
		cp "$tree"/lib/modules/*/config "$out/config" 2>/dev/null
	prepare "$out" "$(ls "$tree"/boot/vmlinuz-* \
		"$tree"/lib/modules/*/vmlinuz 2>/dev/null | head -n 1)" "$tree"
	apt-cache show "$image" | awk '/^Package:/ { p = $2 }
		/^Version:/ { print p, $2; exit }' >"$out/package"
	case $(cat "$out/release") in
	"$kernel"[.-]*) ;;
	*) [ "$kernel" = rc ] ||
		say "$kernel: $suite now has $(cat "$out/release")" ;;
	esac
}

depends() {	# PACKAGE: what its newest version depends on
	apt-cache depends --no-recommends --no-suggests --no-breaks \
		--no-conflicts --no-replaces --no-enhances "$1" |
		sed -n 's/^ *|*Depends: //p'
}

case ${1-} in
''|-h|--help) usage ;;
-p)
	[ $# = 4 ] || usage
	mkdir "$2" || die "$2 must not exist yet"
	(prepare "$2" "$3" "$4") || { rm -r "$2"; exit 3; }
	echo "own kernel" >"$2/package"
	cd "$2" && pwd
	exit ;;
esac
[ $# = 1 ] || usage
if [ -d "$1" ]; then
	is_prepared "$1" || die "$1 is not a prepared kernel: it needs vmlinuz," \
		"release, modules/, load.amd, load.intel (make one with -p)"
	cd "$1" && pwd
	exit
fi
suite=$(awk -v k="$1" '$1 == k { print $2 }' <<<"$suites")
[ -n "$suite" ] || usage

cache=${DEFLECT_CACHE:-$root/build/cache}/kernels
mkdir -p "$cache" || die "cannot create $cache: set DEFLECT_CACHE"
cache=$(cd "$cache" && pwd)
if ! is_prepared "$cache/$1"; then
	need flock util-linux
	exec 9>"$cache/.lock.$1"
	flock 9
fi
if ! is_prepared "$cache/$1"; then
	rm -rf "${cache:?}/$1" "$cache/.new.$1".*	# what a killed caller left
	tmp=$(mktemp -d "$cache/.new.$1.XXXXXX") || exit 3
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 3' INT TERM HUP
	fetch "$1" "$suite" "$tmp/kernel" "$tmp" >&2
	is_prepared "$tmp/kernel" || die "$1: incomplete, nothing kept"
	mv "$tmp/kernel" "$cache/$1" || exit 3
fi
echo "$cache/$1"
