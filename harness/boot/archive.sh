# SPDX-License-Identifier: GPL-2.0-only
#
# archive.sh, for sourcing: packages of a Debian suite, from the mirrors that
# the system's own package sources name (or DEFLECT_MIRROR and
# DEFLECT_SECURITY_MIRROR), signatures verified, nothing installed. The caller
# has say, die and need.

archive_suites='
5.10  bullseye
6.1   bookworm
6.12  trixie
7.2   sid
rc    experimental
'
archive_arch=amd64	# of the packages; a caller may set arm64
archive_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

archive_kernels() { awk '{ printf "%s ", $1 }' <<<"$archive_suites"; }
archive_suite() { awk -v k="$1" '$1 == k { print $2 }' <<<"$archive_suites"; }

# "URI SUITE" of the configured package sources that have a component main.
# apt itself reads them, so both formats work; $1 is an empty list directory.
archive_sources() {
	apt-get --print-uris -o Dir::State::Lists="$1" update 2>/dev/null |
		sed -n "s,^'\(.*\)/dists/\([^']*\)/main/binary-.*,\1 \2,p" |
		awk '!seen[$0]++'
}

# An apt root of our own: its own sources, lists, cache and status; of the
# system's configuration only how to fetch (proxies, retries, credentials).
archive_root() {
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
		APT::Architecture "$archive_arch";
		APT::Architectures "$archive_arch";
		Acquire::Languages "none";
		END
	} >"$1/apt.conf"
}

# Read the indexes of "URI SUITE"... into the apt root $1. A suite whose
# Release file has expired is taken as it is, its signature still verified.
archive_update() {
	local apt=$1 list=$1/etc/apt/sources.list expired suite

	shift
	printf "deb [signed-by=$archive_keyring] %s main\n" "$@" >"$list"
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

# Read the indexes of SUITE, and of its -security, into the new apt root APT,
# which the functions below use from then on.
archive_open() {	# SUITE APT
	local suite=$1 apt=$2 mirror mirrors security

	need apt-get apt
	need dpkg-deb dpkg
	[ -f "$archive_keyring" ] || die "$archive_keyring is missing: install debian-archive-keyring"
	archive_root "$apt"
	mirrors=${DEFLECT_MIRROR:-$(archive_sources "$apt/empty" |
		sed -n 's, [^-/]*$,,p' | awk '!seen[$0]++')}
	security=${DEFLECT_SECURITY_MIRROR:-$(archive_sources "$apt/empty" |
		sed -n 's, [^ ]*-security$,,p' | head -n 1)}
	[ -n "$mirrors" ] ||
		die "no package mirror is configured: set DEFLECT_MIRROR to a Debian archive's URI"
	case $suite in
	sid|experimental) security= ;;
	*) [ -n "$security" ] || say "no -security mirror is configured:" \
		"the newest kernel of $suite may be missed" ;;
	esac

	export APT_CONFIG=$apt/apt.conf
	for mirror in $mirrors none; do
		[ "$mirror" = none ] && die "cannot read $suite from" $mirrors \
			${security:+or its -security}: \
			"$(grep -m1 '^E:' "$apt/log"); set DEFLECT_MIRROR," \
			"or give a prepared directory"
		archive_update "$apt" "$mirror $suite" \
			${security:+"$security $suite-security"} && break
	done
}

archive_depends() {	# PACKAGE: what its newest version depends on
	apt-cache depends --no-recommends --no-suggests --no-breaks \
		--no-conflicts --no-replaces --no-enhances "$1" |
		sed -n 's/^ *|*Depends: //p'
}

archive_unpack() {	# TREE PACKAGE[=VERSION]...: download, unpack into TREE
	local tree=$1 apt=${APT_CONFIG%/*} deb

	shift
	mkdir -p "$apt/deb" "$tree"
	(cd "$apt/deb" && apt-get -q download "$@") >"$apt/log" 2>&1 ||
		die "cannot download $1: $(grep -m1 '^E:' "$apt/log")"
	for deb in "$apt"/deb/*.deb; do
		dpkg-deb -x "$deb" "$tree" || die "cannot unpack ${deb##*/}"
	done
	rm -r "$apt/deb"
}
