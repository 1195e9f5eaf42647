#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deflect report: a page of made-up runs, loaded in headless Chromium, which
# reads a known failure from it with mouse and keys; and how long 16 runs take.
. "${0%/*}/lib.sh"
cd "$tmp" || exit 1

# run DIR MACHINE KERNEL FAILING: all cases pass but for the last argument,
# which fails by match_bit_decides with a report that would be HTML
run() {
	"$deflect" list --cases | awk -v m="$2" -v k="$3" -v bad="$4" '
		BEGIN {
			printf "{\"schema\":1,\"deflect\":\"test\",\"machine\":\"%s\"," \
				"\"kernel\":\"%s\",\"module\":\"kvm_%s\",\"vendor\":\"amd\"," \
				"\"cpu\":\"CPU <b>\",\"emulator\":\"Stub\",\"eras\":[\"6.1\"],\"total\":0}\n", m, k, m
		}
		$0 != bad {
			printf "{\"case\":\"%s\",\"verdict\":\"pass\",\"note\":\"\",\"ms\":1," \
				"\"covered\":[\"match_bit_decides\"],\"seen\":\"1: returns 0\\n2: %s\"}\n",
				$0, $0 == "cap/found-on-vm" ? k : ""
			next
		}
		{
			printf "{\"case\":\"%s\",\"verdict\":\"fail\",\"note\":\"\",\"ms\":1,\"covered\":[]," \
				"\"step\":4,\"rule\":\"match_bit_decides\"," \
				"\"want\":\"exit RDMSR reason=FILTER index=0xffffffc0\"," \
				"\"got\":\"exit RDMSR reason=UNKNOWN index=0xffffffc0\"," \
				"\"reason\":\"</script><img src=x onerror=boom()>\\\"\"," \
				"\"message\":\"line one\\n<!-- </script> -->\"}\n", $0
		}
		END { print "{\"end\":0}" }' |
		"$deflect" --baseline none collect --results "$1" >/dev/null 2>&1
}

failing=filter/range-up-to-the-last-index-denies
mkdir none all one
for kernel in 5.10.1 6.1.2-cloud 6.12.3 7.2.0; do
	for m in amd amd2 host intel; do
		run "all/$kernel-$m" $m $kernel none
	done
done
run one/a amd 6.1.2-cloud $failing
run one/b amd 6.12.3 none

"$deflect" report one/a one/b >page.html 2>out
ok "a page of two runs"
[ "$(grep -c '</script>' page.html)" = 2 ] && ! grep -q '<img' page.html
ok "nothing of the results is HTML"
! perl -0pe 's/<script id="data".*?<\/script>//s' page.html | grep -oE '(src|href)="?[^"# ]+|url\([^)]*\)|@import|https?://[^ ]*' >out
ok "and nothing is fetched from elsewhere"
# its own time: the host may be busy
TIMEFORMAT='%U %S'
{ time "$deflect" report --output 16.html all >out 2>&1; } 2>took
st=$?
echo "# 16 runs: $(cat took) s, $(stat -c %s 16.html) bytes"
[ $st = 0 ] && awk '{ exit $1 + $2 >= 2 }' took
ok "16 runs in less than 2 s"

# what it says when it cannot
"$deflect" report nothing 2>out
[ $? = 3 ] && grep -q 'cannot read nothing' out
ok "a folder that is not there"
"$deflect" report 2>out
[ $? = 3 ] && grep -q 'no runs below results/' out
ok "no runs at all"
"$deflect" report --output none/no/page.html one 2>out
[ $? = 3 ] && grep -q 'cannot write none/no/page.html' out
ok "a page that cannot be written"
"$deflect" report one >/dev/full 2>out
[ $? = 3 ] && grep -q 'No space left' out
ok "a full disk"

# the newest of each machine and kernel line
mkdir results
cp -r one/a results/new
cp -r one/b results/other
cp -r all/6.1.2-cloud-amd results/old
touch -d '1 hour ago' results/old/results.json
"$deflect" report | grep -o '"from":"[^"]*"' >out
[ "$(cat out)" = '"from":"results/new"
"from":"results/other"' ]
ok "no folders: the newest of results/, and kernels in their order"
mkdir results/records
"$deflect" record one/a >results/records/a.txt
"$deflect" record all/7.2.0-amd >results/records/b.txt
"$deflect" report | grep -o '"from":"[^"]*"' >out
[ "$(cat out)" = '"from":"results/new"
"from":"results/other"
"from":"results/records/b.txt"' ]
ok "and the records of what was not run here"
rm -r results/records
"$deflect" report newest one/b | grep -c '"from":' >out
[ "$(cat out)" = 3 ]
ok "and others beside them"

mkdir -p results/coverage/6.1
cat >results/coverage/6.1/coverage.json <<'END'
{"kernel":"6.1.0-test","machines":["amd","intel"],"absent":[],"functions":[
{"name":"kvm_x","file":"x86.c","machines":{"amd":{"reached":[3,4],"unreached":[7]}},
"unreached":[{"line":7,"text":"if (a < b) </script>"}]},
{"name":"kvm_y","file":"x86.c","machines":{"intel":{"unreached":[9]}},
"unreached":[{"line":9,"text":"y();","reason":"because"}]}]}
END
"$deflect" report one/a >covered.html
rm -r results/coverage
[ "$(grep -c '</script>' covered.html)" = 2 ]
ok "what was covered is no HTML either"

browser=
for b in chromium chromium-browser google-chrome; do
	command -v $b >/dev/null && browser=$b && break
done
if [ -z "$browser" ]; then
	skip "the page in a browser" "no chromium"
	finish
fi

# Chromium's window is at least 500 px wide; a frame may be narrower.
browse() {	# URL ARGS...
	timeout 120 $browser --headless --no-sandbox --disable-gpu --disable-quic \
		--no-first-run --disable-background-networking \
		--disable-component-update --disable-sync \
		--user-data-dir="$tmp/profile" --virtual-time-budget=5000 \
		--dump-dom "$@" >out 2>/dev/null
}

# dom PAGE#HASH SCRIPT: the document after the page and SCRIPT ran;
# say(TEXT) of the script adds a line to the end of it.
dom() {
	local file=${1%%#*} hash=

	case $1 in *'#'*) hash="#${1#*#}" ;; esac
	{
		sed '/^<\/body>/,$d' "$file"
		cat <<-END
			<pre id="said"></pre>
			<script>
			const say = (t) => \$("said").append(t + "\n");
			const key = (k) => document.activeElement.dispatchEvent(
				new KeyboardEvent("keydown", { key: k, bubbles: true,
				cancelable: true }));
			onerror = (m) => say("script error: " + m);
			$2
			</script></body></html>
		END
	} >driven.html
	browse --window-size=1280,800 "file://$tmp/driven.html$hash"
}
said() { sed -n '/<pre id="said">/,/<\/pre>/p' out >err; grep -qF -e "$1" err; }

dom "page.html#match_bit_decides/0" \
	'say("dialog " + $("detail").open); say("title " + document.title)'
said "dialog true" && said "title deflect: 1 unexpected failure in 1 of 2 runs"
ok "a link to a rule and a run opens it" err
grep -q 'reason=<mark>FILTER\|<mark>reason=FILTER</mark>' out &&
	grep -q '<mark>reason=UNKNOWN</mark>' out &&
	grep -q 'bit 1 in its bitmap allows' out && grep -q "<code>$failing</code>" out &&
	grep -q "PATTERN=$failing</code>" out && grep -q 'suites/filter.c' out
ok "which shows statement, case, want and got, file and rerun line" err
grep -qF '&lt;/script&gt;&lt;img src=x onerror=boom()&gt;' out &&
	grep -qF '&lt;!-- &lt;/script&gt; --&gt;' out && ! said "script error"
ok "the text of a result is text" err

dom page.html '
const rows = () => document.querySelectorAll("tr[data-rule]").length;
const all = rows();
$("show-bad").click();
say("failures " + rows() + " " + document.querySelector("tr[data-rule]").dataset.rule);
say($("count").textContent);
$("show-differ").click();
const differ = [...document.querySelectorAll("button.differs")]
	.map((b) => b.getAttribute("aria-label"));
say("differ " + (rows() === differ.length) + differ);
$("show-all").click();
$("group").value = "cap"; $("group").dispatchEvent(new Event("change"));
say("group " + (rows() < all) + [...document.querySelectorAll("tr[data-rule]")]
	.every((r) => r.dataset.rule.startsWith("cap_")));
$("group").value = ""; $("text").value = "reason=unknown INDEX=0xffffffc0";
$("text").dispatchEvent(new Event("input"));
say("text " + (rows() < all) + !!document.querySelector("tr[data-rule=match_bit_decides]"));
$("text").value = "zzz"; $("text").dispatchEvent(new Event("input"));
say("none " + rows());'
said "failures 1 match_bit_decides" && said "1 of "
ok "the filter for failures" err
said "differ true" &&
	said "match_bit_decides on amd 6.12: proved, not as on the kernel before"
ok "the filter for kernels that differ, and the mark of the second" err
said "group truetrue"
ok "the filter for a group" err
said "text truetrue" && said "none 0"
ok "the filter for text looks into outcomes" err

dom covered.html '
const c = $("coverage");
say("coverage " + !c.hidden + " " + c.querySelector("summary").textContent);
for (const tr of c.querySelectorAll("tbody tr"))
	say([...tr.children].map((e) => e.textContent).join("|"));'
said "coverage true 6.1.0-test: 2 functions, of 1 a line without case or reason" &&
	said "kvm_x|2/3||1 line that no machine reached7: if (a &lt; b) &lt;/script&gt; – no case" &&
	said "kvm_y||0/1|1 line that no machine reached9: y(); – because"
ok "lines of KVM that no case reaches" err
dom page.html 'say("coverage " + $("coverage").hidden)'
said "coverage true"
ok "and no word of it where there is nothing" err

dom page.html '
key("/"); say("focus " + document.activeElement.id);
$("show-bad").click();
document.querySelector("tr[data-rule] button").focus();
key("ArrowRight");
say("cell " + document.activeElement.getAttribute("aria-label"));
say("stops " + document.querySelectorAll("tr[data-rule] button[tabindex=\"0\"]").length);
document.activeElement.click();
say("opened " + $("detail").open + " " + location.hash);
say("named " + $("detail").getAttribute("aria-labelledby") + " " + document.activeElement.id);
document.querySelector("#detail .close").click();
setTimeout(() => say("closed " + !$("detail").open + " " +
	document.activeElement.getAttribute("aria-label")), 100);'
said "focus text"
ok "/ goes to the search" err
said "cell match_bit_decides on amd 6.1: fails" && said "stops 1"
ok "arrow keys move in the grid, which is one stop for Tab; cells say what they are" err
said "opened true #match_bit_decides/0" && said "named detail-title detail-title"
ok "Enter opens a cell, and the focus is in the dialog" err
said "closed true match_bit_decides on amd 6.1: fails"
ok "and returns to the cell" err

dom "page.html#cap_user_space_msr_is_one" ''
grep -q '2: 6.1.2-cloud</pre>' out && grep -q '2: 6.12.3</pre>' out
ok "answers that differ between kernels stand beside each other" err

# PAGE in a frame of 360 px
frame() {
	cat >frame.html <<-END
		<iframe src="$1" style="width:360px;height:700px;border:0"></iframe>
		<pre id="said"></pre><script>
		onload = () => {
			const over = (e) => e.scrollWidth > e.clientWidth + 1;
			const d = frames[0].document;
			said.append("page " + over(d.documentElement) + ", grid " +
				over(d.getElementById("grid")));
		};
		</script></body>
	END
	browse --allow-file-access-from-files "file://$tmp/frame.html"
}
frame page.html
said "page false, grid false"
ok "360 px: nothing sticks out" err
frame 16.html
said "page false, grid true"
ok "360 px and 16 runs: the grid scrolls, not the page" err
finish
