/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The result of a case, and where results go: a stream on stdout (TAP, KTAP or
 * JSON lines) and a folder with results.json, both written as they come.
 */
#ifndef DEFLECT_RESULT_H
#define DEFLECT_RESULT_H

#include <stdio.h>

#include "machine.h"

enum verdict_kind { V_PASS, V_SKIP, V_FAIL, V_ERROR, NR_VERDICTS };

enum note {
	NOTE_NONE,
	NOTE_KNOWN,	/* a listed deviation of the kernel */
	NOTE_EMULATOR,	/* a listed defect of the emulator */
	NOTE_STALE,	/* listed, but deviates no longer */
	NOTE_DRIFTED,	/* failed by a rule that only the code states */
	NOTE_FLAKY,
	NR_NOTES,
};

struct result {
	char name[MAX_NAME];
	enum verdict_kind verdict;
	enum note note;
	unsigned ms;
	int step;		/* that failed, counted from 1; 0: none */
	enum rule rule;		/* that decided it, or RULE_NONE */
	char want[512], got[512];
	char reason[512];	/* of a skip, an error, a listed deviation */
	char message[12288];	/* for people: lines without a prefix */
	char *seen;		/* what each step did: seen.h; NULL: not asked for,
				 * or it did not end. The holder's to free. */
	struct rule_set covered;	/* rules proved by this case */
};

enum format { FORMAT_TAP, FORMAT_KTAP, FORMAT_JSON };

struct report {
	enum format format;
	bool quiet, verbose, color, progress;
	bool bisect;		/* a deviation that is gone is no failure */
	const char *dir;	/* results folder, or NULL */
	struct result *resumed;	/* of a run that is gone on with, */
	int nresumed;		/* written again before anything else */
	const char *baseline;	/* folder of known deviations; NULL: built in */
	const struct machine *machine;
	int total, seen;
	int count[NR_VERDICTS];		/* unlisted ones */
	int known, stale;
	struct rule_set covered;
	bool died;		/* the stream ended before its end */
	double started;
	int fd;			/* results.json */
	off_t tail;		/* where its closing lines begin, */
	char *closing;		/* and what they are */
};

/*
 * @total are the cases to come and the resumed ones. 0, or -1 with one line on
 * stderr: results folder not writable. A folder that is gone on with loses
 * nothing at any moment.
 */
int report_begin(struct report *r, const struct machine *m, int total);
void report_start(struct report *r, const char *name);
/* The control that case @name asks for begins, or has ended. */
void report_control(const struct report *r, const char *name, bool ended);
/* Applies the baseline to @res, counts it and writes it. -1: disk full. */
int report_result(struct report *r, struct result *res);
/* Summary; returns the exit status. */
int report_end(struct report *r, bool interrupted);

const char *verdict_name(enum verdict_kind v);
const char *note_name(enum note n);

/* JSON pieces; shared with the readers in collect.c. */
void json_string(FILE *f, const char *s);
void json_machine(FILE *f, const struct machine *m, int total);
void json_result(FILE *f, const struct result *res);

double now_seconds(void);

#endif
