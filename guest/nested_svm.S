/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hypervisor for SVM, the L1 of nested guests.  Its L2 is the payload of
 * 64-bit mode (long64.S) once more: same page tables, descriptor tables and
 * memory.  The host has set EFER.SVME and MSR_VM_HSAVE_PA, since the filter
 * under test may deny them to us, and has made a VMCB to begin with:
 * intercepts, permission map, L2's state.  ctl.fresh says that there is one.
 *
 * GUEST_ENTER is jumped to in L1 and enters L2 at the start of the payload.
 * GUEST_LEAVE is jumped to in L2 and comes out in L1 at the start of the
 * payload.  Any other exit ends L2's operation: its record says VECTOR_L1,
 * registers, RIP, flags, and the exit as the VMCB has it.
 */
#include "layout.h"

#define EXIT_VMMCALL	0x81

/* VMCB, control area */
#define INT_STATE	(GUEST_VMCB + 0x068)
#define EXITCODE	(GUEST_VMCB + 0x070)
#define EXITINFO1	(GUEST_VMCB + 0x078)
#define EVENTINJ	(GUEST_VMCB + 0x0a8)
#define CLEAN		(GUEST_VMCB + 0x0c0)
/* state save area */
#define SAVE_CS		(GUEST_VMCB + 0x410)
#define SAVE_SS		(GUEST_VMCB + 0x420)
#define SAVE_CPL	(GUEST_VMCB + 0x4cb)
#define SAVE_RFLAGS	(GUEST_VMCB + 0x570)
#define SAVE_RIP	(GUEST_VMCB + 0x578)
#define SAVE_RSP	(GUEST_VMCB + 0x5d8)
#define SAVE_RAX	(GUEST_VMCB + 0x5f8)

#define CLEAN_HYPERV	(1 << 31)	/* kept: what L1 says of its bitmaps */

#define ATTR_CODE64	0xa9b		/* G, L, present, S, code */
#define ATTR_DATA	0xc93

	.code64
	.text
	.globl	_start
_start:
	jmp	enter
	.org	GUEST_LEAVE - GUEST_ENTER
	vmmcall
	ud2				/* nobody resumes behind it */

enter:
	cmpq	$0, GUEST_CTL + CTL_FRESH
	je	1f
	movq	$0, GUEST_CTL + CTL_FRESH
	mov	$GUEST_NEW_VMCB, %esi
	mov	$GUEST_VMCB, %edi
	mov	$4096 / 8, %ecx
	rep movsq
1:
	movq	$GUEST_PAYLOAD, SAVE_RIP
	movq	$GUEST_STACK_TOP, SAVE_RSP
	movq	$2, SAVE_RFLAGS
	movl	$ATTR_CODE64 << 16 | SEL_CODE, SAVE_CS
	movl	$ATTR_DATA << 16 | SEL_DATA, SAVE_SS
	movb	$0, SAVE_CPL
	movq	$0, INT_STATE
	movq	$0, EVENTINJ
	andl	$CLEAN_HYPERV, CLEAN
	clgi
	mov	GUEST_CTL + CTL_HOST, %rax
	vmsave	%rax
	mov	GUEST_CTL + CTL_GUEST, %rax
	vmload	%rax
	movq	$1, GUEST_CTL + CTL_LEVEL
	vmrun	%rax

	/* RAX and RSP are ours again, all other registers L2's. */
	movq	$0, GUEST_CTL + CTL_LEVEL
	vmsave	%rax
	mov	GUEST_CTL + CTL_HOST, %rax
	vmload	%rax
	stgi
	cmpq	$EXIT_VMMCALL, EXITCODE
	je	GUEST_PAYLOAD
	mov	%rbp, GUEST_CTL + CTL_SCRATCH
	mov	SAVE_RAX, %rax
	call	GUEST_SAVE		/* the record's address to RBP */
	movq	$VECTOR_L1, REC_VECTOR(%rbp)
	mov	SAVE_RIP, %rax
	mov	%rax, REC_RIP(%rbp)
	mov	SAVE_RSP, %rax
	mov	%rax, REC_RSP(%rbp)
	mov	SAVE_RFLAGS, %rax
	mov	%rax, REC_RFLAGS(%rbp)
	mov	EXITCODE, %rax
	mov	%rax, REC_L1_CODE(%rbp)
	mov	EXITINFO1, %rax
	mov	%rax, REC_L1_INFO(%rbp)
	jmp	GUEST_RECORDED
