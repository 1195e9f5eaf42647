#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The CI examples of the README: each is read by a real YAML parser, and its
# commands are run as they stand, in a copy of this tree, on this host's KVM with
# a few cases.
. "${0%/*}/lib.sh"
root=$PWD

# example NAME: the indented block of the README that begins with "# NAME"
example() {
	awk -v first="    # $1" '$0 == first { on = 1 } on && /^[^ ]/ { exit }
		on { print substr($0, 5) }' README.md >"$tmp/yaml"
	[ -s "$tmp/yaml" ]
}
# commands EXPRESSION: of the parsed file in $y, one a line, to $tmp/commands
commands() {
	perl -MYAML::XS -e '$y = YAML::XS::LoadFile(shift);
		print map { "$_\n" } eval shift; die $@ if $@' \
		"$tmp/yaml" "$1" >"$tmp/commands" 2>"$tmp/err" &&
		[ -s "$tmp/commands" ]
}

if ! perl -MYAML::XS -e1 2>/dev/null; then
	echo "1..0 # SKIP no YAML::XS"
	exit
fi
mkdir "$tmp/tree" "$tmp/bin"
# times are kept, so what is built stays built
git ls-files -z | cpio -0 -pdm --quiet "$tmp/tree" 2>"$tmp/err" &&
	mkdir -p "$tmp/tree/build" &&
	(cd "${BUILD:-build}" && find . -mindepth 1 -maxdepth 1 ! -name cache \
		! -name res ! -name clang -exec cp -a {} "$tmp/tree/build" \;)
ok "a copy of the tree"
# what a runner has and we have not
cat >"$tmp/bin/lava-test-case" <<-END
	#!/bin/sh
	echo "\$*" >>"$tmp/lava"
END
cp "$deflect" "$tmp/bin/deflect"
if [ "$(id -u)" != 0 ]; then	# in their containers one is root
	printf '#!/bin/sh\n' >"$tmp/bin/apt-get"
fi
chmod +x "$tmp"/bin/*
export PATH=$tmp/bin:$PATH MACHINES=host PATTERN='cap/found* filter/v*'

# as they would be run: one shell, stops at the first failure
run() { (cd "$tmp/tree" && sh -e "$tmp/commands") >"$tmp/out" 2>"$tmp/err"; }

kvm=
[ -w /dev/kvm ] && kvm=y
example .github/workflows/msr-abi.yml &&
	commands 'map { $_->{run} // () } @{$y->{jobs}{conform}{steps}}' &&
	grep -qx 'make conform JUNIT=junit.xml' "$tmp/commands"
ok "GitHub Actions: YAML with its steps"
if [ "$kvm" ]; then
	run && [ -s "$tmp/tree/junit.xml" ] && [ -s "$tmp/tree/results/report.html" ]
	ok "GitHub Actions: its commands leave JUnit and a report"
	rm -rf "$tmp/tree/results"/2* "$tmp/tree/junit.xml"
fi

example .gitlab-ci.yml &&
	commands '@{$y->{conform}{script}}, @{$y->{conform}{after_script}}' &&
	[ "$(wc -l <"$tmp/commands")" = 6 ]
ok "GitLab: YAML with its commands"
if [ "$kvm" ]; then
	run && [ -s "$tmp/tree/junit.xml" ] && [ -d "$tmp/tree/last" ] &&
		grep -q 'gate: 1 machine.*: nothing is worse' "$tmp/out"
	ok "GitLab: the first time the known deviations are the gate"
	rm -rf "$tmp/tree/results"/2*
	run && grep -q 'gate: 1 machine: nothing is worse' "$tmp/out"
	ok "GitLab: then the last run is"
	sed -i 's/"verdict":"pass","note":""/"verdict":"fail","note":""/' \
		"$tmp"/tree/results/2*/results.json
	sed -n '/gate/p' "$tmp/commands" >"$tmp/gate" && cp "$tmp/gate" "$tmp/commands"
	! run && grep -q ' new failures: worse' "$tmp/out"
	ok "GitLab: and a run that is worse stops it"
fi

example deflect.yaml && commands '@{$y->{run}{steps}}' &&
	perl -MYAML::XS -e '$m = YAML::XS::LoadFile(shift)->{metadata};
		exit $m->{format} ne "Lava-Test Test Definition 1.0" || !$m->{name} ||
			!$m->{description}' "$tmp/yaml"
ok "LAVA: YAML with what a definition must have"
if [ "$kvm" ]; then
	# deflect's arguments are the whole suite there, here a few cases
	printf '#!/bin/sh\nexec %s "$@" cap reply/tf-and-success\n' "$deflect" \
		>"$tmp/bin/deflect"
	run && [ "$(wc -l <"$tmp/lava")" = "$(sed -n 's/^1\.\.//p' "$tmp/tree/out.tap")" ] &&
		grep -qx -e 'cap.found-on-vm --result pass' "$tmp/lava" &&
		! grep -qvE '^[a-z0-9.@-]+ --result (pass|skip)$' "$tmp/lava"
	ok "LAVA: each case is reported once"
else
	skip "the commands" "no /dev/kvm"
fi
cd "$root" || exit 1
finish
