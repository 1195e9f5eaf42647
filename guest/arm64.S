/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arm64 payload: EL1, copied to A64_PAYLOAD of a window. An instruction
 * under test is followed by a branch to its start; its exceptions lead to the
 * vectors. It records in the registers named in arm64.h, tells the host by a
 * store to X29, and must not be entered again there.
 */
#include "arm64.h"

	.section .rodata
	.balign	8
	.globl	guest_arm64, guest_arm64_end
guest_arm64:
	mov	x28, #A64_DONE
	str	x28, [x29]
	b	.

taken:	mrs	x24, esr_el1
	mrs	x25, far_el1
	mrs	x26, elr_el1
	mrs	x27, spsr_el1
	str	x28, [x29]
	b	.

	.macro	vector offset
	.org	guest_arm64 + A64_VECTORS + \offset
	mov	x28, #\offset
	b	taken
	.endm
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vector	\i * 0x80
	.endr
	.org	guest_arm64 + A64_VECTORS + 0x800
guest_arm64_end:
	.section .note.GNU-stack, "", %progbits
