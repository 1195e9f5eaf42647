/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The payload of real mode, and of SMM, where GUEST_SMI leads here.  Enters at
 * offset GUEST_PAYLOAD of the segment at the window's start, IF clear, the
 * interrupt vector table loaded by the host.  Executes the operations of
 * GUEST_OPS from ctl.cur up to ctl.count, each entered with `iret` at the
 * 16-bit CS:IP and SS:SP that the host chose.  A fault or the far call behind
 * its code ends an operation and writes its record: 32 bits of the first eight
 * registers, 16 of IP, CS and flags.  It judges nothing.  Ends with `out` to
 * GUEST_PORT_DONE; entered again there, it starts over.  NMIs are only counted.
 */
#include "layout.h"

/* The records reach beyond the first 64 KiB: they have a segment, in ES. */
#define REC(x)	%es:x(%bp)

	.code16
	.text
	.globl	_start
_start:
	/*
	 * What an INT needs is mapped before: an exit during its delivery is
	 * told by Bochs's SVM as one during that of the last exception.
	 */
	testb	$0, %cs:GUEST_IDT
next:
	cli
	movw	%cs, %ax
	movw	%ax, %ds
	movw	%ax, %ss
	movl	$GUEST_STACK_TOP, %esp
	movw	GUEST_CTL + CTL_CUR, %ax
	cmpw	GUEST_CTL + CTL_COUNT, %ax
	jae	done
	imulw	$OP_SIZE, %ax, %bp
	addw	$GUEST_OPS, %bp
	movl	%ds:OP_CR2(%bp), %eax
	movl	%eax, %cr2
	movw	%ds:OP_SS(%bp), %ss
	movl	%ds:OP_REG + 8 * 4(%bp), %esp
	pushw	%ds:OP_RFLAGS(%bp)
	pushw	%ds:OP_CS(%bp)
	pushw	%ds:OP_RIP(%bp)
	movl	%ds:OP_REG + 8 * 0(%bp), %eax
	movl	%ds:OP_REG + 8 * 1(%bp), %ecx
	movl	%ds:OP_REG + 8 * 2(%bp), %edx
	movl	%ds:OP_REG + 8 * 3(%bp), %ebx
	movl	%ds:OP_REG + 8 * 6(%bp), %esi
	movl	%ds:OP_REG + 8 * 7(%bp), %edi
	movl	%ds:OP_REG + 8 * 5(%bp), %ebp
	iretw

done:
	outb	%al, $GUEST_PORT_DONE
	jmp	next

	/* On the stack: vector, error code if there is one, frame. */
faulted:
	movl	%ebp, %cs:GUEST_CTL + CTL_SCRATCH
	movw	%cs, %bp
	movw	%bp, %ds
	addw	$GUEST_RECS / 16, %bp
	movw	%bp, %es
	imulw	$REC_SIZE, GUEST_CTL + CTL_CUR, %bp
	movl	%eax, REC(REC_REG + 8 * 0)
	movl	%ecx, REC(REC_REG + 8 * 1)
	movl	%edx, REC(REC_REG + 8 * 2)
	movl	%ebx, REC(REC_REG + 8 * 3)
	movl	GUEST_CTL + CTL_SCRATCH, %eax
	movl	%eax, REC(REC_REG + 8 * 5)
	movl	%esi, REC(REC_REG + 8 * 6)
	movl	%edi, REC(REC_REG + 8 * 7)
	popw	REC(REC_VECTOR)
	cmpw	$1, REC(REC_VECTOR)
	jne	1f
	movl	%dr6, %eax
	movl	%eax, REC(REC_DR6)
	movl	$0xffff0ff0, %eax
	movl	%eax, %dr6
1:
	/* CS is the second word; if IP is, the first is an error code. */
	imulw	$OP_SIZE, GUEST_CTL + CTL_CUR, %bx
	movw	GUEST_OPS + OP_CS(%bx), %ax
	movw	%sp, %bx
	cmpw	%ax, %ss:2(%bx)
	je	1f
	popw	REC(REC_ERROR)
	movw	$1, REC(REC_HAS_CODE)
1:
	popw	REC(REC_RIP)
	popw	REC(REC_CS)
	popw	REC(REC_RFLAGS)
	movl	%esp, REC(REC_RSP)
	movl	%cr2, %eax
	movl	%eax, REC(REC_CR2)
	movw	$1, REC(REC_DONE)
	incw	GUEST_CTL + CTL_CUR
	jmp	next

	/*
	 * Far-called behind an operation's code.  An `int` would do, but VMX
	 * without unrestricted guest runs this in v8086 mode, where it goes
	 * through the table at address 0 whatever IDTR says.
	 */
returned:
	pushfw
	popw	%cs:returned_flags
	popw	%cs:returned_ip
	popw	%cs:returned_cs
	pushw	%cs:returned_flags
	pushw	%cs:returned_cs
	pushw	%cs:returned_ip
	pushw	$VECTOR_RETURN
	jmp	faulted

returned_flags:	.word	0
returned_ip:	.word	0
returned_cs:	.word	0

	/* An NMI is noted and otherwise leaves no trace. */
nmi:
	pushw	%bp
	movw	%sp, %bp
	pushw	%ax
	movw	2(%bp), %ax
	movw	%ax, %cs:GUEST_CTL + CTL_NMI_RIP
	incw	%cs:GUEST_CTL + CTL_NMIS
	popw	%ax
	popw	%bp
	iretw

	.org	GUEST_RETURN - GUEST_PAYLOAD
	jmp	returned

	/* One stub for each vector, 16 bytes apart. */
	.org	GUEST_STUBS - GUEST_PAYLOAD
	.set	vector, 0
	.rept	NR_VECTORS
	.balign	16
	.if	vector == 2
	jmp	nmi
	.else
	pushw	$vector
	jmp	faulted
	.endif
	.set	vector, vector + 1
	.endr
	.org	GUEST_CTL - GUEST_PAYLOAD
