// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "collect.h"
#include "stored.h"

static void read_death(struct result *res, struct json_object *o)
{
	memset(res, 0, sizeof(*res));
	res->verdict = V_FAIL;
	res->rule = RULE_NONE;
	snprintf(res->name, sizeof(res->name), "%s", json_text(o, "died"));
	snprintf(res->want, sizeof(res->want), "the machine lives on");
	snprintf(res->got, sizeof(res->got), "the machine died");
	snprintf(res->message, sizeof(res->message), "%s\nthe machine died "
		 "while it ran alone; its console ended with:\n%s\n"
		 "rerun: deflect run %s\n", res->name, json_text(o, "console"),
		 res->name);
}

/* A machine without a single result is a row too: one error, with its reason. */
static int report_unfit(struct report *r, const struct machine *m,
			const char *why)
{
	static struct result res = { .verdict = V_ERROR, .rule = RULE_NONE };

	if (report_begin(r, m, 1))
		return 3;
	snprintf(res.name, sizeof(res.name), "machine/begins-to-run");
	snprintf(res.reason, sizeof(res.reason), "%.*s",
		 (int)strcspn(why, "\n"), why);
	snprintf(res.message, sizeof(res.message), "%s\nmachine: linux %s, %s, "
		 "%s\n%s\n", res.name, m->release, m->name, m->emulator, why);
	report_result(r, &res);
	return report_end(r, false);
}

struct collector {
	struct report *report;
	struct machine *machine;
	pthread_mutex_t lock;	/* of what is below, and of these */
	bool begun;
	int bad;
	char unfit[4096];
};

/* One machine's stream; machines that share the work have one each. */
struct stream {
	struct collector *c;
	FILE *f;
	bool ended;		/* its last boot said so */
	pthread_t thread;
};

static void take_line(struct collector *c, struct stream *s,
		      struct json_object *o)
{
	static struct result res;
	struct report *r = c->report;
	struct json_object *v;

	if (json_object_object_get_ex(o, "schema", &v)) {
		s->ended = false;
		if (c->begun)
			return;
		json_read_machine(c->machine, o);
		c->bad = report_begin(r, c->machine, json_integer(o, "total"));
		c->begun = !c->bad;
	} else if (json_object_object_get_ex(o, "died", &v) && c->begun) {
		read_death(&res, o);
		c->bad = report_result(r, &res);
	} else if (json_object_object_get_ex(o, "case", &v) && c->begun) {
		if (json_read_result(&res, o))
			c->bad = report_result(r, &res);
		free(res.seen);
		res.seen = NULL;
	} else if (json_object_object_get_ex(o, "start", &v) && c->begun) {
		report_start(r, json_object_get_string(v));
	} else if (json_object_object_get_ex(o, "unfit", &v)) {
		snprintf(c->unfit, sizeof(c->unfit), "%s",
			 json_object_get_string(v));
	} else if (json_object_object_get_ex(o, "end", &v)) {
		s->ended = true;
	}
}

static void *read_stream(void *arg)
{
	struct stream *s = arg;
	struct collector *c = s->c;
	char *line = NULL;
	size_t size = 0;
	bool bad = false;

	while (!bad && getline(&line, &size, s->f) > 0) {
		struct json_object *o = *line == '{' ?
					json_tokener_parse(line) : NULL;

		if (!o)
			continue;
		pthread_mutex_lock(&c->lock);
		if (!c->bad)
			take_line(c, s, o);
		bad = c->bad;
		pthread_mutex_unlock(&c->lock);
		json_object_put(o);
	}
	free(line);
	return NULL;
}

int collect(struct report *r, struct machine *m, char **files, int n)
{
	static struct collector c = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct stream stream[MAX_STREAMS];
	bool ended = true;

	c.report = r;
	c.machine = m;
	for (int i = 0; i < n || !i; i++) {
		stream[i] = (struct stream){ .c = &c, .f = stdin };
		if (n && !(stream[i].f = fopen(files[i], "re"))) {
			fprintf(stderr, "deflect: cannot read %s: %s\n",
				files[i], strerror(errno));
			return 3;
		}
	}
	for (int i = 1; i < n; i++)
		pthread_create(&stream[i].thread, NULL, read_stream, &stream[i]);
	read_stream(&stream[0]);
	for (int i = 1; i < n; i++)
		pthread_join(stream[i].thread, NULL);
	for (int i = 0; i < n || !i; i++)
		ended &= stream[i].ended;

	if (!c.begun && c.bad)
		return 3;
	if (!c.begun && c.unfit[0])
		return report_unfit(r, m, c.unfit);
	if (!c.begun) {
		fprintf(stderr, "deflect: the machine sent no results; its "
			"console says why\n");
		return 3;
	}
	r->died = !ended || r->seen < r->total;
	if (r->died)
		fprintf(stderr, "deflect: the machine ended after %d of %d "
			"cases\n", r->seen, r->total);
	return report_end(r, c.bad);
}
