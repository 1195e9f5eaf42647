/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What host and guest agree on: where things lie in a vCPU's window of guest
 * memory and the layout of the operation and record arrays.  Valid in C and
 * in assembly.  Every vCPU has a window of its own, mapped at virtual 0 by its
 * own page tables, so that payloads use absolute addresses.
 */
#ifndef DEFLECT_GUEST_LAYOUT_H
#define DEFLECT_GUEST_LAYOUT_H

#define GUEST_WINDOW	0x40000	/* bytes per vCPU */

#define GUEST_RESET	0x00000	/* where INIT and SIPI with vector 0 lead */
#define GUEST_IDT	0x01000
#define GUEST_GDT	0x02000
#define GUEST_TSS	0x02800
#define GUEST_PML4	0x03000
#define GUEST_PDPT	0x04000
#define GUEST_PD	0x05000
#define GUEST_PT	0x06000
#define GUEST_PAYLOAD	0x07000
#define GUEST_RECORDED	0x073e0	/* what an L1 calls to leave a record: see */
#define GUEST_SAVE	0x073e8	/* long64.S */
#define GUEST_RETURN	0x073f0	/* where an operation's code returns, */
#define GUEST_FAULT	0x073f8	/* and where its faults go */
#define GUEST_STUBS	0x07400	/* 16 bytes for each vector */
#define GUEST_CTL	0x08000
#define GUEST_NMI_TOP	0x09800	/* stack of the NMI handler */
#define GUEST_IST_TOP	0x0a000	/* stack of the fault handlers */
#define GUEST_STACK_TOP	0x0b000	/* stack of the payload's loop */
#define GUEST_OPS	0x0b000
#define GUEST_RECS	0x0e800
#define GUEST_CODE	0x13000	/* a slot of code for each operation */
#define GUEST_OP_STACK	0x1f000	/* RSP of every operation */
#define GUEST_STACK16	0x10000	/* where its SS begins, real and v8086 mode */
#define GUEST_SWEEP	0x20000	/* records of a sweep */
#define GUEST_DATA	0x30000	/* free for the host's objects */
#define GUEST_SMI	0x38000	/* where an SMI leads, and the state it saves */
/* nested guests: the code of L1, and what it tells the CPU about L2 */
#define GUEST_ENTER	0x39000	/* from L1 into L2 */
#define GUEST_LEAVE	0x39008	/* from L2 back */
#define GUEST_FIELDS	0x3a000	/* VMX: what to write into the VMCS; */
#define GUEST_NEW_VMCB	0x3a000	/* SVM: the VMCB to begin with */
#define GUEST_LISTS	0x3a800	/* VMX: MSR lists, two sets of three */
#define GUEST_HOST	0x3b000	/* SVM: VMCB with L1's state; VMX: VMXON */
#define GUEST_VMCB	0x3c000	/* or VMCS */
#define GUEST_MSRPM	0x3d000	/* two pages; VMX: one, the MSR bitmaps */
#define GUEST_HSAVE	0x3f000	/* SVM: the CPU's own */

#define GUEST_MAX_OPS	72
#define GUEST_SLOT	64	/* bytes of code an operation may have */

#define RETURN_CODE_LEN	7	/* `call *ctl.ret` behind each 64-bit code; */
#define RETURN_INT_LEN	2	/* `int $VECTOR_RETURN` in protected modes, */
#define RETURN_FAR_LEN	5	/* a far call in real mode */

#define GUEST_PORT_DONE	0xf4	/* `out` when all operations are recorded */
#define GUEST_PORT_RESET 0xf5	/* `out` of the code at GUEST_RESET */

#define VECTOR_RETURN	0x20	/* recorded when the code ran to its end */
#define NR_VECTORS	0x21
#define VECTOR_L1	0x21	/* recorded when L2 exited to L1 */

#define SEL_CODE	0x08
#define SEL_DATA	0x10
#define SEL_DATA3	0x23
#define SEL_CODE3	0x2b
#define SEL_CODE32_3	0x1b
#define SEL_TSS		0x30
#define SEL_CODE32	0x40
#define SEL_CODE16	0x48	/* base GUEST_CODE, limit 64 KiB */
#define SEL_CODE16_3	0x53
#define SEL_WRAP	0x60	/* and 8 more bytes for each operation: 32-bit
				 * code whose offset 0 is amid the operation's */

/* struct guest_ctl */
#define CTL_COUNT	0
#define CTL_CUR		4
#define CTL_SCRATCH	8
#define CTL_STOP	16
#define CTL_SPINS	24
#define CTL_RETURN	32
#define CTL_NMIS	40
#define CTL_NMI_RIP	48
#define CTL_FAULT	56
#define CTL_LEVEL	64
#define CTL_FRESH	72
#define CTL_HOST	80
#define CTL_GUEST	88
#define CTL_STORED	96
#define CTL_VMX		104
#define CTL_LAUNCHED	112
#define CTL_REASON	120

/* struct guest_op */
#define OP_REG		0	/* 16 registers in encoding order */
#define OP_RIP		128
#define OP_RFLAGS	136
#define OP_CS		144
#define OP_SS		152
#define OP_CR2		160
#define OP_LEVEL	168
#define OP_SIZE		176

/* struct guest_rec */
#define REC_REG		0
#define REC_VECTOR	128
#define REC_HAS_CODE	136
#define REC_ERROR	144
#define REC_RIP		152
#define REC_CS		160
#define REC_RFLAGS	168
#define REC_RSP		176
#define REC_SS		184
#define REC_CR2		192
#define REC_DONE	200
#define REC_DR6		208
#define REC_L1_CODE	216
#define REC_L1_INFO	224
#define REC_L1_EVENT	232
#define REC_L1_STORED	240
#define REC_SIZE	256

/*
 * A sweep's records, in GUEST_SWEEP..GUEST_DATA.  SWEEP_FRAME bytes for each
 * fault, from SWEEP_TOP downwards, as they are pushed (highest first): SS, RSP,
 * RFLAGS, CS, RIP, error code if there is one, vector, ESI.  From SWEEP_TOP
 * upwards EAX and EDX after each access that had no fault, if wanted.
 */
#define SWEEP_MAX	896	/* accesses without a look at the host */
#define SWEEP_FRAME	64
#define SWEEP_TOP	(GUEST_SWEEP + SWEEP_MAX * SWEEP_FRAME)

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

enum guest_gpr {
	GPR_RAX, GPR_RCX, GPR_RDX, GPR_RBX, GPR_RSP, GPR_RBP, GPR_RSI, GPR_RDI,
	GPR_R8, GPR_R15 = GPR_R8 + 7, NR_GPRS,
};

struct guest_ctl {
	uint32_t count;		/* host: operations to execute */
	uint32_t cur;		/* guest: the one it is at */
	uint64_t scratch;
	uint64_t stop;		/* host: nonzero ends a `spin` */
	uint64_t spins;		/* guest: 1 once a `spin` has begun */
	uint64_t ret;		/* host: GUEST_RETURN */
	uint64_t nmis;		/* guest: NMIs taken, */
	uint64_t nmi_rip;	/* and where the last one was */
	uint64_t fault;		/* host: GUEST_FAULT, or in a sweep's code */
	/* of nested guests; physical addresses */
	uint64_t level;		/* guest: 1 in L2 */
	uint64_t fresh;		/* host: enter L2 anew for the next operation */
	uint64_t host;		/* host: of GUEST_HOST, */
	uint64_t guest;		/* of GUEST_VMCB */
	uint64_t stored;	/* host: virtual, where the first MSR of the
				 * VM-exit store list is stored; or 0 */
	uint64_t vmx;		/* guest: 1 after VMXON, */
	uint64_t launched;	/* after VMLAUNCH */
	uint64_t reason;	/* guest: of the last VM-exit */
};

struct guest_op {
	uint64_t reg[NR_GPRS];	/* on entry; reg[GPR_RSP] too */
	uint64_t rip, rflags, cs, ss, cr2;
	uint64_t level;		/* 1: in L2 */
};

struct guest_rec {
	uint64_t reg[NR_GPRS];	/* at the fault, or at the end of the code;
				 * reg[GPR_RSP] is not used */
	uint64_t vector;	/* VECTOR_RETURN: ran to the end */
	uint64_t has_code;	/* 1: the CPU pushed an error code */
	uint64_t error;
	uint64_t rip, cs, rflags, rsp, ss;	/* as pushed */
	uint64_t cr2;
	uint64_t done;		/* 1: this record was written */
	uint64_t dr6;		/* of vector 1; cleared afterwards */
	/* VECTOR_L1: EXITCODE, EXITINFO1 of SVM; exit reason, qualification
	 * and interruption information of VMX; what the exit stored */
	uint64_t l1_code, l1_info, l1_event, l1_stored;
	uint64_t pad;
};

_Static_assert(offsetof(struct guest_ctl, cur) == CTL_CUR, "CTL_CUR");
_Static_assert(offsetof(struct guest_ctl, scratch) == CTL_SCRATCH, "SCRATCH");
_Static_assert(offsetof(struct guest_ctl, stop) == CTL_STOP, "CTL_STOP");
_Static_assert(offsetof(struct guest_ctl, fault) == CTL_FAULT, "CTL_FAULT");
_Static_assert(SWEEP_TOP + SWEEP_MAX * 8 <= GUEST_DATA, "sweep");
_Static_assert(offsetof(struct guest_ctl, level) == CTL_LEVEL, "CTL_LEVEL");
_Static_assert(offsetof(struct guest_ctl, reason) == CTL_REASON, "CTL_REASON");
_Static_assert(offsetof(struct guest_op, rip) == OP_RIP, "OP_RIP");
_Static_assert(offsetof(struct guest_op, ss) == OP_SS, "OP_SS");
_Static_assert(offsetof(struct guest_op, cr2) == OP_CR2, "OP_CR2");
_Static_assert(offsetof(struct guest_op, level) == OP_LEVEL, "OP_LEVEL");
_Static_assert(sizeof(struct guest_op) == OP_SIZE, "OP_SIZE");
_Static_assert(offsetof(struct guest_rec, vector) == REC_VECTOR, "VECTOR");
_Static_assert(offsetof(struct guest_rec, rip) == REC_RIP, "REC_RIP");
_Static_assert(offsetof(struct guest_rec, ss) == REC_SS, "REC_SS");
_Static_assert(offsetof(struct guest_rec, done) == REC_DONE, "REC_DONE");
_Static_assert(offsetof(struct guest_rec, l1_code) == REC_L1_CODE, "L1_CODE");
_Static_assert(sizeof(struct guest_rec) == REC_SIZE, "REC_SIZE");
_Static_assert(GUEST_OPS + GUEST_MAX_OPS * OP_SIZE <= GUEST_RECS, "ops");
_Static_assert(GUEST_RECS + GUEST_MAX_OPS * REC_SIZE <= GUEST_CODE, "recs");
_Static_assert(GUEST_CODE + GUEST_MAX_OPS * GUEST_SLOT <= GUEST_OP_STACK - 4096,
	       "code");
#endif

#endif
