#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deflect gate on made-up result sets: what makes it say worse, and what not.
. "${0%/*}/lib.sh"

# set_of FOLDER MACHINE CASE=VERDICT[:NOTE]...
set_of() {
	local dir=$tmp/$1 machine=$2 one sep=

	shift 2
	mkdir -p "$dir"
	{
		printf '{"machine":{"schema":1,"machine":"%s",' "$machine"
		printf '"kernel":"6.1.0-50","module":"kvm_amd","eras":["6.1"],'
		printf '"total":%d},"cases":[' $#
		for one; do
			printf '%s{"case":"%s","verdict":"%s","note":"%s",' \
				"$sep" "${one%%=*}" \
				"$(sed 's/.*=//; s/:.*//' <<<"$one")" \
				"$(sed 's/[^:]*//; s/^://' <<<"$one")"
			printf '"want":"W","got":"G","reason":"R"}'
			sep=,
		done
		printf '],"summary":{"complete":true}}\n'
	} >"$dir/results.json"
}

# gate STATUS TEXT ARGS...
gate() {
	local want=$1 text=$2 st

	shift 2
	"$deflect" gate "$@" >"$tmp/out" 2>&1
	st=$?
	[ $st = "$want" ] && grep -qF -- "$text" "$tmp/out"
	ok "$text -> $want"
}

cd "$tmp" || exit 1
set_of base amd a=pass b=fail c=skip d=fail:known e=error
set_of same amd a=pass b=fail c=skip d=fail:known e=error
gate 0 "gate: 1 machine: nothing is worse" base same
set_of worse amd a=fail b=fail c=skip d=fail:known e=error
gate 1 "amd 6.1.0-50: new failure: a" base worse
set_of fixed amd a=pass b=pass c=pass d=fail:known e=pass
gate 0 "2 fixed, 1 now run: nothing is worse" base fixed
set_of skipped amd a=skip b=fail c=skip d=fail:known e=error
gate 1 "no longer run: a: R" base skipped
set_of missing amd b=fail c=skip d=fail:known e=error
gate 1 "missing: a" base missing
gate 0 "1 added: nothing is worse" missing same
set_of error amd a=error b=fail c=skip d=fail:known e=error
gate 1 "new error: a: R" base error
set_of listed amd a=pass b=fail c=skip d=fail e=error
gate 1 "new failure: d" base listed
set_of stale amd a=pass b=fail c=skip d=pass:stale e=error
gate 1 "stale in the baseline: d" base stale
gate 1 "new failure: b" same baseline
set_of clean amd a=pass d=fail:known f=fail:emulator
gate 0 "nothing is worse" clean baseline
# several machines
set_of two/1 amd a=pass
set_of two/2 intel a=pass b=pass
set_of one/1 amd a=pass
gate 1 "intel 6.1.0-50: missing: the whole machine" two one
gate 0 "gate: 2 machines: nothing is worse" two two
set_of twob/1 amd a=pass
set_of twob/2 intel a=pass b=fail
gate 1 "intel 6.1.0-50: new failure: b" two twob
# what cannot be compared
gate 3 "cannot read $tmp/none" base "$tmp/none"
mkdir empty
gate 3 "no results.json and no record in empty" base empty
echo '{' >empty/results.json
gate 3 "not JSON" base empty
echo '{}' >empty/results.json
gate 3 "no results of schema 1" base empty
sed 's/true/false/' same/results.json >empty/results.json
gate 3 "is incomplete" base empty
gate 2 "gate takes two result folders" base
finish
