// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"
#include "trace.h"

enum { MAX_EVENTS = 4096, EVENT_TEXT = 100 };

struct event {
	double at;		/* seconds */
	int tid;
	char text[EVENT_TEXT + 1];
};

/* What leaves first when there is too much, one after the other. */
static const char *const dull[] = {
	"kvm_fpu:", "kvm_halt_poll_ns:", "kvm_vcpu_wakeup:",
	"kvm_unmap_hva_range:", "kvm_set_spte_hva:", "kvm_age_hva:",
	"kvm_test_age_hva:",
	"kvm_tdp_mmu_spte_changed:", "kvm_mmu_", "kvm_cpuid:",
	"kvm_update_master_clock:", "kvm_track_tsc:", "kvm_write_tsc_offset:",
	"kvm_page_fault:", "kvm_apic_accept_irq:",
	"kvm_emulate_insn: 0:7",	/* the payload's own */
	"kvm_emulate_insn:", "kvm_entry:",
};

static const char *const roots[] = {
	"/sys/kernel/tracing", "/sys/kernel/debug/tracing",
};

static char instance[128];

static bool write_file(const char *name, const char *text)
{
	char path[256];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", instance, name);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = write(fd, text, strlen(text));
	close(fd);
	return n == (ssize_t)strlen(text);
}

static void end(void)
{
	write_file("events/kvm/enable", "0");
	rmdir(instance);
}

/* KVM's events of the children that this process makes from now on. */
static bool begin(void)
{
	char pid[16];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(roots); i++) {
		snprintf(instance, sizeof(instance), "%s/instances/deflect-%d",
			 roots[i], getpid());
		if (!mkdir(instance, 0700))
			break;
	}
	if (i == ARRAY_SIZE(roots))
		return false;
	snprintf(pid, sizeof(pid), "%d", getpid());
	if (write_file("options/event-fork", "1") &&
	    write_file("set_event_pid", pid) &&
	    write_file("events/kvm/enable", "1"))
		return true;
	end();
	return false;
}

/* "  deflect-23424   [001] .....  3317.211086: kvm_entry: vcpu 0, rip 0x7" */
static bool parse(const char *line, struct event *e)
{
	const char *bracket = strchr(line, '['), *tid = bracket;
	int at = 0;

	if (*line == '#' || !bracket)
		return false;
	while (tid > line && *tid != '-')
		tid--;
	if (sscanf(tid, "-%d", &e->tid) != 1 ||
	    sscanf(bracket, "[%*d] %*s %lf: %n", &e->at, &at) != 1 || !at)
		return false;
	snprintf(e->text, sizeof(e->text), "%.*s", EVENT_TEXT, bracket + at);
	e->text[strcspn(e->text, "\n")] = 0;
	return true;
}

/* The last ones; @all counts the others, too. */
static int read_events(struct event *e, int *all)
{
	char path[256], line[512];
	int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/trace", instance);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (!parse(line, &e[n]))
			continue;
		++*all;
		if (++n < MAX_EVENTS)
			continue;
		n /= 2;
		memmove(e, e + n, n * sizeof(*e));
	}
	if (f)
		fclose(f);
	return n;
}

/* As many of that name as there are too many events, the oldest first. */
static int leave_out(struct event *e, int n, const char *name)
{
	int kept = 0, excess = n - (TRACE_LINES - 1);

	for (int i = 0; i < n; i++)
		if (i - kept >= excess || strncmp(e[i].text, name, strlen(name)))
			e[kept++] = e[i];
	return kept;
}

/* One line an event: microseconds since the first, which thread, what. */
static void print(char *buf, size_t size, const struct event *e, int n,
		  int all)
{
	int first = n > TRACE_LINES - 1 ? n - (TRACE_LINES - 1) : 0, at;
	bool threads = false;

	for (int i = first; i < n; i++)
		threads |= e[i].tid != e[first].tid;
	at = append(buf, size, 0, "kvm trace of a second run, %d of %d "
		    "events:\n", n - first, all);
	for (int i = first; i < n; i++) {
		at = append(buf, size, at, "  %8.0f us ",
			    (e[i].at - e[first].at) * 1e6);
		if (threads)
			at = append(buf, size, at, "%d ", e[i].tid);
		at = append(buf, size, at, "%s\n", e[i].text);
	}
}

void trace_program(const struct machine *m, const struct program *p,
		   unsigned timeout_ms, char *buf, size_t size)
{
	static struct outcome out[MAX_STEPS];
	struct event *e;
	int n = 0, all = 0;

	buf[0] = 0;
	if (!begin())
		return;
	run_in_child(m, p, out, timeout_ms);
	write_file("events/kvm/enable", "0");
	e = calloc(MAX_EVENTS, sizeof(*e));
	if (e)
		n = read_events(e, &all);
	for (size_t i = 0; i < ARRAY_SIZE(dull); i++)
		n = leave_out(e, n, dull[i]);
	if (n)
		print(buf, size, e, n, all);
	free(e);
	end();
}
