// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../harness/env.h"
#include "stock.h"

/*
 * Work comes in batches, so that all threads wait at once: an engine that stops
 * the process after each input would otherwise wait for one of them each time.
 */
enum { THREADS = 16, KEPT = 16, FEW = 3, DROPPED = 16 };

struct item {
	int fd;
	void *mem;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static struct item kept[KEPT], dropped[DROPPED];
static int nkept, nmaking, ndropped, ndestroying;
static int wanted;		/* VMs to be made, */
static bool draining;		/* and to be destroyed */

static __thread bool of_stock;
static struct program none;	/* what a VM of the stock is made for */
static struct env maker = { .prog = &none };

static struct item make(void)
{
	struct vm vm = { .env = &maker };

	env_make(&vm);
	arch_slot(&vm);
	return (struct item){ vm.fd, vm.mem };
}

static void destroy(struct item i)
{
	close(i.fd);
	munmap(i.mem, ARCH_MEM_USED);
}

static void *thread_main(void *arg)
{
	struct item i;

	of_stock = true;
	pthread_mutex_lock(&lock);
	for (;;) {
		bool destroys = draining;

		if (destroys) {
			i = dropped[--ndropped];
			draining = ndropped;
			ndestroying++;
		} else if (wanted) {
			wanted--;
			nmaking++;
		} else {
			pthread_cond_wait(&work, &lock);
			continue;
		}
		pthread_mutex_unlock(&lock);
		if (destroys)
			destroy(i);
		else
			i = make();
		pthread_mutex_lock(&lock);
		if (destroys) {
			ndestroying--;
		} else {
			kept[nkept++] = i;
			nmaking--;
		}
		pthread_cond_signal(&moved);
	}
	return arg;
}

static bool take(struct vm *vm)
{
	pthread_mutex_lock(&lock);
	if (nkept + nmaking + wanted <= FEW) {
		wanted = KEPT - nkept - nmaking;
		pthread_cond_broadcast(&work);
	}
	while (!nkept)
		pthread_cond_wait(&moved, &lock);
	nkept--;
	vm->fd = kept[nkept].fd;
	vm->mem = kept[nkept].mem;
	pthread_mutex_unlock(&lock);
	return true;
}

static void drop(int fd, void *mem)
{
	struct item i = { fd, mem };

	pthread_mutex_lock(&lock);
	while (draining)
		pthread_cond_wait(&moved, &lock);
	dropped[ndropped++] = i;
	if (ndropped == DROPPED) {
		draining = true;
		pthread_cond_broadcast(&work);
	}
	pthread_mutex_unlock(&lock);
}

void stock_settle(void)
{
	pthread_mutex_lock(&lock);
	while (nmaking || ndestroying || wanted || draining)
		pthread_cond_wait(&moved, &lock);
	pthread_mutex_unlock(&lock);
}

static const struct env_stock stock = { take, drop };

/*
 * One vCPU that stays: without any, each that comes and goes has the kernel
 * patch its code (kvm_has_noapic_vcpu) on all CPUs.
 */
static void keep_one_vcpu(void)
{
	must(ioctl(make().fd, KVM_CREATE_VCPU, 0));
}

void stock_begin(const struct machine *m)
{
	static pid_t begun;
	sigset_t all, old;
	pthread_t t;

	if (begun == getpid())
		return;
	begun = getpid();
	maker.machine = m;
	maker.kvm = must(open("/dev/kvm", O_RDWR | O_CLOEXEC));
	keep_one_vcpu();
	/* signals are the engine's */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&t, NULL, thread_main, NULL))
			env_die(__FILE__, __LINE__, "pthread_create");
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	env_stock = &stock;
}

bool stock_thread(void)
{
	return of_stock;
}
