// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <glob.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "list.h"
#include "page.h"
#include "stored.h"

extern const char page_html[], page_html_end[];

/* Where page.html wants the data. */
static const char place[] = "@DATA@";

/* What the page calls a case: those of the program, then others that ran. */
struct page_case {
	const char *name;
	const struct test_case *known;	/* NULL: no longer one, or never */
};

struct page {
	FILE *f;
	const struct case_list *cases;
	struct page_case *v;
	int n;
	struct stored_set runs;
	const struct stored_case **of;	/* [run * n + case]; NULL: not run */
};

/* ---- which runs, and in which order ---- */

/* By machine, the real ones first, and then by kernel. */
static int by_machine(const void *a, const void *b)
{
	const struct machine *x = &((const struct stored *)a)->machine;
	const struct machine *y = &((const struct stored *)b)->machine;
	int d = (*x->emulator != 0) - (*y->emulator != 0);

	d = d ? d : strcmp(x->name, y->name);
	d = d ? d : strcmp(x->module, y->module);
	d = d ? d : strcmp(x->emulator, y->emulator);
	d = d ? d : strcmp(x->cpu, y->cpu);
	return d ? d : strverscmp(x->release, y->release);
}

static bool same_machine(const struct machine *x, const struct machine *y)
{
	return !strcmp(x->name, y->name) && !strcmp(x->module, y->module) &&
	       !strcmp(x->emulator, y->emulator) && !strcmp(x->cpu, y->cpu);
}

static bool same_line(const struct machine *x, const struct machine *y)
{
	char line[MAX_LINE_NAME], other[MAX_LINE_NAME];

	machine_line(x->release, line);
	machine_line(y->release, other);
	return !strcmp(line, other);
}

/* When a run was made; a record that is kept is older than any. */
static time_t written(const struct stored *s)
{
	char path[4096 + sizeof("/results.json")];
	struct stat st;

	if (s->record)
		return 0;
	snprintf(path, sizeof(path), "%s/results.json", s->dir);
	return stat(path, &st) ? 0 : st.st_mtime;
}

/* Of several runs of one kernel line on one machine the newest. */
static void keep_newest(struct stored_set *set)
{
	int kept = 0;

	for (int i = 0; i < set->n; i++) {
		int k = 0;

		while (k < kept && !(same_machine(&set->v[k].machine,
						  &set->v[i].machine) &&
				     same_line(&set->v[k].machine,
					       &set->v[i].machine)))
			k++;
		if (k < kept && written(&set->v[k]) >= written(&set->v[i])) {
			stored_free(&set->v[i]);
			continue;
		}
		if (k < kept)
			stored_free(&set->v[k]);
		else
			kept++;
		set->v[k] = set->v[i];
	}
	set->n = kept;
}

static int read_newest(struct stored_set *set)
{
	static const char *const usual[] = {
		"results", "results/matrix", "results/records",
	};
	struct stat st;

	for (int i = 0; i < 3; i++)
		if (!stat(usual[i], &st) && stored_set_add(set, usual[i]) < 0)
			return -1;
	if (!set->n) {
		fputs("deflect: no runs below results/: make conform makes "
		      "some, or name their folders\n", stderr);
		return -1;
	}
	keep_newest(set);
	return 0;
}

static int read_runs(struct stored_set *set, char **paths, int n)
{
	bool newest = !n;

	for (int i = 0; i < n; i++)
		newest |= !strcmp(paths[i], "newest");
	if (newest && read_newest(set))
		return -1;
	for (int i = 0; i < n; i++)
		if (strcmp(paths[i], "newest") &&
		    stored_set_read(set, paths[i]))
			return -1;
	qsort(set->v, set->n, sizeof(*set->v), by_machine);
	return 0;
}

/* ---- cases ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct page_case *)a)->name,
		      ((const struct page_case *)b)->name);
}

/* Every case that some run has, by name. */
static void read_cases(struct page *p)
{
	size_t room = 1;
	int kept = 0;

	for (int i = 0; i < p->runs.n; i++)
		room += p->runs.v[i].n;
	p->v = calloc(room, sizeof(*p->v));
	if (!p->v)
		abort();
	for (int i = 0; i < p->runs.n; i++)
		for (int c = 0; c < p->runs.v[i].n; c++)
			p->v[p->n++].name = p->runs.v[i].v[c].name;
	qsort(p->v, p->n, sizeof(*p->v), by_name);
	for (int c = 0; c < p->n; c++) {
		if (kept && !strcmp(p->v[kept - 1].name, p->v[c].name))
			continue;
		p->v[kept] = p->v[c];
		p->v[kept].known = case_by_name(p->cases, p->v[kept].name);
		kept++;
	}
	p->n = kept;
	p->of = calloc(p->runs.n * p->n + 1, sizeof(*p->of));
	if (!p->of)
		abort();
	for (int i = 0; i < p->runs.n; i++)
		for (int c = 0; c < p->n; c++)
			p->of[i * p->n + c] = stored_find(&p->runs.v[i],
							  p->v[c].name);
}

static const struct stored_case *of(const struct page *p, int run, int c)
{
	return p->of[run * p->n + c];
}

/* ---- JSON ---- */

static void pair(FILE *f, const char *key, const char *value)
{
	fprintf(f, "\"%s\":", key);
	json_string(f, value);
	putc(',', f);
}

static void print_cases(struct page *p)
{
	for (int c = 0; c < p->n; c++) {
		const struct test_case *t = p->v[c].known;

		fputs(c ? ",\n[" : "\n[", p->f);
		json_string(p->f, p->v[c].name);
		putc(',', p->f);
		json_string(p->f, t ? t->file : "");
		for (int k = 0; t && k < t->nrules; k++)
			fprintf(p->f, ",%d", t->rules[k]);
		putc(']', p->f);
	}
}

/* One letter says how a case ended. */
static char ending(const struct stored_case *c)
{
	if (!c)
		return '.';
	switch (c->note) {
	case NOTE_KNOWN:
		return 'k';
	case NOTE_EMULATOR:
		return 'm';
	case NOTE_STALE:
		return 't';
	default:
		return c->verdict == V_PASS ? 'p' : c->verdict == V_FAIL ? 'f' :
		       c->verdict == V_SKIP ? 's' : 'e';
	}
}

static void print_detail(FILE *f, const struct stored_case *c)
{
	pair(f, "note", note_name(c->note));
	if (c->rule != RULE_NONE)
		fprintf(f, "\"rule\":%d,", c->rule);
	pair(f, "want", c->want);
	pair(f, "got", c->got);
	pair(f, "reason", c->reason);
	fprintf(f, "\"step\":%d,\"message\":", c->step);
	json_string(f, c->message);
}

static void print_details(struct page *p, int run)
{
	const char *sep = "";

	fputs(",\"details\":{", p->f);
	for (int i = 0; i < p->n; i++) {
		const struct stored_case *c = of(p, run, i);

		if (!c || (c->verdict == V_PASS && !c->note))
			continue;
		fprintf(p->f, "%s\n\"%d\":{", sep, i);
		print_detail(p->f, c);
		putc('}', p->f);
		sep = ",";
	}
	putc('}', p->f);
}

/* What the steps did, of cases that did not do the same on all kernels. */
static void print_seen(struct page *p, int first, int end, int i)
{
	const char *sep = "";

	fputs(",\"seen\":{", p->f);
	for (int c = 0; c < p->n; c++) {
		const struct stored_case *mine = of(p, i, c);
		bool differs = false;

		if (!mine || !mine->seen)
			continue;
		for (int k = first; k < end && !differs; k++) {
			const struct stored_case *other = of(p, k, c);

			differs = other && other->seen &&
				  strcmp(mine->seen, other->seen);
		}
		if (!differs)
			continue;
		fprintf(p->f, "%s\n\"%d\":", sep, c);
		json_string(p->f, mine->seen);
		sep = ",";
	}
	putc('}', p->f);
}

static void print_run(struct page *p, int i)
{
	const struct stored *run = &p->runs.v[i];
	const struct machine *m = &run->machine;
	int first = i, end = i + 1;
	char line[MAX_LINE_NAME];

	while (first && same_machine(&p->runs.v[first - 1].machine, m))
		first--;
	while (end < p->runs.n && same_machine(&p->runs.v[end].machine, m))
		end++;
	fputs(i ? ",\n{" : "\n{", p->f);
	pair(p->f, "machine", m->name);
	pair(p->f, "kernel", m->release);
	machine_line(m->release, line);
	pair(p->f, "line", line);
	pair(p->f, "version", m->version);
	pair(p->f, "module", m->module);
	pair(p->f, "cpu", m->cpu);
	pair(p->f, "emulator", m->emulator);
	pair(p->f, "params", m->params);
	pair(p->f, "deflect", run->deflect);
	pair(p->f, "from", run->dir);
	fprintf(p->f, "\"machine_of\":%d,\"complete\":%s,\"seconds\":%.1f,"
		"\"proved\":\"", first, run->complete ? "true" : "false",
		run->seconds);
	for (int r = 0; r < NR_RULES; r++)
		putc(rule_set_has(&run->covered, r) ? '1' : '0', p->f);
	fputs("\",\"bound\":\"", p->f);
	for (int r = 0; r < NR_RULES; r++)
		putc(machine_bound(m, r) ? '1' : '0', p->f);
	fputs("\",\"ended\":\"", p->f);
	for (int c = 0; c < p->n; c++)
		putc(ending(of(p, i, c)), p->f);
	putc('"', p->f);
	print_details(p, i);
	print_seen(p, first, end, i);
	putc('}', p->f);
}

/* What make coverage found, of each kernel. */
static void print_coverage(FILE *f)
{
	glob_t found = { 0 };
	const char *sep = "";

	fputs(",\"coverage\":[", f);
	glob("results/coverage/*/coverage.json", 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct json_object *o = json_object_from_file(found.gl_pathv[i]);

		if (!o)
			continue;
		fputs(sep, f);
		/* only strings hold a <, and it could end the script */
		for (const char *c = json_object_to_json_string(o); *c; c++)
			*c == '<' ? fputs("\\u003c", f) : putc(*c, f);
		sep = ",\n";
		json_object_put(o);
	}
	globfree(&found);
	putc(']', f);
}

static void print_data(struct page *p)
{
	fputs("{", p->f);
	pair(p->f, "deflect", DEFLECT_VERSION);
	fputs("\"rules\":[", p->f);
	for (int r = 0; r < NR_RULES; r++) {
		fputs(r ? ",\n{" : "\n{", p->f);
		list_rule_json(p->f, p->cases, r);
		putc('}', p->f);
	}
	fputs("],\n\"cases\":[", p->f);
	print_cases(p);
	fputs("],\n\"runs\":[", p->f);
	for (int i = 0; i < p->runs.n; i++)
		print_run(p, i);
	putc(']', p->f);
	print_coverage(p->f);
	fputs("}\n", p->f);
}

int page(const struct case_list *l, char **paths, int n, const char *output)
{
	size_t len = page_html_end - page_html;
	const char *at = memmem(page_html, len, place, strlen(place));
	struct page p = { .cases = l };
	int st;

	if (read_runs(&p.runs, paths, n))
		return 3;
	p.f = output_open(output);
	if (!p.f)
		return 3;
	read_cases(&p);
	fwrite(page_html, 1, at - page_html, p.f);
	print_data(&p);
	at += strlen(place);
	fwrite(at, 1, page_html_end - at, p.f);
	st = output_close(p.f, output) ? 3 : 0;
	free(p.v);
	free(p.of);
	stored_set_free(&p.runs);
	return st;
}
