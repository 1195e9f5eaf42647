# SPDX-License-Identifier: GPL-2.0-only
#
# image.sh, for sourcing: what a file that should be a kernel image says of
# itself (Documentation/arch/{x86/boot,arm64/booting}.rst). The caller has die.

# One number of the image: od's type and bytes, offset.
image_field() { od -An -t"$2" -N"${2#?}" -j"$3" "$1" 2>/dev/null | tr -d ' '; }

image_text() { dd if="$1" bs=1 skip="$2" count="$3" 2>/dev/null | tr -d '\0'; }

# Dies unless it is whole, a bzImage, and for x86-64. A bzImage says how long
# it is: setup sectors at 0x1f1, the protected-mode part in 16-byte units at
# 0x1f4; its magic is at 0x202, bit 0 at 0x236 tells of a 64-bit entry.
image_check_x86() {
	local size setup units

	[ -f "$1" ] || die "$1 is missing: make one with kernel.sh"
	[ -r "$1" ] || die "$1 is not yours to read: copy it, or be root"
	[ "$(image_text "$1" 56 4)" != ARMd ] ||
		die "$1 is an arm64 kernel: want one for x86-64"
	[ "$(image_text "$1" 1 3)" != ELF ] ||
		die "$1 is an ELF file, such as vmlinux: want arch/x86/boot/bzImage"
	[ "$(image_text "$1" 514 4)" = HdrS ] ||
		die "$1 is not a kernel image (no HdrS at 0x202): want a bzImage"
	[ $(($(image_field "$1" u2 566) & 1)) = 1 ] ||
		die "$1 is a 32-bit kernel: want one for x86-64"
	size=$(stat -Lc %s "$1")
	setup=$(image_field "$1" u1 497)
	units=$(image_field "$1" u4 500)
	[ "$size" -ge $(((setup + 1) * 512 + units * 16)) ] ||
		die "$1 is truncated at $size bytes: fetch or build it again"
}

# An arm64 Image, as it is in memory.
image_check_arm64() {
	[ -f "$1" ] || die "$1 is missing: make one with kernel.sh"
	[ -r "$1" ] || die "$1 is not yours to read: copy it, or be root"
	[ "$(image_text "$1" 56 4)" = ARMd ] ||
		die "$1 is not an arm64 kernel (no ARMd at 56): want an Image"
}

# uname -r: the first word of the text at 0x200 + the word at 0x20e.
image_release_x86() {
	tail -c +$(($(image_field "$1" u2 526) + 513)) "$1" | head -c 128 |
		tr '\0' ' ' | cut -d' ' -f1
}

# Nothing points to its banner.
image_release_arm64() {
	grep -aom1 'Linux version [^ %]*' "$1" | head -n 1 | cut -d' ' -f3
}
