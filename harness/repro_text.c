// SPDX-License-Identifier: GPL-2.0-only
/* The fixed text of a reproducer: of x86/repro/ what the program uses. */
#include <stdlib.h>
#include <string.h>

#include "repro.h"

_Static_assert(NR_USES <= 64, "uses are a bit set");

static int use_by_name(const char *name, size_t n)
{
	static const char *const names[] = {
#define X(name) #name,
		REPRO_USES(X)
#undef X
	};

	for (int u = 0; u < NR_USES; u++)
		if (strlen(names[u]) == n && !memcmp(names[u], name, n))
			return u;
	fprintf(stderr, "deflect: no part '%.*s' of a reproducer\n", (int)n,
		name);
	abort();
}

/* "name|!name", up to ']' or the end of the line. */
static bool condition(const struct repro *r, const char *c)
{
	bool any = false;

	for (;;) {
		bool not = *c == '!';
		size_t n;

		c += not;
		n = strcspn(c, "|]\n");
		any |= repro_uses(r, use_by_name(c, n)) != not;
		c += n;
		if (*c++ != '|')
			return any;
	}
}

/* Never two empty lines in a row. */
void repro_put_text(const struct repro *r, FILE *f)
{
	bool shown[8] = { true }, empty = false;
	int depth = 0;

	for (const char *s = repro_text; s < repro_text_end;
	     s = strchr(s, '\n') + 1) {
		const char *line = s;

		if (!strncmp(line, "@if ", 4)) {
			shown[depth + 1] = shown[depth] &&
					   condition(r, line + 4);
			depth++;
			continue;
		}
		if (!strncmp(line, "@else", 5)) {
			shown[depth] = shown[depth - 1] && !shown[depth];
			continue;
		}
		if (!strncmp(line, "@end", 4)) {
			depth--;
			continue;
		}
		if (!strncmp(line, "@[", 2)) {
			if (!condition(r, line + 2))
				continue;
			line = strchr(line, ']') + 1;
		}
		if (!shown[depth] || (*line == '\n' && empty))
			continue;
		empty = *line == '\n';
		fwrite(line, 1, strchr(line, '\n') + 1 - line, f);
	}
}
