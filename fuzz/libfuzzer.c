// SPDX-License-Identifier: GPL-2.0-only
/* The entry point under libFuzzer. */
#include "engine.h"
#include "mutate.h"
#include "target.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
			       unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size,
				 const uint8_t *b, size_t b_size, uint8_t *out,
				 size_t max, unsigned seed);

__attribute__((section("__libfuzzer_extra_counters"), used))
static uint8_t counters[FUZZ_MAP];

uint8_t *engine_map(void)
{
	return counters;
}

void engine_input_done(void)
{
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
			       unsigned seed)
{
	return mutate(engine_target(), data, size, max, seed);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size,
				 const uint8_t *b, size_t b_size, uint8_t *out,
				 size_t max, unsigned seed)
{
	return mutate_cross(engine_target(), a, a_size, b, b_size, out, max,
			    seed);
}
