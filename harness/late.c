// SPDX-License-Identifier: GPL-2.0-only
/*
 * PLACE_LATE: a page that the kernel finds missing while it reads an object, and
 * waits for until we let it come.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "env.h"

void late_begin(struct env *e, enum actor actor)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct late *l = &e->late[actor];

	if (l->fd)
		close(l->fd);
	l->fd = must(syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK));
	must(ioctl(l->fd, UFFDIO_API, &api));
}

void late_hold(struct env *e, enum actor actor, struct object *o)
{
	struct late *l = &e->late[actor];
	struct uffdio_register r = {
		.range = { (uintptr_t)o->map, o->map_size },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	must(ioctl(l->fd, UFFDIO_REGISTER, &r));
	l->at[l->n] = o->map;
	l->content[l->n] = calloc(1, o->map_size);
	memcpy(l->content[l->n] + o->map_size - o->size, o->copy, o->size);
	l->n++;
}

bool late_waits(struct env *e, enum actor actor)
{
	struct pollfd p = { .fd = e->late[actor].fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

void late_end(struct env *e, enum actor actor)
{
	struct late *l = &e->late[actor];

	for (int i = 0; i < l->n; i++) {
		struct uffdio_copy c = {
			.dst = (uintptr_t)l->at[i],
			.src = (uintptr_t)l->content[i], .len = 4096,
		};

		/* after a call that failed early the page may be gone */
		ioctl(l->fd, UFFDIO_COPY, &c);
		free(l->content[i]);
	}
	l->n = 0;
}
