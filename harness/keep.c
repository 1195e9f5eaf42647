// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "keep.h"

void *keep(size_t size)
{
	enum { CHUNK = 1 << 20, ALIGN = 16 };
	static char *free_from;
	static size_t left;
	size_t chunk;
	void *p;

	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (size > left) {
		chunk = size > CHUNK ? size : CHUNK;
		free_from = mmap(NULL, chunk, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (free_from == MAP_FAILED ||
		    madvise(free_from, chunk, MADV_DONTFORK)) {
			perror("deflect: no memory");
			exit(3);
		}
		left = chunk;
	}
	p = free_from;
	free_from += size;
	left -= size;
	return p;
}

void *keep_copy(const void *from, size_t size)
{
	return memcpy(keep(size), from, size);
}
