// SPDX-License-Identifier: GPL-2.0-only
/* The memory of x86 VMs, and the 32-bit syscall entry. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../env.h"
#include "guest.h"

void arch_slot(struct vm *vm)
{
	struct kvm_userspace_memory_region mem = {
		.memory_size = ARCH_MEM_USED,
		.userspace_addr = (uintptr_t)vm->mem,
	};

	if (vm->slot)
		return;
	env_grace(vm);
	must(ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &mem));
	env_grace_end(vm);
	vm->slot = true;
	/* SMM has an address space of its own */
	mem.slot = 1 << 16;
	if (!(program_needs(vm->env->prog) & NEED_MODE << MODE_SMM))
		return;
	env_grace(vm);
	must(ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &mem));
	env_grace_end(vm);
}

static long int80(u32 nr, u32 a, u32 b, u32 c)
{
	int ret;

	asm volatile("int $0x80" : "=a" (ret)
		     : "a" (nr), "b" (a), "c" (b), "d" (c)
		     : "memory", "cc", "r8", "r9", "r10", "r11");
	return ret;
}

long env_ioctl(bool by_int80, int fd, unsigned long request, uintptr_t arg)
{
	enum { NR_IOCTL_32 = 54 };
	long ret;

	if (!by_int80)
		return ioctl(fd, request, arg);
	ret = int80(NR_IOCTL_32, fd, request, arg);
	if (ret < 0 && ret > -4096) {
		errno = -ret;
		return -1;
	}
	return ret;
}

bool env_has_int80(void)
{
	enum { NR_GETPID_32 = 20 };
	int status;
	pid_t pid = must(fork());

	if (!pid) {
		signal(SIGSEGV, SIG_DFL);
		_exit(int80(NR_GETPID_32, 0, 0, 0) != getpid());
	}
	must(waitpid(pid, &status, 0));
	return !status;
}
