#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What others make of our output: prove and its JUnit formatter of the TAP, the
# kernel's own runner.sh and kunit.py of the KTAP.
. "${0%/*}/lib.sh"
root=$PWD
cache=${DEFLECT_CACHE:-build/cache}

# A run without KVM: one that passes, one that fails, one known, one skipped.
cat >"$tmp/stream" <<'END'
{"schema":1,"machine":"amd","kernel":"6.1","module":"kvm_amd","vendor":"amd","eras":["6.1"],"total":4}
{"case":"a/passes","verdict":"pass","note":"","ms":1,"covered":[]}
{"case":"a/fails","verdict":"fail","note":"","ms":1,"covered":[],"want":"W","got":"<G>","message":"want: W\ngot: <G>"}
{"case":"a/known","verdict":"fail","note":"known","ms":1,"covered":[],"reason":"an old bug"}
{"case":"a/skipped","verdict":"skip","note":"","ms":1,"covered":[],"reason":"needs x"}
{"end":1}
END
sed '/a\/fails/d; s/"total":4/"total":3/' "$tmp/stream" >"$tmp/good"
sed '1s/4/1/; 2,4d' "$tmp/stream" >"$tmp/none"

# ---- prove ----

mkdir "$tmp/amd-6.1" "$tmp/good-run"
"$deflect" collect <"$tmp/stream" >"$tmp/amd-6.1/out.tap"
"$deflect" collect <"$tmp/good" >"$tmp/good-run/out.tap"
prove "$tmp/good-run/out.tap" >"$tmp/out" 2>&1
ok "prove: a run without unexpected failures passes"
! prove "$tmp/amd-6.1/out.tap" >"$tmp/out" 2>&1 && grep -q 'Failed test:  *2$' "$tmp/out"
ok "prove: the unexpected failure fails"
if ! perl -MTAP::Formatter::JUnit -e1 2>/dev/null; then
	skip "JUnit" "no TAP::Formatter::JUnit"
else
	! harness/boot/junit.sh "$tmp/amd-6.1" "$tmp/good-run" >"$tmp/out" 2>"$tmp/err"
	ok "junit.sh: 1 for a failure"
	perl -MXML::Parser -e 1 2>/dev/null && parse='perl -MXML::Parser -e
		XML::Parser->new->parse(*STDIN)'
	command -v xmllint >/dev/null && parse='xmllint --noout -'
	if [ -n "${parse:-}" ]; then
		$parse <"$tmp/out" 2>"$tmp/err"
		ok "which is XML"
	fi
	# attributes come in any order
	tr '\n' ' ' <"$tmp/out" | grep -oE '<testsuite [^>]*>' | tr -s ' <>' '\n' |
		sort | uniq -c | sed 's/^ *//' >"$tmp/suites"
	for want in '1 name="amd-6_1_tap"' '1 name="good-run_tap"' '2 errors="0"' \
		'1 failures="1"' '1 failures="0"' '1 tests="4"' '1 tests="3"'; do
		grep -qxF "$want" "$tmp/suites" || break
	done && [ "$(grep -c '<failure' "$tmp/out")" = 1 ]
	ok "a suite for each run, with its counts"
	sed -n '/<failure/,/<\/failure>/p' "$tmp/out" | grep -q '^# got: <G>'
	ok "and the failure with its report"
	harness/boot/junit.sh "$tmp/good-run" >"$tmp/out" 2>"$tmp/err"
	ok "junit.sh: 0 without one"
	harness/boot/junit.sh "$tmp" 2>"$tmp/err"
	[ $? = 3 ] && grep -q 'has no out.tap' "$tmp/err"
	ok "junit.sh: 3 for a folder without a run"
fi

# ---- KTAP ----

# runner TREE STREAM: kselftest's run_many of a test that says what STREAM does
runner() {
	rm -rf "$tmp/base"
	mkdir -p "$tmp/base/kselftest" "$tmp/base/deflect"
	cp "$1"/tools/testing/selftests/kselftest/*.{sh,pl} "$tmp/base/kselftest"
	printf '#!/bin/sh\nexec %s "$@" <%s\n' "$deflect" "$2" >"$tmp/base/deflect/deflect"
	chmod +x "$tmp/base/deflect/deflect"
	(cd "$tmp/base/deflect" && BASE_DIR=$tmp/base \
		KSELFTEST_DEFLECT_ARGS="--format ktap $3" \
		sh -c '. "$BASE_DIR/kselftest/runner.sh"; run_many ./deflect') \
		2>"$tmp/err" | cat >"$tmp/out"	# it opens its stdout by name
}

trees=$(compgen -G "$cache/kmod/*/tree/tools/testing/selftests/kselftest/runner.sh")
[ -n "$trees" ] || skip "the kernel's runner.sh" \
	"no kernel source in $cache/kmod: make kvm-modules fetches it"
for tree in $trees; do
	tree=${tree%/tools/*}
	name=$(basename "$(dirname "$tree")")
	runner "$tree" "$tmp/good" collect
	grep -qx 'ok 1 selftests: deflect: deflect' "$tmp/out" &&
		grep -qx '# KTAP version 1' "$tmp/out" && grep -qx '# 1..3' "$tmp/out" &&
		grep -qx '# ok 3 a/skipped # SKIP needs x' "$tmp/out"
	ok "runner.sh of $name: passed, and its results indented by one level"
	runner "$tree" "$tmp/stream" collect
	grep -qx 'not ok 1 selftests: deflect: deflect # exit=1' "$tmp/out"
	ok "a failure"
	runner "$tree" "$tmp/none" collect
	grep -qx 'ok 1 selftests: deflect: deflect # SKIP' "$tmp/out"
	ok "all skipped"
	parser=$tree/tools/testing/kunit/kunit.py
	[ -r "$parser" ] && command -v python3 >/dev/null || continue
	"$deflect" --format ktap collect <"$tmp/stream" |
		python3 "$parser" parse >"$tmp/out" 2>&1
	# KTAP has TODO as TAP has it; kunit.py does not know it
	grep -q 'Ran 4 tests: passed: 1, failed: 2, skipped: 1' "$tmp/out"
	ok "kunit.py of $name reads it"
done
if [ -w /dev/kvm ] && [ -n "$trees" ]; then
	runner "$tree" /dev/null 'run cap/found-on-vm'
	grep -qx '# ok 1 cap/found-on-vm' "$tmp/out"
	ok "a real run under runner.sh"
	prove --exec "$deflect run" cap/found-on-vm param >"$tmp/out" 2>&1
	ok "prove --exec runs suites and shows how far they are"
fi
cd "$root" || exit 1
finish
