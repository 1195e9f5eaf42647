# SPDX-License-Identifier: GPL-2.0-only
#
# own.sh, for sourcing: a kernel of your own, in the forms people have one in,
# becomes the directory that the machines boot. The caller has die and prepare.

# What a machine cannot do without, where the configuration is known.
own_needs='64BIT BLK_DEV_INITRD BINFMT_ELF DEVTMPFS PROC_FS SYSFS TTY
	SERIAL_8250 PRINTK'
own_needs_x86=SERIAL_8250_CONSOLE
own_needs_arm64='SERIAL_AMBA_PL011_CONSOLE PCI_HOST_GENERIC SERIAL_8250_PCI'
declare -A own_boot=([x86]=arch/x86/boot/bzImage [arm64]=arch/arm64/boot/Image)

own_config() {	# CONFIG NAME: y, m, or nothing
	sed -n "s/^CONFIG_$2=\([ym]\)$/\1/p" "$1"
}

own_kvm() {	# CONFIG VENDOR: how KVM for it is built, of m, y, nothing
	case $2 in
	arm64)	own_config "$1" KVM ;;
	*)	own_config "$1" "KVM_${2^^}" ;;
	esac
}

own_check_config() {	# PATH CONFIG
	local name missing= kvm= vendor needs=own_needs_$arch

	for name in $own_needs ${!needs}; do
		[ "$(own_config "$2" "$name")" = y ] || missing="$missing CONFIG_$name"
	done
	[ -z "$missing" ] || die "$1 cannot run here, it lacks$missing: set them" \
		"to y and build it again"
	for vendor in $vendors; do
		kvm=$kvm$(own_kvm "$2" "$vendor")
	done
	[ -n "$kvm" ] || die "$1 has no KVM in it: enable CONFIG_KVM" \
		"and, on x86, CONFIG_KVM_AMD or CONFIG_KVM_INTEL"
}

# A build tree, that of the sources or the one given with O=: its modules laid
# out as modules_install does, by links, in ROOT.
own_tree() {	# TREE ROOT OUT
	local tree=$1 dir list=$1/modules.order release

	[ -f "$tree/${own_boot[$arch]}" ] ||
		die "$tree is a kernel tree without ${own_boot[$arch]}: build it"
	release=$(cat "$tree/include/config/kernel.release") || exit 3
	cp "$tree/.config" "$3/config" || exit 3
	own_check_config "$tree" "$3/config"
	dir=$2/lib/modules/$release
	mkdir -p "$dir/kernel"
	cp "$tree"/modules.builtin* "$dir" 2>/dev/null
	: >"$dir/modules.order"
	grep -qE '^CONFIG_KVM(_AMD|_INTEL)?=m' "$3/config" || list=/dev/null
	[ -e "$list" ] || die "$tree has CONFIG_KVM=m and no modules: make modules there"
	(cd "$tree" && sed 's/\.o$/.ko/' "$list" | sed "s,^,$PWD/," |
		xargs -r cp --parents -st "$dir/kernel") ||
		die "$tree lacks modules that its modules.order lists: make modules there"
	prepare "$3" "$tree/${own_boot[$arch]}" "$dir"
}

# A root directory with an installed kernel, such as an unpacked package.
own_root() {	# ROOT OUT NAME
	local root=$1 lib=$1/lib image dir

	[ -d "$lib/modules" ] || lib=$1/usr/lib
	set -- "$2" "$3" "$lib"/modules/*/
	[ $# = 3 ] || die "$2 holds the modules of more than one kernel"
	dir=${3%/}
	[ -d "$dir" ] || dir=
	image=$(ls "$root"/boot/vmlinuz-* ${dir:+"$dir/vmlinuz"} 2>/dev/null |
		head -n 1)
	[ -n "$image" ] || die "$2 holds no boot/vmlinuz-*: is it a kernel's image" \
		"package, or the root of an installed kernel?"
	cp "$root"/boot/config-* "$1/config" 2>/dev/null ||
		cp "$dir/config" "$1/config" 2>/dev/null
	[ ! -f "$1/config" ] || own_check_config "$2" "$1/config"
	[ -n "$dir" ] || ! grep -qs '^CONFIG_KVM=m' "$1/config" ||
		die "$2 holds no modules: unpack it and the package that has" \
			"them (dpkg -x) into one directory and give that"
	prepare "$1" "$image" "$dir"
}

# Without dpkg too: a package is an ar archive of tar archives.
own_deb() {	# DEB OUT TMP
	local data

	need ar binutils
	data=$(ar t "$1" | grep '^data\.tar') ||
		die "$1 is not a Debian package: ar finds no data.tar in it"
	mkdir "$3/deb" && ar p "$1" "$data" >"$3/$data" &&
		decompress "$3/$data" "$3/data" &&
		tar -xf "$3/data" -C "$3/deb" || die "cannot unpack $1"
	rm "$3/data" "$3/$data"
	own_root "$3/deb" "$2" "$1"
}

# An image alone: its modules are where this system has those of its release,
# if it has; otherwise KVM can only be built in, which its boot will tell.
own_image() {	# IMAGE OUT
	local release dir

	image_check_$arch "$1"
	release=$(image_release_$arch "$1")
	dir=/lib/modules/$release
	cp "$(dirname "$1")/config-$release" "$2/config" 2>/dev/null &&
		own_check_config "$1" "$2/config"
	[ -d "$dir" ] || dir=
	prepare "$2" "$1" "$dir"
}

own_prepare() {	# PATH OUT TMP
	local path

	path=$(realpath "$1")
	case $path in
	*/${own_boot[$arch]}) path=${path%/"${own_boot[$arch]}"} ;;
	esac
	if [ -d "$path" ] && [ -f "$path/include/config/kernel.release" ]; then
		own_tree "$path" "$3/root" "$2"
	elif [ -f "$path/Kbuild" ] && [ -d "$path/arch/$arch" ]; then
		die "$1 is a kernel tree that is not built: make there first"
	elif [ -d "$path" ]; then
		own_root "$path" "$2" "$1"
	elif [[ $path = *.deb ]]; then
		own_deb "$path" "$2" "$3"
	else
		own_image "$path" "$2"
	fi
}
