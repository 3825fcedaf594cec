/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/cpu-host.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "qemu/cpu-features.h"
#include "qemu/cpu-map.h"

typedef enum { EAX, EBX, ECX, EDX } Register;

/* The features of a register stand in cpu_map_features together, beginning with first, in the order of the bits. */
static const struct {
    guint32 leaf, sub;
    Register reg;
    guint32 bits;
    const char *first, *needs; /* needs: without that feature the leaf means nothing */
} leaves[] = {
    { 0x1, 0, EDX, 0xffeffbff, "fpu", NULL },
    { 0x1, 0, ECX, 0xfffef7ff, "pni", NULL },
    { 0x6, 0, EAX, 0x4, "arat", NULL },
    { 0x7, 0, EBX, 0xffff5fbf, "fsgsbase", NULL },
    { 0x7, 0, ECX, 0xdb415f7e, "avx512vbmi", NULL },
    { 0x7, 0, EDX, 0xefcd451c, "avx512-4vnniw", NULL },
    { 0x7, 1, EAX, 0x30, "avx-vnni", NULL },
    { 0xd, 1, EAX, 0x1f, "xsaveopt", "xsave" },
    { 0xf, 1, EDX, 0x6, "mbm_total", "cmt" },
    { 0x12, 0, EAX, 0x3, "sgx1", "sgx" },
    { 0x12, 0, EBX, 0x1, "sgx-exinfo", "sgx" },
    { 0x12, 1, EAX, 0xb6, "sgx-debug", "sgx" },
    { 0x14, 0, ECX, 0x80000000, "intel-pt-lip", "intel-pt" },
    { 0x80000001, 0, EDX, 0xee500800, "syscall", NULL },
    { 0x80000001, 0, ECX, 0x1efbfff, "lahf_lm", NULL },
    { 0x80000007, 0, EDX, 0x100, "invtsc", NULL },
    { 0x80000008, 0, EBX, 0x700d205, "clzero", NULL },
    { 0x8000000a, 0, EDX, 0x1001b4ff, "npt", "svm" },
};
static const struct { guint32 index, bits; const char *first; } msrs[] = {
    { 0x10a, 0x1ff, "rdctl-no" },
    { 0xcf, 0x20, "split-lock-detect" },
};

static void
take_bits(CpuSet *set, guint32 value, guint32 bits, const char *first)
{
    guint i = cpu_map_index(first);

    for (guint bit = 0; bit < 32; bit++) {
        if (!(bits >> bit & 1))
            continue;
        if (value >> bit & 1)
            cpu_set_add(set, i);
        i++;
    }
}

gint
cpu_host_feature(guint32 leaf, guint32 sub, guint reg, guint bit)
{
    for (guint i = 0; i < G_N_ELEMENTS(leaves); i++) {
        const guint32 below = leaves[i].bits & ((1u << bit) - 1);

        if (leaves[i].leaf == leaf && leaves[i].sub == sub && leaves[i].reg == reg && leaves[i].bits >> bit & 1)
            return cpu_map_index(leaves[i].first) + __builtin_popcount(below);
    }
    return -1;
}

static const char *
read_vendor(const guint32 regs[4])
{
    char text[13] = "";
    const char *name;

    memcpy(text, &regs[EBX], 4);
    memcpy(text + 4, &regs[EDX], 4);
    memcpy(text + 8, &regs[ECX], 4);
    name = cpu_vendor_name(text);
    return name ? name : "";
}

static CpuSignature
read_signature(guint32 eax)
{
    CpuSignature s = { .family = eax >> 8 & 0xf, .model = eax >> 4 & 0xf, .stepping = eax & 0xf };

    if (s.family == 6 || s.family == 15)
        s.model |= (eax >> 16 & 0xf) << 4;
    if (s.family == 15)
        s.family += eax >> 20 & 0xff;
    return s;
}

void
cpu_host_read(const CpuHostSource *source, CpuHost *ret_host)
{
    CpuHost host = { .vendor = "" };
    guint32 regs[4];
    guint64 value;

    if (source->cpuid(0, 0, regs))
        host.vendor = read_vendor(regs);
    if (source->cpuid(1, 0, regs))
        host.signature = read_signature(regs[EAX]);
    if (source->cpuid(0x80000008, 0, regs))
        host.address_bits = regs[EAX] & 0xff;
    for (guint i = 0; i < G_N_ELEMENTS(leaves); i++)
        if ((!leaves[i].needs || cpu_set_has_name(&host.has, leaves[i].needs)) &&
            source->cpuid(leaves[i].leaf, leaves[i].sub, regs))
            take_bits(&host.has, regs[leaves[i].reg], leaves[i].bits, leaves[i].first);
    for (guint i = 0; i < G_N_ELEMENTS(msrs); i++)
        if (source->msr(msrs[i].index, &value))
            take_bits(&host.has, (guint32)value, msrs[i].bits, msrs[i].first);
    *ret_host = host;
}

static gpointer
read_once(gpointer unused)
{
    static CpuHost host;

    cpu_host_read(&cpu_host_source, &host);
    return &host;
}

const CpuHost *
cpu_host(void)
{
    static GOnce once = G_ONCE_INIT;

    return g_once(&once, read_once, NULL);
}

typedef struct {
    guint64 hz;
    bool    scales;
} Tsc;

/* Only a virtual processor can be asked. */
static gpointer
ask_kvm(gpointer unused)
{
    static Tsc tsc;
    const int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    const int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);
    const int cpu = vm < 0 ? -1 : ioctl(vm, KVM_CREATE_VCPU, 0);
    const int khz = cpu < 0 ? -1 : ioctl(cpu, KVM_GET_TSC_KHZ, 0);

    if (khz > 0) {
        tsc.hz = (guint64)khz * 1000;
        tsc.scales = ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_TSC_CONTROL) > 0;
    }
    if (cpu >= 0)
        close(cpu);
    if (vm >= 0)
        close(vm);
    if (kvm >= 0)
        close(kvm);
    return &tsc;
}

bool
cpu_host_tsc(guint64 *ret_hz, bool *ret_scales)
{
    static GOnce once = G_ONCE_INIT;
    const Tsc *tsc = g_once(&once, ask_kvm, NULL);

    *ret_hz = tsc->hz;
    *ret_scales = tsc->scales;
    return tsc->hz != 0;
}
