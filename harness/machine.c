// SPDX-License-Identifier: GPL-2.0-only
/* Probing the machine under test. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "env.h"
#include "machine.h"
#include "reasons.h"
#include "x86/abi.h"
#include "x86/guest.h"

static const struct {
	unsigned major, minor;
	enum era era;
} lines[] = { { 5, 10, K510 }, { 6, 1, K61 }, { 6, 12, K612 }, { 7, 2, K72 } };

unsigned machine_release_eras(const char *release)
{
	unsigned major = 0, minor = 0;

	if (sscanf(release, "%u.%u", &major, &minor) != 2)
		return ALL;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (major == lines[i].major && minor == lines[i].minor)
			return lines[i].era;
		if (major < lines[i].major ||
		    (major == lines[i].major && minor < lines[i].minor))
			/* between two lines either one's rules may bind */
			return i ? lines[i].era | lines[i - 1].era
				 : lines[i].era;
	}
	return lines[ARRAY_SIZE(lines) - 1].era;
}

bool machine_line(const char *release, char line[MAX_LINE_NAME])
{
	unsigned major, minor;

	if (sscanf(release, "%u.%u", &major, &minor) == 2) {
		snprintf(line, MAX_LINE_NAME, "%u.%u", major, minor);
		return true;
	}
	snprintf(line, MAX_LINE_NAME, "%s", release);
	return false;
}

unsigned machine_eras(const char *text)
{
	unsigned eras = 0, major, minor;
	int n;

	while (*text) {
		if (sscanf(text, "%u.%u%n", &major, &minor, &n) != 2)
			return 0;
		text += n;
		if (*text && *text++ != ',')
			return 0;
		n = 0;
		for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
			if (lines[i].major == major && lines[i].minor == minor)
				eras |= lines[i].era, n = 1;
		if (!n && major == 7 && minor > 2)
			eras |= K72, n = 1;
		if (!n)
			return 0;
	}
	return eras;
}

const char *machine_eras_text(unsigned eras, char *buf, size_t size,
			      const char *sep)
{
	int at = 0;

	buf[0] = 0;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (eras & lines[i].era)
			at = append(buf, size, at, "%s%u.%u", at ? sep : "",
				    lines[i].major, lines[i].minor);
	return buf;
}

const char *vendor_name(enum vendor v)
{
	return v == VENDOR_INTEL ? "intel" : v == VENDOR_AMD ? "amd" : "other";
}

enum vendor vendor_by_name(const char *name)
{
	return !strcmp(name, "intel") ? VENDOR_INTEL :
	       !strcmp(name, "amd") ? VENDOR_AMD : VENDOR_OTHER;
}

static void read_line(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "re");

	buf[0] = 0;
	if (!f)
		return;
	if (!fgets(buf, size, f))
		buf[0] = 0;
	buf[strcspn(buf, "\n")] = 0;
	fclose(f);
}

bool machine_param(const char *module, const char *param, char *val,
		   size_t size)
{
	char path[160];

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", module,
		 param);
	read_line(path, val, size);
	return access(path, F_OK) == 0;
}

static bool is_on(const char *module, const char *param)
{
	char val[16];

	machine_param(module, param, val, sizeof(val));
	return val[0] == 'Y' || val[0] == '1';
}

static void read_params(struct machine *m, const char *module)
{
	char dir[128], path[512], val[64];
	struct dirent **list;
	int n, at = strlen(m->params);

	snprintf(dir, sizeof(dir), "/sys/module/%s/parameters", module);
	n = scandir(dir, &list, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (list[i]->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", dir,
				 list[i]->d_name);
			read_line(path, val, sizeof(val));
			if (at + strlen(module) + strlen(list[i]->d_name) +
			    strlen(val) + 4 < sizeof(m->params))
				at = append(m->params, sizeof(m->params), at,
					    "%s%s.%s=%s", at ? " " : "",
					    module, list[i]->d_name, val);
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

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

int machine_probe(struct machine *m, char *why, size_t size)
{
	struct utsname u;
	int fd, vm;
	bool svm_of_bochs, svm_of_qemu;

	uname(&u);
	snprintf(m->release, sizeof(m->release), "%s", u.release);
	snprintf(m->version, sizeof(m->version), "%s", u.version);
	if (!m->name[0])
		snprintf(m->name, sizeof(m->name), "host");
	if (!m->eras)
		m->eras = machine_release_eras(u.release);
	find_module(m);
	find_cpu(m);
	read_params(m, "kvm");
	read_params(m, m->module);
	m->ignore_msrs = is_on("kvm", "ignore_msrs");
	m->unreported = !is_on("kvm", "report_ignored_msrs");
	m->forced_emulation = is_on("kvm", "force_emulation_prefix");
	/* what 5.10 makes of accesses in the emulator is known to be wrong */
	if (!m->forced_emulation)
		m->needs |= NEED_UNFORCED;
	else if (!(m->eras & K510))
		m->needs |= NEED_FORCED;
	m->nrips = m->vendor != VENDOR_AMD || is_on("kvm_amd", "nrips");
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
		       !is_on("kvm_intel", "unrestricted_guest");

	fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		const char *hint =
			errno == ENOENT ? "load kvm and its vendor module, or "
			"run on the emulated machines with make conform" :
			errno == EACCES ? "add yourself to the group that owns "
			"it, or run as root" :
			"the kernel's log may say why";
		snprintf(why, size, "cannot open /dev/kvm: %s; %s",
			 strerror(errno), hint);
		return -1;
	}
	vm = ioctl(fd, KVM_CREATE_VM, 0);
	if (vm < 0) {
		snprintf(why, size, "cannot create a VM on /dev/kvm: %s; "
			 "is another hypervisor using the CPU?",
			 strerror(errno));
		close(fd);
		return -1;
	}
	m->features = cpuid_supported(fd);
	if (ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_HYPERV) > 0)
		m->facts |= FACT_HYPERV;
	if (ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_XEN_HVM) > 0)
		m->facts |= FACT_XEN, m->needs |= NEED_XEN;
	if (is_on("kvm_amd", "lbrv"))
		m->facts |= FACT_LBRV;
	if (is_on("kvm", "enable_pmu"))
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
	if (m->needs & NEED_HARDWARE && is_on(m->module, "nested"))
		m->needs |= NEED_NESTED |
			    (m->vendor == VENDOR_INTEL ? NEED_NESTED_VMX :
							 NEED_NESTED_SVM);
	read_msr_list(m, fd);
	m->msr_imm = offers_msr_imm(fd);
	if (!m->msr_imm)
		m->needs |= NEED_NO_IMM;
	close(vm);
	close(fd);
	if (geteuid() == 0)
		m->needs |= NEED_ROOT;
	if (access("/proc/slabinfo", R_OK) == 0)
		m->needs |= NEED_SLABINFO;
	if (env_has_int80())
		m->needs |= NEED_INT80;
	m->needs |= arch_probe_modes(m) * NEED_MODE;
	return 0;
}

const char *machine_lacks(const struct machine *m, unsigned needs)
{
	unsigned lack = needs & ~m->needs & ~NEED_ALONE;

	if (lack & NEED_IRQCHIP)
		return "an in-kernel irqchip (KVM_CREATE_IRQCHIP)";
	if (lack & NEED_ROOT)
		return "root";
	if (lack & NEED_SLABINFO)
		return "a readable /proc/slabinfo";
	if (lack & NEED_MODE << MODE_SMM)
		return "SMM (KVM_CAP_X86_SMM)";
	if (lack & NEED_NO_IMM)
		return "a CPU without MSR_IMM: what it shows is known for "
		       "those only";
	if (lack / NEED_MODE % (1 << NR_MODES))
		return "a CPU mode in which this KVM runs guests";
	if (lack & NEED_INT80)
		return "the 32-bit syscall entry (CONFIG_IA32_EMULATION, "
		       "ia32_emulation=1)";
	if (lack & NEED_FORCED)
		return m->forced_emulation ?
		       "a kernel that completes emulated accesses (5.17)" :
		       "kvm.force_emulation_prefix=1";
	if (lack & NEED_UNFORCED)
		return "a kvm.force_emulation_prefix that is off";
	if (lack & NEED_NESTED)
		return "nested guests (kvm_intel.nested=1, kvm_amd.nested=1)";
	if (lack & NEED_NESTED_VMX)
		return "nested guests by VMX (kvm_intel)";
	if (lack & NEED_NESTED_SVM)
		return "nested guests by SVM (kvm_amd)";
	if (lack & NEED_HARDWARE)
		return "kvm_intel or kvm_amd";
	if (lack & NEED_XEN)
		return "Xen guests (KVM_CAP_XEN_HVM)";
	if (lack & NEED_REAL_CPU)
		return "a CPU that runs real mode itself (unrestricted_guest)";
	if (lack & NEED_STATS)
		return "a kernel that counts exits (KVM_CAP_BINARY_STATS_FD)";
	return NULL;
}

bool machine_bound(const struct machine *m, enum rule r)
{
	const struct rule_info *i = &rule_info[r];

	if (!(i->eras & m->eras))
		return false;
	switch (i->vendor) {
	case VMX:
		return m->vendor == VENDOR_INTEL;
	case SVM:
		return m->vendor == VENDOR_AMD;
	case ARM:
		return false;
	default:
		return true;
	}
}
