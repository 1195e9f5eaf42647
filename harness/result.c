// SPDX-License-Identifier: GPL-2.0-only
/* Printing results and keeping them; decides nothing but the counting. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "baseline.h"
#include "result.h"

#ifndef DEFLECT_VERSION
#define DEFLECT_VERSION "unknown"
#endif

static const char *const verdict_names[NR_VERDICTS] = {
	"pass", "skip", "fail", "error",
};

static const char *const note_names[NR_NOTES] = {
	"", "known", "emulator", "stale", "drifted", "flaky",
};

const char *verdict_name(enum verdict_kind v)
{
	return verdict_names[v];
}

const char *note_name(enum note n)
{
	return note_names[n];
}

double now_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* ---- JSON ---- */

void json_string(FILE *f, const char *s)
{
	putc('"', f);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if (*s == '<')	/* may stand in an HTML script */
			fputs("\\u003c", f);
		else if (*s == '\n')
			fputs("\\n", f);
		else if (*s == '\t')
			fputs("\\t", f);
		else if ((unsigned char)*s < ' ' || (unsigned char)*s >= 127)
			fprintf(f, "\\u%04x", (unsigned char)*s);
		else
			putc(*s, f);
	}
	putc('"', f);
}

static void json_pair(FILE *f, const char *key, const char *value)
{
	fprintf(f, "\"%s\":", key);
	json_string(f, value);
}

void json_machine(FILE *f, const struct machine *m, int total)
{
	char eras[48];

	fputs("{\"schema\":1,", f);
	json_pair(f, "deflect", DEFLECT_VERSION);
	putc(',', f);
	json_pair(f, "machine", m->name);
	putc(',', f);
	json_pair(f, "kernel", m->release);
	putc(',', f);
	json_pair(f, "version", m->version);
	putc(',', f);
	json_pair(f, "module", m->module);
	putc(',', f);
	json_pair(f, "vendor", vendor_name(m->vendor));
	putc(',', f);
	json_pair(f, "cpu", m->cpu);
	putc(',', f);
	json_pair(f, "emulator", m->emulator);
	putc(',', f);
	json_pair(f, "params", m->params);
	machine_eras_text(m->eras, eras, sizeof(eras), "\",\"");
	fprintf(f, *eras ? ",\"eras\":[\"%s\"]" : ",\"eras\":[%s]", eras);
	fprintf(f, ",\"total\":%d}", total);
}

void json_result(FILE *f, const struct result *res)
{
	const char *sep = "";

	putc('{', f);
	json_pair(f, "case", res->name);
	putc(',', f);
	json_pair(f, "verdict", verdict_name(res->verdict));
	putc(',', f);
	json_pair(f, "note", note_name(res->note));
	fprintf(f, ",\"ms\":%u", res->ms);
	fputs(",\"covered\":[", f);
	for (int i = 0; i < NR_RULES; i++)
		if (rule_set_has(&res->covered, i)) {
			fputs(sep, f);
			json_string(f, rule_info[i].name);
			sep = ",";
		}
	putc(']', f);
	if (res->seen) {
		putc(',', f);
		json_pair(f, "seen", res->seen);
	}
	if (res->verdict != V_PASS || res->note) {
		fprintf(f, ",\"step\":%d,", res->step);
		json_pair(f, "rule", res->rule < NR_RULES ?
			  rule_info[res->rule].name : "");
		putc(',', f);
		json_pair(f, "want", res->want);
		putc(',', f);
		json_pair(f, "got", res->got);
		putc(',', f);
		json_pair(f, "reason", res->reason);
		putc(',', f);
		json_pair(f, "message", res->message);
	}
	putc('}', f);
}

/* ---- the results folder ---- */

static void disk_failed(const struct report *r)
{
	fprintf(stderr, "deflect: cannot write %s/results.json: %s; the "
		"results before this one are kept\n", r->dir, strerror(errno));
}

static void print_tail(const struct report *r, FILE *f)
{
	fprintf(f, "\n],\"summary\":{\"passed\":%d,\"failed\":%d,\"known\":%d,"
		"\"stale\":%d,\"skipped\":%d,\"errors\":%d,\"complete\":%s,"
		"\"seconds\":%.1f,\"covered\":[",
		r->count[V_PASS], r->count[V_FAIL], r->known, r->stale,
		r->count[V_SKIP], r->count[V_ERROR],
		r->seen >= r->total && !r->died ? "true" : "false",
		now_seconds() - r->started);
	for (int i = 0, n = 0; i < NR_RULES; i++)
		if (rule_set_has(&r->covered, i)) {
			if (n++)
				putc(',', f);
			json_string(f, rule_info[i].name);
		}
	fputs("]}}\n", f);
}

/*
 * Write @text where the closing lines stand and the closing lines behind it,
 * in one call, so that the file is valid JSON at any moment.  A write that
 * does not fit is taken back.
 */
static int write_record(struct report *r, const char *text, size_t len)
{
	char *buf = NULL;
	size_t size = 0, old = r->closing ? strlen(r->closing) : 0;
	FILE *f = open_memstream(&buf, &size);
	ssize_t n;

	fwrite(text, 1, len, f);
	print_tail(r, f);
	fclose(f);
	n = pwrite(r->fd, buf, size, r->tail);
	if (n == (ssize_t)size && !ftruncate(r->fd, r->tail + size)) {
		r->tail += len;
		free(r->closing);
		r->closing = strdup(buf + len);
		free(buf);
		return 0;
	}
	if (n >= 0)
		errno = ENOSPC;
	disk_failed(r);
	free(buf);
	/* the room of the old closing lines is still there */
	if (pwrite(r->fd, r->closing, old, r->tail) != (ssize_t)old ||
	    ftruncate(r->fd, r->tail + old))
		fprintf(stderr, "deflect: %s/results.json is cut short\n",
			r->dir);
	close(r->fd);
	r->fd = -1;
	return -1;
}

/* The name of results.json while it is written again. */
#define PART ".part"

static int open_dir(struct report *r)
{
	char path[512], *head = NULL;
	size_t size = 0;
	FILE *f;
	int err;

	snprintf(path, sizeof(path), "%s/results.json%s", r->dir,
		 r->nresumed ? PART : "");
	if ((mkdir(r->dir, 0777) && errno != EEXIST) ||
	    (r->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
			  0666)) < 0) {
		fprintf(stderr, "deflect: cannot write %s: %s; give another "
			"folder with --results\n", path, strerror(errno));
		return -1;
	}
	f = open_memstream(&head, &size);
	fputs("{\"machine\":", f);
	json_machine(f, r->machine, r->total);
	fputs(",\n\"cases\":[\n", f);
	fclose(f);
	err = write_record(r, head, size);
	free(head);
	return err;
}

static int replace_results(const struct report *r)
{
	char part[512], path[512];

	snprintf(part, sizeof(part), "%s/results.json" PART, r->dir);
	snprintf(path, sizeof(path), "%s/results.json", r->dir);
	if (!rename(part, path))
		return 0;
	disk_failed(r);
	return -1;
}

static int write_result(struct report *r, const struct result *res)
{
	char *buf = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&buf, &size);
	int err;

	if (r->seen > 1)
		fputs(",\n", f);
	json_result(f, res);
	fclose(f);
	err = write_record(r, buf, size);
	free(buf);
	return err;
}

/* ---- the stream ---- */

static void progress(const struct report *r, const char *name)
{
	if (!r->progress)
		return;
	fprintf(stderr, "\r\033[K%s: %d/%d", r->machine->name, r->seen,
		r->total);
	if (r->count[V_FAIL])
		fprintf(stderr, ", %d failed", r->count[V_FAIL]);
	if (name)
		fprintf(stderr, "  %.60s", name);
	fflush(stderr);
}

static void clear_progress(const struct report *r)
{
	if (r->progress)
		fputs("\r\033[K", stderr);
}

int report_begin(struct report *r, const struct machine *m, int total)
{
	r->machine = m;
	r->total = total;
	r->started = now_seconds();
	r->fd = -1;
	if (r->dir && open_dir(r))
		return -1;
	switch (r->format) {
	case FORMAT_JSON:
		json_machine(stdout, m, total);
		putchar('\n');
		break;
	case FORMAT_KTAP:
		puts("KTAP version 1");
		/* fall through */
	default:
		if (r->format == FORMAT_TAP)
			puts("TAP version 13");
		printf("1..%d\n# machine: linux %s, %s%s%s\n", total,
		       m->release, m->module, m->emulator[0] ? ", " : ", host",
		       m->emulator);
	}
	fflush(stdout);
	for (int i = 0; i < r->nresumed; i++)
		if (report_result(r, &r->resumed[i]))
			return -1;
	return r->nresumed ? replace_results(r) : 0;
}

void report_start(struct report *r, const char *name)
{
	if (r->format == FORMAT_JSON) {
		fputs("{\"start\":", stdout);
		json_string(stdout, name);
		puts("}");
		fflush(stdout);
	}
	progress(r, name);
}

void report_control(const struct report *r, const char *name, bool ended)
{
	if (r->format == FORMAT_JSON) {
		fputs(ended ? "{\"asked\":" : "{\"control\":", stdout);
		json_string(stdout, name);
		puts("}");
		fflush(stdout);
	}
}

static void print_lines(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		printf("# %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static void print_tap(const struct report *r, const struct result *res)
{
	bool bad = res->verdict == V_FAIL || res->verdict == V_ERROR;
	bool excused = res->note == NOTE_KNOWN || res->note == NOTE_EMULATOR;
	const char *on = "", *off = "";

	if (r->quiet && (!bad || excused) && res->note != NOTE_STALE)
		return;
	if (bad && (!excused || r->verbose))
		print_lines(res->message);
	if (r->color) {
		off = "\033[0m";
		on = bad ? excused ? "\033[33m" : "\033[31m" :
		     res->verdict == V_SKIP ? "\033[36m" : "\033[32m";
	}
	printf("%s%s%s %d %s%s", on, bad ? "not ok" : "ok", off, r->seen,
	       r->format == FORMAT_KTAP ? "" : "- ", res->name);
	if (res->verdict == V_SKIP)
		printf(" # SKIP %s", res->reason);
	else if (excused)
		printf(" # TODO %s: %s", note_name(res->note), res->reason);
	else if (res->note)
		printf(" # %s", note_name(res->note));
	putchar('\n');
}

int report_result(struct report *r, struct result *res)
{
	bool bad;

	if (!res->note || res->note == NOTE_DRIFTED)
		baseline_apply(r->baseline, r->machine, res);
	bad = res->verdict == V_FAIL || res->verdict == V_ERROR;
	r->seen++;
	rule_set_merge(&r->covered, &res->covered);
	if (bad && (res->note == NOTE_KNOWN || res->note == NOTE_EMULATOR))
		r->known++;
	else
		r->count[res->verdict]++;
	if (res->note == NOTE_STALE)
		r->stale++;
	clear_progress(r);
	if (r->format == FORMAT_JSON) {
		json_result(stdout, res);
		putchar('\n');
	} else {
		print_tap(r, res);
	}
	fflush(stdout);
	progress(r, NULL);
	return r->fd >= 0 ? write_result(r, res) : 0;
}

static int status(const struct report *r, bool interrupted)
{
	if (r->count[V_FAIL] || (r->stale && !r->bisect))
		return 1;
	if (r->count[V_ERROR] || interrupted || r->died)
		return 3;
	if (r->seen && r->count[V_SKIP] == r->seen)
		return 4;
	return 0;
}

int report_end(struct report *r, bool interrupted)
{
	int st = status(r, interrupted);

	clear_progress(r);
	if (r->fd >= 0) {
		if (write_record(r, "", 0))
			st = st ? st : 3;
		else
			close(r->fd);
		r->fd = -1;
	}
	if (r->format == FORMAT_JSON) {
		printf("{\"end\":%d}\n", st);
	} else {
		printf("# %s%d passed, %d failed, %d known, %d skipped, "
		       "%d errors, %d rules covered, %.1f s\n",
		       interrupted ? "interrupted: " : "", r->count[V_PASS],
		       r->count[V_FAIL], r->known, r->count[V_SKIP],
		       r->count[V_ERROR], rule_set_count(&r->covered),
		       now_seconds() - r->started);
		if (r->stale)
			printf("# %d listed deviations deviate no longer: "
			       "take them out of the baseline\n", r->stale);
	}
	fflush(stdout);
	return st;
}
