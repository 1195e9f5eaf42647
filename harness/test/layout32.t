#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The 32-bit structs as a 32-bit compiler lays them out; no 32-bit libc needed.
cc=${CC:-gcc}
if $cc -m32 -Wall -Werror -fsyntax-only -isystem /usr/include/"$($cc -print-multiarch)" \
		harness/test/layout32.c; then
	echo "ok 1 - layouts under -m32"
else
	echo "not ok 1 - layouts under -m32"
fi
echo 1..1
