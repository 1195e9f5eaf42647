/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where KVM's code has been: from our own module (fuzz/kmod, `make kvm-modules
 * COVERAGE=1`), which sees nothing else, or from the kernel's KCOV, which sees
 * the whole of it. One at a time in a machine.
 */
#ifndef DEFLECT_COVER_H
#define DEFLECT_COVER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { COVER_MAP = 65536 };

struct cover {
	/*
	 * COVER_MAP counters, modulo 256, indexed by a hash of the edge taken.
	 * Shared with children that are forked after cover_open().
	 */
	uint8_t *map;
	int fd;
	struct cover_area *area;	/* our module's; NULL: it is KCOV */
	struct cover_area *told;	/* what cover_tell() has printed */
	unsigned long *trace;		/* KCOV's */
};

/*
 * 0, or -1 with errno: ENOENT, neither is there; EBUSY, the module has another
 * client; EACCES. The client lives on in each child forked meanwhile; exec()
 * ends it there.
 */
int cover_open(struct cover *c);

/*
 * Clear the map and trace the calling task from now on, nobody else: neither
 * its threads nor its children. -1 with errno as for ioctl(): with KCOV each
 * cover_start() needs a cover_stop() by the same task, or that task's end.
 */
int cover_start(struct cover *c);

/*
 * Clear the map and trace everybody, whose blocks then count, not edges. -1
 * with errno ENOTSUP: KCOV cannot.
 */
int cover_start_all(struct cover *c);

/*
 * Trace nobody. The map then holds what happened since the start; by KCOV it is
 * not filled before, and another task may do so only when the traced one has
 * ended.
 */
void cover_stop(struct cover *c);

/*
 * Print, a JSON line for each section of each of KVM's modules, the places
 * reached since cover_open() that were not printed before:
 * {"reached":"kvm_amd","section":".text","at":"1f 2a7"}: return addresses of
 * calls to the tracer in the .ko file, hexadecimal, ascending. By KCOV nothing.
 */
void cover_tell(struct cover *c, FILE *f);

void cover_close(struct cover *c);

#endif
