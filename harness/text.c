// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parser and printer of the text form, and the words that are not tied to an
 * architecture.  The parser takes any bytes: it stops at the first thing that
 * is not of the form and says where.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "race.h"
#include "text.h"

static const char *const actor_names[MAX_ACTORS] = {
	"main", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "child",
};

static const char *const fd_names[NR_FD_KINDS] = { "vm", "vcpu", "kvm" };

static const char *const place_names[NR_PLACES] = {
	[PLACE_PAGE_END] = "page_end", [PLACE_READABLE] = "readable",
	[PLACE_NULL] = "null",	       [PLACE_HOLE] = "hole",
	[PLACE_NOACCESS] = "noaccess", [PLACE_KERNEL] = "kernel",
	[PLACE_NONCANON] = "noncanonical", [PLACE_LAST] = "last",
	[PLACE_RDONLY] = "rdonly",     [PLACE_FILE] = "file",
	[PLACE_GUEST] = "guest",       [PLACE_ODD] = "odd",
	[PLACE_FIRST] = "first",       [PLACE_LATE] = "late",
};

static const struct {
	const char *name;
	enum need need;
} needs[] = {
	{ "irqchip", NEED_IRQCHIP },
	{ "root", NEED_ROOT },
	{ "slabinfo", NEED_SLABINFO },
	{ "alone", NEED_ALONE },
	{ "forced_emulation", NEED_FORCED },
	{ "no_forced_emulation", NEED_UNFORCED },
	{ "stats", NEED_STATS },
	{ "hardware", NEED_HARDWARE },
	{ "no_msr_imm", NEED_NO_IMM },
	{ "nested", NEED_NESTED },
	{ "vmx", NEED_NESTED_VMX },
	{ "svm", NEED_NESTED_SVM },
	{ "arm64", NEED_ARM64 },
	{ "userfault", NEED_USERFAULT },
};

static const struct {
	const char *name;
	u16 number;
} vector_words[] = {
	{ "#UD", 6 }, { "#GP", 13 }, { "#DF", 8 }, { "#PF", 14 }, { "#DB", 1 },
	/* arm64: data abort, prefetch abort, without a change of level */
	{ "dabt", 0x125 }, { "pabt", 0x121 },
};

/* What `exit` names: an MSR exit's reason, or another exit. */
static const struct {
	const char *name;
	enum field field;
	u8 value;
} exit_words[] = {
	{ "inval", F_X_REASON, 1 }, { "unknown", F_X_REASON, 2 },
	{ "filter", F_X_REASON, 4 }, { "nisv", F_EXIT, 28 },
	{ "mmio", F_EXIT, 6 },
};

bool text_fail(struct cursor *c, const char *fmt, ...)
{
	va_list ap;

	if (c->err->what[0])
		return false;	/* the first one counts */
	c->err->line = c->line;
	c->err->column = (int)(c->p - c->line_start) + 1;
	va_start(ap, fmt);
	vsnprintf(c->err->what, sizeof(c->err->what), fmt, ap);
	va_end(ap);
	return false;
}

static bool comment_at(const struct cursor *c)
{
	return *c->p == '#' && (c->p == c->line_start || c->p + 1 == c->end ||
				c->p[1] == ' ' || c->p[1] == '\n');
}

/* To the next token, or to the newline that ends the line. */
static void skip_blanks(struct cursor *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t'))
		c->p++;
	if (c->p < c->end && comment_at(c))
		while (c->p < c->end && *c->p != '\n')
			c->p++;
}

bool text_token(struct cursor *c, char buf[64])
{
	size_t n = 0;

	skip_blanks(c);
	while (c->p + n < c->end && !isspace((unsigned char)c->p[n])) {
		if (n == 63)
			return text_fail(c, "word of more than 63 characters");
		buf[n] = c->p[n];
		n++;
	}
	buf[n] = 0;
	c->p += n;
	return true;
}

bool text_peek(struct cursor *c, char buf[64])
{
	struct cursor save = *c;
	bool ok = text_token(c, buf);

	*c = save;
	return ok;
}

bool text_value(struct cursor *c, const char *s, u64 *v, u64 max)
{
	char *end;

	if (!isdigit((unsigned char)*s))
		return text_fail(c, "'%.40s' is not a number", s);
	errno = 0;
	*v = strtoull(s, &end, 0);
	if (*end)
		return text_fail(c, "'%.40s' is not a number", s);
	if (errno || *v > max)
		return text_fail(c, "%.40s is more than 0x%llx", s,
				 (unsigned long long)max);
	return true;
}

bool text_number(struct cursor *c, u64 *v, u64 max)
{
	char t[64];

	if (!text_token(c, t))
		return false;
	if (!*t)
		return text_fail(c, "a number is missing");
	return text_value(c, t, v, max);
}

bool text_option(struct cursor *c, char key[64], const char **value)
{
	struct cursor save = *c;
	char *eq;

	if (!text_token(c, key))
		return false;
	eq = strchr(key, '=');
	if (!eq || eq == key || !eq[1]) {
		*c = save;
		return false;
	}
	*eq = 0;
	*value = eq + 1;
	return true;
}

bool text_place(struct cursor *c, const char *s, struct place *at)
{
	u64 n;

	*at = (struct place){ 0 };
	if (!strncmp(s, "readable:", 9)) {
		at->kind = PLACE_READABLE;
		if (!text_value(c, s + 9, &n, 4095))
			return false;
		at->readable = n;
		return true;
	}
	for (int i = 0; i < NR_PLACES; i++)
		if (i != PLACE_READABLE && i != PLACE_LATE &&
		    !strcmp(s, place_names[i])) {
			at->kind = i;
			return true;
		}
	return text_fail(c, "'%.40s' is no place in memory", s);
}

bool text_fd(struct cursor *c, const char *s, enum fd_kind *fd)
{
	for (int i = 0; i < NR_FD_KINDS; i++)
		if (!strcmp(s, fd_names[i])) {
			*fd = i;
			return true;
		}
	return text_fail(c, "'%.40s' is no kind of fd (vm, vcpu, kvm)", s);
}

void text_out(struct out *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf((size_t)o->at < o->size ? o->buf + o->at : NULL,
		      (size_t)o->at < o->size ? o->size - o->at : 0, fmt, ap);
	va_end(ap);
	o->at += n > 0 ? n : 0;
}

void text_out_place(struct out *o, const struct place *at)
{
	if (at->kind == PLACE_READABLE)
		text_out(o, " at=readable:%u", at->readable);
	else if (at->kind != PLACE_PAGE_END)
		text_out(o, " at=%s", place_names[at->kind]);
}

void text_out_fd(struct out *o, enum fd_kind fd)
{
	if (fd != FD_VM)
		text_out(o, " fd=%s", fd_names[fd]);
}

/* ---- words ---- */

static bool parse_check_cap(struct cursor *c, struct step *s)
{
	char key[64];
	const char *val;
	u64 v;

	if (!text_number(c, &v, UINT32_MAX))
		return false;
	s->cap.nr = v;
	while (text_option(c, key, &val)) {
		if (strcmp(key, "fd"))
			return text_fail(c, "check_cap has no option '%.40s'",
					 key);
		if (!text_fd(c, val, &s->cap.fd))
			return false;
	}
	return true;
}

static void print_check_cap(struct out *o, const struct step *s)
{
	text_out(o, " %u", s->cap.nr);
	text_out_fd(o, s->cap.fd);
}

bool text_parse_nothing(struct cursor *c, struct step *s)
{
	(void)c;
	(void)s;
	return true;
}

void text_print_nothing(struct out *o, const struct step *s)
{
	(void)o;
	(void)s;
}

/* "0x10,7": 64-bit words */
static bool parse_words(struct cursor *c, const char *val,
			struct step_ioctl *k)
{
	char copy[64], *save = NULL, *one;

	snprintf(copy, sizeof(copy), "%s", val);
	k->ndata = 0;
	for (one = strtok_r(copy, ",", &save); one;
	     one = strtok_r(NULL, ",", &save)) {
		if (k->ndata == ARRAY_SIZE(k->data))
			return text_fail(c, "more than %zu words",
					 ARRAY_SIZE(k->data));
		if (!text_value(c, one, &k->data[k->ndata++], UINT64_MAX))
			return false;
	}
	return true;
}

static bool parse_ioctl(struct cursor *c, struct step *s)
{
	char key[64];
	const char *val;
	u64 v;

	if (!text_number(c, &v, UINT32_MAX))
		return false;
	s->ioctl.request = v;
	while (text_option(c, key, &val)) {
		if (!strcmp(key, "fd")) {
			if (!text_fd(c, val, &s->ioctl.fd))
				return false;
		} else if (!strcmp(key, "at")) {
			if (!text_place(c, val, &s->ioctl.at))
				return false;
		} else if (!strcmp(key, "arg")) {
			if (!text_value(c, val, &s->ioctl.value, UINT64_MAX))
				return false;
			s->ioctl.has_value = true;
		} else if (!strcmp(key, "data")) {
			if (!parse_words(c, val, &s->ioctl))
				return false;
		} else {
			return text_fail(c, "ioctl has no option '%.40s'", key);
		}
	}
	return true;
}

static void print_ioctl(struct out *o, const struct step *s)
{
	text_out(o, " 0x%x", s->ioctl.request);
	text_out_fd(o, s->ioctl.fd);
	if (s->ioctl.has_value)
		text_out(o, " arg=0x%llx", (unsigned long long)s->ioctl.value);
	else
		text_out_place(o, &s->ioctl.at);
	for (int i = 0; i < s->ioctl.ndata; i++)
		text_out(o, "%s0x%llx", i ? "," : " data=",
			 (unsigned long long)s->ioctl.data[i]);
}

static int actor_by_name(const char *name)
{
	for (int i = 0; i < MAX_ACTORS; i++)
		if (!strcmp(name, actor_names[i]))
			return i;
	return -1;
}

static bool parse_wait(struct cursor *c, struct step *s)
{
	char t[64];
	int a;

	if (!text_token(c, t))
		return false;
	a = actor_by_name(t);
	if (a < 0 || !actor_is_thread(a))
		return text_fail(c, "'%.40s' is no thread (t1 to t8)", t);
	s->wait = a;
	return true;
}

static void print_wait(struct out *o, const struct step *s)
{
	text_out(o, " %s", actor_names[s->wait]);
}

static bool parse_race(struct cursor *c, struct step *s)
{
	struct cursor save;
	char key[64];
	const char *val;
	u64 v;

	if (!text_number(c, &v, 4000))
		return false;
	s->race.rounds = v;
	while (text_option(c, key, &val)) {
		if (strcmp(key, "seed"))
			return text_fail(c, "race has no option '%.40s'", key);
		if (!text_value(c, val, &v, UINT32_MAX))
			return false;
		s->race.seed = v;
	}
	for (save = *c; text_token(c, key); save = *c) {
		if (!strcmp(key, "storm"))
			s->race.storm = true;
		else if (!strcmp(key, "late"))
			s->race.late = true;
		else
			break;
	}
	*c = save;
	return true;
}

static void print_race(struct out *o, const struct step *s)
{
	text_out(o, " %u", s->race.rounds);
	if (s->race.seed)
		text_out(o, " seed=%u", s->race.seed);
	if (s->race.storm)
		text_out(o, " storm");
	if (s->race.late)
		text_out(o, " late");
}

static bool parse_leak(struct cursor *c, struct step *s)
{
	u64 v;

	if (!text_number(c, &v, 100000))
		return false;
	s->count = v;
	return true;
}

static void print_leak(struct out *o, const struct step *s)
{
	text_out(o, " %u", s->count);
}

const struct word text_words[] = {
	{ "check_cap", STEP_CHECK_CAP, "NR [fd=vm|vcpu|kvm]", parse_check_cap,
	  print_check_cap },
	{ "ioctl", STEP_IOCTL,
	  "REQUEST [fd=vm|vcpu|kvm] [arg=NUMBER | at=PLACE] [data=WORD,...]", parse_ioctl,
	  print_ioctl },
	{ "spin", STEP_SPIN, "guest loop without exits until `stop`",
	  TEXT_NOTHING },
	{ "stop", STEP_STOP, "end that vCPU's `spin`", TEXT_NOTHING },
	{ "wait", STEP_WAIT, "t1 to t8: collect what it was doing", parse_wait,
	  print_wait },
	{ "close", STEP_CLOSE, "drop every fd of the VM", TEXT_NOTHING },
	{ "race", STEP_RACE,
	  "ROUNDS [seed=N] [storm] [late]: what follows happens at once, every "
	  "thread going round its own steps, in a storm without pauses; late: "
	  "it makes its vCPUs some time after the others began", parse_race,
	  print_race },
	{ "end", STEP_END, "of the race", TEXT_NOTHING },
	{ "leak", STEP_LEAK,
	  "COUNT: set the last filter COUNT times, on as many VMs, and see "
	  "what slab memory stays", parse_leak, print_leak },
	{ 0 },
};

static const struct word *const vocabulary[] = {
	text_words, x86_words, arm64_words,
};

static const struct word *word_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(vocabulary); i++)
		for (const struct word *w = vocabulary[i]; w->name; w++)
			if (!strcmp(w->name, name))
				return w;
	return NULL;
}

static const struct word *word_by_kind(enum step_kind kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(vocabulary); i++)
		for (const struct word *w = vocabulary[i]; w->name; w++)
			if (w->kind == kind)
				return w;
	return NULL;
}

/* ---- expectations ---- */

/* What an `each` step says of all its MSRs: "-> filter", "-> unchanged". */
static const struct {
	const char *name;
	enum field field;
} each_wants[] = {
	{ "filter", F_E_FILTER },
	{ "#GP", F_E_FAULT },
	{ "unchanged", F_E_CHANGED },
};

/* The classes that a step's only class excludes. */
static bool parse_want_each(struct cursor *c, struct outcome *o)
{
	char t[64];

	if (!text_token(c, t))
		return false;
	for (unsigned i = 0; i < ARRAY_SIZE(each_wants); i++) {
		if (strcmp(t, each_wants[i].name))
			continue;
		if (each_wants[i].field == F_E_CHANGED) {
			outcome_set(o, F_E_CHANGED, 0);
			return true;
		}
		for (int f = F_E_DONE; f <= F_E_ODD; f++)
			if (f != (int)each_wants[i].field)
				outcome_set(o, f, 0);
		return true;
	}
	return text_fail(c, "'%.40s' is no expectation (filter, #GP, "
			 "unchanged)", t);
}

static void print_want_each(struct out *o, const struct outcome *w)
{
	for (unsigned i = 0; i < ARRAY_SIZE(each_wants); i++)
		if (outcome_has(w, F_E_CHANGED) ?
		    each_wants[i].field == F_E_CHANGED :
		    !outcome_has(w, each_wants[i].field)) {
			text_out(o, " -> %s", each_wants[i].name);
			return;
		}
}

static bool parse_want_native(struct cursor *c, struct outcome *o)
{
	char t[64];

	if (!text_token(c, t))
		return false;
	if (strcmp(t, "native") && strcmp(t, "intercepted"))
		return text_fail(c, "'%.40s' is no expectation (native, "
				 "intercepted)", t);
	outcome_set(o, F_NATIVE, *t == 'n');
	return true;
}

static bool parse_want_guest(struct cursor *c, struct outcome *o)
{
	char t[64];
	u64 v;

	if (!text_token(c, t))
		return false;
	if (!strcmp(t, "exit")) {
		if (!text_token(c, t))
			return false;
		outcome_set(o, F_EXITS, 1);
		for (size_t i = 0; i < ARRAY_SIZE(exit_words); i++)
			if (!strcmp(t, exit_words[i].name))
				outcome_set(o, exit_words[i].field,
					    exit_words[i].value);
		if (!outcome_has(o, F_X_REASON) && !outcome_has(o, F_EXIT))
			return text_fail(c, "'%.40s' is no reason (filter, "
					 "unknown, inval, nisv, mmio)", t);
		if (!text_peek(c, t))
			return false;
		if (strcmp(t, "then"))
			return true;
		if (!text_token(c, t) || !text_token(c, t))
			return false;
	} else {
		outcome_set(o, F_EXITS, 0);
	}
	if (!strcmp(t, "ok")) {
		outcome_set(o, F_END, END_DONE);
		if (!text_peek(c, t))
			return false;
		if (isdigit((unsigned char)*t)) {
			if (!text_number(c, &v, UINT64_MAX))
				return false;
			outcome_set(o, F_RAX, (u32)v);
			outcome_set(o, F_RDX, v >> 32);
		}
		return true;
	}
	if (!strcmp(t, "held") || !strcmp(t, "shutdown")) {
		outcome_set(o, F_END, *t == 'h' ? END_HELD : END_SHUTDOWN);
		return true;
	}
	if (!strcmp(t, "l1")) {
		if (!text_token(c, t))
			return false;
		for (int i = 0; i < NR_L1_EXITS; i++)
			if (!strcmp(t, l1_name(i))) {
				outcome_set(o, F_END, END_L1);
				outcome_set(o, F_L1, i);
				return true;
			}
		return text_fail(c, "'%.40s' is no exit to L1 (rdmsr, wrmsr, "
				 "#GP, entry_failed)", t);
	}
	if (errno_by_name(t) > 0) {
		outcome_set(o, F_END, END_ERRNO);
		outcome_set(o, F_RUN_ERRNO, errno_by_name(t));
		return true;
	}
	if (!strcmp(t, "debug")) {
		outcome_set(o, F_END, END_OTHER);
		outcome_set(o, F_OTHER_EXIT, 4);
		return true;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(vector_words); i++)
		if (!strcmp(t, vector_words[i].name)) {
			outcome_set(o, F_END, END_FAULT);
			outcome_set(o, F_VECTOR, vector_words[i].number);
			return true;
		}
	return text_fail(c, "'%.40s' is no expectation (ok, exit, held, #GP, "
			 "dabt, pabt, l1, shutdown, debug, an errno)", t);
}

/* Of a sweep: every access does the same. */
static bool parse_want_sweep(struct cursor *c, struct step *s)
{
	struct outcome one = { 0 }, *o = &s->want;
	bool has_end;
	u64 end;

	if (!parse_want_guest(c, &one))
		return false;
	end = one.val[F_END];
	has_end = outcome_has(&one, F_END);
	if (outcome_has(&one, F_RAX) || outcome_has(&one, F_EXIT) ||
	    one.val[F_VECTOR] > CLASS_DONE ||
	    (has_end && end != END_DONE && end != END_FAULT))
		return text_fail(c, "a sweep's accesses end with ok or a fault");
	outcome_set(o, F_RUNS, 1);
	o->val[F_RUN] = (u64)s->sweep.first << 32 |
			sweep_class(one.val[F_EXITS], one.val[F_X_REASON],
				    !has_end ? 0 : end == END_DONE ?
				    CLASS_DONE : one.val[F_VECTOR]);
	o->mask[F_RUN] = ~0ULL << 32 | CLASS_EXITS | CLASS_REASON |
			 (has_end ? CLASS_END : 0);
	return true;
}

/* The one access that parse_want_sweep() had read. */
static void sweep_want(const struct outcome *w, struct outcome *one)
{
	u64 class = w->val[F_RUN], end = class & CLASS_END;

	memset(one, 0, sizeof(*one));
	outcome_set(one, F_EXITS, (class & CLASS_EXITS) >> 8);
	if (one->val[F_EXITS])
		outcome_set(one, F_X_REASON, (class & CLASS_REASON) >> 16);
	if (!(w->mask[F_RUN] & CLASS_END))
		return;
	outcome_set(one, F_END, end == CLASS_DONE ? END_DONE : END_FAULT);
	outcome_set(one, F_VECTOR, end);
}

static bool parse_want(struct cursor *c, struct step *s)
{
	char t[64];
	u64 v;
	int err;

	if (s->kind == STEP_NATIVE)
		return parse_want_native(c, &s->want);
	if (s->kind == STEP_EACH)
		return parse_want_each(c, &s->want);
	if (step_is_guest(s) || s->kind == STEP_RESUME)
		return parse_want_guest(c, &s->want);
	if (s->kind == STEP_SWEEP)
		return parse_want_sweep(c, s);
	if (s->kind == STEP_REGS || s->kind == STEP_EVENTS)
		return text_fail(c, "%s has no expectation of its own",
				 s->kind == STEP_REGS ? "regs" : "events");
	if (!text_token(c, t))
		return false;
	err = errno_by_name(t);
	if (err > 0) {
		outcome_set(&s->want, F_RET, (u64)-1);
		outcome_set(&s->want, F_ERRNO, err);
		return true;
	}
	if (!text_value(c, t, &v, INT64_MAX))
		return false;
	outcome_set(&s->want, F_RET, v);
	outcome_set(&s->want, F_ERRNO, 0);
	if (!text_peek(c, t))
		return false;
	if ((s->kind == STEP_GET_MSR || s->kind == STEP_MSRS ||
	     s->kind == STEP_ONE_REG || s->kind == STEP_GET_REG) &&
	    isdigit((unsigned char)*t)) {
		if (!text_number(c, &v, UINT64_MAX))
			return false;
		outcome_set(&s->want, F_VALUE, v);
	}
	return true;
}

static void print_want(struct out *o, const struct outcome *w)
{
	struct outcome one;
	bool guest;

	if (outcome_has(w, F_NATIVE))
		text_out(o, w->val[F_NATIVE] ? " -> native" : " -> intercepted");
	if (outcome_has(w, F_E_CHANGED) || outcome_has(w, F_E_ODD))
		print_want_each(o, w);
	if (outcome_has(w, F_RUNS)) {
		sweep_want(w, &one);
		w = &one;
	}
	guest = outcome_has(w, F_EXITS);
	if (outcome_has(w, F_RET)) {
		if (w->val[F_ERRNO])
			text_out(o, " -> %s", errno_name(w->val[F_ERRNO]));
		else
			text_out(o, " -> %llu", (unsigned long long)w->val[F_RET]);
		if (outcome_has(w, F_VALUE))
			text_out(o, " 0x%llx", (unsigned long long)w->val[F_VALUE]);
	}
	if (!guest)
		return;
	text_out(o, " ->");
	if (w->val[F_EXITS]) {
		for (size_t i = 0; i < ARRAY_SIZE(exit_words); i++)
			if (outcome_has(w, exit_words[i].field) &&
			    w->val[exit_words[i].field] == exit_words[i].value)
				text_out(o, " exit %s", exit_words[i].name);
		if (!outcome_has(w, F_END))
			return;
		text_out(o, " then");
	}
	if (w->val[F_END] == END_HELD) {
		text_out(o, " held");
	} else if (w->val[F_END] == END_SHUTDOWN) {
		text_out(o, " shutdown");
	} else if (w->val[F_END] == END_L1) {
		text_out(o, " l1 %s", l1_name(w->val[F_L1]));
	} else if (w->val[F_END] == END_ERRNO) {
		text_out(o, " %s", errno_name(w->val[F_RUN_ERRNO]));
	} else if (w->val[F_END] == END_OTHER) {
		text_out(o, " debug");
	} else if (w->val[F_END] == END_FAULT) {
		for (unsigned i = 0; i < ARRAY_SIZE(vector_words); i++)
			if (w->val[F_VECTOR] == vector_words[i].number)
				text_out(o, " %s", vector_words[i].name);
	} else {
		text_out(o, " ok");
		if (outcome_has(w, F_RAX))
			text_out(o, " 0x%llx", (unsigned long long)
				 (w->val[F_RDX] << 32 | w->val[F_RAX]));
	}
}

/* ---- lines ---- */

/* "vm1.vcpu2:" or "child:"; nothing consumed if the line has no scope. */
static bool parse_scope(struct cursor *c, struct step *s)
{
	char t[64], *part, *save = NULL;
	size_t n;

	if (!text_peek(c, t))
		return false;
	n = strlen(t);
	if (!n || t[n - 1] != ':')
		return true;
	text_token(c, t);
	t[n - 1] = 0;
	for (part = strtok_r(t, ".", &save); part;
	     part = strtok_r(NULL, ".", &save)) {
		int a = actor_by_name(part);

		if (a > 0)
			s->actor = a;
		else if (!strcmp(part, "int80"))
			s->int80 = true;
		else if (!strcmp(part, "l2"))
			s->l2 = true;
		else if (!strncmp(part, "vm", 2) && part[2] >= '0' &&
			 part[2] < '0' + MAX_VMS && !part[3])
			s->vm = part[2] - '0';
		else if (!strncmp(part, "vcpu", 4) && part[4] >= '0' &&
			 part[4] < '0' + MAX_VCPUS && !part[5])
			s->vcpu = part[4] - '0';
		else
			return text_fail(c, "'%.40s' is no VM, vCPU, actor, "
					 "int80 or l2",
					 part);
	}
	return true;
}

static bool end_of_line(struct cursor *c)
{
	char t[64];

	skip_blanks(c);
	if (c->p == c->end || *c->p == '\n')
		return true;
	if (!text_token(c, t))
		return false;
	if (!*t)
		return text_fail(c, "control character");
	return text_fail(c, "'%.40s' was not expected here", t);
}

static bool parse_header(struct cursor *c, const char *word, bool *done)
{
	struct program *p = c->prog;
	char t[64];
	size_t n = 0;

	*done = true;
	if (!strcmp(word, "case")) {
		skip_blanks(c);
		while (c->p + n < c->end && !isspace((unsigned char)c->p[n]))
			n++;
		if (!n || n >= MAX_NAME)
			return text_fail(c, "a name has 1 to %d characters",
					 MAX_NAME - 1);
		memcpy(p->name, c->p, n);
		p->name[n] = 0;
		c->p += n;
		return true;
	}
	if (!strcmp(word, "rules")) {
		while (text_peek(c, t) && *t) {
			enum rule r = rule_by_name(t);

			if (r == RULE_NONE)
				return text_fail(c, "no rule '%.40s'", t);
			if (p->nrules == MAX_RULES_PER_CASE)
				return text_fail(c, "more than %d rules",
						 MAX_RULES_PER_CASE);
			text_token(c, t);
			p->rules[p->nrules++] = r;
		}
		return !c->err->what[0];
	}
	if (!strcmp(word, "needs")) {
		while (text_token(c, t) && *t) {
			unsigned i;

			for (i = 0; i < ARRAY_SIZE(needs); i++)
				if (!strcmp(t, needs[i].name))
					break;
			if (i == ARRAY_SIZE(needs))
				return text_fail(c, "no need '%.40s'", t);
			p->needs |= needs[i].need;
		}
		return !c->err->what[0];
	}
	*done = false;
	return true;
}

static bool parse_line(struct cursor *c)
{
	struct program *p = c->prog;
	const struct word *w;
	struct step *s;
	char t[64];
	bool header;

	if (!text_peek(c, t))
		return false;
	if (!*t)
		return end_of_line(c);
	if (!strcmp(t, "case") || !strcmp(t, "rules") || !strcmp(t, "needs")) {
		text_token(c, t);
		return parse_header(c, t, &header) && end_of_line(c);
	}
	if (!strcmp(t, "range")) {
		/* goes on with the filter above */
		s = p->nsteps ? &p->step[p->nsteps - 1] : NULL;
		if (!s || s->kind != STEP_FILTER)
			return text_fail(c, "a range without a filter");
		w = word_by_kind(STEP_FILTER);
	} else {
		if (p->nsteps == MAX_STEPS)
			return text_fail(c, "more than %d steps", MAX_STEPS);
		s = &p->step[p->nsteps];
		memset(s, 0, sizeof(*s));
		s->line = c->line;
		if (!parse_scope(c, s) || !text_peek(c, t))
			return false;
		w = word_by_name(t);
		if (!w)
			return text_fail(c, "no word '%.40s'", t);
		text_token(c, t);
		s->kind = w->kind;
		p->nsteps++;
	}
	if (!w->parse(c, s) || !text_peek(c, t))
		return false;
	if (!strcmp(t, "&")) {
		if (!actor_is_thread(s->actor))
			return text_fail(c, "only a thread can go on with &");
		s->async = true;
		text_token(c, t);
		if (!text_peek(c, t))
			return false;
	}
	if (!strcmp(t, "->")) {
		text_token(c, t);
		if (!parse_want(c, s))
			return false;
	}
	if (program_unfit(p, s - p->step))
		return text_fail(c, "%s", program_unfit(p, s - p->step));
	return end_of_line(c);
}

bool text_parse(struct program *p, const char *text, size_t len,
		struct text_error *err)
{
	struct cursor c = {
		.p = text, .end = text + len, .line_start = text,
		.err = err, .prog = p,
	};

	/* steps are cleared one by one as they are begun */
	memset(p, 0, offsetof(struct program, step));
	memset(err, 0, sizeof(*err));
	c.line = 1;
	if (len > TEXT_MAX)
		return text_fail(&c, "longer than %d bytes", TEXT_MAX);
	while (c.p < c.end) {
		const char *nl = memchr(c.p, '\n', c.end - c.p);
		const char *stop = nl ? nl : c.end;

		c.line_start = c.p;
		for (const char *q = c.p; q < stop; q++)
			if ((unsigned char)*q < ' ' && *q != '	') {
				c.p = q;
				return text_fail(&c, "not text: byte 0x%02x",
						 (unsigned char)*q);
			}
		if (stop - c.p > TEXT_LINE_MAX)
			return text_fail(&c, "line of more than %d bytes",
					 TEXT_LINE_MAX);
		if (!parse_line(&c))
			return false;
		c.p = nl ? nl + 1 : c.end;
		c.line++;
	}
	c.line_start = c.p;
	if (!p->nsteps)
		return text_fail(&c, "ends before the first step");
	if (program_late(p, p->nsteps))
		return text_fail(&c, "a filter with at=late is not waited for");
	for (int i = 0; i < p->nsteps; i++)
		if (p->step[i].kind == STEP_RACE && race_end(p, i) < 0)
			return text_fail(&c, "a race without an end");
	return true;
}

static void print_step(struct out *o, const struct step *s)
{
	const char *sep = "";
	const struct word *w = word_by_kind(s->kind);

	if (s->actor)
		text_out(o, "%s", actor_names[s->actor]), sep = ".";
	if (s->vm)
		text_out(o, "%svm%u", sep, s->vm), sep = ".";
	if (s->vcpu)
		text_out(o, "%svcpu%u", sep, s->vcpu), sep = ".";
	if (s->int80)
		text_out(o, "%sint80", sep), sep = ".";
	if (s->l2)
		text_out(o, "%sl2", sep), sep = ".";
	if (*sep)
		text_out(o, ": ");
	text_out(o, "%s", w->name);
	w->print(o, s);
	if (s->async)
		text_out(o, " &");
}

int text_print_step(char *buf, size_t size, const struct step *s)
{
	struct out o = { buf, size, 0 };

	print_step(&o, s);
	return o.at;
}

int text_print(char *buf, size_t size, const struct program *p)
{
	struct out o = { buf, size, 0 };

	if (p->name[0])
		text_out(&o, "case %s\n", p->name);
	if (p->nrules) {
		text_out(&o, "rules");
		for (int i = 0; i < p->nrules; i++)
			text_out(&o, " %s", rule_info[p->rules[i]].name);
		text_out(&o, "\n");
	}
	if (p->needs) {
		text_out(&o, "needs");
		for (unsigned i = 0; i < ARRAY_SIZE(needs); i++)
			if (p->needs & needs[i].need)
				text_out(&o, " %s", needs[i].name);
		text_out(&o, "\n");
	}
	for (int i = 0; i < p->nsteps; i++) {
		print_step(&o, &p->step[i]);
		print_want(&o, &p->step[i].want);
		text_out(&o, "\n");
	}
	return o.at;
}

int text_step_label(char *buf, size_t size, const struct step *s)
{
	int n = text_print_step(buf, size, s);
	char *nl = strchr(buf, '\n');

	if (nl)		/* a filter of several ranges: its first line says it */
		snprintf(nl, size - (nl - buf), " ...");
	return n;
}
