#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# packages.sh check|install [GROUP...]
#
# Names, or installs, the Debian packages that the GROUPs of the table below
# need (all of them when none is given). Silent and without any call of apt
# when nothing is missing. Nothing installed is ever removed.
#
# Exit: 0 nothing is missing (any more), 2 usage, 3 something is; check says
# what, install says the command when it is not run by root on Debian.
set -u
export LC_ALL=C

# group, a command or a file (a pattern) that shows it is there, its package
table='
build gcc                                       gcc
build make                                      make
build ld                                        binutils
build /usr/include/stdio.h                      libc6-dev
build /usr/include/linux/kvm.h                  linux-libc-dev
build /usr/include/json-c/json.h                libjson-c-dev
build /usr/lib/*/libjson-c.a                    libjson-c-dev
amd   qemu-system-x86_64                        qemu-system-x86
amd   cpio                                      cpio
amd   depmod                                    kmod
amd   xz                                        xz-utils
amd   zstd                                      zstd
amd   flock                                     util-linux
intel bochs-bin                                 bochs
intel /usr/share/bochs/BIOS-bochs-latest        bochsbios
intel /usr/share/bochs/VGABIOS-lgpl-latest      bochsbios
intel /usr/lib/ISOLINUX/isolinux.bin            isolinux
intel /usr/lib/syslinux/modules/bios/ldlinux.c32 syslinux-common
intel xorriso                                   xorriso
intel cpio                                      cpio
intel depmod                                    kmod
intel xz                                        xz-utils
intel zstd                                      zstd
intel flock                                     util-linux
arm64 clang                                     clang
arm64 ld.lld                                    lld
arm64 /usr/aarch64-linux-gnu/lib/libc.a         libc6-dev-arm64-cross
arm64 /usr/lib/gcc-cross/aarch64-linux-gnu/*/libgcc.a libgcc-12-dev-arm64-cross
arm64 qemu-system-aarch64                       qemu-system-arm
arm64 cpio                                      cpio
arm64 depmod                                    kmod
arm64 xz                                        xz-utils
arm64 zstd                                      zstd
arm64 flock                                     util-linux
kmod  flex                                      flex
kmod  bison                                     bison
kmod  bc                                        bc
kmod  /usr/include/libelf.h                     libelf-dev
kmod  /usr/include/openssl/ssl.h                libssl-dev
fuzz  clang                                     clang
fuzz  /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-x86_64.a libclang-rt-dev
fuzz  /usr/lib/gcc/x86_64-linux-gnu/*/libstdc++.a g++
fuzz  afl-clang-fast                            afl++
fuzz  afl-plot                                  afl++
fuzz  gnuplot                                   gnuplot-nox
fuzz  perl                                      perl
fetch apt-get                                   apt
fetch dpkg-deb                                  dpkg
fetch /usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring
test  clang                                     clang
test  /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-x86_64.a libclang-rt-dev
test  prove                                     perl
test  /usr/share/perl5/TAP/Formatter/JUnit.pm   libtap-formatter-junit-perl
test  /usr/lib/*/perl5/*/YAML/XS.pm             libyaml-libyaml-perl
test  cpio                                      cpio
test  groff                                     groff-base
test  chromium                                  chromium
'

. "$(dirname "$(realpath "$0")")/say.sh" || exit 3

present() {	# COMMAND|PATTERN
	case $1 in
	/*)	compgen -G "$1" >/dev/null ;;
	*)	command -v "$1" >/dev/null ;;
	esac
}

missing() {	# GROUP...: "WHAT PACKAGE" a line
	local group what package

	while read -r group what package; do
		case " $* " in *" $group "*) ;; *) continue ;; esac
		present "$what" || echo "$what $package"
	done <<<"${table//$'\n\n'/}"
}

verb=${1-}
shift
groups=$(awk 'NF { print $1 }' <<<"$table" | sort -u)
for group; do
	grep -qx -e "$group" <<<"$groups" || verb=
done
case $verb in
check|install) ;;
*)	say "usage: check|install [GROUP...]; the groups are" $groups
	exit 2 ;;
esac
[ $# -gt 0 ] || set -- $groups

absent=$(missing "$@")
[ -n "$absent" ] || exit 0
tools=$(cut -d' ' -f1 <<<"$absent" | sort -u | tr '\n' ' ')
packages=$(cut -d' ' -f2 <<<"$absent" | sort -u | tr '\n' ' ')
command="apt-get install --no-install-recommends --no-remove $packages"
if ! grep -qx 'ID="\?debian"\?' /etc/os-release 2>/dev/null; then
	die "missing: $tools(in Debian: $packages)"
elif [ "$verb" = check ] || [ "$(id -u)" != 0 ]; then
	die "missing: $tools; as root: $command"
fi

say "missing: $tools; installing: $packages"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086	# a list
{
	apt-cache show $packages >/dev/null 2>&1 || apt-get -q update
	${command/install/-y -q install}
} >&2 </dev/null || die "that failed; the command was: $command"
absent=$(missing "$@")
[ -z "$absent" ] || die "still missing after it: $absent"
