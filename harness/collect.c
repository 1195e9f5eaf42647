// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "collect.h"

static const char *text(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ?
	       json_object_get_string(v) : "";
}

static int integer(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_int(v)
						      : 0;
}

static void read_machine(struct machine *m, struct json_object *o)
{
	struct json_object *eras;
	const char *vendor = text(o, "vendor");

#define COPY(field, key) snprintf(m->field, sizeof(m->field), "%s", text(o, key))
	COPY(name, "machine");
	COPY(release, "kernel");
	COPY(version, "version");
	COPY(module, "module");
	COPY(cpu, "cpu");
	COPY(emulator, "emulator");
	COPY(params, "params");
#undef COPY
	m->vendor = !strcmp(vendor, "intel") ? VENDOR_INTEL :
		    !strcmp(vendor, "amd") ? VENDOR_AMD : VENDOR_OTHER;
	m->eras = 0;
	if (json_object_object_get_ex(o, "eras", &eras))
		for (size_t i = 0; i < json_object_array_length(eras); i++)
			m->eras |= machine_eras(json_object_get_string(
				json_object_array_get_idx(eras, i)));
}

static void read_rules(struct rule_set *s, struct json_object *o)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, "covered", &v))
		return;
	for (size_t i = 0; i < json_object_array_length(v); i++) {
		enum rule r = rule_by_name(json_object_get_string(
			json_object_array_get_idx(v, i)));

		if (r != RULE_NONE)
			rule_set_add(s, r);
	}
}

static bool read_result(struct result *res, struct json_object *o)
{
	int v;

	memset(res, 0, sizeof(*res));
	snprintf(res->name, sizeof(res->name), "%s", text(o, "case"));
	for (v = 0; v < NR_VERDICTS; v++)
		if (!strcmp(text(o, "verdict"), verdict_name(v)))
			break;
	if (v == NR_VERDICTS)
		return false;
	res->verdict = v;
	for (int n = 0; n < NR_NOTES; n++)
		if (!strcmp(text(o, "note"), note_name(n)))
			res->note = n;
	res->ms = integer(o, "ms");
	res->step = integer(o, "step");
	res->rule = rule_by_name(text(o, "rule"));
	snprintf(res->want, sizeof(res->want), "%s", text(o, "want"));
	snprintf(res->got, sizeof(res->got), "%s", text(o, "got"));
	snprintf(res->reason, sizeof(res->reason), "%s", text(o, "reason"));
	snprintf(res->message, sizeof(res->message), "%s", text(o, "message"));
	read_rules(&res->covered, o);
	return true;
}

static void read_death(struct result *res, struct json_object *o)
{
	memset(res, 0, sizeof(*res));
	res->verdict = V_FAIL;
	res->rule = RULE_NONE;
	snprintf(res->name, sizeof(res->name), "%s", text(o, "died"));
	snprintf(res->want, sizeof(res->want), "the machine lives on");
	snprintf(res->got, sizeof(res->got), "the machine died");
	snprintf(res->message, sizeof(res->message), "%s\nthe machine died "
		 "while it ran alone; its console ended with:\n%s\n"
		 "rerun: deflect run %s\n", res->name, text(o, "console"),
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
				read_machine(m, o);
				if (report_begin(r, m, integer(o, "total")))
					return 3;
			}
			begun = true;
			ended = false;
		} else if (json_object_object_get_ex(o, "died", &v) && begun) {
			read_death(&res, o);
			bad = report_result(r, &res);
		} else if (json_object_object_get_ex(o, "case", &v) && begun) {
			if (read_result(&res, o))
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

static int covered_of(struct json_object *sum)
{
	struct json_object *v;

	return json_object_object_get_ex(sum, "covered", &v) ?
	       (int)json_object_array_length(v) : 0;
}

static int summary_row(const char *dir, struct rule_set *all)
{
	char path[512];
	struct json_object *o, *m, *s, *done, *secs;
	int failed, errors, st = 0;
	bool complete;

	snprintf(path, sizeof(path), "%s/results.json", dir);
	o = json_object_from_file(path);
	if (!o || !json_object_object_get_ex(o, "machine", &m) ||
	    !json_object_object_get_ex(o, "summary", &s)) {
		printf("%-12s no results: %s\n", dir, json_util_get_last_err() ?
		       json_util_get_last_err() : "not a results.json\n");
		return 3;
	}
	complete = json_object_object_get_ex(s, "complete", &done) &&
		   json_object_get_boolean(done);
	failed = integer(s, "failed") + integer(s, "stale");
	errors = integer(s, "errors");
	json_object_object_get_ex(s, "seconds", &secs);
	read_rules(all, s);
	printf("%-8s %-28s %-10s %6d %6d %6d %7d %6d %6d %8.1f%s\n",
	       text(m, "machine"), text(m, "kernel"), text(m, "module"),
	       integer(s, "passed"), failed, integer(s, "known"),
	       integer(s, "skipped"), errors, covered_of(s),
	       json_object_get_double(secs),
	       complete ? "" : "  incomplete");
	if (failed)
		st = 1;
	else if (errors || !complete)
		st = 3;
	json_object_put(o);
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
