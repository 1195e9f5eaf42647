/* SPDX-License-Identifier: GPL-2.0-only */
/* The lists of known deviations, the page of reports and the programs of
 * suites/regress/, as objects of the host program. */
	.section .rodata
	.globl	baseline_kernel, baseline_kernel_end
baseline_kernel:
	.incbin	"results/baseline/kernel.txt"
baseline_kernel_end:
	.globl	baseline_emulator, baseline_emulator_end
baseline_emulator:
	.incbin	"results/baseline/emulator.txt"
baseline_emulator_end:

	.globl	page_html, page_html_end
page_html:
	.incbin	"harness/page.html"
page_html_end:
	.globl	regress_text, regress_text_end
regress_text:
	.incbin	"regress.txt"
regress_text_end:
	.section .note.GNU-stack, "", %progbits
