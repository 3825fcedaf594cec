/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where there is no CPUID instruction. */
#include "qemu/cpu-host.h"

static bool
no_cpuid(guint32 leaf, guint32 sub, guint32 ret_regs[4])
{
    return false;
}

static bool
no_msr(guint32 index, guint64 *ret_value)
{
    return false;
}

const CpuHostSource cpu_host_source = { no_cpuid, no_msr };
