// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "baseline.h"

enum { NR_COLUMNS = 6 };

struct entry {
	char *column[NR_COLUMNS];
	bool emulator;
	const char *file;
	int line;
};

static struct entry *entries;
static int nentries;
static bool loaded;

static char *trim(char *s)
{
	size_t n;

	while (*s == ' ' || *s == '\t')
		s++;
	n = strlen(s);
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\n' || s[n - 1] == '\t'))
		s[--n] = 0;
	return s;
}

static int read_file(const char *dir, const char *name)
{
	char path[512], *line = NULL;
	size_t size = 0;
	int no = 0, bad = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	if (!f) {
		fprintf(stderr, "deflect: %s: %s\n", path, strerror(errno));
		return 1;
	}
	while (getline(&line, &size, f) > 0) {
		struct entry e = { .emulator = !strcmp(name, "emulator.txt"),
				   .file = strdup(path), .line = ++no };
		char *rest = strdup(line), *col;
		int n = 0;

		if (*trim(line) == '#' || !*trim(line))
			continue;
		while ((col = strsep(&rest, "|")) && n < NR_COLUMNS)
			e.column[n++] = trim(col);
		if (n < NR_COLUMNS || !*e.column[NR_COLUMNS - 1]) {
			fprintf(stderr, "%s:%d: not CASE | MACHINE LINE | want "
				"| got | reason | evidence\n", path, no);
			bad++;
			continue;
		}
		entries = realloc(entries, (nentries + 1) * sizeof(e));
		entries[nentries++] = e;
	}
	free(line);
	fclose(f);
	return bad;
}

static int load(const char *dir)
{
	struct dirent **list;
	int n, bad = 0;

	if (loaded)
		return 0;
	loaded = true;
	n = scandir(dir, &list, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		size_t len = strlen(list[i]->d_name);

		if (len > 4 && !strcmp(list[i]->d_name + len - 4, ".txt"))
			bad += read_file(dir, list[i]->d_name);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return bad;
}

/* "amd 6.1": this machine, a kernel of this line. */
static bool same_machine(const char *spec, const struct machine *m)
{
	size_t n = strcspn(spec, " "), k;
	const char *line = spec + n + (spec[n] == ' ');

	k = strlen(line);
	return strlen(m->name) == n && !strncmp(m->name, spec, n) &&
	       !strncmp(m->release, line, k) &&
	       (m->release[k] < '0' || m->release[k] > '9');
}

void baseline_apply(const char *dir, const struct machine *m,
		    struct result *res)
{
	load(dir);
	for (int i = 0; i < nentries; i++) {
		const struct entry *e = &entries[i];

		if (strcmp(e->column[0], res->name) ||
		    !same_machine(e->column[1], m))
			continue;
		if (res->verdict == V_PASS) {
			res->note = NOTE_STALE;
			return;
		}
		if (res->verdict != V_FAIL || strcmp(e->column[2], res->want) ||
		    strcmp(e->column[3], res->got))
			return;
		res->note = e->emulator ? NOTE_EMULATOR : NOTE_KNOWN;
		snprintf(res->reason, sizeof(res->reason), "%s",
			 e->column[4]);
		return;
	}
}

int baseline_check(const char *dir, bool (*is_case)(const char *name))
{
	int bad = load(dir);

	for (int i = 0; i < nentries; i++)
		if (!is_case(entries[i].column[0])) {
			fprintf(stderr, "%s:%d: no case %s\n", entries[i].file,
				entries[i].line, entries[i].column[0]);
			bad++;
		}
	return bad ? -1 : 0;
}
