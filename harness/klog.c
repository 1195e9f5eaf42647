// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "klog.h"
#include "outcome.h"

static int fd = -1;

/* What begins a report. */
static const char *const starts[] = {
	"BUG:", "WARNING:", "Oops", "general protection fault",
	"kernel BUG at", "KASAN:", "KCSAN:", "UBSAN:", "Kernel panic",
	"INFO: task", "INFO: rcu", "rcu: INFO", "possible deadlock",
	"possible circular locking", "unreferenced object",
	"suspicious RCU usage", "list_add corruption", "list_del corruption",
	"refcount_t:",
};

/* What looks like one and is not KVM's doing. */
static const char *const harmless[] = {
	"KVM: debugfs: duplicate directory",
	"Spectre V2", "Unpatched return thunk", "clocksource",
	"workqueue:",
};

/* Warned, died, page in a bad state, lockup: those that a report leaves. */
enum { TAINT_REPORT = 1 << 9 | 1 << 7 | 1 << 5 | 1 << 14 };

static unsigned long taint_seen;

static unsigned long read_taint(void)
{
	FILE *f = fopen("/proc/sys/kernel/tainted", "re");
	unsigned long t = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%lu", &t) != 1)
		t = 0;
	fclose(f);
	return t & TAINT_REPORT;
}

/* Taint is sticky: only what is new since the last look says anything. */
static bool newly_tainted(char *buf, size_t size)
{
	unsigned long now = read_taint(), fresh = now & ~taint_seen;

	taint_seen |= now;
	if (fresh)
		snprintf(buf, size, "the kernel became tainted: %#lx\n", fresh);
	return fresh;
}

bool klog_open(void)
{
	taint_seen = read_taint();
	fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	lseek(fd, 0, SEEK_END);
	return true;
}

static bool any(const char *line, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(line, list[i]))
			return true;
	return false;
}

bool klog_poll(char *buf, size_t size)
{
	bool found = false;
	char rec[8192], *text;
	int at = 0;
	ssize_t n;

	if (fd < 0)
		return newly_tainted(buf, size);
	for (;;) {
		n = read(fd, rec, sizeof(rec) - 1);
		if (n <= 0) {
			if (n < 0 && errno == EPIPE)
				continue;
			if (found)
				taint_seen |= read_taint();
			return found || newly_tainted(buf, size);
		}
		rec[n] = 0;
		text = strchr(rec, ';');
		/* only the kernel's own records, not /dev/kmsg writers' */
		if (!text || atoi(rec) >> 3)
			continue;
		text++;
		text[strcspn(text, "\n")] = 0;
		if (!found && any(text, starts, ARRAY_SIZE(starts)) &&
		    !any(text, harmless, ARRAY_SIZE(harmless)))
			found = true;
		if (found && (size_t)at < size)
			at = append(buf, size, at, "%s\n", text);
	}
}

void klog_rearm(void)
{
	int f = open("/sys/kernel/debug/clear_warn_once", O_WRONLY | O_CLOEXEC);

	if (f < 0)
		return;
	if (write(f, "1", 1) != 1)
		perror("clear_warn_once");
	close(f);
}
