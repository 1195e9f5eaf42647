// SPDX-License-Identifier: GPL-2.0-only
/* Probing an x86 machine. */
#include <dirent.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../env.h"
#include "../reasons.h"
#include "guest.h"

const enum need machine_arch = NEED_X86;

/* Whether the CPU has @flag ("svm"), as the kernel prints them. */
static bool cpu_has(const char *flag)
{
	char *line = NULL, *save, *p;
	size_t size = 0;
	bool has = false;
	FILE *f = fopen("/proc/cpuinfo", "re");

	while (f && !has && getline(&line, &size, f) > 0)
		if (!strncmp(line, "flags", 5))
			for (p = strtok_r(line, " \t\n", &save); p && !has;
			     p = strtok_r(NULL, " \t\n", &save))
				has = !strcmp(p, flag);
	free(line);
	if (f)
		fclose(f);
	return has;
}

/*
 * The vendor module, the one loaded kvm_* that has parameters or users.  Those
 * that are built in are all there, whatever the CPU.
 */
static void find_module(struct machine *m)
{
	bool both = !access("/sys/module/kvm_amd", F_OK) &&
		    !access("/sys/module/kvm_intel", F_OK);
	struct dirent *d;
	DIR *dir = opendir("/sys/module");

	snprintf(m->module, sizeof(m->module), "unknown");
	while (dir && !both && (d = readdir(dir)))
		if (!strncmp(d->d_name, "kvm_", 4) &&
		    strcmp(d->d_name, "kvm_cover") && /* fuzz/kmod */
		    strlen(d->d_name) < sizeof(m->module))
			strcpy(m->module, d->d_name);
	if (both)
		strcpy(m->module, cpu_has("svm") ? "kvm_amd" : "kvm_intel");
	if (dir)
		closedir(dir);
	m->vendor = !strcmp(m->module, "kvm_intel") ? VENDOR_INTEL :
		    !strcmp(m->module, "kvm_amd") ? VENDOR_AMD : VENDOR_OTHER;
}

static void find_cpu(struct machine *m)
{
	char line[256];
	FILE *f = fopen("/proc/cpuinfo", "re");

	while (f && fgets(line, sizeof(line), f)) {
		char *v = strchr(line, ':');

		if (strncmp(line, "model name", 10) || !v)
			continue;
		v[strcspn(v, "\n")] = 0;
		snprintf(m->cpu, sizeof(m->cpu), "%.90s", v + 2);
		break;
	}
	if (f)
		fclose(f);
}

static void read_msr_list(struct machine *m, int kvm)
{
	struct kvm_msr_list *l = calloc(1, sizeof(*l) + sizeof(m->msr_list));

	if (!l)
		abort();
	l->nmsrs = MAX_MSR_LIST;
	if (!ioctl(kvm, KVM_GET_MSR_INDEX_LIST, l)) {
		m->nmsrs = l->nmsrs;
		memcpy(m->msr_list, l->indices, l->nmsrs * sizeof(u32));
	}
	free(l);
}

/* CPUID 7.1 ECX bit 5, as KVM offers it to guests. */
static bool offers_msr_imm(int kvm)
{
	enum { ENTRIES = 256 };
	struct kvm_cpuid2 *c;
	bool offers = false;

	c = calloc(1, sizeof(*c) + ENTRIES * sizeof(c->entries[0]));
	if (!c)
		abort();
	c->nent = ENTRIES;
	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, c) == 0)
		for (unsigned i = 0; i < c->nent; i++)
			offers |= c->entries[i].function == 7 &&
				  c->entries[i].index == 1 &&
				  c->entries[i].ecx >> 5 & 1;
	free(c);
	return offers;
}

/* 5.10 asks the CPU alone, it has no such parameter. */
static bool has_lbrv(const struct machine *m)
{
	char val[16];

	if (machine_param("kvm_amd", "lbrv", val, sizeof(val)))
		return machine_param_on("kvm_amd", "lbrv");
	return m->vendor == VENDOR_AMD && cpu_has("lbrv");
}

int machine_probe(struct machine *m, char *why, size_t size)
{
	int fd, vm;
	bool svm_of_bochs, svm_of_qemu;

	machine_begin(m);
	find_module(m);
	find_cpu(m);
	machine_read_params(m, "kvm");
	machine_read_params(m, m->module);
	m->ignore_msrs = machine_param_on("kvm", "ignore_msrs");
	m->unreported = !machine_param_on("kvm", "report_ignored_msrs");
	m->forced_emulation = machine_param_on("kvm", "force_emulation_prefix");
	/* what 5.10 makes of accesses in the emulator is known to be wrong */
	if (!m->forced_emulation)
		m->needs |= NEED_UNFORCED;
	else if (!(m->eras & K510))
		m->needs |= NEED_FORCED;
	m->nrips = m->vendor != VENDOR_AMD || machine_param_on("kvm_amd", "nrips");
	svm_of_qemu = m->vendor == VENDOR_AMD &&
		      !strncmp(m->emulator, "QEMU", 4);
	svm_of_bochs = m->vendor == VENDOR_AMD &&
		       !strncmp(m->emulator, "Bochs", 5);
	/*
	 * Bochs 2.7 neither loads nor saves CR2 at VMRUN and #VMEXIT: a guest
	 * reads what the host's last page fault left.  kvm_amd under QEMU and
	 * kvm_intel under Bochs keep it.
	 */
	m->loses_cr2 = svm_of_bochs;
	/*
	 * QEMU's VMRUN does not load int_state: an interrupt of the host in a
	 * guest's shadow ends it (svm_helper.c).
	 */
	m->loses_shadow = svm_of_qemu;
	/*
	 * On Bochs the shadow that an exit for RDMSR still has is gone at one
	 * for #UD or #GP, in kvm_intel's VMCS as in kvm_amd's VMCB (6.1: each
	 * forced case on both, and real mode without unrestricted guest):
	 * handle_ud(), ud_interception() and the emulator do not write it.
	 */
	m->loses_shadow_at_fault = !strncmp(m->emulator, "Bochs", 5);
	/*
	 * QEMU's WRMSR writes any value to the segment bases, LSTAR and CSTAR
	 * (misc_helper.c); Bochs and hosts raise #GP.
	 */
	m->any_address = svm_of_qemu;
	/*
	 * Bochs's Svm_Vmexit() keeps the single-step trap that the intercepted
	 * instruction would have raised, and the host takes it while TR is
	 * still the guest's; VMexit() of its VMX clears it.  exception()
	 * panics at a third fault before shutdown() would see the intercept,
	 * and VMRUN loads RFLAGS.VM in long mode, for which it panics too.
	 */
	m->dies_of_tf = m->dies_of_shutdown = m->dies_of_v86 = svm_of_bochs;
	m->wants_tss = m->vendor == VENDOR_INTEL &&
		       !machine_param_on("kvm_intel", "unrestricted_guest");

	fd = machine_open(&vm, why, size);
	if (fd < 0)
		return -1;
	m->features = cpuid_supported(fd);
	if (ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_HYPERV) > 0)
		m->facts |= FACT_HYPERV;
	if (ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_XEN_HVM) > 0)
		m->facts |= FACT_XEN, m->needs |= NEED_XEN;
	if (has_lbrv(m))
		m->facts |= FACT_LBRV;
	if (machine_param_on("kvm", "enable_pmu"))
		m->facts |= FACT_PMU;
	m->sync_regs = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_SYNC_REGS);
	if ((int)m->sync_regs < 0)
		m->sync_regs = 0;
	if (ioctl(vm, KVM_CREATE_IRQCHIP, 0) == 0)
		m->needs |= NEED_IRQCHIP;
	if (ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_BINARY_STATS_FD) > 0)
		m->needs |= NEED_STATS;
	if (m->vendor != VENDOR_OTHER)
		m->needs |= NEED_HARDWARE;
	if (m->vendor != VENDOR_OTHER && !m->wants_tss)
		m->needs |= NEED_REAL_CPU;
	/* as both modules have it by default */
	if (m->needs & NEED_HARDWARE && machine_param_on(m->module, "nested"))
		m->needs |= NEED_NESTED |
			    (m->vendor == VENDOR_INTEL ? NEED_NESTED_VMX :
							 NEED_NESTED_SVM);
	read_msr_list(m, fd);
	m->msr_imm = offers_msr_imm(fd);
	if (!m->msr_imm)
		m->needs |= NEED_NO_IMM;
	close(vm);
	close(fd);
	if (env_has_int80())
		m->needs |= NEED_INT80;
	m->needs |= guest_probe_modes(m) * NEED_MODE;
	return 0;
}
