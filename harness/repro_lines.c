// SPDX-License-Identifier: GPL-2.0-only
/* Lines, comments and strings of C, broken at 80 columns. */
#include <stdarg.h>
#include <string.h>

#include "repro.h"

static int columns(const char *s, size_t n, int at)
{
	for (size_t i = 0; i < n; i++)
		at = s[i] == '\t' ? at / 8 * 8 + 8 : at + 1;
	return at;
}

void repro_indent(FILE *f, int column)
{
	for (int i = 0; i < column / 8; i++)
		fputc('\t', f);
	for (int i = 0; i < column % 8; i++)
		fputc(' ', f);
}

/*
 * Where to break @s, which begins at column @at: the last space outside of
 * quotes that leaves room; 0 if it fits.  @under is the column to go on at:
 * behind the innermost open parenthesis, else behind `=`.
 */
static size_t break_at(const char *s, int at, bool first, int *under)
{
	int open[16], depth = 0, rest = at;
	size_t best = 0;
	bool quoted = false;

	if (columns(s, strlen(s), at) <= REPRO_WIDTH)
		return 0;
	if (first)
		rest = columns(s, strspn(s, "\t"), at) + 8;
	for (size_t i = 0; s[i] && (at < REPRO_WIDTH || !best); i++) {
		if (s[i] == '"' && (!i || s[i - 1] != '\\'))
			quoted = !quoted;
		if (!quoted && s[i] == ' ' && i && s[i - 1] != '=') {
			best = i;
			*under = depth ? open[depth - 1] : rest;
		}
		at = columns(s + i, 1, at);
		if (!quoted && s[i] == '=')
			rest = at + 1;
		if (!quoted && strchr("([{", s[i]) && depth < 16)
			open[depth++] = at;
		if (!quoted && strchr(")]}", s[i]) && depth)
			depth--;
	}
	return best;
}

void repro_put_line(FILE *f, int column, const char *s)
{
	int under = column;
	bool first = true;
	size_t n;

	repro_indent(f, column);
	while ((n = break_at(s, column, first, &under))) {
		fprintf(f, "%.*s\n", (int)n, s);
		s += n + 1;
		first = false;
		column = under;
		repro_indent(f, column);
	}
	fprintf(f, "%s\n", s);
}

void repro_line(struct repro *r, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (r->gap)
		fputc('\n', r->out);
	r->gap = false;
	repro_put_line(r->out, 8 * r->indent, line);
}

/* A comment must not end early, whatever a case is called. */
static void put_in_comment(FILE *f, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '/' && i && s[i - 1] == '*')
			fputc(' ', f);
		fputc(s[i], f);
	}
}

/* Text filled to the width inside a block comment; newlines are kept. */
void repro_put_paragraph(FILE *f, int indent, const char *s)
{
	int room = REPRO_WIDTH - 8 * indent - 3;

	while (*s) {
		size_t n = strcspn(s, "\n");

		if (n > (size_t)room)
			for (n = room; n > 1 && s[n] != ' '; n--)
				;
		if (n <= 1)
			n = strcspn(s, " \n");
		repro_indent(f, 8 * indent);
		fputs(" * ", f);
		put_in_comment(f, s, n);
		fputc('\n', f);
		s += n;
		s += *s == ' ' || *s == '\n';
	}
}

void repro_put_comment(FILE *f, int indent, const char *s)
{
	if (!strchr(s, '\n') && 8 * indent + strlen(s) + 6 <= REPRO_WIDTH) {
		repro_indent(f, 8 * indent);
		fprintf(f, "/* %s */\n", s);
		return;
	}
	repro_indent(f, 8 * indent);
	fputs("/*\n", f);
	repro_put_paragraph(f, indent, s);
	repro_indent(f, 8 * indent);
	fputs(" */\n", f);
}

/* A string literal from column @at on, in pieces one below the other. */
void repro_put_string(FILE *f, int at, const char *s, const char *end)
{
	int room = REPRO_WIDTH - at - 2 - (int)strlen(end);

	while (strlen(s) > (size_t)room) {
		int n = room;

		while (n > 1 && s[n - 1] != ' ')
			n--;
		if (n == 1)
			n = strcspn(s, " ");
		fprintf(f, "\"%.*s\"\n", n, s);
		s += n;
		repro_indent(f, at);
	}
	fprintf(f, "\"%s\"%s\n", s, end);
}
