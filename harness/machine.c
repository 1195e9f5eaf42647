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
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "machine.h"

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
	static const char *const names[] = {
		[VENDOR_OTHER] = "other", [VENDOR_INTEL] = "intel",
		[VENDOR_AMD] = "amd", [VENDOR_ARM] = "arm64",
	};

	return names[v];
}

enum vendor vendor_by_name(const char *name)
{
	return !strcmp(name, "intel") ? VENDOR_INTEL :
	       !strcmp(name, "amd") ? VENDOR_AMD :
	       !strcmp(name, "arm64") ? VENDOR_ARM : VENDOR_OTHER;
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

bool machine_param_on(const char *module, const char *param)
{
	char val[16];

	machine_param(module, param, val, sizeof(val));
	return val[0] == 'Y' || val[0] == '1';
}

void machine_read_params(struct machine *m, const char *module)
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

void machine_begin(struct machine *m)
{
	struct utsname u;
	int fd;

	uname(&u);
	snprintf(m->release, sizeof(m->release), "%s", u.release);
	snprintf(m->version, sizeof(m->version), "%s", u.version);
	if (!m->name[0])
		snprintf(m->name, sizeof(m->name), "host");
	if (!m->eras)
		m->eras = machine_release_eras(u.release);
	if (geteuid() == 0)
		m->needs |= NEED_ROOT;
	if (access("/proc/slabinfo", R_OK) == 0)
		m->needs |= NEED_SLABINFO;
	fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (fd >= 0) {
		m->needs |= NEED_USERFAULT;
		close(fd);
	}
	m->needs |= machine_arch;
}

int machine_open(int *vm, char *why, size_t size)
{
	int fd;

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
	*vm = ioctl(fd, KVM_CREATE_VM, 0);
	if (*vm < 0) {
		snprintf(why, size, "cannot create a VM on /dev/kvm: %s; "
			 "is another hypervisor using the CPU?",
			 strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

const char *machine_lacks(const struct machine *m, unsigned needs)
{
	unsigned lack = needs & ~m->needs & ~NEED_ALONE;

	if (lack & NEED_X86)
		return "an x86 machine";
	if (lack & NEED_ARM64)
		return "an arm64 machine";
	if (lack & NEED_CACHES)
		return "a CPU whose cache maintenance aborts (that of QEMU "
		       "does nothing)";
	if (lack & NEED_LSE)
		return "a CPU with atomic instructions (FEAT_LSE)";
	if (lack & NEED_IRQCHIP)
		return "an in-kernel irqchip (KVM_CREATE_IRQCHIP)";
	if (lack & NEED_ROOT)
		return "root";
	if (lack & NEED_USERFAULT)
		return "userfaultfd(2) for faults of the kernel (root, or "
		       "vm.unprivileged_userfaultfd=1)";
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
		return m->vendor == VENDOR_ARM;
	default:
		return m->vendor != VENDOR_ARM;
	}
}
