#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# test-coverage.sh: the coverage report's own tests, as TAP, on made-up modules
# that really run, in this process: which lines count as reached, what is said
# of the others, what is run again. No network, no kernel, seconds.
here=$(dirname "$(realpath "$0")")
. "$here/../../harness/boot/tap.sh" coverage 29 || exit 1

has() { grep -q -e "$1" "$tmp/${2-out}"; }
hasnt() { ! has "$@"; }

# ---- made-up modules: what main() asks for runs ----
root=$tmp/root
src=$root/tree/arch/x86/kvm
mkdir -p "$src"/{svm,vmx} "$root/tree/virt/kvm" "$root/built/debug"
cat >"$src/x86.c" <<'C'
int anchor(void) { return 0; }
volatile int seen;
static int inlined(int x)
{
	if (x == 7)
		seen = 70;
	return 3 * x;
}

int
whole(int x)
{
	return x + inlined(x);
}

int half(int x)
{
	if (x > 3)
		seen = 1;	/* above */
	else
		seen = 2;	/* below */
	return inlined(x);
}

int half(int x);
__attribute__((cold)) int cold(int x)
{
	if (x)
		seen = 3;	/* cold and reached */
	else
		seen = 4;	/* cold and not */
	return seen;
}

int never(int x)
{
	return seen = x;
}

int many(int x)
{
	switch (x) {
	case ONE:
		seen = 11;
		break;
	case TWO: {
		seen = 22;
		if (x == seen)
			seen = 23;	/* never */
		break;
	}
	default:
		seen = 33;
	}
	return seen;
}
C
for vendor in svm vmx; do
	sed "s/NAME/${vendor}_merge/" >"$src/$vendor/nested.c" <<'C'
int anchor(void) { return 0; }
volatile int seen;
int NAME(int x)
{
	if (x)
		seen = 1;
	else
		seen = 2;
	return seen;
}

/* both vendors have it */
int shared(int x)
{
	return seen = x;
}
C
done
cat >"$tmp/main.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
int anchor(void), CALLED(int), cold(int) __attribute__((weak));
static unsigned long at[2][99];
static int n[2];
void __sanitizer_cov_trace_pc(void)
{
	unsigned long pc = (unsigned long)__builtin_return_address(0);
	int c = cold && pc - (unsigned long)cold < 80;

	at[c][n[c]++] = pc - (unsigned long)(c ? cold : anchor);
}
int main(int argc, char **argv)
{
	int (*f)(int) = CALLED;
	if (argc != 3)
		return 1;
	f(atoi(argv[2]));
	for (int c = 0; c < 2; c++) {
		printf("{\"reached\":\"%s\",\"section\":\"%s\",\"at\":\"", argv[1],
		       c ? ".text.unlikely" : ".text");
		while (n[c])
			printf(" %lx", at[c][--n[c]]);
		puts("\"}");
	}
}
C
# the flags as modules.sh has them
eval "$(sed -n '/^instrument=/,/"$/p' "$here/modules.sh")"
build() {	# SOURCE MODULE
	# shellcheck disable=SC2086,SC2154	# flags
	(cd "$src" && gcc -g -O2 -c -DONE=1 -DTWO=2 -fno-PIE -fcf-protection=none \
		$instrument -o "$root/built/debug/$2.ko" "$1") &&
	for f in $(sed -n 's/^\(int \|.* int \)\?\([a-z_]*\)(int x)$/\2/p' "$src/$1"); do
		gcc -O1 -no-pie -DCALLED="$f" -o "$tmp/$2.$f" "$tmp/main.c" \
			"$root/built/debug/$2.ko" 2>/dev/null
	done
}
echo 6.1.0-test >"$root/built/release"
build x86.c kvm && build svm/nested.c kvm-amd && build vmx/nested.c kvm-intel ||
	exit 1
call() { "$tmp/$1.$2" "${1/-/_}" "$3"; }	# MODULE FUNCTION ARGUMENT

{ call kvm whole 7; call kvm half 5; call kvm cold 1; call kvm many 2
	call kvm-amd svm_merge 0; echo '{"case":"x"}'; echo noise; } >"$tmp/amd"
{ call kvm half 0; call kvm-intel vmx_merge 1; } >"$tmp/intel"

report() {	# LIST-LINES... -- RUNS...
	: >"$tmp/list"
	while [ "$1" != -- ]; do printf '%b\n' "$1" >>"$tmp/list"; shift; done
	shift
	"$here/coverage.pl" "$tmp/list" "$root/tree" "$tmp/json" "$@" \
		>"$tmp/out" 2>"$tmp/err"
	rc=$?
}
on_amd=amd=$root/built=$tmp/amd
on_intel=intel=$root/built=$tmp/intel

report whole inlined -- "$on_amd"
ok all-reached [ "$rc $(grep -c '//' "$tmp/out")" = '0 0' ]
ok counts-lines has '^whole  *amd \([1-9]\)/\1 '
ok an-inlined-one-has-lines has '^inlined  *amd \([2-9]\)/\1 '
report half -- "$on_amd"
ok no-case-fails [ "$rc" = 1 ]
ok it-is-that-line has '^  x86.c:21: seen = 2;.* // NO CASE'
ok and-no-other [ "$(grep -c '//' "$tmp/out")" = 1 ]
report half '\tseen = 2; // it is known' -- "$on_amd"
ok a-reason-will-do [ "$rc" = 0 ]
ok and-is-said has 'x86.c:21: .* // it is known'
report half never '\tseen = 2; // of another function' -- "$on_amd"
ok a-reason-is-of-its-function [ "$rc" = 1 ]
report never half '\t* // not as long as a line is reached' -- "$on_amd"
ok not-all-while-one-is-reached has 'x86.c:21: .*NO CASE'
report never '\t* // nobody calls it' half '\tseen = // known' -- "$on_amd"
ok a-reason-for-all-of-it [ "$rc" = 0 ]
report cold -- "$on_amd"
ok other-sections [ "$(grep -c 'x86.c:31: .*cold and not' "$tmp/out")" = 1 ]
ok and-what-is-reached-there hasnt 'cold and reached'
report never gone -- "$on_amd"
ok none-of-it has '^never  *amd 0/'
ok what-this-kernel-lacks has 'not in this kernel.*: gone$'
report 'many case TWO' 'many case THREE' -- "$on_amd"
ok only-the-case [ "$(grep -o ' seen = [0-9]*' "$tmp/out")" = ' seen = 23' ]
ok a-case-it-lacks has ': many case THREE$'
report half svm_merge vmx_merge shared -- "$on_amd" "$on_intel"
ok what-either-reached hasnt 'x86.c:.*seen'
ok files-of-one-name [ "$(grep -c '^  nested.c:.*seen = [12]' "$tmp/out")" = 2 ]
ok each-machine has '^svm_merge  *amd [1-9]/.*intel -'
ok as-json perl -MJSON::PP -e 'local $/; open F, $ARGV[0];
	$j = decode_json(<F>); ($f) = grep { $_->{name} eq "half" } @{$j->{functions}};
	exit !($j->{kernel} eq "6.1.0-test" && "@{$f->{machines}{amd}{unreached}}" eq 21 &&
		"@{$f->{machines}{intel}{unreached}}" eq 19)' "$tmp/json"
report half 'no tab // reason' -- "$on_amd"
ok a-bad-list-is-refused [ "$rc $(wc -l <"$tmp/err")" = '3 1' ]
echo '{"case":"x"}' >"$tmp/nothing"
report half -- "amd=$root/built=$tmp/nothing"
ok nothing-reached-is-refused [ "$rc $(wc -l <"$tmp/err")" = '3 1' ]

# ---- what is run ----
mkdir -p "$root"/{fuzz/kmod,harness/boot,build,built/modules}
cp "$here"/coverage.{sh,pl,txt} "$root/fuzz/kmod"
cp "$here/../../harness/boot/say.sh" "$root/harness/boot"
echo half >"$root/fuzz/kmod/coverage.txt"
: >"$root/built/modules/kvm.ko"
printf '#!/bin/sh\necho %s\n' "$root/built" >"$root/fuzz/kmod/modules.sh"
printf '#!/bin/sh\necho %s\n' "$root" >"$root/fuzz/kmod/tree.sh"
printf '#!/bin/sh\n' >"$root/build/deflect"
cat >"$root/harness/boot/run.sh" <<END
#!/bin/sh
shift 2			# -j N
echo "\$1 \$*" >>$tmp/ran
cp $tmp/\$1 "\$3/cover.jsonl"
exit \$(cat $tmp/status 2>/dev/null || echo 0)
END
chmod +x "$root"/{fuzz/kmod/*.sh,harness/boot/run.sh,build/deflect}
coverage() {	# VARIABLE=VALUE...
	: >"$tmp/ran"
	env "$@" "$root/fuzz/kmod/coverage.sh" >"$tmp/out" 2>"$tmp/err"
	rc=$?
	ran="$rc $(cut -d' ' -f1 "$tmp/ran" | tr '\n' ' ')"
}
coverage MACHINES=amd
first=$ran
coverage MACHINES='amd intel'
ok each-machine-once [ "$first$ran" = '1 amd 0 intel ' ]
coverage MACHINES='amd intel' PATTERN='cap !cap/x'
ok again-for-other-cases [ "$ran$(grep -c -e '--cover cap !cap/x$' "$tmp/ran")" = \
	'0 amd intel 2' ]
echo >>"$root/build/deflect"
echo 1 >"$tmp/status"
coverage MACHINES=intel PATTERN='cap !cap/x'
ok again-for-another-program [ "$ran" = '1 intel ' ]
ok cases-that-fail-are-said has 'intel: cases fail; see' err
echo 3 >"$tmp/status"
coverage MACHINES=amd
ok a-run-that-fails-is-no-table [ "$rc$(cat "$tmp/out")" = 3 ]
coverage MACHINES=arm
ok no-such-machine [ "$rc $(wc -l <"$tmp/err")" = '2 1' ]

finish
