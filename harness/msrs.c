// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "msrs.h"

const struct msr_info msr_info[] = {
#define MSR(name_, first_, count_, read_, write_, refused_, traits_)	\
	{ #name_, first_, count_, VERDICT_##read_, VERDICT_##write_,	\
	  refused_, traits_ },
#include "../suites/msrs.def"
	{ 0 },
};

const struct msr_info *msr_find(u32 index)
{
	for (const struct msr_info *m = msr_info; m->name; m++)
		if (index - m->first < m->count)
			return m;
	return NULL;
}

enum verdict msr_verdict(u32 index, bool write, u64 value)
{
	const struct msr_info *m = msr_find(index);

	if (!m)
		return VERDICT_ASK;
	if (write && m->refused && value == m->refused)
		return VERDICT_INVAL;
	return write ? m->write : m->read;
}

const char *msr_label(char *buf, size_t size, u32 index)
{
	const struct msr_info *m = msr_find(index);

	if (m && m->count == 1)
		snprintf(buf, size, "%s (0x%x)", m->name, index);
	else
		snprintf(buf, size, "0x%x", index);
	return buf;
}
