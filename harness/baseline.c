// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "baseline.h"
#include "config.h"

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
	char *where, *lines, *params;	/* of the second, "" if not said */
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

static bool is_param(const char *word)
{
	const char *value = strchr(word, '=');

	return !strncmp(word, "kvm", 3) && strchr(word, '.') && value &&
	       strchr(word, '.') < value && value[1];
}

/*
 * "kvm_amd 6.1,6.12 kvm_amd.nrips=1"; of an emulator also "amd2", whatever
 * kernel it runs.
 */
static bool read_where(struct entry *e)
{
	char one[MAX_LINE_NAME], line[MAX_LINE_NAME];
	char *rest = strdup(e->column[1]), *word, *save;
	const char *lines;

	e->where = strsep(&rest, " ");
	e->lines = rest && !is_param(rest) ? strsep(&rest, " ") : "";
	e->params = rest ? rest : "";
	for (lines = e->lines; next_line(&lines, one);)
		if (!machine_line(one, line) || strcmp(one, line))
			return false;
	if (*lines || (lines > e->lines && lines[-1] == ','))
		return false;
	rest = strdup(e->params);
	for (word = strtok_r(rest, " ", &save); word && is_param(word);)
		word = strtok_r(NULL, " ", &save);
	free(rest);
	return !word && *e->where && (*e->lines || e->list == EMULATOR);
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
		    !read_where(&e)) {
			fprintf(stderr, "%s:%d: not CASE | WHERE "
				"MAJOR.MINOR,... PARAM=VALUE... | want | got | "
				"reason | evidence\n", lists[list].name, no);
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

/* The value of parameter @name in "kvm.x=1 kvm_amd.y=N"; NULL if not there. */
static const char *value_in(const char *params, const char *name, size_t n)
{
	for (; *params; params += strspn(params, " ")) {
		if (!strncmp(params, name, n) && params[n] == '=')
			return params + n + 1;
		params += strcspn(params, " ");
	}
	return NULL;
}

static bool same_value(const char *x, const char *y)
{
	size_t n = strcspn(x, " ");

	if (n == 1 && strcspn(y, " ") == 1) {
		char u = *x == 'Y' ? '1' : *x == 'N' ? '0' : *x;
		char v = *y == 'Y' ? '1' : *y == 'N' ? '0' : *y;

		return u == v;
	}
	return strcspn(y, " ") == n && !strncmp(x, y, n);
}

/* Is KVM loaded with @params when it runs this case, of a configuration too? */
static bool loaded_with(const char *params, const struct machine *m,
			const char *name)
{
	const char *at = strchr(name, '@');
	int config = at ? config_by_name(at + 1, strlen(at + 1)) : 0;

	for (; *params; params += strspn(params, " ")) {
		size_t n = strcspn(params, "=");
		const char *is = NULL;

		if (config)
			is = value_in(configs[config].params, params, n);
		if (!is)
			is = value_in(m->params, params, n);
		if (!is || !same_value(params + n + 1, is))
			return false;
		params += strcspn(params, " ");
	}
	return true;
}

/*
 * "kvm_amd 6.1,6.12": this module, or machine (with any number of CPUs), and a
 * kernel of one of these lines; and KVM loaded with those parameters.
 */
static bool speaks_of(const struct entry *e, const struct machine *m,
		      const char *name)
{
	const char *lines = e->lines;
	size_t n = strlen(e->where);
	char one[MAX_LINE_NAME], line[MAX_LINE_NAME];
	bool module = !strcmp(m->module, e->where);
	bool machine = strcspn(m->name, ":") == n &&
		       !strncmp(m->name, e->where, n);

	if (!machine && (!module || e->list == EMULATOR))
		return false;
	if (!loaded_with(e->params, m, name))
		return false;
	if (!*lines)
		return true;
	machine_line(m->release, line);
	while (next_line(&lines, one))
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

/* What stands for a number that is another one each time. */
static const char any[] = "0x?";

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
		if (!strncmp(listed, any, strlen(any)) && !strncmp(seen, "0x", 2)) {
			listed += strlen(any);
			seen += 2;
			seen += strspn(seen, "0123456789abcdef");
		}
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

		if (!names(e->column[0], res->name) ||
		    !speaks_of(e, m, res->name))
			continue;
		if (res->verdict == V_PASS) {
			if (!strcmp(e->column[0], res->name) && *e->lines &&
			    !strstr(e->column[3], any))
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
