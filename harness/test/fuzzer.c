// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fuzzer's decoder, mutators and the model under ASan and UBSan, without
 * KVM: every input is a program that has a text form, and that text means the
 * same program; a program that can be said in bytes is what those bytes mean;
 * nothing that comes of mutation is longer than it may be.  For so many seconds
 * as the argument says.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../fuzz/known.h"
#include "../../fuzz/mutate.h"
#include "../cases.h"
#include "../text.h"
#include "tap.h"

static struct program p, again;
static char text[TEXT_MAX], text2[TEXT_MAX];

static const struct machine *machine_of(unsigned n)
{
	static const unsigned eras[] = { 1, 2, 4, 8 };
	static struct machine m;

	memset(&m, 0, sizeof(m));
	m.vendor = n % 3;
	m.eras = eras[n / 3 % 4];
	m.needs = ~0u;
	m.nrips = n & 16;
	m.forced_emulation = n & 32;
	m.ignore_msrs = n & 64;
	return &m;
}

/* A program that parses to itself. */
static bool text_means_it(void)
{
	struct text_error err;
	int len;

	if (!p.nsteps)
		return true;
	len = text_print(text, sizeof(text), &p);
	if (len >= (int)sizeof(text) || !text_parse(&again, text, len, &err)) {
		printf("# %s\n%s", err.what, text);
		return false;
	}
	text_print(text2, sizeof(text2), &again);
	return !strcmp(text, text2);
}

static bool bytes_mean_it(enum fuzz_target t)
{
	u8 buf[FUZZ_BYTES];
	ssize_t n = codec_encode(t, &p, buf);

	if (n < 0)
		return true;
	text_print(text, sizeof(text), &p);
	codec_decode(t, buf, n, &again, NULL);
	text_print(text2, sizeof(text2), &again);
	if (strcmp(text, text2))
		printf("# is\n%s# was\n%s", text2, text);
	return !strcmp(text, text2);
}

struct bytes {
	u8 *at;		/* its own allocation: what is read past it is caught */
	size_t n;
};

static void put(struct bytes *b, const u8 *data, size_t n)
{
	free(b->at);
	b->at = malloc(n ? n : 1);
	b->n = n;
	memcpy(b->at, data, n);
}

static size_t next(enum fuzz_target t, const struct bytes *a,
		   const struct bytes *b, u8 *out)
{
	unsigned seed = random_below(~0u);
	size_t max = random_below(8) ? FUZZ_BYTES : 1 + random_below(64);
	size_t n = a->n < max ? a->n : max;

	switch (random_below(16)) {
	case 0:		/* any bytes */
		n = random_below(max);
		for (size_t i = 0; i < n; i++)
			out[i] = random_below(256);
		return n;
	case 1:
		n = mutate_trim(t, a->at, a->n, random_below(FUZZ_STEPS), out);
		return n;
	case 2:
	case 3:
		return mutate_cross(t, a->at, a->n, b->at, b->n, out, max,
				    seed);
	default:
		memcpy(out, a->at, n);
		return mutate(t, out, n, max, seed);
	}
}

enum { CORPUS = 64 };

static void hammer(enum fuzz_target t, double seconds)
{
	static struct bytes corpus[CORPUS];
	static struct prediction pred;
	time_t end = time(NULL) + (time_t)seconds;
	unsigned bad_text = 0, bad_bytes = 0, too_long = 0, n = 0, held = 0;
	char what[128];
	u8 out[FUZZ_BYTES];

	for (int i = 0; i < CORPUS; i++)
		put(&corpus[i], out, 0);
	do {
		size_t size = next(t, &corpus[random_below(CORPUS)],
				   &corpus[random_below(CORPUS)], out);
		struct bytes *b = &corpus[random_below(CORPUS)];

		too_long += size > FUZZ_BYTES;
		put(b, out, size);
		codec_decode(t, b->at, b->n, &p, NULL);
		bad_bytes += !bytes_mean_it(t);
		bad_text += !text_means_it();
		for (int i = 0; i < p.nsteps; i++)
			too_long += program_unfit(&p, i) != NULL;
		predict(machine_of(n), &p, NULL, RULE_NONE, &pred);
		for (int i = 0; i < pred.nedges; i++)
			held += pred.edge[i].want.val[F_END] == END_HELD;
		n++;
	} while (time(NULL) < end);
	printf("# %u programs of %s\n", n, fuzz_target_name(t));
	snprintf(what, sizeof(what), "%s: the text of a program means it",
		 fuzz_target_name(t));
	ok(!bad_text, what);
	snprintf(what, sizeof(what), "%s: the bytes of a program mean it",
		 fuzz_target_name(t));
	ok(!bad_bytes, what);
	snprintf(what, sizeof(what), "%s: programs are fit and not too long",
		 fuzz_target_name(t));
	ok(!too_long && n > 100, what);
	snprintf(what, sizeof(what), "%s: vCPUs come to be held",
		 fuzz_target_name(t));
	ok(held > 0 || t == FUZZ_RACE, what);
}

/* Cases of the suites that a target can say. */
static void seeds(const struct case_list *l)
{
	unsigned said[NR_FUZZ_TARGETS] = { 0 };
	u8 buf[FUZZ_BYTES];

	for (int i = 0; i < l->n; i++)
		for (int t = 0; t < NR_FUZZ_TARGETS; t++) {
			case_program(&l->v[i], &p);
			said[t] += codec_encode(t, &p, buf) > 0;
		}
	for (int t = 0; t < NR_FUZZ_TARGETS; t++)
		printf("# %u cases are programs of %s\n", said[t],
		       fuzz_target_name(t));
	ok(said[FUZZ_FILTER] > 100 && said[FUZZ_REPLY] > 100 &&
	   said[FUZZ_SEQUENCE] > 300 && said[FUZZ_RACE] > 5,
	   "the suites have seeds for every target");
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 20;
	static struct case_list l;
	bool listed = true;

	if (cases_load(&l))
		return 1;
	seeds(&l);
	for (unsigned i = 0; known_case(i); i++)
		listed &= case_by_name(&l, known_case(i)) != NULL;
	ok(listed, "what is taken for known is a case");
	for (int t = 0; t < NR_FUZZ_TARGETS; t++)
		hammer(t, seconds / NR_FUZZ_TARGETS);
	return finish();
}
