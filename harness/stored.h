/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading back what result.c writes: stream lines and results.json; and
 * records, record.h.
 */
#ifndef DEFLECT_STORED_H
#define DEFLECT_STORED_H

#include <json-c/json.h>

#include "result.h"

/* One case of a stored run: what of struct result is worth keeping in bulk. */
struct stored_case {
	char *name, *want, *got, *reason, *message;
	char *seen;		/* see struct result; NULL */
	enum verdict_kind verdict;
	enum note note;
	int step;		/* that failed, counted from 1; 0: none */
	enum rule rule;		/* that decided it, or RULE_NONE */
};

struct stored {
	char *dir;		/* a folder, or the file of a record */
	bool record;
	char deflect[64];	/* version of the program that ran */
	struct machine machine;
	bool complete;		/* the run came to its end */
	int failed, known, skipped, errors, passed;	/* its own summary */
	double seconds;
	struct rule_set covered;
	struct stored_case *v;	/* by name */
	int n;
};

/*
 * Read @dir/results.json, or the record @dir.  0, or -1 with one line on stderr:
 * not there, not JSON, not of this schema.
 */
int stored_read(struct stored *s, const char *dir);
/*
 * The results in @dir of a run on @m by this very program, to go on with: *v is
 * allocated, NULL if there are none.  Their number, or -1 with one line on
 * stderr if they are another program's or another kernel's.
 */
int stored_resume(const char *dir, const struct machine *m, struct result **v);
/* After cases were added. */
void stored_sort(struct stored *s);
void stored_free(struct stored *s);
const struct stored_case *stored_find(const struct stored *s, const char *name);

/* A result set: one run for each machine. */
struct stored_set {
	struct stored *v;
	int n;
};

/*
 * Add the run in the folder @path, or those in its folders, to @set.  0, or -1
 * with one line on stderr: nothing there, or a run that cannot be read.
 */
int stored_set_read(struct stored_set *set, const char *path);
/* The same where none is no error: how many there are. */
int stored_set_add(struct stored_set *set, const char *path);
void stored_set_free(struct stored_set *set);

char *stored_copy(const char *text);

/* Whether it was made with --observe; if not, this is the line to say. */
bool stored_tells(const struct stored *s);
#define STORED_SILENT "deflect: %s does not say what passing cases saw: run " \
	"with --observe\n"

/*
 * The file @path to write what is made of stored runs, stdout if NULL.  NULL, or
 * -1 at the end, with one line on stderr.
 */
FILE *output_open(const char *path);
int output_close(FILE *f, const char *path);

/* Pieces for streams: a key's value, "" or 0 if it is not there. */
const char *json_text(struct json_object *o, const char *key);
int json_integer(struct json_object *o, const char *key);
void json_read_machine(struct machine *m, struct json_object *o);
/* False: no result of a case. */
bool json_read_result(struct result *res, struct json_object *o);

#endif
