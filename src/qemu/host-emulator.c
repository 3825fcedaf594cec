/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/host-emulator.h"

#include <sys/utsname.h>

#include "model/cpu-doc.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

static QemuCaps *
ask_emulator(QemuCapsCache *cache, const EmulatorWish *wish, GError **err)
{
    struct utsname uts;
    const char *arch = wish->arch ? wish->arch : uname(&uts) == 0 ? uts.machine : "";
    g_autofree char *found = NULL;
    g_autoptr(QemuCaps) caps = NULL;

    if (!cpu_arch_is_known(arch))
        return fail_null(err, VIR_ERR_INVALID_ARG, _("unknown architecture: %s"), arch);
    if (!wish->emulator) {
        found = qemu_caps_find_emulator(arch);
        if (!found)
            return fail_null(err, VIR_ERR_CONFIG_UNSUPPORTED, _("unable to find any emulator to serve '%s' architecture"),
                             arch);
    }
    caps = qemu_caps_cache_get(cache, wish->emulator ? wish->emulator : found, err);
    if (caps && wish->arch && !g_str_equal(qemu_caps_arch(caps), arch))
        return fail_null(err, VIR_ERR_INVALID_ARG, _("architecture from emulator '%s' doesn't match given architecture '%s'"),
                         qemu_caps_arch(caps), arch);
    return g_steal_pointer(&caps);
}

static bool
choose_kind(const char *virttype, const QemuCaps *caps, bool *ret_kvm, GError **err)
{
    if (virttype && !g_str_equal(virttype, "kvm") && !g_str_equal(virttype, "qemu"))
        return fail(err, VIR_ERR_INVALID_ARG, _("unknown virttype: %s"), virttype);
    *ret_kvm = virttype ? g_str_equal(virttype, "kvm") : qemu_caps_kvm_usable(caps);
    return !*ret_kvm || qemu_caps_kvm_usable(caps) ||
           fail(err, VIR_ERR_INVALID_ARG, _("KVM is not supported by '%s' on this host"), qemu_caps_binary(caps));
}

bool
host_emulator_find(QemuCapsCache *cache, const EmulatorWish *wish, HostEmulator *ret_found, GError **err)
{
    g_autoptr(QemuCaps) caps = ask_emulator(cache, wish, err);
    g_auto(HostEmulator) found = { 0 };

    if (!caps || !choose_kind(wish->virttype, caps, &found.kvm, err))
        return false;
    found.caps = found.kvm ? qemu_caps_ref(caps) : qemu_caps_cache_get_tcg(cache, qemu_caps_binary(caps), err);
    if (!found.caps || !qemu_caps_resolve_machine(found.caps, wish->machine, &found.machine, err))
        return false;
    *ret_found = found;
    found = (HostEmulator){ 0 };
    return true;
}

void
host_emulator_clear(HostEmulator *found)
{
    qemu_caps_unref(found->caps);
    *found = (HostEmulator){ 0 };
}
