/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What host and guest agree on in an arm64 VM, valid in C and in assembly:
 * where things lie, and which registers the payload has for itself.
 */
#ifndef DEFLECT_GUEST_ARM64_H
#define DEFLECT_GUEST_ARM64_H

#define A64_RAM		0x80000000	/* slot 0: a window for each vCPU */
#define A64_RAM_SIZE	0x80000
#define A64_ROM		0xa0000000	/* slot 1, read-only, where it is used */
#define A64_ROM_SIZE	0x10000
#define A64_NOWHERE	0x09000000	/* in no slot, as is all that follows */
#define A64_PORT	0x0a000000	/* a store here tells the host */
#define A64_WALK	0xc0000000	/* virtual; its table is at A64_NOWHERE */

/* within a window */
#define A64_WINDOW	0x8000
#define A64_PAYLOAD	0x0000		/* arm64.S */
#define A64_VECTORS	0x0800
#define A64_CODE	0x2000		/* a slot for each step: the instruction, */
#define A64_SLOT	16		/* then a branch to the payload's start */
#define A64_DATA	0x4000
#define A64_TABLE	0x5000		/* of stage 1 */

/*
 * X28: what it tells: A64_DONE, or the offset of the vector that was taken,
 * and then X24 to X27: ESR_EL1, FAR_EL1, ELR_EL1, SPSR_EL1. X29: A64_PORT.
 */
#define A64_DONE	1
#define A64_SYNC	0x200		/* vectors: of the current level, SP_ELx, */
#define A64_SYNC_EL0	0x400		/* and of EL0 */

#endif
