// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record.h"

const char *json_text(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ?
	       json_object_get_string(v) : "";
}

int json_integer(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_int(v)
						      : 0;
}

void json_read_machine(struct machine *m, struct json_object *o)
{
	struct json_object *eras;

#define COPY(field, key) snprintf(m->field, sizeof(m->field), "%s", json_text(o, key))
	COPY(name, "machine");
	COPY(release, "kernel");
	COPY(version, "version");
	COPY(module, "module");
	COPY(cpu, "cpu");
	COPY(emulator, "emulator");
	COPY(params, "params");
#undef COPY
	m->vendor = vendor_by_name(json_text(o, "vendor"));
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

char *stored_copy(const char *text)
{
	char *c = strdup(text);

	if (!c)
		abort();
	return c;
}

bool json_read_result(struct result *res, struct json_object *o)
{
	int v;

	memset(res, 0, sizeof(*res));
	snprintf(res->name, sizeof(res->name), "%s", json_text(o, "case"));
	for (v = 0; v < NR_VERDICTS; v++)
		if (!strcmp(json_text(o, "verdict"), verdict_name(v)))
			break;
	if (v == NR_VERDICTS)
		return false;
	res->verdict = v;
	for (int n = 0; n < NR_NOTES; n++)
		if (!strcmp(json_text(o, "note"), note_name(n)))
			res->note = n;
	res->ms = json_integer(o, "ms");
	res->step = json_integer(o, "step");
	res->rule = rule_by_name(json_text(o, "rule"));
	snprintf(res->want, sizeof(res->want), "%s", json_text(o, "want"));
	snprintf(res->got, sizeof(res->got), "%s", json_text(o, "got"));
	snprintf(res->reason, sizeof(res->reason), "%s", json_text(o, "reason"));
	snprintf(res->message, sizeof(res->message), "%s", json_text(o, "message"));
	if (*json_text(o, "seen"))
		res->seen = stored_copy(json_text(o, "seen"));
	read_rules(&res->covered, o);
	return true;
}

int stored_resume(const char *dir, const struct machine *m, struct result **v)
{
	struct json_object *o, *machine, *cases;
	char path[4096];
	int n = 0;

	*v = NULL;
	snprintf(path, sizeof(path), "%s/results.json", dir);
	o = json_object_from_file(path);
	if (!o || !json_object_object_get_ex(o, "machine", &machine) ||
	    !json_object_object_get_ex(o, "cases", &cases)) {
		json_object_put(o);
		return 0;
	}
	if (strcmp(json_text(machine, "deflect"), DEFLECT_VERSION) ||
	    strcmp(json_text(machine, "kernel"), m->release)) {
		fprintf(stderr, "deflect: %s is of deflect %s on %s, not of "
			"this run: give another folder with --results\n", path,
			json_text(machine, "deflect"),
			json_text(machine, "kernel"));
		json_object_put(o);
		return -1;
	}
	*v = calloc(json_object_array_length(cases) + 1, sizeof(**v));
	if (!*v)
		abort();
	for (size_t i = 0; i < json_object_array_length(cases); i++)
		n += json_read_result(&(*v)[n],
				      json_object_array_get_idx(cases, i));
	json_object_put(o);
	return n;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct stored_case *)a)->name,
		      ((const struct stored_case *)b)->name);
}

void stored_sort(struct stored *s)
{
	qsort(s->v, s->n, sizeof(*s->v), by_name);
}

static void read_cases(struct stored *s, struct json_object *cases)
{
	static struct result res;
	size_t n = json_object_array_length(cases);

	s->v = calloc(n + 1, sizeof(*s->v));
	if (!s->v)
		abort();
	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(cases, i);

		if (!json_read_result(&res, o))
			continue;
		s->v[s->n++] = (struct stored_case){
			.name = stored_copy(res.name), .want = stored_copy(res.want),
			.got = stored_copy(res.got), .reason = stored_copy(res.reason),
			.message = stored_copy(res.message), .verdict = res.verdict,
			.note = res.note, .seen = res.seen,
			.step = res.step, .rule = res.rule,
		};
	}
	stored_sort(s);
}

int stored_read(struct stored *s, const char *dir)
{
	struct json_object *o, *machine, *cases, *sum, *v;
	char path[4096];

	if (record_is(dir))
		return record_read(s, dir);
	*s = (struct stored){ .dir = stored_copy(dir) };
	snprintf(path, sizeof(path), "%s/results.json", dir);
	errno = 0;
	o = json_object_from_file(path);
	if (!o) {
		fprintf(stderr, "deflect: cannot read %s: %s\n", path,
			errno ? strerror(errno) : "not JSON");
		return -1;
	}
	if (!json_object_object_get_ex(o, "machine", &machine) ||
	    !json_object_object_get_ex(o, "cases", &cases) ||
	    !json_object_is_type(cases, json_type_array) ||
	    !json_object_object_get_ex(o, "summary", &sum) ||
	    json_integer(machine, "schema") != 1) {
		fprintf(stderr, "deflect: %s is JSON, but no results of "
			"schema 1\n", path);
		json_object_put(o);
		return -1;
	}
	json_read_machine(&s->machine, machine);
	snprintf(s->deflect, sizeof(s->deflect), "%s",
		 json_text(machine, "deflect"));
	read_cases(s, cases);
	s->passed = json_integer(sum, "passed");
	s->failed = json_integer(sum, "failed") + json_integer(sum, "stale");
	s->known = json_integer(sum, "known");
	s->skipped = json_integer(sum, "skipped");
	s->errors = json_integer(sum, "errors");
	s->complete = json_object_object_get_ex(sum, "complete", &v) &&
		      json_object_get_boolean(v);
	if (json_object_object_get_ex(sum, "seconds", &v))
		s->seconds = json_object_get_double(v);
	read_rules(&s->covered, sum);
	json_object_put(o);
	return 0;
}

void stored_free(struct stored *s)
{
	for (int i = 0; i < s->n; i++) {
		free(s->v[i].name);
		free(s->v[i].want);
		free(s->v[i].got);
		free(s->v[i].reason);
		free(s->v[i].message);
		free(s->v[i].seen);
	}
	free(s->v);
	free(s->dir);
	s->v = NULL;
	s->n = 0;
}

const struct stored_case *stored_find(const struct stored *s, const char *name)
{
	struct stored_case key = { .name = (char *)name };

	return bsearch(&key, s->v, s->n, sizeof(*s->v), by_name);
}

bool stored_tells(const struct stored *s)
{
	for (int i = 0; i < s->n; i++)
		if (s->v[i].seen)
			return true;
	return false;
}

FILE *output_open(const char *path)
{
	FILE *f = path ? fopen(path, "we") : stdout;

	if (!f)
		fprintf(stderr, "deflect: cannot write %s: %s\n", path,
			strerror(errno));
	return f;
}

int output_close(FILE *f, const char *path)
{
	int st = fflush(f) || ferror(f) ? -1 : 0;

	if (st)
		fprintf(stderr, "deflect: cannot write %s: %s\n",
			path ? path : "stdout", strerror(errno));
	if (path)
		fclose(f);
	return st;
}

static int add(struct stored_set *set, const char *dir)
{
	set->v = realloc(set->v, (set->n + 1) * sizeof(*set->v));
	if (!set->v)
		abort();
	if (stored_read(&set->v[set->n], dir))
		return -1;
	set->n++;
	return 0;
}

static bool has_results(const char *dir)
{
	char path[4096 + sizeof("/results.json")];

	snprintf(path, sizeof(path), "%s/results.json", dir);
	return !access(path, F_OK);
}

int stored_set_add(struct stored_set *set, const char *path)
{
	struct dirent **entry;
	int n, st = 0, before = set->n;

	if (has_results(path) || record_is(path))
		return add(set, path) ? -1 : 1;
	n = scandir(path, &entry, NULL, alphasort);
	if (n < 0) {
		fprintf(stderr, "deflect: cannot read %s: %s\n", path,
			strerror(errno));
		return -1;
	}
	for (int i = 0; i < n; i++) {
		char sub[4096];

		snprintf(sub, sizeof(sub), "%s/%s", path, entry[i]->d_name);
		if (!st && *entry[i]->d_name != '.' &&
		    (has_results(sub) || record_is(sub)))
			st = add(set, sub);
		free(entry[i]);
	}
	free(entry);
	return st ? -1 : set->n - before;
}

int stored_set_read(struct stored_set *set, const char *path)
{
	int n = stored_set_add(set, path);

	if (!n)
		fprintf(stderr, "deflect: no results.json and no record in %s or "
			"its folders\n", path);
	return n > 0 ? 0 : -1;
}

void stored_set_free(struct stored_set *set)
{
	for (int i = 0; i < set->n; i++)
		stored_free(&set->v[i]);
	free(set->v);
	*set = (struct stored_set){ 0 };
}
