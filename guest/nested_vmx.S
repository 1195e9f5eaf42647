/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hypervisor for VMX, the L1 of nested guests.  Its L2 is the payload of
 * 64-bit mode (long64.S) once more: same page tables, descriptor tables and
 * memory.  The host has set IA32_FEATURE_CONTROL, the revision of the two
 * regions and the MSR bitmaps, since the filter under test may deny the MSRs
 * that say these things to us.  GUEST_FIELDS has what to write into the VMCS:
 * pairs of encoding and value, up to encoding ~0.
 *
 * GUEST_ENTER is jumped to in L1 and enters L2 at the start of the payload.
 * GUEST_LEAVE is jumped to in L2 and comes out in L1 at the start of the
 * payload.  Any other exit, and an entry that fails, ends L2's operation: its
 * record says VECTOR_L1, registers, RIP, flags, the exit, and what the exit's
 * store list saved.
 */
#include "layout.h"

#define CR4_VMXE	0x2000

#define VM_INSTRUCTION_ERROR	0x4400
#define VM_EXIT_REASON		0x4402
#define VM_EXIT_INTR_INFO	0x4404
#define EXIT_QUALIFICATION	0x6400
#define GUEST_RSP_FIELD		0x681c
#define GUEST_RIP_FIELD		0x681e
#define GUEST_RFLAGS_FIELD	0x6820
#define HOST_RIP_FIELD		0x6c16

#define REASON_VMCALL		18

	.macro	record field, where
	mov	$\field, %eax
	vmread	%rax, \where(%rbp)
	.endm

	.code64
	.text
	.globl	_start
_start:
	jmp	enter
	.org	GUEST_LEAVE - GUEST_ENTER
	vmcall
	ud2				/* nobody resumes behind it */

enter:
	movq	$0, GUEST_CTL + CTL_FRESH
	cmpq	$0, GUEST_CTL + CTL_VMX
	jne	1f
	mov	%cr4, %rax
	or	$CR4_VMXE, %rax
	mov	%rax, %cr4
	vmxon	GUEST_CTL + CTL_HOST
	jbe	failed
	vmclear	GUEST_CTL + CTL_GUEST
	jbe	failed
	vmptrld	GUEST_CTL + CTL_GUEST
	jbe	failed
	movq	$1, GUEST_CTL + CTL_VMX
1:
	mov	$GUEST_FIELDS, %esi
2:
	mov	(%rsi), %rax
	cmp	$-1, %rax
	je	3f
	vmwrite	8(%rsi), %rax
	jbe	failed
	add	$16, %esi
	jmp	2b
3:
	mov	$exited, %ecx
	mov	$HOST_RIP_FIELD, %eax
	vmwrite	%rcx, %rax
	movq	$1, GUEST_CTL + CTL_LEVEL
	cmpq	$0, GUEST_CTL + CTL_LAUNCHED
	jne	4f
	vmlaunch
	jmp	failed
4:
	vmresume
failed:
	movq	$0, GUEST_CTL + CTL_LEVEL
	mov	%rbp, GUEST_CTL + CTL_SCRATCH
	call	GUEST_SAVE		/* the record's address to RBP */
	record	VM_INSTRUCTION_ERROR, REC_L1_CODE
	movl	$0xffffffff, REC_L1_CODE + 4(%rbp)
	movq	$VECTOR_L1, REC_VECTOR(%rbp)
	jmp	GUEST_RECORDED

	/* RSP is ours again, all other registers L2's. */
exited:
	movq	$0, GUEST_CTL + CTL_LEVEL
	push	%rax
	mov	$VM_EXIT_REASON, %eax
	vmread	%rax, GUEST_CTL + CTL_REASON
	pop	%rax
	testl	$1 << 31, GUEST_CTL + CTL_REASON	/* entry failed */
	jnz	1f
	movq	$1, GUEST_CTL + CTL_LAUNCHED
	cmpl	$REASON_VMCALL, GUEST_CTL + CTL_REASON
	je	GUEST_PAYLOAD
1:
	mov	%rbp, GUEST_CTL + CTL_SCRATCH
	call	GUEST_SAVE		/* the record's address to RBP */
	movq	$VECTOR_L1, REC_VECTOR(%rbp)
	record	GUEST_RIP_FIELD, REC_RIP
	record	GUEST_RSP_FIELD, REC_RSP
	record	GUEST_RFLAGS_FIELD, REC_RFLAGS
	record	VM_EXIT_REASON, REC_L1_CODE
	record	EXIT_QUALIFICATION, REC_L1_INFO
	record	VM_EXIT_INTR_INFO, REC_L1_EVENT
	mov	GUEST_CTL + CTL_STORED, %rax
	test	%rax, %rax
	jz	GUEST_RECORDED
	mov	(%rax), %rax
	mov	%rax, REC_L1_STORED(%rbp)
	jmp	GUEST_RECORDED
