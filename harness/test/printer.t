#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The printed forms of results are promises: compared byte by byte, but for
# the seconds and the version.
n=0 bad=0
printer=${BUILD:-build}/test/printer
for f in tap ktap json; do
	n=$((n + 1))
	got=$("$printer" $f | sed 's/[0-9.]* s$/T s/; s/"deflect":"[^"]*"/"deflect":"V"/')
	status=$("$printer" $f >/dev/null; echo $?)
	want=$(cat harness/test/golden/$f)
	if [ "$got" = "$want" ] && [ "$status" = 1 ]; then
		echo "ok $n - $f"
	else
		bad=1
		echo "not ok $n - $f (status $status)"
		echo "$got" | diff harness/test/golden/$f - | sed 's/^/# /'
	fi
done
n=$((n + 1))
# every line of the JSON stream is JSON, whatever is in the strings
if "$printer" json | perl -MJSON::PP -ne 'decode_json($_)'; then
	echo "ok $n - JSON lines parse"
else
	bad=1
	echo "not ok $n - JSON lines parse"
fi
echo "1..$n"
exit $bad
