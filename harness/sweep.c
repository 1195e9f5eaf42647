// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sweep of the index space in pieces: a piece is a program that is run and
 * judged like any other.  One whose outcome has more runs than an outcome can
 * hold is cut in two.  Pieces run in workers, one for each job.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control.h"
#include "msrs.h"
#include "result.h"
#include "run.h"
#include "sweep.h"
#include "text.h"
#include "x86/abi.h"

enum {
	FIRST_PART = 1 << 12,	/* indices; the next ones are made so long that */
	PART_SECONDS = 2,	/* they take about this long */
	LAST_PART = 1 << 24,
	LINE_SECONDS = 10,	/* between two lines of progress in a pipe */
	CHILD_MS = 20000,	/* a piece may take, and a millisecond an index */
};

/* One part of the sweep and what became of it; shared with its worker. */
struct part {
	u32 first, last;
	u64 mismatches;		/* indices */
	u64 moving;		/* whose value differs whenever it is read */
	u64 open;		/* of which nobody can say what must be */
	pid_t pid;
	FILE *out;		/* what the worker prints */
};

static const struct machine *machine;
static const struct sweep_options *opt;
static volatile sig_atomic_t stop;

static void on_stop(int sig)
{
	stop = sig;
}

/* ---- one piece ---- */

static void make_program(struct program *p, enum step_kind kind, u32 first,
			 u32 last)
{
	struct step *s;

	memset(p, 0, sizeof(*p));
	s = &p->step[p->nsteps++];
	s->kind = STEP_CAP;
	s->cap.nr = CAP_X86_USER_SPACE_MSR;
	s->cap.arg = opt->mask;
	s = &p->step[p->nsteps++];
	s->kind = STEP_FILTER;
	/* a filter needs a range, even one that says what the default says */
	s->filter.flags = opt->allow ? 0 : FILTER_DEFAULT_DENY;
	s->filter.range[0] = (struct range){
		.flags = RANGE_READ | RANGE_WRITE, .base = 0x10, .nmsrs = 1,
		.bits.fill = opt->allow ? 0xff : 0,
	};
	s = &p->step[p->nsteps++];
	s->kind = kind;
	if (kind == STEP_RDMSR) {
		s->access.index = first;
		return;
	}
	s->sweep.first = first;
	s->sweep.last = last;
	s->sweep.write = opt->writes;
	s->sweep.values = opt->allow && !opt->writes;
	s->sweep.value = opt->value;
}

/* What a piece must do and what it did. */
struct seen {
	struct prediction pred;
	struct outcome control, out;	/* of the last step */
	bool have_control;
	const struct outcome *want;	/* of it */
};

static void run_or_exit(const struct program *p, struct outcome *out, u64 n)
{
	int status = run_in_child(machine, p, out, CHILD_MS + n);

	if (!status)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 3)
		_exit(3);
	/* killed, by the kernel or for taking too long: what it saw stays */
}

static void look(const struct program *p, u64 n, struct seen *seen)
{
	static struct outcome out[MAX_STEPS];
	static struct program c;
	static struct control ctl;
	s8 map[MAX_STEPS];
	int last = p->nsteps - 1;

	memset(&ctl, 0, sizeof(ctl));
	predict(machine, p, NULL, RULE_NONE, &seen->pred);
	seen->have_control = control_program(machine, p, &seen->pred, &c, map);
	if (seen->have_control) {
		run_or_exit(&c, out, n);
		control_fill(&ctl, map, p->nsteps, out);
		seen->control = ctl.seen[last];
		predict(machine, p, &ctl, RULE_NONE, &seen->pred);
	}
	run_or_exit(p, out, n);
	seen->out = out[last];
	seen->want = NULL;
	for (int e = 0; e < seen->pred.nedges; e++)
		if (seen->pred.edge[e].step == last)
			seen->want = &seen->pred.edge[e].want;
}

/* The program line that runs it again. */
static void print_rerun(FILE *f, u32 first, u32 last)
{
	fprintf(f, "  rerun: deflect sweep --%s --%s --mask 0x%x --from 0x%x "
		"--to 0x%x", opt->writes ? "writes" : "reads",
		opt->allow ? "allow" : "deny", opt->mask, first, last);
	if (opt->writes)
		fprintf(f, " --value 0x%" PRIx64, opt->value);
	fputc('\n', f);
}

static void print_indices(FILE *f, u32 first, u32 last)
{
	char label[64];

	fprintf(f, "mismatch %s", msr_label(label, sizeof(label), first));
	if (last != first)
		fprintf(f, " up to 0x%x", last);
	fputc('\n', f);
}

static void print_outcome(FILE *f, const char *what, const struct outcome *o,
			  const struct outcome *only)
{
	char text[1024];

	outcome_print(text, sizeof(text), o, only);
	fprintf(f, "  %s %s\n", what, text);
}

/* The run that @index is in: its class, and where it ends. */
static u32 class_at(const struct outcome *o, u32 index, u32 last, u32 *end)
{
	u32 class = CLASS_LOST;

	*end = last;
	for (u64 k = 0; k < o->val[F_RUNS] && k < NR_RUNS; k++) {
		u64 run = o->val[F_RUN + k];

		if (run >> 32 <= index)
			class = run;
		else if (run >> 32 <= *end)
			*end = (run >> 32) - 1;
	}
	return class;
}

/* One run, as an outcome that says only that. */
static struct outcome only_run(u32 index, u32 class)
{
	struct outcome o = { 0 };

	outcome_set(&o, F_RUN, (u64)index << 32 | class);
	return o;
}

/* Every stretch of the piece in which want and got are not the same. */
static void print_mismatches(struct part *part, u32 first, u32 last,
			     const struct seen *s)
{
	for (u64 at = first, next; at <= last; at = next) {
		u32 want_end, got_end, end;
		u32 want = class_at(s->want, at, last, &want_end);
		u32 got = class_at(&s->out, at, last, &got_end);
		struct outcome w = only_run(at, want), g = only_run(at, got);

		end = want_end < got_end ? want_end : got_end;
		next = (u64)end + 1;
		if (want == got)
			continue;
		print_indices(part->out, at, end);
		print_outcome(part->out, "want:", &w, NULL);
		print_outcome(part->out, "got: ", &g, NULL);
		print_rerun(part->out, at, end);
		part->mismatches += next - at;
	}
}

/*
 * An allowed read gave another value than without filter.  It is a mismatch if
 * it does so again, and each of the two is the same the second time.
 */
static void check_value(struct part *part, u32 index)
{
	static struct program p;
	static struct seen one, two;
	bool moves;

	make_program(&p, STEP_RDMSR, index, index);
	look(&p, 1, &one);
	look(&p, 1, &two);
	moves = one.control.val[F_RAX] == one.out.val[F_RAX] &&
		one.control.val[F_RDX] == one.out.val[F_RDX];
	for (int f = F_RAX; f <= F_RDX; f++)
		moves |= one.control.val[f] != two.control.val[f] ||
			 one.out.val[f] != two.out.val[f];
	if (moves) {
		part->moving++;
		return;
	}
	print_indices(part->out, index, index);
	print_outcome(part->out, "want:", &one.control, NULL);
	print_outcome(part->out, "got: ", &one.out, &one.control);
	print_rerun(part->out, index, index);
	part->mismatches++;
}

static bool values_differ(const struct seen *s)
{
	return s->have_control && outcome_has(&s->control, F_VALUES) &&
	       outcome_has(&s->out, F_VALUES) &&
	       s->control.val[F_VALUES] != s->out.val[F_VALUES];
}

static bool lost(const struct outcome *o)
{
	return !outcome_has(o, F_END) || o->val[F_END] != END_DONE;
}

static void piece(struct part *part, u32 first, u32 last);

static void print_lost(struct part *part, u32 index, const struct outcome *want,
		       const struct outcome *got)
{
	print_indices(part->out, index, index);
	if (want)
		print_outcome(part->out, "want:", want, NULL);
	else
		fputs("  want: the piece ends; alone it does\n", part->out);
	print_outcome(part->out, "got: ", got, NULL);
	print_rerun(part->out, index, index);
	part->mismatches++;
}

/* The piece ended at an access: judge it alone, what is before and behind. */
static void lost_piece(struct part *part, u32 first, u32 last,
		       struct outcome want, struct outcome got)
{
	u64 at = first + got.val[F_SWEPT], before;

	if (first == last) {
		print_lost(part, first, &want, &got);
		return;
	}
	if (at > last)
		at = last;
	if (at > first)
		piece(part, first, at - 1);
	before = part->mismatches;
	piece(part, at, at);
	if (part->mismatches == before)
		print_lost(part, at, NULL, &got);
	if (at < last)
		piece(part, at + 1, last);
}

static void piece(struct part *part, u32 first, u32 last)
{
	static struct program p;
	static struct seen s;
	u32 middle = first + (last - first) / 2;
	bool open, cut;

	make_program(&p, STEP_SWEEP, first, last);
	look(&p, (u64)last - first + 1, &s);
	if (lost(&s.out)) {
		lost_piece(part, first, last, *s.want, s.out);
		return;
	}
	open = !outcome_has(s.want, F_RUNS);
	cut = open || s.out.val[F_RUNS] > NR_RUNS || values_differ(&s);
	if (cut && first < last) {
		piece(part, first, middle);
		piece(part, middle + 1, last);
	} else if (open) {
		part->open++;
	} else if (outcome_differs(s.want, &s.out) != NR_FIELDS) {
		print_mismatches(part, first, last, &s);
	} else if (values_differ(&s)) {
		check_value(part, first);
	}
}

/* ---- workers ---- */

static void start(struct part *part)
{
	pid_t pid;

	part->out = tmpfile();
	fflush(NULL);
	pid = part->out ? fork() : -1;
	if (pid < 0) {
		perror("deflect: no worker");
		exit(3);
	}
	if (pid) {
		part->pid = pid;	/* the worker sees it as well */
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	piece(part, part->first, part->last);
	fflush(part->out);
	_exit(0);
}

/* The end of a worker: its exit status. */
static int finish(struct part *part)
{
	char line[1024];
	int status = -1;

	while (waitpid(part->pid, &status, 0) < 0 && errno == EINTR)
		if (stop)
			kill(part->pid, SIGKILL);
	rewind(part->out);
	while (!stop && fgets(line, sizeof(line), part->out))
		fputs(line, stdout);
	fclose(part->out);
	fflush(stdout);
	return status;
}

/* ---- the whole ---- */

struct total {
	u64 next;		/* index */
	u64 mismatches, moving, open;
	double began, printed;
	u64 done;		/* since it began */
};

/* What a state file must say to belong to this sweep. */
static int describe(char *buf, size_t size)
{
	return snprintf(buf, size, "sweep of %s, %s, mask 0x%x, value 0x%"
			PRIx64 ", 0x%x to 0x%x, %s %s",
			opt->writes ? "writes" : "reads",
			opt->allow ? "allowed" : "denied", opt->mask,
			opt->value, opt->from, opt->to, machine->module,
			machine->release);
}

static int read_state(struct total *t)
{
	char want[512], is[512], line[128] = "";
	FILE *f;

	f = opt->state ? fopen(opt->state, "re") : NULL;
	if (!f && opt->state && errno != ENOENT) {
		fprintf(stderr, "deflect: cannot read %s: %s\n", opt->state,
			strerror(errno));
		return 3;
	}
	if (!f)
		return 0;
	describe(want, sizeof(want));
	if (!fgets(is, sizeof(is), f) || !fgets(line, sizeof(line), f))
		is[0] = 0;
	fclose(f);
	is[strcspn(is, "\n")] = 0;
	if (!strcmp(want, is) &&
	    sscanf(line, "next 0x%" SCNx64 " mismatches %" SCNu64
		   " moving %" SCNu64 " open %" SCNu64, &t->next,
		   &t->mismatches, &t->moving, &t->open) == 4 &&
	    t->next >= opt->from && t->next <= (u64)opt->to + 1)
		return 0;
	fprintf(stderr, "deflect: %s is not the state of this sweep (%s); "
		"give another file\n", opt->state, want);
	return 2;
}

static int write_state(const struct total *t)
{
	char text[512], path[512];
	FILE *f;
	bool ok;

	if (!opt->state)
		return 0;
	describe(text, sizeof(text));
	snprintf(path, sizeof(path), "%s.new", opt->state);
	f = fopen(path, "we");
	ok = f && fprintf(f, "%s\nnext 0x%" PRIx64 " mismatches %" PRIu64
			  " moving %" PRIu64 " open %" PRIu64 "\n", text,
			  t->next, t->mismatches, t->moving, t->open) > 0;
	if (f && fclose(f))
		ok = false;
	if (ok && !rename(path, opt->state))
		return 0;
	fprintf(stderr, "deflect: cannot write %s: %s\n", opt->state,
		strerror(errno));
	return 3;
}

static void progress(struct total *t, bool last)
{
	double now = now_seconds(), rate = t->done / (now - t->began + 1e-9);
	u64 left = (u64)opt->to + 1 - t->next;
	bool tty = isatty(2);

	if (tty && !last)
		fprintf(stderr, "\r\033[K0x%08" PRIx64 ", %.1f %%, %.0f/s, "
			"%.0f s left, %" PRIu64 " mismatches", t->next,
			100.0 * (t->next - opt->from) /
			((u64)opt->to + 1 - opt->from), rate, left / rate,
			t->mismatches);
	else if (tty)
		fputs("\r\033[K", stderr);
	else if (!last && now - t->printed > LINE_SECONDS) {
		printf("# 0x%08" PRIx64 ", %.0f/s, %" PRIu64 " mismatches\n",
		       t->next, rate, t->mismatches);
		fflush(stdout);
		t->printed = now;
	}
}

/* The next @n indices, a part for each job; 0 or an exit status. */
static int wave(struct total *t, struct part *part, u64 n)
{
	u64 left = (u64)opt->to + 1 - t->next, each, at = t->next;
	int jobs = opt->jobs, used = 0, err = 0;

	if (n > left)
		n = left;
	each = (n + jobs - 1) / jobs;
	for (; used < jobs && at < t->next + n; used++) {
		u64 end = at + each - 1;

		if (end >= t->next + n)
			end = t->next + n - 1;
		memset(&part[used], 0, sizeof(part[used]));
		part[used].first = at;
		part[used].last = end;
		start(&part[used]);
		at = end + 1;
	}
	for (int i = 0; i < used; i++) {
		int status = finish(&part[i]);

		if (status && !stop) {
			fprintf(stderr, "deflect: the part from 0x%x to 0x%x "
				"could not be run\n", part[i].first,
				part[i].last);
			err = 3;
		}
		t->mismatches += part[i].mismatches;
		t->moving += part[i].moving;
		t->open += part[i].open;
	}
	if (err || stop)
		return 3;
	t->next += n;
	t->done += n;
	return write_state(t);
}

static void summary(const struct total *t, bool complete)
{
	double s = now_seconds() - t->began;

	printf("# %s%" PRIu64 " indices, %" PRIu64 " mismatches",
	       complete ? "" : "interrupted: ", t->next - opt->from,
	       t->mismatches);
	if (t->moving)
		printf(", %" PRIu64 " values that move by themselves",
		       t->moving);
	if (t->open)
		printf(", %" PRIu64 " not predicted", t->open);
	printf(", %.1f s, %.0f/s\n", s, t->done / (s + 1e-9));
	fflush(stdout);
}

int sweep(const struct machine *m, const struct sweep_options *o)
{
	struct sigaction sa = { .sa_handler = on_stop };
	struct total t = { .next = o->from, .began = now_seconds() };
	struct part *part;
	u64 n = (u64)FIRST_PART * o->jobs;
	char what[512];
	int err;

	machine = m;
	opt = o;
	t.printed = t.began;
	err = read_state(&t);
	if (err)
		return err;
	part = mmap(NULL, o->jobs * sizeof(*part), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (part == MAP_FAILED) {
		perror("deflect: no memory");
		return 3;
	}
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	describe(what, sizeof(what));
	printf("# %s\n", what);
	fflush(stdout);
	while (!err && !stop && t.next <= o->to) {
		double began = now_seconds();

		err = wave(&t, part, n);
		if (!err && now_seconds() - began < PART_SECONDS &&
		    n < (u64)LAST_PART * o->jobs)
			n *= 2;
		progress(&t, false);
	}
	progress(&t, true);
	summary(&t, t.next > o->to);
	munmap(part, o->jobs * sizeof(*part));
	return t.mismatches ? 1 : err || t.next <= o->to ? 3 : 0;
}
