// SPDX-License-Identifier: GPL-2.0-only
/* Probing an arm64 machine. */
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../machine.h"

const enum need machine_arch = NEED_ARM64;

enum { ATOMICS = 1 << 8 };	/* HWCAP_ATOMICS */

/* "implementer 0x41, part 0xd0c"; the kernel knows no model names. */
static void find_cpu(struct machine *m)
{
	char line[256], implementer[32] = "?", part[32] = "?";
	FILE *f = fopen("/proc/cpuinfo", "re");

	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "CPU implementer : %31s", implementer);
		sscanf(line, "CPU part : %31s", part);
	}
	if (f)
		fclose(f);
	snprintf(m->cpu, sizeof(m->cpu), "implementer %s, part %s", implementer,
		 part);
}

int machine_probe(struct machine *m, char *why, size_t size)
{
	int fd, vm;

	machine_begin(m);
	m->vendor = VENDOR_ARM;
	snprintf(m->module, sizeof(m->module), "kvm_arm64");
	find_cpu(m);
	machine_read_params(m, "kvm");
	machine_read_params(m, "kvm_arm");
	fd = machine_open(&vm, why, size);
	if (fd < 0)
		return -1;
	close(vm);
	close(fd);
	m->needs |= NEED_HARDWARE;
	/* its DC and IC instructions are without effect (target/arm/helper.c) */
	if (strncmp(m->emulator, "QEMU", 4))
		m->needs |= NEED_CACHES;
	if (getauxval(AT_HWCAP) & ATOMICS)
		m->needs |= NEED_LSE;
	return 0;
}
