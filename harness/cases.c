// SPDX-License-Identifier: GPL-2.0-only
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../suites/suite.h"
#include "cases.h"
#include "config.h"
#include "keep.h"
#include "text.h"

extern const struct suite *const __start_suites[], *const __stop_suites[];

struct emitter {
	struct case_list *list;
	const char *file;
	int room, bad;
};

static void add_case(struct emitter *e, const char *text)
{
	static struct program p;
	struct text_error err;
	struct test_case *c;
	const char *at;
	size_t len = strlen(text);

	if (!text_parse(&p, text, len, &err)) {
		fprintf(stderr, "%s: case %s: line %d, column %d: %s\n",
			e->file, p.name, err.line, err.column, err.what);
		e->bad++;
		return;
	}
	if (!p.name[0] || !p.nrules) {
		fprintf(stderr, "%s: case %s: has no %s\n", e->file, p.name,
			p.name[0] ? "rule" : "name");
		e->bad++;
		return;
	}
	if (e->list->n == e->room) {
		e->room = e->room ? 2 * e->room : 256;
		e->list->v = realloc(e->list->v, e->room * sizeof(*c));
		if (!e->list->v)
			abort();
	}
	c = &e->list->v[e->list->n++];
	memset(c, 0, sizeof(*c));
	strcpy(c->name, p.name);
	c->file = e->file;
	c->text = keep_copy(text, len + 1);
	c->len = len;
	c->nrules = p.nrules;
	memcpy(c->rules, p.rules, sizeof(p.rules));
	c->needs = program_needs(&p);
	at = strchr(c->name, '@');
	c->config = at ? config_by_name(at + 1, strlen(at + 1)) : 0;
	if (at && !c->config) {
		fprintf(stderr, "%s: case %s: no such configuration in "
			"suites/configs.def\n", e->file, c->name);
		e->bad++;
	}
}

void emit(struct emitter *e, const char *fmt, ...)
{
	static char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	add_case(e, text);
}

void emit_program(struct emitter *e, const struct program *p)
{
	static char text[TEXT_MAX];

	text_print(text, sizeof(text), p);
	add_case(e, text);
}

static int by_file(const void *a, const void *b)
{
	const struct suite *const *x = a, *const *y = b;

	return strcmp((*x)->file, (*y)->file);
}

static int by_name(const void *a, const void *b)
{
	const struct test_case *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int find_twins(const struct case_list *l)
{
	const struct test_case **v = malloc((l->n + 1) * sizeof(*v));
	int twins = 0;

	for (int i = 0; i < l->n; i++)
		v[i] = &l->v[i];
	qsort(v, l->n, sizeof(*v), by_name);
	for (int i = 1; i < l->n; i++)
		if (!strcmp(v[i]->name, v[i - 1]->name)) {
			fprintf(stderr, "%s: case %s: name used twice\n",
				v[i]->file, v[i]->name);
			twins++;
		}
	free(v);
	return twins;
}

static void derive(struct emitter *e, const struct suite *s)
{
	static struct program p;
	int n = e->list->n;

	e->file = s->file;
	for (int i = 0; s->derive && i < n; i++) {
		const struct test_case *c = &e->list->v[i];

		if (!strcmp(c->file, s->file) || !s->from(c->name))
			continue;
		case_program(c, &p);
		s->derive(e, &p);
	}
}

int cases_load(struct case_list *l)
{
	size_t n = __stop_suites - __start_suites;
	const struct suite **v = malloc((n + 1) * sizeof(*v));
	struct emitter e = { .list = l };

	memset(l, 0, sizeof(*l));
	memcpy(v, __start_suites, n * sizeof(*v));
	qsort(v, n, sizeof(*v), by_file);
	for (size_t i = 0; i < n; i++) {
		e.file = v[i]->file;
		for (const char *const *c = v[i]->cases; c && *c; c++)
			add_case(&e, *c);
		if (v[i]->families)
			v[i]->families(&e);
	}
	for (size_t i = 0; i < n; i++)
		derive(&e, v[i]);
	free(v);
	return e.bad + find_twins(l) ? -1 : 0;
}

void case_program(const struct test_case *c, struct program *p)
{
	struct text_error err;

	if (!text_parse(p, c->text, c->len, &err))
		abort();
}

const struct test_case *case_by_name(const struct case_list *l,
				     const char *name)
{
	for (int i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].name, name))
			return &l->v[i];
	return NULL;
}

bool case_matches(const struct test_case *c, const char *pattern)
{
	size_t n = strlen(pattern);
	enum rule r;

	if (c->config && !strchr(pattern, '@'))
		return false;
	if (!fnmatch(pattern, c->name, 0))
		return true;
	if (!strncmp(c->name, pattern, n) && c->name[n] == '/')
		return true;
	r = rule_by_name(pattern);
	for (int i = 0; i < c->nrules; i++)
		if (c->rules[i] == r)
			return true;
	return false;
}

bool cases_match(const struct case_list *l, const char *pattern)
{
	for (int c = 0; c < l->n; c++)
		if (case_matches(&l->v[c], pattern))
			return true;
	return false;
}

bool case_selected(const struct test_case *c, char **patterns, int n,
		   bool by_default)
{
	bool take = true;

	for (int i = 0; i < n; i++)
		take &= *patterns[i] == '!';
	take &= by_default;
	for (int i = 0; i < n; i++)
		if (case_matches(c, patterns[i] + (*patterns[i] == '!')))
			take = *patterns[i] != '!';
	return take;
}
