#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# test.sh: the module workshop's own tests, as TAP, on a made-up kernel tree:
# what the applier does and refuses, what is built and kept, what is said when
# something is missing. No network, no kernel, seconds.
here=$(dirname "$(realpath "$0")")
. "$here/../../harness/boot/tap.sh" kmod 25 || exit 1
export DEFLECT_CACHE=$tmp/cache

run() {	# COMMAND...: its status in rc, its output in $tmp/out and $tmp/err
	"$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
}

said() {	# STATUS TEXT: one line with TEXT, and that status
	[ $rc = "$1" ] && [ "$(wc -l <"$tmp/err")" = 1 ] &&
		grep -q -e "$2" "$tmp/err"
}

edit() {	# LINES...: an edit script of these
	printf '%s\n' '# mistake: none' "$@" >"$tmp/edit.mut"
}

# ---- the applier ----
base=$tmp/base tree=$tmp/apply
mkdir -p "$base"/{include/linux,arch/x86/kvm}
printf 'int f(void)\n{\n\treturn 1;\n}\n\nint g(void)\n{\n\treturn 1;\n}\n' \
	>"$base/arch/x86/kvm/x86.c"
echo '#define N 1' >"$base/include/linux/kvm_host.h"
echo '#define M 1' >"$base/include/linux/other.h"
fresh() {
	rm -rf "$tree" && mkdir "$tree" && ln -s "$base/arch" "$base/include" "$tree"
}
x86=arch/x86/kvm/x86.c
apply() { run "$here/apply.sh" "$tmp/edit.mut" "$tree"; }

fresh
edit "file: $x86" '/^int g\(/,/^}/ s/(return) 1/\1 2/'
apply
ok one-function-only diff <(grep '^[-+]' "$tmp/out") <(printf '%s\n' \
	"--- a/$x86" "+++ b/$x86" '-	return 1;' '+	return 2;')
ok the-second-one [ "$(grep -n 'return 2' "$tree/$x86")" = '8:	return 2;' ]
ok shared-source-untouched grep -q 'return 1' "$base/$x86"
ok only-the-path-is-unshared test -L "$tree/include" -a ! -L "$tree/arch"

fresh
edit "file: $x86" 's/return 1/return 3/' 'file: include/linux/kvm_host.h' 's/1/2/'
apply
ok two-files [ "$(cat "$tree"/include/linux/*.h)" = '#define N 2
#define M 1' ]
fresh
edit "file: $x86" 's/return 1/return 3/' 'file: include/linux/kvm_host.h' 's/7/2/'
apply
ok each-section-must-change said 1 'does not apply to this kernel: include/linux/kvm_host.h stays'
edit 'file: arch/x86/kvm/msrs.c' 's/1/2/'
apply
ok missing-file-does-not-apply said 1 'does not apply to this kernel: no arch/x86/kvm/msrs.c'
edit "file: $x86" 's/1/2'
apply
ok bad-sed-is-said said 2 "arch/x86/kvm/x86.c: .*unterminated"
edit "file: $x86" "1w $tmp/stolen"
apply
ok no-commands-that-write said 2 'x86.c'
edit 'file: ../x86.c' 's/1/2/'
apply
ok no-path-outside said 2 'no path inside the tree'
edit 's/1/2/' "file: $x86"
apply
ok stray-line-refused said 2 'before the first file: line 2'

# ---- building, in a tree whose modules are one object each ----
kernel=$DEFLECT_CACHE/kernels/6.1
id=$DEFLECT_CACHE/kmod/6.1-1.0-1
mkdir -p "$kernel/modules" "$id"/tree/{arch/x86/kvm,virt/kvm}
echo image >"$kernel/vmlinuz"
echo 6.1.0-0-test >"$kernel/release"
echo 'linux-image-6.1.0-0-test 1.0-1' >"$kernel/package"
for m in irqbypass kvm kvm-amd kvm-intel; do
	echo stock >"$kernel/modules/$m.ko"
done
printf '%s.ko\n' irqbypass kvm kvm-amd | tee "$kernel/load.intel" >"$kernel/load.amd"
cp -r "$kernel" "$id/kernel"
echo ARCH=x86 >"$id/make"
cp "$base/$x86" "$id/tree/$x86"
cat >"$id/tree/Makefile" <<'END'
D := arch/x86/kvm
modules: $(D)/kvm.ko $(D)/kvm-amd.ko $(D)/kvm-intel.ko
$(D)/%.ko: $(D)/x86.c
	@echo "  CC  $@"
	@gcc -c -o $@ $<
END
modules() { run "$here/modules.sh" "$@"; }

modules 6.1
plain=$(cat "$tmp/out")
ok plain-builds [ $rc = 0 ]
ok only-kvm-is-replaced [ "$(grep -l stock "$plain"/modules/*)" = "$plain/modules/irqbypass.ko" ]
ok kernel.sh-takes-it [ "$("$here/../../harness/boot/kernel.sh" "$plain")" = "$plain" ]
edit "file: $x86" '/^int g\(/,/^}/ s/return 1/return 2/'
modules -e "$tmp/edit.mut" 6.1
mutant=$(cat "$tmp/out")
ok edit-builds grep -q '3 files compiled' "$tmp/err"
ok edit-shows-its-difference grep -q '^+	return 2;' "$tmp/err"
ok edit-is-in-the-module [ "$(cmp "$plain/modules/kvm.ko" "$mutant/modules/kvm.ko" |
	wc -l)$(cat "$mutant/package")" = '1linux-image-6.1.0-0-test 1.0-1, KVM rebuilt: edit' ]
echo '# mistake: another text' >>"$tmp/edit.mut"
rm "$id/slot.0/plain/$x86"	# would be needed to build
modules -e "$tmp/edit.mut" 6.1
ok kept-by-what-it-edits [ "$rc $(cat "$tmp/out")" = "0 $mutant" ]
cp "$base/$x86" "$id/slot.0/plain/$x86"
edit "file: $x86" 's/return 1;/return 1/'
modules -e "$tmp/edit.mut" 6.1
ok compiler-failure-names-the-log grep -q 'edit: the build failed: .*error: .* see '"$id/log/edit" "$tmp/err"
ok nothing-of-it-kept [ "$rc $(ls "$id/out" | wc -l)" = '3 2' ]

# ---- what cannot be had; apt and df are made up ----
mkdir "$tmp/bin"
printf '#!/bin/sh\n' >"$tmp/bin/apt-get"
printf '#!/bin/sh\ncase $* in *=*) exit 100 ;; esac\necho Version: 2.0-1\n' \
	>"$tmp/bin/apt-cache"
printf '#!/bin/sh\necho Avail\necho ${AVAIL-9000000}\n' >"$tmp/bin/df"
chmod +x "$tmp"/bin/*
PATH=$tmp/bin:$PATH
export DEFLECT_MIRROR=http://127.0.0.1:9/none
export DEFLECT_SECURITY_MIRROR=$DEFLECT_MIRROR
rm -r "$id"
tree() { run "$here/tree.sh" "$@"; sed -i '/fetching/d' "$tmp/err"; }
tree 6.1
ok skew said 3 'version skew: the image is 1.0-1, the archive has linux-source-6.1 2.0-1'
AVAIL=1000 tree 6.1
ok no-space said 3 'no space: linux-source-6.1 needs 2 GB in .* there are 1 MB'
ok nothing-half-done-stays [ -z "$(ls -d "$DEFLECT_CACHE"/kmod/.new* "$id" 2>/dev/null)" ]
mkdir "$tmp/own"
: >"$tmp/own/Kbuild"
tree "$tmp/own"
ok unbuilt-tree-refused said 3 'no built kernel tree, it has no .config'
echo 'own kernel' >"$kernel/package"
tree "$kernel"
ok kernel-without-source-refused said 3 'has no source: give the built tree'

finish
