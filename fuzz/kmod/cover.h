/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kvm-cover.ko (cover.c) and its one client agree on. The client opens
 * COVER_DEVICE and maps struct cover_area from offset 0. It clears what it
 * wants cleared; the module only ever adds. Opening clears everything.
 *
 * There is one client at a time: a second open() is EBUSY. A client is an open
 * file, so a forked child that inherits it, or its mapping, is part of it, and
 * it ends with the last of both, however the processes end. Whoever has the
 * file may say which task is traced. Nothing is traced before, and a child does
 * not inherit being traced.
 */
#ifndef COVER_H
#define COVER_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define COVER_DEVICE	"/dev/kvm-cover"
#define COVER_BITS	16
#define COVER_SIZE	(1 << COVER_BITS)
#define COVER_TEXT_MAX	(1 << 20)

/* Of kvm, kvm_amd and kvm_intel. */
#define COVER_TEXTS	3

/*
 * The places that a module reached, whoever is traced: bit n % 64 of
 * @reached[n / 64] is the return address @base + n of a call that the compiler
 * put at the beginning of each block. An offset is the same each time the module
 * is loaded, and stays in @reached when it is unloaded.
 */
struct cover_text {
	char module[24];
	__u64 base, size;	/* of its text; size 0: not loaded */
	__u64 reached[COVER_TEXT_MAX / 64];
};

struct cover_area {
	/*
	 * How often each edge was taken, modulo 256, indexed by a hash of the
	 * offsets of its two blocks: the map that AFL++ and libFuzzer want. The
	 * same edge has the same place in each boot.
	 */
	__u8 edge[COVER_SIZE];
	struct cover_text text[COVER_TEXTS];
};

/*
 * Who is traced from now on, instead of who was. None takes an argument or
 * fails.
 */
#define COVER_TASK	_IO('k', 0xc0)	/* the caller, outside of interrupts */
/*
 * Everybody, interrupts too. One task's blocks do not follow another's, so an
 * edge is then just its second block; counts of several CPUs may be lost.
 */
#define COVER_ALL	_IO('k', 0xc1)
#define COVER_NOBODY	_IO('k', 0xc2)

#endif
