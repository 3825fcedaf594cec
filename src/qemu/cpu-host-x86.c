/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cpuid.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "qemu/cpu-host.h"

static bool
ask_cpuid(guint32 leaf, guint32 sub, guint32 ret_regs[4])
{
    return __get_cpuid_count(leaf, sub, &ret_regs[0], &ret_regs[1], &ret_regs[2], &ret_regs[3]);
}

/* The kernel's msr module, where it is loaded and we are root. */
static bool
read_device(guint32 index, guint64 *ret_value)
{
    const int fd = open("/dev/cpu/0/msr", O_RDONLY | O_CLOEXEC);
    const ssize_t n = fd < 0 ? -1 : pread(fd, ret_value, sizeof(*ret_value), index);

    if (fd >= 0)
        close(fd);
    return n == sizeof(*ret_value);
}

/* What KVM would show to guests of those registers that describe features. */
static bool
ask_kvm(guint32 index, guint64 *ret_value)
{
    g_autofree struct kvm_msrs *msrs = g_malloc0(sizeof(struct kvm_msrs) + sizeof(struct kvm_msr_entry));
    const int fd = open("/dev/kvm", O_RDONLY | O_CLOEXEC);
    bool ok;

    msrs->nmsrs = 1;
    msrs->entries[0].index = index;
    ok = fd >= 0 && ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_GET_MSR_FEATURES) > 0 && ioctl(fd, KVM_GET_MSRS, msrs) == 1;
    if (fd >= 0)
        close(fd);
    *ret_value = ok ? msrs->entries[0].data : 0;
    return ok;
}

static bool
ask_msr(guint32 index, guint64 *ret_value)
{
    return read_device(index, ret_value) || ask_kvm(index, ret_value);
}

const CpuHostSource cpu_host_source = { ask_cpuid, ask_msr };
