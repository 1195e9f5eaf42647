#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# machine.sh [-m amd|amd2|intel|arm64] [-t SECONDS] [-s SILENCE] [-c CONSOLE_LOG]
#            [-n CPUS] [-M MODEL] [-a 'KERNEL ARGS'] KERNELDIR INITRD
# machine.sh -V MACHINE [KERNELDIR]     print the emulator and its version
#
# Boots an emulated machine once. What the guest writes to its second serial
# port goes to stdout as it is produced, and nothing else does; its console, on
# the first, goes to CONSOLE_LOG. stdin is never read. The emulator ends with this script,
# whatever ends the script.
#
# Exit: 0 the machine powered itself off; 2 usage; 3 anything else, with one
# line of cause and the last console lines on stderr: no stream byte within
# SILENCE seconds (240) of the last one, SECONDS (3600) over, a panic, a
# restart, a bad kernel image, no emulator.
set -u
export LC_ALL=C

# The CPU model for a machine and a kernel release, first match. -cx16:
# QEMU 7.2's CMPXCHG16B corrupts EFLAGS, one boot in six dies of it.
# trinity_apu has next-RIP saving and LBR virtualisation; ryzen stalls at boot.
# haswell boots every kernel and its clock is right; skylake_x (PML, XSAVES,
# no preemption timer) boots up to 6.12, 7.2 dies of a null pointer, and the
# guest's time runs slow, since it claims a TSC rate that Bochs does not have.
# pauth-impdef: the architected pointer authentication takes half of a boot.
models='
amd	*	max,+svm,-cx16
amd2	*	trinity_apu
intel	*	corei7_haswell_4770
arm64	*	max,pauth-impdef=on
'

here=$(dirname "$(realpath "$0")")
. "$here/say.sh" || exit 3
. "$here/image.sh" || exit 3

usage() {
	say "usage: [-m amd|amd2|intel|arm64] [-t SECONDS] [-s SILENCE]" \
		"[-c CONSOLE_LOG] [-n CPUS] [-M MODEL] [-a 'KERNEL ARGS']" \
		"KERNELDIR INITRD, or -V MACHINE [KERNELDIR]"
	exit 2
}

model_for() {	# MACHINE RELEASE
	local machine release model

	while read -r machine release model; do
		# shellcheck disable=SC2053	# the table holds patterns
		[[ $1 == "$machine" && $2 == $release ]] &&
			echo "$model" && return
	done <<<"$models"
}

run_qemu() {
	exec $deathsig qemu-system-x86_64 -accel tcg,thread=multi -cpu "$model" \
		-m 1024 -smp "$cpus" -nodefaults -no-user-config -display none \
		-no-reboot -kernel "$kernel/vmlinuz" -initrd "$initrd" \
		-serial "file:$tmp/console" -serial "file:$tmp/stream" \
		-append "$cmdline" </dev/null >"$tmp/log" 2>&1
}

# At EL2: the kernel in it is a hypervisor. Its board has one serial port.
run_qemu_arm64() {
	exec $deathsig qemu-system-aarch64 -accel tcg -cpu "$model" \
		-M virt,virtualization=on,gic-version=3 -m 1024 -smp "$cpus" \
		-nodefaults -no-user-config -display none -no-reboot \
		-kernel "$kernel/vmlinuz" -initrd "$initrd" \
		-serial "file:$tmp/console" -chardev "file,id=stream,path=$tmp/stream" \
		-device pci-serial,chardev=stream \
		-append "$cmdline" </dev/null >"$tmp/log" 2>&1
}

# Bochs boots from a CD. rfb is the display that needs no display; it
# opens a port, so a network of its own keeps that inside, where allowed.
# With the speaker plug-in it can abort.
make_bochs() {
	mkdir "$tmp/cd" &&
		ln -s "$(realpath "$kernel/vmlinuz")" "$tmp/cd/vmlinuz" &&
		ln -s "$(realpath "$initrd")" "$tmp/cd/initrd" &&
		cp /usr/lib/ISOLINUX/isolinux.bin \
			/usr/lib/syslinux/modules/bios/ldlinux.c32 "$tmp/cd" ||
		exit 3
	cat >"$tmp/cd/isolinux.cfg" <<-END
	DEFAULT kernel
	PROMPT 0
	LABEL kernel
	KERNEL /vmlinuz
	APPEND initrd=/initrd $cmdline
	END
	xorriso -as mkisofs -quiet -follow-links -o "$tmp/cd.iso" -b isolinux.bin \
		-c boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table \
		"$tmp/cd" >"$tmp/log" 2>&1 ||
		die "xorriso failed: $(tail -n 1 "$tmp/log")"
	cat >"$tmp/bochsrc" <<-END
	config_interface: textconfig
	display_library: rfb, options="timeout=0"
	plugin_ctrl: unmapped=1, biosdev=1, speaker=0, extfpuirq=1, parallel=0, serial=1
	romimage: file=/usr/share/bochs/BIOS-bochs-latest
	vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
	memory: guest=1024, host=1024
	cpu: model=$model, count=$cpus, ips=100000000, reset_on_triple_fault=0
	clock: sync=none
	ata0-master: type=cdrom, path=$tmp/cd.iso, status=inserted
	boot: cdrom
	com1: enabled=1, mode=file, dev=$tmp/console
	com2: enabled=1, mode=file, dev=$tmp/stream
	panic: action=fatal
	error: action=report
	info: action=ignore
	debug: action=ignore
	log: $tmp/bochs.log
	END
}

run_bochs() {
	exec $netns $deathsig bochs-bin -q -f "$tmp/bochsrc" \
		<<<c >"$tmp/log" 2>&1
}

end_emulator() {
	[ -z "$emulator" ] || kill -KILL "$emulator" 2>/dev/null
	[ -z "$reader" ] || kill "$reader" 2>/dev/null
	rm -rf "$tmp"
}

# Boots once; sets cause to what went wrong, or to nothing.
boot() {
	local begin=$SECONDS last=$SECONDS size=0 now nap

	: >"$tmp/stream"
	: >"$tmp/console"
	exec 3>&2 2>"$tmp/shell"	# bash reports each child it sees killed
	run_$kind &
	emulator=$!
	tail -c +1 -s 0.1 -f --pid=$emulator "$tmp/stream" 2>/dev/null &
	reader=$!
	cause=
	while kill -0 $emulator 2>/dev/null; do
		sleep 1 &
		nap=$!
		wait -n $emulator $nap
		now=$(stat -c %s "$tmp/stream")
		[ "$now" = "$size" ] || last=$SECONDS
		size=$now
		if ! kill -0 $reader 2>/dev/null; then
			cause="nobody reads the stream any more"
		elif [ $((SECONDS - last)) -ge "$silence" ]; then
			cause="no byte on the stream for $silence s"
		elif [ $((SECONDS - begin)) -ge "$timeout" ]; then
			cause="still running after $timeout s"
		elif grep -qa "Kernel panic\|reboot: Restarting" "$tmp/console"; then
			sleep 3 &	# let it finish its message
			wait -n $emulator $!
		else
			continue
		fi
		kill -KILL $emulator 2>/dev/null
	done
	wait $emulator
	emulator=
	wait $reader	# it drains the stream first
	reader=
	exec 2>&3 3>&-
	if grep -qa 'reboot: Power down' "$tmp/console"; then
		cause=
		return
	fi
	[ -z "$cause" ] || return
	cause=$(grep -ao 'Kernel panic.*' "$tmp/console" | tr -d '\r' | head -n 1)
	[ -z "$cause" ] && grep -qa 'reboot: Restarting' "$tmp/console" &&
		cause="it restarted instead of powering off"
	[ -z "$cause" ] && cause="the emulator ended: $(grep -hia 'panic\|qemu-system' \
		"$tmp/bochs.log" "$tmp/log" 2>/dev/null | tail -n 1)"
}

machine=amd tty=S0 stream=ttyS1 image=x86 timeout=3600 silence=240 console='' cpus=1 model='' extra='' version=''
while getopts m:t:s:c:n:M:a:V: opt; do
	case $opt in
	m) machine=$OPTARG ;;
	t) timeout=$OPTARG ;;
	s) silence=$OPTARG ;;
	c) console=$OPTARG ;;
	n) cpus=$OPTARG ;;
	M) model=$OPTARG ;;
	a) extra=$OPTARG ;;
	V) machine=$OPTARG version=y ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
case $machine in
amd)
	kind=qemu
	need qemu-system-x86_64 qemu-system-x86 ;;
arm64)
	kind=qemu_arm64 tty=AMA0 stream=ttyS0 image=arm64
	need qemu-system-aarch64 qemu-system-arm ;;
amd2|intel)
	kind=bochs
	need bochs-bin bochs ;;
*) usage ;;
esac
[ $# = 2 ] || [ -n "$version" ] || usage
[ -n "$model" ] ||
	model=$(model_for "$machine" "$(cat "${1-}/release" 2>/dev/null)")
if [ -n "$version" ]; then
	case $kind in
	qemu) qemu-system-x86_64 --version |
		sed -n 's/.*version \([^ ]*\).*/QEMU \1 TCG/p' ;;
	qemu_arm64) qemu-system-aarch64 --version |
		sed -n 's/.*version \([^ ]*\).*/QEMU \1 TCG/p' ;;
	bochs) bochs-bin --help 2>&1 | sed -n 's/.* Emulator \([0-9.]*\).*/Bochs \1/p' |
		sed "s/\$/ $model/" ;;
	esac
	exit
fi
kernel=$1 initrd=$2
[ -f "$kernel/release" ] || die "$kernel is not a prepared kernel: make one with kernel.sh"
image_check_$image "$kernel/vmlinuz"
[ -f "$initrd" ] || die "$initrd is missing: make one with initrd.sh"
if [ $kind = bochs ]; then
	need /usr/share/bochs/BIOS-bochs-latest bochsbios
	need /usr/share/bochs/VGABIOS-lgpl-latest bochsbios
	need /usr/lib/ISOLINUX/isolinux.bin isolinux
	need /usr/lib/syslinux/modules/bios/ldlinux.c32 syslinux-common
	need xorriso xorriso
fi

emulator='' reader='' cause=''
tmp=$(mktemp -d) || exit 3
trap end_emulator EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The emulator must not outlive a script that was killed outright.
deathsig='' netns=''
setpriv --pdeathsig KILL true 2>/dev/null && deathsig='setpriv --pdeathsig KILL'
unshare -rn true 2>/dev/null && netns='unshare -rn'

# What is opened has a plain name, whatever the caller's is called.
if [ -n "$console" ]; then
	: >"$console" || die "cannot write $console"
	ln -s "$(realpath "$console")" "$tmp/console"
fi
# The crypto self-tests cost a third of a boot under Bochs. khugepaged, preempted
# by all the cases while it reads under RCU, is an RCU stall of nobody's making.
cmdline="console=tty$tty quiet panic=-1 cryptomgr.notests=1"
cmdline="$cmdline transparent_hugepage=never"
cmdline="$cmdline srcutree.exp_holdoff=1 deflect.stream=$stream"
[ $kind != bochs ] || cmdline="$cmdline nokaslr tsc=reliable"
# With several CPUs QEMU's walk of nested page tables now and then finds the
# guest's empty: one race in 90 ended in a triple fault right after VMRUN, its
# CR3 and the tables in memory as they should be.
[ "$machine" != amd ] || [ "$cpus" = 1 ] || cmdline="$cmdline kvm_amd.npt=0"
cmdline="$cmdline${extra:+ $extra}"

[ $kind != bochs ] || make_bochs
boot
if [ $kind != bochs ] && [ -n "$cause" ] && [ ! -s "$tmp/stream" ] &&
		[[ $cause = Kernel* || $cause = "the emulator ended"* ]]; then
	say "it died before the program spoke, booting once more ($cause)"
	boot
fi
[ -z "$cause" ] && exit 0
[ -s "$tmp/console" ] || cause="$cause; nothing came on its console either:\
 does the kernel start, with a serial console?"
say "$machine: $cause"
tr -d '\r' <"$tmp/console" | tail -n 5 | sed -e 's/^/  console: /' -e '$a\' >&2
exit 3
