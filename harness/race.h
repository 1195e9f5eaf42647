/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Races: the steps between `race` and `end`, each actor going round its own
 * at the same time as the others.  race.c runs them and notes every step's
 * window and outcome; oracle.c decides whether the notes can be explained.
 */
#ifndef DEFLECT_RACE_H
#define DEFLECT_RACE_H

#include "model.h"

enum {
	RACE_EVENTS = 8192,	/* of one actor; then it ends */
	RACE_OUTCOMES = 12,	/* different ones of one step */
};

/* One execution of a step. */
struct race_event {
	u64 begin, end;		/* of its window: ns of CLOCK_MONOTONIC */
	u8 step;
	u8 what;		/* index of its outcome; RACE_OUTCOMES: too
				 * many different ones */
};

struct race_actor {
	u32 n;
	struct race_event event[RACE_EVENTS];	/* in order */
};

struct race_log {
	u8 noutcomes[MAX_STEPS];
	struct outcome outcome[MAX_STEPS][RACE_OUTCOMES];
	struct race_actor actor[MAX_ACTORS];
};

/* The `race` that step @i is within, its own excluded; -1: none. */
int race_of(const struct program *p, int i);
/* The `end` of the race that begins at step @i; -1: it has none. */
int race_end(const struct program *p, int i);
static inline bool race_writes(const struct step *s)
{
	return s->kind == STEP_FILTER || s->kind == STEP_CAP;
}

struct env;
/* Run the race at step @first; the outcomes go to @log, not to env.out. */
void race_run(struct env *e, int first, struct race_log *log);

/* The first event that nothing explains. */
struct race_misfit {
	int step;		/* what it executed */
	char got[512];		/* what it saw, */
	char text[1536];	/* and which event it is, and what could have
				 * been in force: lines */
};

/*
 * Can every event be explained: by a filter and a mask that were each in force
 * at some moment of its window?  Filter and mask windows are independent.  With
 * @flip a rule is taken for its opposite.  If not, @why says it, unless NULL.
 */
bool race_explained(const struct machine *m, const struct program *p,
		    const struct control *ctl, const struct race_log *log,
		    enum rule flip, struct race_misfit *why);

/*
 * A history that a correct kernel could make: after each change every access,
 * twice round.  For `check`, which has no KVM.
 */
void race_make_up(const struct machine *m, const struct program *p,
		  const struct control *ctl, struct race_log *log);

/* Make @log empty; touches only what was used. */
void race_clear(struct race_log *log);

/* Note @o as the outcome of an execution of @step by @actor. */
void race_note(struct race_log *log, enum actor actor, int step,
	       const struct outcome *o, u64 begin, u64 end);

#endif
