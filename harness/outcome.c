// SPDX-License-Identifier: GPL-2.0-only
/* Outcomes: comparing two of them and putting one into words. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "outcome.h"

static const char *const field_names[NR_FIELDS] = {
	[F_RET] = "ret",
	[F_ERRNO] = "errno",
	[F_WROTE] = "wrote_back",
	[F_VALUE] = "value",
	[F_VALUE_2] = "value_2",
	[F_VALUE_3] = "value_3",
	[F_LIST] = "list_differs",
	[F_WAITS] = "waits",
	[F_KEPT] = "memory_kept",
	[F_EXITS] = "exits",
	[F_EXIT] = "exit_reason",
	[F_X_REASON] = "reason",
	[F_X_INDEX] = "index",
	[F_X_DATA] = "data",
	[F_X_ERROR] = "error",
	[F_X_PAD] = "pad",
	[F_X_TAIL] = "tail_changed",
	[F_X_RIP] = "exit_rip",
	[F_X_REGS] = "exit_regs_changed",
	[F_X_RFLAGS] = "exit_rflags",
	[F_X_EVENTS] = "exit_events",
	[F_X_SHADOW] = "exit_shadow",
	[F_X_POST] = "post_run_fields_wrong",
	[F_X_ISS] = "esr_iss",
	[F_X_IPA] = "ipa",
	[F_X_LEN] = "len",
	[F_X_WRITE] = "is_write",
	[F_X_SYNC] = "sync_regs_differ",
	[F_END] = "end",
	[F_VECTOR] = "vector",
	[F_HAS_CODE] = "has_error_code",
	[F_CODE] = "error_code",
	[F_RIP] = "rip",
	[F_RFLAGS] = "rflags",
	[F_CR2] = "cr2",
	[F_RAX] = "rax",
	[F_RDX] = "rdx",
	[F_REGS] = "regs_changed",
	[F_DR6] = "dr6",
	[F_NMI] = "nmi",
	[F_RUN_ERRNO] = "run_errno",
	[F_OTHER_EXIT] = "other_exit",
	[F_L1] = "l1_exit",
	[F_L1_CODE] = "l1_code",
	[F_L1_INFO] = "l1_info",
	[F_L1_EVENT] = "l1_event",
	[F_L1_STORED] = "l1_stored",
	[F_ESR] = "esr",
	[F_FAR] = "far",
	[F_PSTATE] = "pstate",
	[F_HANDLER] = "handler",
	[F_X0] = "x0",
	[F_X1] = "x1",
	[F_X2] = "x2",
	[F_X3] = "x3",
	[F_NATIVE] = "native",
	[F_E_DONE] = "done",
	[F_E_FAULT] = "#GP",
	[F_E_FILTER] = "FILTER",
	[F_E_UNKNOWN] = "UNKNOWN",
	[F_E_INVAL] = "INVAL",
	[F_E_ODD] = "odd",
	[F_E_CHANGED] = "changed",
	[F_E_FEWEST] = "fewest_at",
	[F_E_CHANGED_AT] = "changed_at",
	[F_RUN ... F_LAST_RUN] = "run",
	[F_RUNS] = "runs",
	[F_SWEPT] = "accesses",
	[F_VALUES] = "values",
	[F_EV_INJECTED] = "exception.injected",
	[F_EV_PENDING] = "exception.pending",
	[F_EV_VECTOR] = "exception.nr",
	[F_EV_HAS_CODE] = "exception.has_error_code",
	[F_EV_CODE] = "exception.error_code",
	[F_EV_DABT] = "exception.ext_dabt_pending",
	[F_EV_SERROR] = "exception.serror_pending",
};

static const char *const end_names[NR_ENDS] = {
	[END_DONE] = "done",
	[END_FAULT] = "fault",
	[END_HELD] = "held at the exit",
	[END_SHUTDOWN] = "KVM_EXIT_SHUTDOWN",
	[END_ERRNO] = "KVM_RUN failed",
	[END_OTHER] = "another exit",
	[END_HANG] = "KVM_RUN did not return",
	[END_L1] = "exit to L1",
	[END_SKIPPED] = "not executed",
};

static const char *const vector_names[32] = {
	[0] = "#DE", [1] = "#DB", [2] = "NMI", [3] = "#BP", [4] = "#OF",
	[5] = "#BR", [6] = "#UD", [7] = "#NM", [8] = "#DF", [10] = "#TS",
	[11] = "#NP", [12] = "#SS", [13] = "#GP", [14] = "#PF", [16] = "#MF",
	[17] = "#AC", [18] = "#MC", [19] = "#XM", [21] = "#CP",
};

static const struct {
	int err;
	const char *name;
} errnos[] = {
	{ EPERM, "EPERM" },   { ENOENT, "ENOENT" },   { EINTR, "EINTR" },
	{ EIO, "EIO" },	      { ENXIO, "ENXIO" },     { E2BIG, "E2BIG" },
	{ EBADF, "EBADF" },   { EAGAIN, "EAGAIN" },   { ENOMEM, "ENOMEM" },
	{ EACCES, "EACCES" }, { EFAULT, "EFAULT" },   { EBUSY, "EBUSY" },
	{ EEXIST, "EEXIST" }, { EINVAL, "EINVAL" },   { ENOTTY, "ENOTTY" },
	{ ENOSPC, "ENOSPC" }, { ENOSYS, "ENOSYS" },   { ENODEV, "ENODEV" },
	{ ERANGE, "ERANGE" }, { EOVERFLOW, "EOVERFLOW" },
	{ ETIMEDOUT, "ETIMEDOUT" }, { EOPNOTSUPP, "EOPNOTSUPP" },
	{ ENOEXEC, "ENOEXEC" },
};

const char *field_name(enum field f)
{
	return field_names[f];
}

const char *end_name(enum end e)
{
	return e < NR_ENDS ? end_names[e] : "?";
}

const char *l1_name(enum l1_exit e)
{
	static const char *const names[NR_L1_EXITS] = {
		"rdmsr", "wrmsr", "#GP", "entry_failed", "other",
	};

	return e < NR_L1_EXITS ? names[e] : "?";
}

const char *errno_name(int err)
{
	for (size_t i = 0; i < ARRAY_SIZE(errnos); i++)
		if (errnos[i].err == err)
			return errnos[i].name;
	return err ? "E?" : "0";
}

int errno_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(errnos); i++)
		if (!strcmp(errnos[i].name, name))
			return errnos[i].err;
	return -1;
}

enum field outcome_differs(const struct outcome *want,
			   const struct outcome *got)
{
	for (int f = 0; f < NR_FIELDS; f++) {
		if (want->mask[f] & ~got->mask[f])
			return f;
		if ((want->val[f] ^ got->val[f]) & want->mask[f])
			return f;
	}
	return NR_FIELDS;
}

bool outcome_overlap(const struct outcome *a, const struct outcome *b)
{
	for (int f = 0; f < NR_FIELDS; f++)
		if ((a->val[f] ^ b->val[f]) & a->mask[f] & b->mask[f])
			return false;
	return true;
}

int append(char *buf, size_t size, int at, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf((size_t)at < size ? buf + at : NULL,
		      (size_t)at < size ? size - at : 0, fmt, ap);
	va_end(ap);
	return at + (n > 0 ? n : 0);
}

/* State of one outcome_print(): which fields are still to be said. */
struct printer {
	char *buf;
	size_t size;
	int at;
	const struct outcome *o;
	bool show[NR_FIELDS];
};

#define SAY(p, ...) ((p)->at = append((p)->buf, (p)->size, (p)->at, __VA_ARGS__))

static bool take(struct printer *p, enum field f)
{
	bool had = p->show[f];

	p->show[f] = false;
	return had;
}

static const char *const reasons[] = {
	[1] = "INVAL", [2] = "UNKNOWN", [4] = "FILTER",
};

static void say_exit(struct printer *p)
{
	const uint64_t *v = p->o->val;

	if (take(p, F_EXITS) && v[F_EXITS] != 1)
		SAY(p, "%llu exits, the last: ",
		    (unsigned long long)v[F_EXITS]);
	if (!take(p, F_EXIT))
		SAY(p, "exit");
	else if (v[F_EXIT] == 29 || v[F_EXIT] == 30)
		SAY(p, "exit %s", v[F_EXIT] == 29 ? "RDMSR" : "WRMSR");
	else if (v[F_EXIT] == 28 || v[F_EXIT] == 6)
		SAY(p, "exit %s", v[F_EXIT] == 28 ? "ARM_NISV" : "MMIO");
	else
		SAY(p, "exit_reason %llu", (unsigned long long)v[F_EXIT]);
	if (take(p, F_X_REASON)) {
		if (v[F_X_REASON] <= 4 && reasons[v[F_X_REASON]])
			SAY(p, " reason=%s", reasons[v[F_X_REASON]]);
		else
			SAY(p, " reason=0x%llx",
			    (unsigned long long)v[F_X_REASON]);
	}
	for (int f = F_X_INDEX; f <= F_X_SYNC; f++) {
		/* silent when they say that nothing odd happened */
		if (f >= F_X_PAD && f != F_X_RFLAGS && v[f] == 0)
			take(p, f);
		if (take(p, f))
			SAY(p, " %s=0x%llx", field_names[f],
			    (unsigned long long)v[f]);
	}
	if (p->show[F_END])
		SAY(p, ", then ");
}

static void say_class(struct printer *p, uint32_t c, uint32_t known)
{
	static const char *const bad[] = {
		"exit_reason", "index", "data", "error", "registers", "rip",
		"error_code",
	};
	unsigned exits = (c & CLASS_EXITS) >> 8;
	unsigned reason = (c & CLASS_REASON) >> 16, end = c & CLASS_END;

	if (exits > 1)
		SAY(p, " %u exits, the last:", exits);
	if (!known)
		SAY(p, " not denied");
	if (exits)
		SAY(p, " exit reason=%s", reason <= 4 && reasons[reason] ?
		    reasons[reason] : "?");
	if (known & CLASS_END)
		SAY(p, "%s%s", exits ? ", then " : " ",
		    end == CLASS_DONE ? "done" :
		    end < 32 && vector_names[end] ? vector_names[end] : "lost");
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
		if (c >> (24 + i) & 1)
			SAY(p, ", wrong %s", bad[i]);
}

/* "0x0: exit reason=FILTER, then done; 0x10: #GP" */
static void say_runs(struct printer *p)
{
	const uint64_t *v = p->o->val;
	const char *sep = "";

	for (int f = F_RUN; f <= F_LAST_RUN; f++) {
		if (!take(p, f))
			continue;
		SAY(p, "%sfrom 0x%llx:", sep, (unsigned long long)v[f] >> 32);
		say_class(p, v[f], p->o->mask[f]);
		sep = "; ";
	}
	if (take(p, F_RUNS) && v[F_RUNS] > NR_RUNS)
		SAY(p, "%s%llu more", sep,
		    (unsigned long long)v[F_RUNS] - NR_RUNS);
	if (take(p, F_SWEPT) && *sep)
		SAY(p, "%s%llu accesses", sep, (unsigned long long)v[F_SWEPT]);
	take(p, F_VALUES);
	if (*sep && p->show[F_END]) {
		if (v[F_END] == END_DONE)
			take(p, F_END);
		else
			SAY(p, "; then ");
	}
}

static void say_end(struct printer *p)
{
	const uint64_t *v = p->o->val;

	if (!take(p, F_END))
		return;
	switch (v[F_END]) {
	case END_FAULT:
		if (!take(p, F_VECTOR))
			SAY(p, "fault");
		else if (v[F_VECTOR] < 32 && vector_names[v[F_VECTOR]])
			SAY(p, "%s", vector_names[v[F_VECTOR]]);
		else if (v[F_VECTOR] == 0x125 || v[F_VECTOR] == 0x121)
			SAY(p, v[F_VECTOR] == 0x125 ? "data abort" :
			    "prefetch abort");
		else
			SAY(p, "vector %llu", (unsigned long long)v[F_VECTOR]);
		if (take(p, F_HAS_CODE) && !v[F_HAS_CODE])
			SAY(p, "(no error code)"), take(p, F_CODE);
		else if (take(p, F_CODE))
			SAY(p, "(%lld)", (long long)v[F_CODE]);
		if (take(p, F_RIP))
			SAY(p, " at rip%+lld", (long long)v[F_RIP]);
		break;
	case END_ERRNO:
		SAY(p, "KVM_RUN failed");
		if (take(p, F_RUN_ERRNO))
			SAY(p, " %s", errno_name(v[F_RUN_ERRNO]));
		if (take(p, F_OTHER_EXIT))
			SAY(p, ", exit_reason %llu",
			    (unsigned long long)v[F_OTHER_EXIT]);
		break;
	case END_OTHER:
		SAY(p, "exit_reason");
		if (take(p, F_OTHER_EXIT))
			SAY(p, " %llu", (unsigned long long)v[F_OTHER_EXIT]);
		if (take(p, F_RIP))
			SAY(p, " at rip%+lld", (long long)v[F_RIP]);
		break;
	case END_L1:
		SAY(p, "exit to L1");
		if (take(p, F_L1))
			SAY(p, " %s", l1_name(v[F_L1]));
		if (take(p, F_RIP))
			SAY(p, " at rip%+lld", (long long)v[F_RIP]);
		break;
	case END_DONE:
		SAY(p, "done");
		if (take(p, F_RIP))
			SAY(p, " at rip%+lld", (long long)v[F_RIP]);
		break;
	default:
		SAY(p, "%s", end_name(v[F_END]));
	}
}

int outcome_print(char *buf, size_t size, const struct outcome *o,
		  const struct outcome *only)
{
	struct printer p = { .buf = buf, .size = size, .o = o };

	if (size)
		buf[0] = 0;
	for (int f = 0; f < NR_FIELDS; f++)
		p.show[f] = o->mask[f] && (!only || only->mask[f] ||
					   f == F_END || f == F_EXIT ||
					   f == F_EXITS || f == F_X_REASON ||
					   f == F_VECTOR || f == F_RUN_ERRNO ||
					   f == F_OTHER_EXIT || f == F_ERRNO ||
					   f == F_E_FEWEST ||
					   f == F_E_CHANGED_AT);
	if (p.show[F_RET] || p.show[F_ERRNO]) {
		bool ret = take(&p, F_RET), err = take(&p, F_ERRNO);

		if (err && o->val[F_ERRNO])
			SAY(&p, "%s", errno_name(o->val[F_ERRNO]));
		else if (ret)
			SAY(&p, "returns %lld", (long long)o->val[F_RET]);
		else
			SAY(&p, "no error");
	}
	if (p.show[F_EXITS] && o->val[F_EXITS] == 0) {
		for (int f = F_EXITS; f <= F_X_SYNC; f++)
			take(&p, f);
		if (!p.show[F_END])
			SAY(&p, "no exit");
	} else if (p.show[F_EXITS] || p.show[F_EXIT]) {
		say_exit(&p);
	}
	say_runs(&p);
	say_end(&p);
	for (int f = 0; f < NR_FIELDS; f++) {
		if ((f == F_WROTE || f == F_REGS || f == F_NMI ||
		     f == F_E_FEWEST || f == F_E_CHANGED_AT) && !o->val[f])
			continue;
		if (take(&p, f))
			SAY(&p, "%s%s=0x%llx", p.at ? " " : "", field_names[f],
			    (unsigned long long)o->val[f]);
	}
	return p.at;
}
