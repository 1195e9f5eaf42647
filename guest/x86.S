/* SPDX-License-Identifier: GPL-2.0-only */
/* The x86 payloads and the fixed text of reproducers as objects of the host
 * program. */
	.section .rodata
	.globl	guest_long64, guest_long64_end
	.balign	16
guest_long64:
	.incbin	"guest/long64.bin"
guest_long64_end:
	.globl	guest_prot32, guest_prot32_end
guest_prot32:
	.incbin	"guest/prot32.bin"
guest_prot32_end:
	.globl	guest_real16, guest_real16_end
guest_real16:
	.incbin	"guest/real16.bin"
guest_real16_end:
	.globl	guest_nested_svm, guest_nested_svm_end
guest_nested_svm:
	.incbin	"guest/nested_svm.bin"
guest_nested_svm_end:
	.globl	guest_nested_vmx, guest_nested_vmx_end
guest_nested_vmx:
	.incbin	"guest/nested_vmx.bin"
guest_nested_vmx_end:

	.globl	repro_text, repro_text_end
repro_text:
	.incbin	"harness/x86/repro/base.c.in"
	.incbin	"harness/x86/repro/object.c.in"
	.incbin	"harness/x86/repro/vcpu.c.in"
	.incbin	"harness/x86/repro/guest.c.in"
	.incbin	"harness/x86/repro/held.c.in"
	.incbin	"harness/x86/repro/words.c.in"
	.incbin	"harness/x86/repro/actors.c.in"
repro_text_end:
	.section .note.GNU-stack, "", @progbits
