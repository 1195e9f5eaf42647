// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "baseline.h"

enum { NR_COLUMNS = 6 };

/* The lists as they were when the program was built: blob.S. */
extern const char baseline_kernel[], baseline_kernel_end[];
extern const char baseline_emulator[], baseline_emulator_end[];

static const struct {
	const char *name;
	const char *begin, *end;
} lists[] = {
	{ "kernel.txt", baseline_kernel, baseline_kernel_end },
	{ "emulator.txt", baseline_emulator, baseline_emulator_end },
};

enum { KERNEL, EMULATOR, NR_LISTS };

struct entry {
	char *column[NR_COLUMNS];
	int list, line;
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

/* Step over one of "6.1,6.12"; 0 at the end. */
static bool next_line(const char **lines, char line[MAX_LINE_NAME])
{
	size_t n = strcspn(*lines, ",");

	snprintf(line, MAX_LINE_NAME, "%.*s", (int)n, *lines);
	*lines += n + ((*lines)[n] == ',');
	return n;
}

/* "kvm_amd 6.1,6.12"; of an emulator also "amd2", whatever kernel it runs. */
static bool names_lines(int list, const char *where)
{
	const char *said = strchr(where, ' ');
	char one[MAX_LINE_NAME], line[MAX_LINE_NAME];

	if (!said++)
		return list == EMULATOR && *where;
	while (next_line(&said, one))
		if (!machine_line(one, line) || strcmp(one, line))
			return false;
	return !*said && said[-1] != ',';
}

static int read_list(int list, FILE *f)
{
	char *line = NULL;
	size_t size = 0;
	int no = 0, bad = 0;

	while (getline(&line, &size, f) > 0) {
		struct entry e = { .list = list, .line = ++no };
		char *rest = trim(line), *col;
		int n = 0;

		if (*rest == '#' || !*rest)
			continue;
		rest = strdup(rest);
		while ((col = strsep(&rest, "|")) && n < NR_COLUMNS)
			e.column[n++] = trim(col);
		if (n < NR_COLUMNS || !*e.column[NR_COLUMNS - 1] ||
		    !names_lines(list, e.column[1])) {
			fprintf(stderr, "%s:%d: not CASE | WHERE "
				"MAJOR.MINOR,... | want | got | reason | "
				"evidence\n", lists[list].name,
				no);
			bad++;
			continue;
		}
		entries = realloc(entries, (nentries + 1) * sizeof(e));
		entries[nentries++] = e;
	}
	free(line);
	return bad;
}

static int load(const char *dir)
{
	int bad = 0;

	if (loaded)
		return 0;
	loaded = true;
	for (int i = 0; i < NR_LISTS; i++) {
		char path[512];
		FILE *f;

		if (dir) {
			snprintf(path, sizeof(path), "%s/%s", dir,
				 lists[i].name);
			f = fopen(path, "re");
		} else if (lists[i].begin == lists[i].end) {
			continue;
		} else {
			f = fmemopen((void *)lists[i].begin,
				     lists[i].end - lists[i].begin, "r");
		}
		if (!f) {
			if (errno == ENOENT)
				continue;
			fprintf(stderr, "deflect: %s: %s\n", path,
				strerror(errno));
			bad++;
			continue;
		}
		bad += read_list(i, f);
		fclose(f);
	}
	return bad;
}

/*
 * "kvm_amd 6.1,6.12": this module, or machine (with any number of CPUs), and a
 * kernel of one of these lines.
 */
static bool speaks_of(const struct entry *e, const struct machine *m)
{
	const char *where = e->column[1];
	size_t n = strcspn(where, " ");
	char one[MAX_LINE_NAME], line[MAX_LINE_NAME];
	bool module = strlen(m->module) == n && !strncmp(m->module, where, n);
	bool machine = strcspn(m->name, ":") == n && !strncmp(m->name, where, n);

	if (!machine && (!module || e->list == EMULATOR))
		return false;
	if (!where[n])
		return true;
	machine_line(m->release, line);
	for (where += n + 1; next_line(&where, one);)
		if (!strcmp(one, line))
			return true;
	return false;
}

/* A case's deviation is that of its variants CASE@CONFIG too. */
static bool names(const char *listed, const char *name)
{
	size_t n = strlen(listed);

	return !strncmp(listed, name, n) && (!name[n] || name[n] == '@');
}

/*
 * Whether @listed is what was seen.  A machine that loses CR2 shows none, so
 * what is listed of it is not compared there.
 */
static bool says(const char *listed, const char *seen)
{
	bool with_cr2 = strstr(seen, " cr2=");

	for (;;) {
		if (!with_cr2 && !strncmp(listed, " cr2=", 5))
			listed += 5 + strcspn(listed + 5, " ,");
		if (*listed != *seen)
			return false;
		if (!*listed)
			return true;
		listed++;
		seen++;
	}
}

void baseline_apply(const char *dir, const struct machine *m,
		    struct result *res)
{
	load(dir);
	for (int i = 0; i < nentries; i++) {
		const struct entry *e = &entries[i];

		if (!names(e->column[0], res->name) || !speaks_of(e, m))
			continue;
		if (res->verdict == V_PASS) {
			if (!strcmp(e->column[0], res->name) &&
			    strchr(e->column[1], ' '))
				res->note = NOTE_STALE;
			return;
		}
		if (res->verdict != V_FAIL || !says(e->column[2], res->want) ||
		    !says(e->column[3], res->got))
			continue;
		res->note = e->list == EMULATOR ? NOTE_EMULATOR : NOTE_KNOWN;
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
			fprintf(stderr, "%s:%d: no case %s\n",
				lists[entries[i].list].name, entries[i].line,
				entries[i].column[0]);
			bad++;
		}
	return bad ? -1 : 0;
}
