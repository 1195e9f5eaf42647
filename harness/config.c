// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "init.h"

const struct config configs[] = {
	{ .name = "" },
#define CONFIG(name, vendor, params, moves, patterns)	\
	{ name, vendor, params, moves, patterns },
#include "../suites/configs.def"
#undef CONFIG
	{ 0 },
};

int config_by_name(const char *name, size_t len)
{
	for (int i = 1; configs[i].name; i++)
		if (strlen(configs[i].name) == len &&
		    !strncmp(configs[i].name, name, len))
			return i;
	return 0;
}

bool config_concerns(const struct machine *m, int config)
{
	enum rule_vendor v = configs[config].vendor;

	return v == ANY || (v == VMX && m->vendor == VENDOR_INTEL) ||
	       (v == SVM && m->vendor == VENDOR_AMD);
}

/* The first parameter that is not as the configuration wants it. */
static const char *refused(const char *params, char *why, size_t size)
{
	char copy[512], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", params);
	for (char *p = strtok_r(copy, " ", &save); p;
	     p = strtok_r(NULL, " ", &save)) {
		char *dot = strchr(p, '.'), *eq = strchr(p, '='), val[16];
		bool on;

		*dot = *eq = 0;
		if (!machine_param(p, dot + 1, val, sizeof(val))) {
			snprintf(why, size, "%s has no parameter %s here", p,
				 dot + 1);
			return why;
		}
		on = val[0] == 'Y' || val[0] == '1';
		if (on != (eq[1] == '1')) {
			snprintf(why, size, "%s keeps %s=%s here", p, dot + 1,
				 val);
			return why;
		}
	}
	return NULL;
}

int config_load(struct machine *m, int config, char *why, size_t size)
{
	const struct config *c = &configs[config];
	struct machine fresh = { .eras = m->eras };

	if (getpid() != 1) {
		snprintf(why, size, "KVM loaded with %s: only an emulated "
			 "machine does that", c->params);
		return -1;
	}
	if (init_reload_modules(c->params)) {
		snprintf(why, size, "KVM to load with %s, and it does not",
			 c->params);
		return -1;
	}
	if (refused(c->params, why, size))
		return -1;
	memcpy(fresh.name, m->name, sizeof(m->name));
	memcpy(fresh.emulator, m->emulator, sizeof(m->emulator));
	if (machine_probe(&fresh, why, size))
		return -1;
	*m = fresh;
	return 0;
}
