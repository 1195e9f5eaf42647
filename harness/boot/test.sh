#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# test.sh: the boot layer's own tests, as TAP: what is refused before a boot,
# how a boot can end, that nothing outlives it. A small init stands in for
# deflect. Needs a compiler and QEMU; uses kernel 6.1. A minute.
here=$(dirname "$(realpath "$0")")
. "$here/tap.sh" boot 37 || exit 1

# The guest: obeys /args, reports on the stream.
cat >"$tmp/init.c" <<'END'
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

static int load(char *line)
{
	char path[256];
	char *arg = strchr(line, ' ');

	if (arg)
		*arg++ = 0;
	snprintf(path, sizeof(path), "/modules/%s", line);
	return syscall(SYS_finit_module, open(path, O_RDONLY), arg ?: "", 0);
}

int main(void)
{
	struct termios t;
	char line[256];
	FILE *f;
	int n, tty;

	mount("dev", "/dev", "devtmpfs", 0, 0);
	tty = open("/dev/ttyS1", O_RDWR | O_NOCTTY);
	tcgetattr(tty, &t);
	cfmakeraw(&t);
	tcsetattr(tty, TCSANOW, &t);
	for (f = fopen("/args", "r"); f && fgets(line, sizeof(line), f);) {
		line[strcspn(line, "\n")] = 0;
		if (sscanf(line, "sleep %d", &n) == 1)
			sleep(n);
		else if (sscanf(line, "lines %d", &n) == 1)
			while (n--)
				dprintf(tty, "line %d of many\n", n);
		else if (!strcmp(line, "panic"))
			return 1;
		else if (!strcmp(line, "restart"))
			reboot(RB_AUTOBOOT);
		else if (!strcmp(line, "kvm")) {
			FILE *list = fopen("/modules.list", "r");

			while (fgets(line, sizeof(line), list)) {
				line[strcspn(line, "\n")] = 0;
				dprintf(tty, "module %s", line);
				dprintf(tty, " %d\n", load(line));
			}
			n = ioctl(open("/dev/kvm", O_RDWR), KVM_CREATE_VM, 0);
			dprintf(tty, "vm %d\n", n >= 0);
		} else
			dprintf(tty, "%s\n", line);
	}
	tcdrain(tty);
	reboot(RB_POWER_OFF);
}
END
gcc -static -O2 -o "$tmp/init" "$tmp/init.c" 2>"$tmp/err" &&
	kernel=$("$here/kernel.sh" 6.1 2>"$tmp/err") ||
	{ echo "Bail out! $(tail -n 1 "$tmp/err")"; exit 1; }

initrd() {	# ARGS...: prints its name
	local out

	out=$(mktemp "$tmp/initrd.XXXXXX")
	"$here/initrd.sh" -o "$out" -k "$kernel" -v amd -d "$tmp/init" \
		-f /etc/os-release=/etc/copy -- "$@"
	echo "$out"
}

machine() {	# ARGS...: status in rc, stdout in $tmp/out, stderr in $tmp/err
	"$here/machine.sh" -m amd "$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
}

refuses() {	# TEXT: one line that says so, and status 3
	[ $rc = 3 ] && grep -q "$1" "$tmp/err"
}

# What is refused before anything is booted.
copy() { rm -rf "$tmp/k"; mkdir "$tmp/k"; cp "$kernel/release" "$tmp/k"; }
i=$(initrd hello)
machine "$tmp/nowhere" "$i"
ok missing-kernel-refused refuses 'not a prepared kernel'
copy
machine "$tmp/k" "$i"
ok missing-image-refused refuses 'vmlinuz is missing'
cp "$here/machine.sh" "$tmp/k/vmlinuz"
machine "$tmp/k" "$i"
ok not-an-image-refused refuses 'not a kernel image'
head -c 4000000 "$kernel/vmlinuz" >"$tmp/k/vmlinuz"
machine "$tmp/k" "$i"
ok truncated-image-refused refuses 'truncated at 4000000'
machine "$kernel" "$tmp/nowhere"
ok missing-initrd-refused refuses 'nowhere is missing'
machine -m vax "$kernel" "$i"
ok unknown-machine-is-usage [ $rc = 2 ]
"$here/kernel.sh" 1.0 >"$tmp/out" 2>"$tmp/err"
ok unknown-kernel-is-usage [ $? = 2 ]
ok prepared-directory-accepted [ "$("$here/kernel.sh" "$kernel")" = "$kernel" ]

# Kernels of one's own: what cannot run is refused with its remedy, what can
# becomes the same whatever form it has.
own() {	# PATH: the prepared kernel in $tmp/out, status in rc
	DEFLECT_CACHE=$tmp/cache "$here/kernel.sh" "$1" >"$tmp/out" 2>"$tmp/err"
	rc=$?
}
prepared() {	# LOAD_LIST: by the last own()
	[ $rc = 0 ] && diff "$1" "$(cat "$tmp/out")/load.amd" &&
		diff "$kernel/release" "$(cat "$tmp/out")/release"
}
release=$(cat "$kernel/release")
: >"$tmp/none"
mkdir -p "$tmp/tree/arch/x86/boot" "$tmp/tree/include/config"
own "$tmp/init"
ok vmlinux-refused refuses 'an ELF file'
{ head -c 56 /dev/zero; echo ARMd; } >"$tmp/Image"
own "$tmp/Image"
ok arm64-refused refuses 'arm64 kernel: want one for x86-64'
{ head -c 566 "$kernel/vmlinuz"; head -c 2 /dev/zero; } >"$tmp/i386"
own "$tmp/i386"
ok i386-refused refuses '32-bit kernel: want one for x86-64'
own "$tmp/tree"
ok empty-directory-refused refuses 'holds no boot/vmlinuz'
: >"$tmp/tree/Kbuild"
own "$tmp/tree"
ok unbuilt-tree-refused refuses 'is not built: make there first'
cp "$kernel/release" "$tmp/tree/include/config/kernel.release"
own "$tmp/tree"
ok tree-without-image-refused refuses 'without arch/x86/boot/bzImage'
cp "$kernel/vmlinuz" "$tmp/tree/arch/x86/boot/bzImage"
grep -v 'CONFIG_KVM_\|CONFIG_DEVTMPFS=' "$kernel/config" >"$tmp/tree/.config"
own "$tmp/tree"
ok missing-config-named refuses 'lacks CONFIG_DEVTMPFS:'
grep -v 'CONFIG_KVM_' "$kernel/config" >"$tmp/tree/.config"
own "$tmp/tree"
ok no-kvm-refused refuses 'has no KVM in it'
sed 's/\(CONFIG_KVM.*\)=m/\1=y/' "$kernel/config" >"$tmp/tree/.config"
own "$tmp/tree/arch/x86/boot/bzImage"
ok tree-with-kvm-built-in prepared "$tmp/none"
cp "$kernel/config" "$tmp/tree/.config"
own "$tmp/tree"
ok tree-without-modules-refused refuses 'make modules there'
mkdir -p "$tmp/tree/arch/x86/kvm"
cp "$kernel"/modules/*.ko "$tmp/tree/arch/x86/kvm"
(cd "$tmp/tree" && ls arch/x86/kvm/*.ko | sed 's/ko$/o/' >modules.order)
own "$tmp/tree"
ok tree-with-modules prepared "$kernel/load.amd"
mkdir -p "$tmp/root/boot" "$tmp/root/lib/modules/$release/kernel"
cp "$kernel/vmlinuz" "$tmp/root/boot/vmlinuz-$release"
own "$tmp/root"
ok modules-of-an-image-without-kvm-refused refuses 'no kvm-amd or kvm-intel'
cp "$kernel"/modules/*.ko "$tmp/root/lib/modules/$release/kernel"
tar -cJf "$tmp/data.tar.xz" -C "$tmp/root" . && ar rc "$tmp/own.deb" "$tmp/data.tar.xz"
own "$tmp/own.deb"
ok package-with-modules prepared "$kernel/load.amd"
mv "$tmp/root/lib/modules/$release" "$tmp/root/lib/modules/9.9"
own "$tmp/root"
ok skewed-modules-refused refuses 'its modules are of 9.9'
KERNEL=$tmp/tree VENDOR=vax "$here/conform.sh" >"$tmp/out" 2>"$tmp/err"
ok vendor-is-usage [ $? = 2 ]
KERNEL=$tmp/nowhere "$here/conform.sh" >"$tmp/out" 2>"$tmp/err"
ok unknown-kernel-of-a-run-is-usage [ $? = 2 ]
PARAMS=nested=1 "$here/conform.sh" >"$tmp/out" 2>"$tmp/err"
ok params-without-module-is-usage [ $? = 2 ]
BUILD=false "$here/bisect.sh" cap >"$tmp/out" 2>"$tmp/err"
ok bisect-skips-what-does-not-build [ $? = 125 ]
(cd "$tmp" && BUILD=true "$here/bisect.sh" cap) >"$tmp/out" 2>"$tmp/err"
ok bisect-skips-what-does-not-boot [ $? = 125 ]

"$here/packages.sh" check build amd 2>"$tmp/err"
ok packages-present [ $? = 0 ]
"$here/packages.sh" check nonesuch 2>"$tmp/err"
ok packages-unknown-group-is-usage [ $? = 2 ]

cpio -t --quiet <"$i" >"$tmp/out" 2>"$tmp/err"
ok initrd-content grep -qx etc/copy "$tmp/out"

# A good boot: lines come while it runs, all of them, and KVM works.
i=$(initrd kvm first 'sleep 2' 'lines 3000' last)
("$here/machine.sh" -m amd "$kernel" "$i" 2>"$tmp/err" </dev/null
echo "status $?") | while IFS= read -r line; do echo "$SECONDS $line"; done >"$tmp/out"
{
	echo module irqbypass.ko 0
	echo module kvm.ko 0
	echo module kvm-amd.ko 0
	printf '%s\n' 'vm 1' first
	for n in {2999..0}; do echo "line $n of many"; done
	printf '%s\n' last 'status 0'
} >"$tmp/want"
cut -d' ' -f2- "$tmp/out" >"$tmp/got"
ok stream-complete diff "$tmp/want" "$tmp/got"
ok stream-live awk '/first$/ { a = $1 } /last$/ { exit !($1 - a >= 2) }' "$tmp/out"

# Boots that end badly.
machine "$kernel" "$(initrd panic)"
died='booting once more'
ok early-death-retried refuses "$died"
machine "$kernel" "$(initrd hello restart)"
ok restart-is-no-power-off refuses 'restarted instead of powering off'
i=$(initrd 'sleep 1000')
machine -s 15 "$kernel" "$i"
ok silence-ends-it refuses 'no byte on the stream for 15 s'

# Nothing outlives the script, however it ends.
alive() { pgrep -f "qemu-system-x86_64.*-initrd $i" >/dev/null; }
gone() { sleep 0.5; ! alive; }
for signal in TERM KILL; do
	"$here/machine.sh" -m amd "$kernel" "$i" >"$tmp/out" 2>"$tmp/err" &
	for _ in {1..50}; do
		alive && break
		sleep 0.1
	done
	alive && kill -$signal $!
	wait $! 2>/dev/null
	ok nothing-outlives-$signal gone
done 2>/dev/null

finish
