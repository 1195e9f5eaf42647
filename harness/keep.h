/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that children do not get. A fork copies the page tables of all that a
 * process holds, which was a sixth of a run: what only the parent reads, the
 * texts of the cases and the answers of the controls, is kept here.
 */
#ifndef DEFLECT_KEEP_H
#define DEFLECT_KEEP_H

#include <stddef.h>

/* @size bytes, zero, for good; ends the program if there are none. */
void *keep(size_t size);
/* A copy of @size bytes. */
void *keep_copy(const void *from, size_t size);

#endif
