/* SPDX-License-Identifier: GPL-2.0-only */
/* The payloads as objects of the host program. */
	.section .rodata
	.globl	guest_long64, guest_long64_end
	.balign	16
guest_long64:
	.incbin	"guest/long64.bin"
guest_long64_end:
	.section .note.GNU-stack, "", @progbits
