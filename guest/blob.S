/* SPDX-License-Identifier: GPL-2.0-only */
/* The payloads, and the lists of known deviations, as objects of the host
 * program. */
	.section .rodata
	.globl	guest_long64, guest_long64_end
	.balign	16
guest_long64:
	.incbin	"guest/long64.bin"
guest_long64_end:

	.globl	baseline_kernel, baseline_kernel_end
baseline_kernel:
	.incbin	"results/baseline/kernel.txt"
baseline_kernel_end:
	.globl	baseline_emulator, baseline_emulator_end
baseline_emulator:
	.incbin	"results/baseline/emulator.txt"
baseline_emulator_end:
	.section .note.GNU-stack, "", @progbits
