/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a definition has to know of this host's emulators, and what the driver refuses. */
#include "qemu/caps-cache.h"
#include "qemu/driver-private.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* One completion; keeps what it lends. */
typedef struct {
    QemuDriver *driver;
    GPtrArray  *kept;     /* QemuCaps */
    char       *emulator; /* of the last answer */
    GError     *error;    /* the first, more telling than "not known" */
} Asking;

static void
unref_caps(gpointer data)
{
    qemu_caps_unref(data);
}

static QemuCaps *
ask(Asking *asking, const char *emulator)
{
    GError   *error = NULL;
    QemuCaps *caps = qemu_caps_cache_get(asking->driver->caps, emulator, &error);

    if (caps)
        g_ptr_array_add(asking->kept, caps);
    else if (!asking->error)
        asking->error = error;
    else
        g_error_free(error);
    return caps;
}

static const char *
ask_machine(void *opaque, const char *emulator, DomVirt virt, const char *machine)
{
    Asking   *asking = opaque;
    QemuCaps *caps = ask(asking, emulator);
    const QemuMachine *found = NULL;

    if (caps)
        qemu_caps_resolve_machine(caps, machine, &found, asking->error ? NULL : &asking->error);
    return found ? found->name : NULL;
}

static const char *
ask_emulator(void *opaque, const char *arch)
{
    Asking *asking = opaque;

    g_free(asking->emulator);
    asking->emulator = qemu_caps_find_emulator(arch);
    return asking->emulator;
}

static const char *
ask_default_cpu(void *opaque, const char *emulator, DomVirt virt, const char *machine)
{
    QemuCaps *caps = ask(opaque, emulator);
    const QemuMachine *found = caps ? qemu_caps_find_machine(caps, machine) : NULL;

    return found ? found->default_cpu : NULL;
}

bool
qemu_driver_complete_def(QemuDriver *driver, DomDef *def, GError **err)
{
    Asking  asking = { driver, g_ptr_array_new_with_free_func(unref_caps), NULL, NULL };
    DomCaps caps = { ask_machine, ask_emulator, ask_default_cpu, &asking };
    GError *why = NULL;
    bool    ok = dom_def_complete(def, &caps, &why);

    if (!ok && asking.error) {
        g_clear_error(&why);
        why = g_steal_pointer(&asking.error);
        dom_at(&why, "emulator", def->lines.emulator);
    }
    if (!ok)
        g_propagate_error(err, why);
    g_clear_error(&asking.error);
    g_ptr_array_unref(asking.kept);
    g_free(asking.emulator);
    return ok;
}

/* element, its value, refused values */
static bool
check_action(const char *element, DomAction action, bool preserve, int line, GError **err)
{
    bool known = action == DOM_ACTION_NONE || action == DOM_ACTION_DESTROY || action == DOM_ACTION_RESTART ||
                 (action == DOM_ACTION_PRESERVE && preserve);

    return known || fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("the QEMU driver does not support action '%s' in <%s> (line %d)"),
                         dom_name(dom_action_names, action), element, line);
}

bool
qemu_driver_check_def(const DomDef *def, GError **err)
{
    return check_action("on_poweroff", def->on_poweroff, false, def->lines.actions[0], err) &&
           check_action("on_reboot", def->on_reboot, false, def->lines.actions[1], err) &&
           check_action("on_crash", def->on_crash, true, def->lines.actions[2], err);
}

DomDef *
qemu_driver_read_def(QemuDriver *driver, const char *xml, GError **err)
{
    g_autoptr(DomDef) def = dom_def_parse(xml, -1, 0, err);

    if (!def || !qemu_driver_complete_def(driver, def, err) || !qemu_driver_check_def(def, err))
        return NULL;
    return g_steal_pointer(&def);
}
