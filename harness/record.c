// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

static const char magic[] = "deflect record: 1\n";

enum { LINE_WIDTH = 100 };

/* ---- writing ---- */

static void print_header(FILE *f, const struct stored *s)
{
	const struct machine *m = &s->machine;
	char eras[32];
	int at = 0;

	fputs(magic, f);
	fprintf(f, "machine: %s\nkernel: %s\nversion: %s\nmodule: %s\n",
		m->name, m->release, m->version, m->module);
	fprintf(f, "vendor: %s\ncpu: %s\nemulator: %s\nparams: %s\n",
		vendor_name(m->vendor), m->cpu,
		m->emulator[0] ? m->emulator : "none", m->params);
	fprintf(f, "eras: %s\nby deflect: %s\n",
		machine_eras_text(m->eras, eras, sizeof(eras), ","), s->deflect);
	for (int r = 0; r < NR_RULES; r++) {
		int len = strlen(rule_info[r].name);

		if (!rule_set_has(&s->covered, r))
			continue;
		if (!at || at + len > LINE_WIDTH)
			at = fprintf(f, at ? "\nproved:" : "proved:");
		at += fprintf(f, " %s", rule_info[r].name);
	}
	fputs(at ? "\n\n" : "\n", f);
}

static void print_indented(FILE *f, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		fprintf(f, "  %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static void print_case(FILE *f, const struct stored_case *c)
{
	fprintf(f, "%s: %s", c->name, verdict_name(c->verdict));
	if (c->note)
		fprintf(f, " %s", note_name(c->note));
	putc('\n', f);
	if (c->verdict != V_PASS) {
		if (c->rule != RULE_NONE)
			fprintf(f, "  rule: %s\n", rule_info[c->rule].name);
		if (c->step)
			fprintf(f, "  step: %d\n", c->step);
		if (*c->want)
			fprintf(f, "  want: %s\n  got: %s\n", c->want, c->got);
		if (*c->reason)
			fprintf(f, "  reason: %s\n", c->reason);
	}
	if (c->seen)
		print_indented(f, c->seen);
}

int record_print(const char *dir, const char *output)
{
	struct stored s;
	FILE *f;
	int st;

	if (stored_read(&s, dir))
		return 3;
	if (!s.complete) {
		fprintf(stderr, "deflect: %s is incomplete: the run did not "
			"come to its end\n", dir);
		return 3;
	}
	if (!stored_tells(&s)) {
		fprintf(stderr, STORED_SILENT, dir);
		return 3;
	}
	f = output_open(output);
	if (!f)
		return 3;
	print_header(f, &s);
	for (int i = 0; i < s.n; i++)
		print_case(f, &s.v[i]);
	st = output_close(f, output) ? 3 : 0;
	stored_free(&s);
	return st;
}

/* ---- reading ---- */

/* The value of "key: value", NULL if @line is of another key. */
static const char *value(const char *line, const char *key)
{
	size_t n = strlen(key);

	return strncmp(line, key, n) || strncmp(line + n, ": ", 2) ? NULL :
								     line + n + 2;
}

static void read_header(struct stored *s, char *line)
{
	struct machine *m = &s->machine;
	const struct {
		const char *key;
		char *to;
		size_t size;
	} texts[] = {
		{ "machine", m->name, sizeof(m->name) },
		{ "kernel", m->release, sizeof(m->release) },
		{ "version", m->version, sizeof(m->version) },
		{ "module", m->module, sizeof(m->module) },
		{ "cpu", m->cpu, sizeof(m->cpu) },
		{ "emulator", m->emulator, sizeof(m->emulator) },
		{ "params", m->params, sizeof(m->params) },
		{ "by deflect", s->deflect, sizeof(s->deflect) },
	};
	const char *v;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if ((v = value(line, texts[i].key)))
			snprintf(texts[i].to, texts[i].size, "%s", v);
	if ((v = value(line, "emulator")) && !strcmp(v, "none"))
		m->emulator[0] = 0;
	if ((v = value(line, "vendor")))
		m->vendor = vendor_by_name(v);
	if ((v = value(line, "eras")))
		m->eras = machine_eras(v);
	if (!value(line, "proved"))
		return;
	strtok(line, " ");
	for (char *name; (name = strtok(NULL, " "));) {
		enum rule r = rule_by_name(name);

		if (r != RULE_NONE)
			rule_set_add(&s->covered, r);
	}
}

static void count(struct stored *s, const struct stored_case *c)
{
	if (c->note == NOTE_KNOWN || c->note == NOTE_EMULATOR)
		s->known++;
	else if (c->verdict == V_PASS && c->note != NOTE_STALE)
		s->passed++;
	else if (c->verdict == V_SKIP)
		s->skipped++;
	else if (c->verdict == V_ERROR)
		s->errors++;
	else
		s->failed++;
}

/* "NAME: VERDICT [NOTE]"; NULL if it is none. */
static struct stored_case *begin_case(struct stored *s, char *line)
{
	char *verdict = strstr(line, ": "), *note;
	struct stored_case c = { .rule = RULE_NONE };

	if (!verdict)
		return NULL;
	*verdict = 0;
	verdict += 2;
	note = strchr(verdict, ' ');
	if (note)
		*note++ = 0;
	while (c.verdict < NR_VERDICTS &&
	       strcmp(verdict, verdict_name(c.verdict)))
		c.verdict++;
	if (c.verdict == NR_VERDICTS)
		return NULL;
	for (int n = 0; note && n < NR_NOTES; n++)
		if (!strcmp(note, note_name(n)))
			c.note = n;
	c.name = stored_copy(line);
	c.want = stored_copy("");
	c.got = stored_copy("");
	c.reason = stored_copy("");
	c.message = stored_copy("");
	s->v = realloc(s->v, (s->n + 1) * sizeof(*s->v));
	if (!s->v)
		abort();
	s->v[s->n] = c;
	count(s, &c);
	return &s->v[s->n++];
}

static void set(char **to, const char *v)
{
	free(*to);
	*to = stored_copy(v);
}

/* A line of a case, without its indent. */
static void read_detail(struct stored_case *c, const char *line)
{
	const char *v;
	char *seen;

	if ((v = value(line, "rule")))
		c->rule = rule_by_name(v);
	else if ((v = value(line, "step")))
		c->step = atoi(v);
	else if ((v = value(line, "want")))
		set(&c->want, v);
	else if ((v = value(line, "got")))
		set(&c->got, v);
	else if ((v = value(line, "reason")))
		set(&c->reason, v);
	else if (asprintf(&seen, "%s%s\n", c->seen ?: "", line) >= 0) {
		free(c->seen);
		c->seen = seen;
	}
}

bool record_is(const char *path)
{
	char line[sizeof(magic)] = "";
	FILE *f = fopen(path, "re");
	bool is = f && fgets(line, sizeof(line), f) && !strcmp(line, magic);

	if (f)
		fclose(f);
	return is;
}

int record_read(struct stored *s, const char *path)
{
	struct stored_case *c = NULL;
	FILE *f = fopen(path, "re");
	bool header = true;
	char *line = NULL;
	size_t size = 0;
	int at = 0, bad = 0;

	*s = (struct stored){ .dir = stored_copy(path), .complete = true,
				.record = true };
	while (f && getline(&line, &size, f) > 0 && !bad) {
		at++;
		line[strcspn(line, "\n")] = 0;
		if (header && *line)
			read_header(s, line);
		else if (header)
			header = false;
		else if (c && !strncmp(line, "  ", 2))
			read_detail(c, line + 2);
		else if (!(c = begin_case(s, line)))
			bad = at;
	}
	if (f)
		fclose(f);
	free(line);
	stored_sort(s);
	if (!bad && s->n)
		return 0;
	fprintf(stderr, "deflect: %s:%d: no line of a record\n", path, bad);
	stored_free(s);
	return -1;
}
