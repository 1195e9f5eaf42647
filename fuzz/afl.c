// SPDX-License-Identifier: GPL-2.0-only
/* The entry point under AFL++, in its persistent mode. */
#include "engine.h"
#include "stock.h"

extern uint8_t *__afl_area_ptr;

/* AFL++'s own map, of 64 KiB when nothing else is instrumented. */
uint8_t *engine_map(void)
{
	return __afl_area_ptr;
}

void engine_input_done(void)
{
	stock_settle();		/* it stops the process now */
}
