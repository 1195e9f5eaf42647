/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The payload of the modes without long mode: 32-bit and 16-bit protected
 * mode, PAE, virtual-8086.  Enters at GUEST_PAYLOAD in 32-bit protected mode
 * with paging, CPL 0, IF clear, flat segments; GDT, IDT and TSS are the
 * host's, who has loaded all but the TSS.  Executes the operations of GUEST_OPS from ctl.cur up to ctl.count,
 * each entered with `iret`: what its CS, SS and flags say is the mode.  A
 * fault or the `int $VECTOR_RETURN` behind its code ends an operation and
 * writes its record; of registers the low 32 bits of the first eight.  It
 * judges nothing.  Ends with `out` to GUEST_PORT_DONE; entered again there, it
 * starts over.  NMIs are only counted.
 */
#include "layout.h"

	.code32
	.text
	.globl	_start
_start:
	/*
	 * What an INT needs is mapped before: an exit during its delivery is
	 * told by Bochs's SVM as one during that of the last exception.
	 */
	testb	$0, GUEST_IDT
	orb	$0, GUEST_IST_TOP - 1
	/* QEMU's SVM wants a TSS that was loaded, not given as busy. */
	andb	$~2, GUEST_GDT + SEL_TSS + 5
	mov	$SEL_TSS, %eax
	ltr	%ax
next:
	mov	$GUEST_STACK_TOP, %esp
	mov	GUEST_CTL + CTL_CUR, %eax
	cmp	GUEST_CTL + CTL_COUNT, %eax
	jae	done
	imul	$OP_SIZE, %eax, %ebp
	add	$GUEST_OPS, %ebp
	mov	OP_CR2(%ebp), %eax
	mov	%eax, %cr2
	/* v8086 mode and CPL 3 have a stack pointer in the frame */
	testl	$0x20000, OP_RFLAGS(%ebp)
	jnz	1f
	testl	$3, OP_CS(%ebp)
	jnz	1f
	mov	OP_REG + 8 * 4(%ebp), %esp
	jmp	2f
1:
	pushl	$0			/* GS, FS, DS, ES of v8086 mode */
	pushl	$0
	pushl	$0
	pushl	$0
	pushl	OP_SS(%ebp)
	pushl	OP_REG + 8 * 4(%ebp)
2:
	pushl	OP_RFLAGS(%ebp)
	pushl	OP_CS(%ebp)
	pushl	OP_RIP(%ebp)
	mov	OP_REG + 8 * 0(%ebp), %eax
	mov	OP_REG + 8 * 1(%ebp), %ecx
	mov	OP_REG + 8 * 2(%ebp), %edx
	mov	OP_REG + 8 * 3(%ebp), %ebx
	mov	OP_REG + 8 * 6(%ebp), %esi
	mov	OP_REG + 8 * 7(%ebp), %edi
	mov	OP_REG + 8 * 5(%ebp), %ebp
	iretl

done:
	out	%al, $GUEST_PORT_DONE
	jmp	next

	/* On the stack: vector, error code if there is one, frame. */
faulted:
	push	%ss			/* v8086 mode leaves null selectors */
	pop	%ds
	mov	%ebp, GUEST_CTL + CTL_SCRATCH
	mov	GUEST_CTL + CTL_CUR, %ebp
	imul	$REC_SIZE, %ebp, %ebp
	add	$GUEST_RECS, %ebp
	mov	%eax, REC_REG + 8 * 0(%ebp)
	mov	%ecx, REC_REG + 8 * 1(%ebp)
	mov	%edx, REC_REG + 8 * 2(%ebp)
	mov	%ebx, REC_REG + 8 * 3(%ebp)
	mov	GUEST_CTL + CTL_SCRATCH, %eax
	mov	%eax, REC_REG + 8 * 5(%ebp)
	mov	%esi, REC_REG + 8 * 6(%ebp)
	mov	%edi, REC_REG + 8 * 7(%ebp)
	popl	REC_VECTOR(%ebp)
	cmpl	$1, REC_VECTOR(%ebp)
	jne	1f
	mov	%dr6, %eax
	mov	%eax, REC_DR6(%ebp)
	mov	$0xffff0ff0, %eax
	mov	%eax, %dr6
1:
	/* CS is the second word; if EIP is, the first is an error code. */
	cmpl	$VECTOR_RETURN, REC_VECTOR(%ebp)
	je	1f			/* from whatever CS the code went to */
	imul	$OP_SIZE, GUEST_CTL + CTL_CUR, %eax
	mov	GUEST_OPS + OP_CS(%eax), %eax
	cmp	%eax, 4(%esp)
	je	1f
	popl	REC_ERROR(%ebp)
	movl	$1, REC_HAS_CODE(%ebp)
1:
	popl	REC_RIP(%ebp)
	popl	REC_CS(%ebp)
	popl	REC_RFLAGS(%ebp)
	mov	%esp, REC_RSP(%ebp)
	testl	$0x20000, REC_RFLAGS(%ebp)
	jnz	1f
	testl	$3, REC_CS(%ebp)
	jz	2f
1:
	popl	REC_RSP(%ebp)
	popl	REC_SS(%ebp)
2:
	mov	%cr2, %eax
	mov	%eax, REC_CR2(%ebp)
	movl	$1, REC_DONE(%ebp)
	incl	GUEST_CTL + CTL_CUR
	jmp	next

	/* An NMI is noted and otherwise leaves no trace. */
nmi:
	mov	%eax, (%esp)		/* over the vector */
	mov	4(%esp), %eax
	mov	%eax, %ss:GUEST_CTL + CTL_NMI_RIP
	incl	%ss:GUEST_CTL + CTL_NMIS
	pop	%eax
	iretl

	/* One stub for each vector, 16 bytes apart. */
	.org	GUEST_STUBS - GUEST_PAYLOAD
	.set	vector, 0
	.rept	NR_VECTORS
	.balign	16
	pushl	$vector
	.if	vector == 2
	jmp	nmi
	.else
	jmp	faulted
	.endif
	.set	vector, vector + 1
	.endr
	.org	GUEST_CTL - GUEST_PAYLOAD
