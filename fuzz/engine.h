/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the entry point and an engine: libfuzzer.c, afl.c. */
#ifndef DEFLECT_FUZZ_ENGINE_H
#define DEFLECT_FUZZ_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "target.h"

/* What a process is at, and has done. */
struct fuzz_shared {
	u64 ended[FUZZ_ERROR + 1];	/* inputs, by verdict */
	u32 size;
	u8 input[FUZZ_BYTES];
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The target that the environment names. */
enum fuzz_target engine_target(void);

/* FUZZ_MAP counters of a byte that the engine clears and looks at; or NULL. */
uint8_t *engine_map(void);

/* Before an input is over for the engine. */
void engine_input_done(void);

#endif
