// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvm-cover: where KVM's modules, built with -fsanitize-coverage=trace-pc,
 * report the blocks they enter. cover.h is what user space sees of it. Only
 * KVM is instrumented, so there is no noise of the rest of the kernel.
 *
 * The modules call into this one, so it is loaded before them and cannot be
 * removed while one of them is there, nor while a client has the device open or
 * mapped. Nobody else calls it.
 */
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/task.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

#include "kvm-cover.h"

#define EVERYBODY	((struct task_struct *)1)

static struct cover_area *area;
/*
 * Only ever compared with current. It is held, so that no later task can be
 * taken for one that has ended.
 */
static struct task_struct *traced;
static u32 before;		/* the block the traced task came from */
static unsigned long busy;

/* As in the area, which user space can write to. */
static struct {
	const char *module;
	unsigned long base, size;
} text[COVER_TEXTS] = { { "kvm" }, { "kvm_amd" }, { "kvm_intel" } };

void __sanitizer_cov_trace_pc(void);
notrace void __sanitizer_cov_trace_pc(void)
{
	struct task_struct *whom = READ_ONCE(traced);
	unsigned long at;
	u32 here;
	int i;

	if (!whom || (whom != EVERYBODY && (whom != current || !in_task())))
		return;
	for (i = 0; i < COVER_TEXTS; i++) {
		at = _RET_IP_ - text[i].base;
		if (at < text[i].size)
			break;
	}
	if (i == COVER_TEXTS)
		return;		/* what runs once, to initialise a module */
	if (!test_bit(at, (unsigned long *)area->text[i].reached))
		set_bit(at, (unsigned long *)area->text[i].reached);
	here = hash_32(i * COVER_TEXT_MAX + at, COVER_BITS);
	area->edge[here ^ before]++;
	if (whom != EVERYBODY)
		before = here >> 1;
}
EXPORT_SYMBOL_GPL(__sanitizer_cov_trace_pc);

/* A held task, EVERYBODY or NULL. */
static void trace(struct task_struct *whom)
{
	struct task_struct *old = xchg(&traced, NULL);

	if (old && old != EVERYBODY)
		put_task_struct(old);
	before = 0;
	old = xchg(&traced, whom);
	if (old && old != EVERYBODY)	/* of another thread, meanwhile */
		put_task_struct(old);
}

static void clear(void)
{
	int i;

	memset(area->edge, 0, sizeof(area->edge));
	for (i = 0; i < COVER_TEXTS; i++) {
		memset(area->text[i].reached, 0, sizeof(area->text[i].reached));
		strscpy(area->text[i].module, text[i].module,
			sizeof(area->text[i].module));
		area->text[i].base = text[i].base;
		area->text[i].size = text[i].size;
	}
}

static int cover_open(struct inode *inode, struct file *file)
{
	if (test_and_set_bit(0, &busy))
		return -EBUSY;
	clear();
	return 0;
}

static int cover_release(struct inode *inode, struct file *file)
{
	trace(NULL);
	clear_bit_unlock(0, &busy);
	return 0;
}

static long cover_ioctl(struct file *file, unsigned int nr, unsigned long arg)
{
	switch (nr) {
	case COVER_TASK:
		trace(get_task_struct(current));
		return 0;
	case COVER_ALL:
		trace(EVERYBODY);
		return 0;
	case COVER_NOBODY:
		trace(NULL);
		return 0;
	}
	return -ENOTTY;
}

static int cover_mmap(struct file *file, struct vm_area_struct *vma)
{
	return remap_vmalloc_range(vma, area, vma->vm_pgoff);
}

static const struct file_operations cover_fops = {
	.owner = THIS_MODULE,
	.open = cover_open,
	.release = cover_release,
	.unlocked_ioctl = cover_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = cover_mmap,
};

static struct miscdevice cover_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "kvm-cover",
	.fops = &cover_fops,
	.mode = 0600,
};

static void text_of(const struct module *mod, unsigned long *base,
		    unsigned long *size)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
	*base = (unsigned long)mod->mem[MOD_TEXT].base;
	*size = mod->mem[MOD_TEXT].size;
#else
	*base = (unsigned long)mod->core_layout.base;
	*size = mod->core_layout.text_size;
#endif
}

/* Told before the code of a module first runs, and after it last did. */
static int module_event(struct notifier_block *nb, unsigned long event,
			void *data)
{
	const struct module *mod = data;
	int i;

	for (i = 0; i < COVER_TEXTS; i++)
		if (!strcmp(mod->name, text[i].module))
			break;
	if (i == COVER_TEXTS)
		return NOTIFY_DONE;
	if (event == MODULE_STATE_COMING) {
		text_of(mod, &text[i].base, &text[i].size);
		if (text[i].size > COVER_TEXT_MAX) {
			pr_warn("kvm-cover: the text of %s is longer than %d bytes, the rest is not covered\n",
				mod->name, COVER_TEXT_MAX);
			text[i].size = COVER_TEXT_MAX;
		}
	} else if (event == MODULE_STATE_GOING) {
		text[i].size = 0;
	}
	area->text[i].base = text[i].base;
	area->text[i].size = text[i].size;
	return NOTIFY_DONE;
}

static struct notifier_block module_events = { .notifier_call = module_event };

static int __init cover_init(void)
{
	int r;

	area = vmalloc_user(sizeof(*area));
	if (!area)
		return -ENOMEM;
	r = register_module_notifier(&module_events);
	if (r)
		goto free;
	r = misc_register(&cover_device);
	if (!r)
		return 0;
	unregister_module_notifier(&module_events);
free:
	vfree(area);
	return r;
}
module_init(cover_init);

static void __exit cover_exit(void)
{
	misc_deregister(&cover_device);
	unregister_module_notifier(&module_events);
	vfree(area);
}
module_exit(cover_exit);

MODULE_DESCRIPTION("KVM's coverage: edges for a fuzzer, blocks for a report");
MODULE_LICENSE("GPL");
