#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# make install and make dist, as a packager and then a user meets them.
. "${0%/*}/lib.sh"
root=$PWD
to=$tmp/root

make -s install B="${BUILD:-build}" DESTDIR="$to" PREFIX=/usr >"$tmp/out" 2>&1
ok "make install"
(cd "$to" && find . -type f | sort) >"$tmp/out"
[ "$(cat "$tmp/out")" = './usr/bin/deflect
./usr/share/bash-completion/completions/deflect
./usr/share/man/man1/deflect.1' ]
ok "installs these, into DESTDIR and PREFIX"
"$to/usr/bin/deflect" --version >"$tmp/out" && ! ldd "$to/usr/bin/deflect" >"$tmp/err" 2>&1
ok "the program needs no library"

# ---- elsewhere, by somebody else ----

mkdir "$tmp/elsewhere"
cp "$to/usr/bin/deflect" "$tmp/elsewhere"
chmod -R go+rX "$tmp"
# in_namespace COMMAND: /dev/kvm is everybody's there, and we are nobody
in_namespace() {
	unshare -m sh -c "mount -t tmpfs -o mode=755 none /mnt &&
		mknod -m 666 /mnt/kvm c 10 232 && mount --bind /mnt/kvm /dev/kvm &&
		cd $tmp/elsewhere && exec setpriv --reuid 65534 --regid 65534 \
		--clear-groups $1" >"$tmp/out" 2>"$tmp/err"
}
if [ ! -w /dev/kvm ] || [ "$(id -u)" != 0 ] || ! in_namespace true; then
	skip "a user who may use /dev/kvm" "needs root, /dev/kvm and mount namespaces"
else
	in_namespace './deflect -q run cap filter match' &&
		grep -q ' passed, 0 failed' "$tmp/out"
	ok "a user who may use /dev/kvm, in a folder that is not his"
	in_namespace './deflect --results x run cap'
	[ $? = 3 ] && grep -q 'cannot write x/results.json\|cannot write x:' "$tmp/err"
	ok "who is told where results cannot go"
fi

# ---- the manual ----

if command -v groff >/dev/null; then
	groff -man -t -ww -Tascii "$to/usr/share/man/man1/deflect.1" >"$tmp/man" 2>"$tmp/err" &&
		[ ! -s "$tmp/err" ]
	ok "the manual is well formed"
else
	skip "the manual is well formed" "no groff"
fi
"$deflect" --help | grep -oE -e '--[a-z-]+' | sort -u >"$tmp/words"
"$deflect" --help | sed -n 's/^  deflect \([a-z][a-z]*\).*/\1/p' | sort -u >>"$tmp/words"
sed 's/\\-/-/g' "$to/usr/share/man/man1/deflect.1" >"$tmp/man"
grep -c . "$tmp/words" >"$tmp/out"
while read -r word; do
	grep -qE -e "(^|[ \"])$word([ \"]|\$)" "$tmp/man" || echo "$word"
done <"$tmp/words" >"$tmp/err"
[ ! -s "$tmp/err" ]
ok "and has every command and option of --help"

# ---- completion ----

# complete WORD...: what is offered for the last one
complete_line() {
	env -i PATH="$to/usr/bin:$PATH" bash --norc -c '
		. "$0"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_deflect "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"' \
		"$to/usr/share/bash-completion/completions/deflect" deflect "$@" \
		>"$tmp/out" 2>"$tmp/err" && [ ! -s "$tmp/err" ]
}
offers() { [ "$(sort -u "$tmp/out" | tr '\n' ' ')" = "$1 " ]; }
complete_line re && offers "record replay report repro"
ok "commands"
complete_line run cap/found-on && offers "cap/found-on-dev-kvm cap/found-on-vm"
ok "cases"
complete_line explain match_bit_d && offers match_bit_decides
ok "rules"
complete_line run FLT-0 && [ "$(wc -l <"$tmp/out")" = 9 ]
ok "and their ids"
complete_line --re && offers "--reads --reload --repeat --results --resume"
ok "options"
complete_line --jobs 3 run --format k && offers ktap
ok "what an option takes"
complete_line plan LSTA && offers LSTAR
ok "MSRs"
cd "$tmp" && mkdir -p runs/one && complete_line gate runs/o && offers runs/one
ok "folders"
cd "$root" || exit 1

# ---- dist ----

if ! git rev-parse -q --verify HEAD >/dev/null 2>&1; then
	skip "make dist" "no git"
	finish
fi
make -s dist B="$tmp" >"$tmp/out" 2>"$tmp/err"
ok "make dist"
version=$(git describe --always)
tar -C "$tmp" -xzf "$tmp/deflect-$version.tar.gz" && cd "$tmp/deflect-$version" &&
	make -s -j2 CFLAGS=-O0 >"$tmp/out" 2>"$tmp/err" &&
	[ "$(build/deflect --version)" = "deflect $version" ]
ok "which builds elsewhere and knows its version"
finish
