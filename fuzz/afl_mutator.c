// SPDX-License-Identifier: GPL-2.0-only
/* The custom mutator library of AFL++: mutation, crossover, trimming by steps. */
#include <stdlib.h>
#include <string.h>

#include "mutate.h"

struct afl {
	enum fuzz_target target;
	unsigned seed;
	u8 out[FUZZ_BYTES];
	u8 whole[FUZZ_BYTES];	/* that is being trimmed, */
	size_t size;
	int step, nsteps;	/* without this one; of so many */
};

void *afl_custom_init(void *afl, unsigned seed);
void afl_custom_deinit(void *data);
size_t afl_custom_fuzz(void *data, u8 *buf, size_t size, u8 **out, u8 *add,
		       size_t add_size, size_t max);
int afl_custom_init_trim(void *data, u8 *buf, size_t size);
size_t afl_custom_trim(void *data, u8 **out);
int afl_custom_post_trim(void *data, unsigned char success);

void *afl_custom_init(void *afl, unsigned seed)
{
	const char *name = getenv("DEFLECT_FUZZ");
	struct afl *a = calloc(1, sizeof(*a));

	(void)afl;
	if (!a)
		return NULL;
	a->seed = seed;
	a->target = fuzz_target_by_name(name ? name : "sequence");
	if (a->target == NR_FUZZ_TARGETS)
		abort();
	return a;
}

void afl_custom_deinit(void *data)
{
	free(data);
}

size_t afl_custom_fuzz(void *data, u8 *buf, size_t size, u8 **out, u8 *add,
		       size_t add_size, size_t max)
{
	struct afl *a = data;

	*out = a->out;
	max = max < FUZZ_BYTES ? max : FUZZ_BYTES;
	a->seed++;
	if (add && add_size && a->seed % 8 == 0)
		return mutate_cross(a->target, buf, size, add, add_size,
				    a->out, max, a->seed);
	size = size < max ? size : max;
	memcpy(a->out, buf, size);
	return mutate(a->target, a->out, size, max, a->seed);
}

static int steps(const struct afl *a)
{
	static struct program p;
	struct fuzz_layout l;

	codec_decode(a->target, a->whole, a->size, &p, &l);
	return l.n;
}

/* The last step first: what comes behind needs what is before. */
int afl_custom_init_trim(void *data, u8 *buf, size_t size)
{
	struct afl *a = data;

	a->size = size < FUZZ_BYTES ? size : FUZZ_BYTES;
	memcpy(a->whole, buf, a->size);
	a->nsteps = steps(a);
	a->step = a->nsteps - 1;
	return a->nsteps;
}

size_t afl_custom_trim(void *data, u8 **out)
{
	struct afl *a = data;

	*out = a->out;
	return mutate_trim(a->target, a->whole, a->size, a->step, a->out);
}

int afl_custom_post_trim(void *data, unsigned char success)
{
	struct afl *a = data;

	if (success)
		a->size = mutate_trim(a->target, a->whole, a->size, a->step,
				      a->whole);
	a->step--;
	return a->nsteps - 1 - a->step;
}
