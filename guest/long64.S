/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The payload of 64-bit mode.  Enters at GUEST_PAYLOAD in long mode, CPL 0,
 * IF clear, with the window's page tables, GDT, IDT and TSS loaded by the
 * host; all vectors use IST1.  Executes the operations of GUEST_OPS from
 * ctl.cur up to ctl.count, each entered with `iretq` so that every register,
 * flag and privilege level is the host's choice, and each ended by a fault or
 * by the `call` behind its code.  Either way its record is written.  It judges
 * nothing.  Ends with `out` to GUEST_PORT_DONE; entered again there, it starts
 * over.  NMIs have a handler and a stack of their own and are only counted.
 *
 * An operation of level 1 executes in L2: the same loop, entered there by the
 * hypervisor at GUEST_ENTER (nested_svm.S, nested_vmx.S) and left when an
 * operation of level 0 comes, or when ctl.fresh asks for a new entry.  An exit
 * to L1 ends the operation, too, and L1 writes the record.
 *
 * Where faults go says ctl.fault: the loop of a sweep takes its own, and not on
 * a stack of their own, so that what they push stays.
 */
#include "layout.h"

	.code64
	.text
	.globl	_start
_start:
	/*
	 * What an INT needs is mapped before: an exit during its delivery is
	 * told by Bochs's SVM as one during that of the last exception.
	 */
	testb	$0, GUEST_IDT
	orb	$0, GUEST_IST_TOP - 1
next:
	mov	$GUEST_STACK_TOP, %esp
	mov	GUEST_CTL + CTL_CUR, %eax
	cmp	GUEST_CTL + CTL_COUNT, %eax
	jae	done
	imul	$OP_SIZE, %eax, %ebp
	add	$GUEST_OPS, %ebp
	mov	GUEST_CTL + CTL_LEVEL, %rax
	cmp	OP_LEVEL(%rbp), %rax
	jne	other_level
	and	GUEST_CTL + CTL_FRESH, %rax
	jnz	other_level
	mov	OP_CR2(%rbp), %rax
	mov	%rax, %cr2
	pushq	OP_SS(%rbp)
	pushq	OP_REG + 8 * 4(%rbp)
	pushq	OP_RFLAGS(%rbp)
	pushq	OP_CS(%rbp)
	pushq	OP_RIP(%rbp)
	mov	OP_REG + 8 * 0(%rbp), %rax
	mov	OP_REG + 8 * 1(%rbp), %rcx
	mov	OP_REG + 8 * 2(%rbp), %rdx
	mov	OP_REG + 8 * 3(%rbp), %rbx
	mov	OP_REG + 8 * 6(%rbp), %rsi
	mov	OP_REG + 8 * 7(%rbp), %rdi
	mov	OP_REG + 8 * 8(%rbp), %r8
	mov	OP_REG + 8 * 9(%rbp), %r9
	mov	OP_REG + 8 * 10(%rbp), %r10
	mov	OP_REG + 8 * 11(%rbp), %r11
	mov	OP_REG + 8 * 12(%rbp), %r12
	mov	OP_REG + 8 * 13(%rbp), %r13
	mov	OP_REG + 8 * 14(%rbp), %r14
	mov	OP_REG + 8 * 15(%rbp), %r15
	mov	OP_REG + 8 * 5(%rbp), %rbp
	iretq

done:
	out	%al, $GUEST_PORT_DONE
	jmp	next

other_level:
	cmpq	$0, GUEST_CTL + CTL_LEVEL
	je	GUEST_ENTER
	jmp	GUEST_LEAVE

	/* Called behind an operation's code: flags, then where from. */
returned:
	pushfq
	mov	%rbp, GUEST_CTL + CTL_SCRATCH
	call	save
	movq	$VECTOR_RETURN, REC_VECTOR(%rbp)
	popq	REC_RFLAGS(%rbp)
	popq	REC_RIP(%rbp)
	mov	%rsp, REC_RSP(%rbp)
	jmp	recorded

	/* Address of the record to RBP, general registers into it. */
save:
	mov	GUEST_CTL + CTL_CUR, %ebp
	imul	$REC_SIZE, %ebp, %ebp
	lea	GUEST_RECS(%rbp), %rbp
	mov	%rax, REC_REG + 8 * 0(%rbp)
	mov	%rcx, REC_REG + 8 * 1(%rbp)
	mov	%rdx, REC_REG + 8 * 2(%rbp)
	mov	%rbx, REC_REG + 8 * 3(%rbp)
	mov	GUEST_CTL + CTL_SCRATCH, %rax
	mov	%rax, REC_REG + 8 * 5(%rbp)
	mov	%rsi, REC_REG + 8 * 6(%rbp)
	mov	%rdi, REC_REG + 8 * 7(%rbp)
	mov	%r8, REC_REG + 8 * 8(%rbp)
	mov	%r9, REC_REG + 8 * 9(%rbp)
	mov	%r10, REC_REG + 8 * 10(%rbp)
	mov	%r11, REC_REG + 8 * 11(%rbp)
	mov	%r12, REC_REG + 8 * 12(%rbp)
	mov	%r13, REC_REG + 8 * 13(%rbp)
	mov	%r14, REC_REG + 8 * 14(%rbp)
	mov	%r15, REC_REG + 8 * 15(%rbp)
	ret

	/* On the stack: vector, error code if there is one, frame. */
faulted:
	mov	%rbp, GUEST_CTL + CTL_SCRATCH
	call	save
	popq	REC_VECTOR(%rbp)
	cmpq	$1, REC_VECTOR(%rbp)
	jne	1f
	mov	%dr6, %rax
	mov	%rax, REC_DR6(%rbp)
	mov	$0xffff0ff0, %eax
	mov	%rax, %dr6
1:
	/* The CPU pushed five words, or six with an error code. */
	cmp	$GUEST_IST_TOP - 48, %rsp
	jne	1f
	popq	REC_ERROR(%rbp)
	movq	$1, REC_HAS_CODE(%rbp)
1:
	popq	REC_RIP(%rbp)
	popq	REC_CS(%rbp)
	popq	REC_RFLAGS(%rbp)
	popq	REC_RSP(%rbp)
	popq	REC_SS(%rbp)
recorded:
	mov	%cr2, %rax
	mov	%rax, REC_CR2(%rbp)
	movq	$1, REC_DONE(%rbp)
	incl	GUEST_CTL + CTL_CUR
	jmp	next

	/* An NMI is noted and otherwise leaves no trace. */
nmi:
	mov	%rax, (%rsp)		/* over the vector */
	mov	8(%rsp), %rax
	mov	%rax, GUEST_CTL + CTL_NMI_RIP
	incq	GUEST_CTL + CTL_NMIS
	pop	%rax
	iretq

	/* For L1, when L2 exited to it; `save` wants RBP in ctl.scratch. */
	.org	GUEST_RECORDED - GUEST_PAYLOAD
	jmp	recorded
	.org	GUEST_SAVE - GUEST_PAYLOAD
	jmp	save

	.org	GUEST_RETURN - GUEST_PAYLOAD
	jmp	returned
	.org	GUEST_FAULT - GUEST_PAYLOAD
	jmp	faulted

	/* One stub for each vector, 16 bytes apart. */
	.org	GUEST_STUBS - GUEST_PAYLOAD
	.set	vector, 0
	.rept	NR_VECTORS
	.balign	16
	pushq	$vector
	.if	vector == 2
	jmp	nmi
	.else
	jmp	*GUEST_CTL + CTL_FAULT
	.endif
	.set	vector, vector + 1
	.endr
	.org	GUEST_CTL - GUEST_PAYLOAD
