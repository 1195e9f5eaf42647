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

int collect(struct report *r, struct machine *m)
{
	static struct result res;
	char *line = NULL;
	size_t size = 0;
	bool begun = false, ended = false;
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
		} else if (json_object_object_get_ex(o, "start", &v) && begun) {
			report_start(r, json_object_get_string(v));
		} else if (json_object_object_get_ex(o, "end", &v)) {
			ended = true;
		}
		json_object_put(o);
	}
	free(line);
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

/* ---- summary ---- */

static int summary_row(const char *dir, struct rule_set *all)
{
	struct stored s;
	int st = 0, covered = 0;

	if (stored_read(&s, dir))
		return 3;
	for (int r = 0; r < NR_RULES; r++)
		covered += rule_set_has(&s.covered, r);
	rule_set_merge(all, &s.covered);
	printf("%-8s %-28s %-10s %6d %6d %6d %7d %6d %6d %8.1f%s\n",
	       s.machine.name, s.machine.release, s.machine.module, s.passed,
	       s.failed, s.known, s.skipped, s.errors, covered, s.seconds,
	       s.complete ? "" : "  incomplete");
	if (s.failed)
		st = 1;
	else if (s.errors || !s.complete)
		st = 3;
	stored_free(&s);
	return st;
}

int summary(char **dirs, int n)
{
	struct rule_set all = { 0 };
	int worst = 0, covered = 0, coverable = 0;

	printf("%-8s %-28s %-10s %6s %6s %6s %7s %6s %6s %8s\n", "machine",
	       "kernel", "vendor", "passed", "failed", "known", "skipped",
	       "errors", "rules", "seconds");
	for (int i = 0; i < n; i++) {
		int st = summary_row(dirs[i], &all);

		if (st == 1 || (st && worst != 1))
			worst = st;
	}
	for (int r = 0; r < NR_RULES; r++) {
		const struct rule_info *i = &rule_info[r];

		covered += rule_set_has(&all, r);
		coverable += i->strength != ADVICE && !i->why[0];
	}
	printf("rules covered by these runs together: %d of %d coverable\n",
	       covered, coverable);
	return worst;
}
