// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collect.h"
#include "stored.h"

static void read_death(struct result *res, struct json_object *o)
{
	memset(res, 0, sizeof(*res));
	res->verdict = V_FAIL;
	res->rule = RULE_NONE;
	snprintf(res->name, sizeof(res->name), "%s", json_text(o, "died"));
	snprintf(res->want, sizeof(res->want), "the machine lives on");
	snprintf(res->got, sizeof(res->got), "the machine died");
	snprintf(res->message, sizeof(res->message), "%s\nthe machine died "
		 "while it ran alone; its console ended with:\n%s\n"
		 "rerun: deflect run %s\n", res->name, json_text(o, "console"),
		 res->name);
}

/* A machine without a single result is a row too: one error, with its reason. */
static int report_unfit(struct report *r, const struct machine *m,
			const char *why)
{
	static struct result res = { .verdict = V_ERROR, .rule = RULE_NONE };

	if (report_begin(r, m, 1))
		return 3;
	snprintf(res.name, sizeof(res.name), "machine/begins-to-run");
	snprintf(res.reason, sizeof(res.reason), "%.*s",
		 (int)strcspn(why, "\n"), why);
	snprintf(res.message, sizeof(res.message), "%s\nmachine: linux %s, %s, "
		 "%s\n%s\n", res.name, m->release, m->name, m->emulator, why);
	report_result(r, &res);
	return report_end(r, false);
}

int collect(struct report *r, struct machine *m)
{
	static struct result res;
	char *line = NULL;
	size_t size = 0;
	bool begun = false, ended = false;
	char unfit[4096] = "";
	int bad = 0;

	while (!bad && getline(&line, &size, stdin) > 0) {
		struct json_object *o = *line == '{' ?
					json_tokener_parse(line) : NULL, *v;

		if (!o)
			continue;
		if (json_object_object_get_ex(o, "schema", &v)) {
			if (!begun) {
				json_read_machine(m, o);
				if (report_begin(r, m, json_integer(o, "total")))
					return 3;
			}
			begun = true;
			ended = false;
		} else if (json_object_object_get_ex(o, "died", &v) && begun) {
			read_death(&res, o);
			bad = report_result(r, &res);
		} else if (json_object_object_get_ex(o, "case", &v) && begun) {
			if (json_read_result(&res, o))
				bad = report_result(r, &res);
			free(res.seen);
			res.seen = NULL;
		} else if (json_object_object_get_ex(o, "start", &v) && begun) {
			report_start(r, json_object_get_string(v));
		} else if (json_object_object_get_ex(o, "unfit", &v)) {
			snprintf(unfit, sizeof(unfit), "%s",
				 json_object_get_string(v));
		} else if (json_object_object_get_ex(o, "end", &v)) {
			ended = true;
		}
		json_object_put(o);
	}
	free(line);
	if (!begun && unfit[0])
		return report_unfit(r, m, unfit);
	if (!begun) {
		fprintf(stderr, "deflect: the machine sent no results; its "
			"console says why\n");
		return 3;
	}
	r->died = !ended || r->seen < r->total;
	if (r->died)
		fprintf(stderr, "deflect: the machine ended after %d of %d "
			"cases\n", r->seen, r->total);
	return bad ? report_end(r, true) : report_end(r, false);
}
