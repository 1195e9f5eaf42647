// SPDX-License-Identifier: GPL-2.0-only
/* What can be said of a program without running it. */
#include <string.h>

#include "program.h"

bool bitmap_bit(const struct bitmap *b, u32 pos)
{
	bool bit = b->fill >> (pos % 8) & 1;

	for (int i = 0; i < b->nflips; i++)
		if (b->flip[i] == pos)
			bit = !bit;
	return bit;
}

void bitmap_fill(const struct bitmap *b, u8 *buf, size_t bytes)
{
	memset(buf, b->fill, bytes);
	for (int i = 0; i < b->nflips; i++)
		if (b->flip[i] / 8 < bytes)
			buf[b->flip[i] / 8] ^= 1 << b->flip[i] % 8;
}

bool step_is_guest(const struct step *s)
{
	return s->kind == STEP_RDMSR || s->kind == STEP_WRMSR ||
	       s->kind == STEP_CODE || s->kind == STEP_SPIN;
}
