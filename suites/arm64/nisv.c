// SPDX-License-Identifier: GPL-2.0-only
#include "../suite.h"

static const char *const cases[] = {
	"case nisv/load-pair-exits\n"
	"rules nisv_abort_exits\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp -> exit nisv then ok\n",
	NULL
};

SUITE(cases, NULL);
