#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# run.sh against made-up machines: one that dies with a case, one that dies
# without one, one that never speaks. The streams are canned; what is tested is
# that a death costs one case and that nothing is lost or counted twice.
. "${0%/*}/lib.sh"

mkdir "$tmp/boot"
cp harness/boot/{run,say}.sh "$tmp/boot/"
printf '#!/bin/sh\necho %s\n' "$tmp" >"$tmp/boot/kernel.sh"
# the arguments, for the stub machine to read; the lists of names lie beside it
cat >"$tmp/boot/initrd.sh" <<'END'
#!/bin/bash
echo "${@:3}" >"$2"
END
cat >"$tmp/boot/machine.sh" <<'END'
#!/bin/bash
here=$(dirname "$0")
[ "$1" = -V ] && { echo "Stub 1"; exit; }
while [ $# -gt 1 ]; do [ "$1" = -c ] && echo "the console" >"$2"; shift; done
args=$(cat "$1") lists=$(dirname "$1")
echo "$args" >>"$here/boots"
[ -s "$here/mute" ] && exit 3
echo '{"schema":1,"machine":"amd","kernel":"6.1","module":"kvm_amd","vendor":"amd","eras":["6.1"],"total":5}'
cases=(a/one a/two a/kills a/four a/asks)
case $args in
*--cases-from*) mapfile -t cases <"$lists/only" ;;
*"--part 1/2"*) cases=(a/one a/kills a/asks) ;;
*"--part 2/2"*) cases=(a/two a/four) ;;
esac
for c in "${cases[@]}"; do
	grep -qxF "$c" "$lists/done" && continue
	echo "{\"control\":\"$c\"}"
	[ "$c" = a/asks ] && exit 3	# KVM's answer to its question is death
	echo "{\"asked\":\"$c\"}"
	echo "{\"start\":\"$c\"}"
	if [ "$c" = a/kills ]; then
		# a neighbour was running when it happened
		[[ $args = *--cases-from* || $args = *--part* ]] ||
			echo '{"start":"a/four"}'
		exit 3
	fi
	echo "{\"case\":\"$c\",\"verdict\":\"pass\",\"note\":\"\",\"ms\":1,\"covered\":[]}"
done
echo '{"end":0}'
END
chmod +x "$tmp"/boot/*.sh
ln -s "$deflect" "$tmp/deflect"

DEFLECT=$tmp/deflect "$tmp/boot/run.sh" amd 6.1 "$tmp/res" >"$tmp/out" 2>"$tmp/err"
[ $? = 1 ]
ok "a death is a failure of the run"
grep -q '^not ok .* a/kills$' "$tmp/out" && grep -q 'the console' "$tmp/out"
ok "the case that killed the machine fails, with the console's last words"
grep -q '^not ok .* a/asks$' "$tmp/out"
ok "so does the case whose control did"
[ "$(grep -c '^ok ' "$tmp/out")" = 3 ] && [ "$(grep -c 'ok .*a/four$' "$tmp/out")" = 1 ]
ok "the others are run and reported once each"
grep -q '^# 3 passed, 2 failed' "$tmp/out"
ok "the summary counts each once"
perl -MJSON::PP -e 'undef $/; $j = decode_json(<STDIN>); exit !($j->{summary}{complete} && @{$j->{cases}} == 5)' <"$tmp/res/results.json"
ok "results.json is complete"

DEFLECT=$tmp/deflect "$tmp/boot/run.sh" -j 2 amd 6.1 "$tmp/res3" --sample 3 >"$tmp/out" 2>"$tmp/err"
[ $? = 1 ] && grep -q '^# 3 passed, 2 failed' "$tmp/out" &&
	[ "$(sed -n 's/^ok .* //p' "$tmp/out" | sort | tr '\n' ' ')" = "a/four a/one a/two " ]
ok "two machines share the cases, and either's deaths cost one each"
perl -MJSON::PP -e 'undef $/; $j = decode_json(<STDIN>); exit !($j->{summary}{complete} && @{$j->{cases}} == 5)' <"$tmp/res3/results.json"
ok "in one results.json"

DEFLECT=$tmp/deflect timeout 20 "$tmp/boot/run.sh" -j 2 -o frob amd 6.1 \
	"$tmp/res4" >"$tmp/out" 2>"$tmp/err"
[ $? = 2 ] && grep -q 'format is' "$tmp/err"
ok "a collector that ends at once ends the run"

echo y >"$tmp/boot/mute"
: >"$tmp/boot/boots"
DEFLECT=$tmp/deflect "$tmp/boot/run.sh" amd 6.1 "$tmp/res2" >"$tmp/out" 2>"$tmp/err"
[ $? = 3 ] && grep -q 'the machine sent no results' "$tmp/err" &&
	[ "$(wc -l <"$tmp/boot/boots")" = 2 ]
ok "a machine that never speaks is an error, not a verdict, and tried twice"
finish
