/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small devices: input, TPM, watchdog, balloon, random numbers, panic notifier. */
#include "qemu/command-private.h"

static const struct {
    DomInputType type;
    DomInputBus bus;
    const char *driver; /* NULL: part of the machine */
} inputs[] = {
    { DOM_INPUT_MOUSE, DOM_INPUT_BUS_PS2, NULL },
    { DOM_INPUT_KEYBOARD, DOM_INPUT_BUS_PS2, NULL },
    { DOM_INPUT_MOUSE, DOM_INPUT_BUS_USB, "usb-mouse" },
    { DOM_INPUT_TABLET, DOM_INPUT_BUS_USB, "usb-tablet" },
    { DOM_INPUT_KEYBOARD, DOM_INPUT_BUS_USB, "usb-kbd" },
    { DOM_INPUT_MOUSE, DOM_INPUT_BUS_VIRTIO, "virtio-mouse-pci" },
    { DOM_INPUT_TABLET, DOM_INPUT_BUS_VIRTIO, "virtio-tablet-pci" },
    { DOM_INPUT_KEYBOARD, DOM_INPUT_BUS_VIRTIO, "virtio-keyboard-pci" },
};

/* A device that has an id, an address and nothing else. */
static bool
build_plain(Cmd *cmd, const char *driver, const DomInfo *info, GError **err)
{
    g_auto(Props) p = props_new("driver", driver);

    props_string(&p, "id", info->alias);
    return cmd_address(cmd, &p, info, err) && cmd_device(cmd, driver, info->alias, &p, err);
}

static bool
build_input(Cmd *cmd, const DomInput *input, GError **err)
{
    for (guint i = 0; i < G_N_ELEMENTS(inputs); i++)
        if (inputs[i].type == input->type && inputs[i].bus == input->bus)
            return !inputs[i].driver || build_plain(cmd, inputs[i].driver, &input->info, err);
    return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("input device '%s' is not possible on bus '%s'"),
                dom_name(dom_input_names, input->type), dom_name(dom_input_bus_names, input->bus));
}

bool
cmd_build_inputs(Cmd *cmd, GError **err)
{
    DomInput *input;

    dom_each(input, cmd->def->inputs)
        if (!build_input(cmd, input, err))
            return dom_at(err, "input", input->info.line);
    return true;
}

static char *
tpm_socket(const CommandEnv *env)
{
    return g_build_filename(env->domain_dir, "swtpm.sock", NULL);
}

/* Bound here and served by swtpm: QEMU, which connects at once, cannot come too early. */
void
plan_tpms(QemuResources *resources, const CommandEnv *env)
{
    g_autofree char *path = tpm_socket(env);

    if (env->def->tpms->len)
        plan_add(resources, RES_UNIX_SERVER, "swtpm", path)->helper = true;
}

static bool
build_tpm(Cmd *cmd, const DomTpm *tpm, GError **err)
{
    const char *driver = dom_name(dom_tpm_names, tpm->model), *alias = tpm->info.alias;
    g_autofree char *path = tpm_socket(cmd->env), *escaped = cmd_escape(path);
    g_auto(Props) p = props_new("driver", driver);

    if (g_strcmp0(tpm->version, "1.2") != 0 && g_strcmp0(tpm->version, "2.0") != 0)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("TPM version '%s' is not supported"), tpm->version);
    if (tpm->model == DOM_TPM_CRB && g_str_equal(tpm->version, "1.2"))
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("TPM 1.2 is not supported with CRB"));
    cmd_opt(cmd, "-chardev", "socket,id=chrtpm,path=%s", escaped);
    cmd_opt(cmd, "-tpmdev", "emulator,id=tpm-%s,chardev=chrtpm", alias);
    props_format(&p, "tpmdev", "tpm-%s", alias);
    props_string(&p, "id", alias);
    return cmd_device(cmd, driver, alias, &p, err);
}

bool
cmd_build_tpms(Cmd *cmd, GError **err)
{
    DomTpm *tpm;

    dom_each(tpm, cmd->def->tpms)
        if (!build_tpm(cmd, tpm, err))
            return dom_at(err, "tpm", tpm->info.line);
    return true;
}

/* XML word -> -watchdog-action's, where they differ. */
static const char *
watchdog_action(DomWatchdogAction action)
{
    if (action == DOM_WATCHDOG_NOTHING)
        return "none";
    return dom_name(dom_watchdog_action_names, action);
}

bool
cmd_build_watchdogs(Cmd *cmd, GError **err)
{
    DomWatchdog *watchdog;

    dom_each(watchdog, cmd->def->watchdogs) {
        const char *action = watchdog_action(watchdog->action);
        const char *driver = watchdog->model == DOM_WATCHDOG_IB700 ? "ib700" : "i6300esb";

        if (watchdog->action == DOM_WATCHDOG_DUMP)
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("watchdog action 'dump' is not supported (line %d)"),
                        watchdog->info.line);
        if (!build_plain(cmd, driver, &watchdog->info, err))
            return dom_at(err, "watchdog", watchdog->info.line);
        cmd_opt(cmd, "-watchdog-action", "%s", action ? action : "reset");
    }
    return true;
}

bool
cmd_build_balloon(Cmd *cmd, GError **err)
{
    static const char *const drivers[] = {
        [DOM_BALLOON_VIRTIO] = "virtio-balloon-pci",
        [DOM_BALLOON_VIRTIO_TRANSITIONAL] = "virtio-balloon-pci-transitional",
        [DOM_BALLOON_VIRTIO_NON_TRANSITIONAL] = "virtio-balloon-pci-non-transitional",
    };
    const DomBalloon *balloon = cmd->def->balloon;
    const char *driver = balloon && balloon->model < G_N_ELEMENTS(drivers) ? drivers[balloon->model] : NULL;
    g_auto(Props) p = { NULL };

    if (!driver)
        return true;
    p = props_new("driver", driver);
    props_string(&p, "id", balloon->info.alias);
    props_tri_opt(&p, "deflate-on-oom", balloon->autodeflate);
    props_tri_opt(&p, "free-page-reporting", balloon->free_page_reporting);
    return (cmd_address(cmd, &p, &balloon->info, err) && cmd_device(cmd, driver, balloon->info.alias, &p, err)) ||
           dom_at(err, "memballoon", balloon->info.line);
}

static void
build_rng_backend(Cmd *cmd, const DomRng *rng)
{
    const bool random = rng->backend == DOM_RNG_BACKEND_RANDOM;
    g_auto(Props) p = props_new("qom-type", random ? "rng-random" : "rng-builtin");

    props_format(&p, "id", "obj%s", rng->info.alias);
    if (random)
        props_string(&p, "filename", rng->path ? rng->path : "/dev/random");
    cmd_json(cmd, "-object", &p);
}

bool
cmd_build_rngs(Cmd *cmd, GError **err)
{
    static const char *const drivers[] = {
        [DOM_RNG_NONE] = "virtio-rng-pci",
        [DOM_RNG_VIRTIO] = "virtio-rng-pci",
        [DOM_RNG_VIRTIO_TRANSITIONAL] = "virtio-rng-pci-transitional",
        [DOM_RNG_VIRTIO_NON_TRANSITIONAL] = "virtio-rng-pci-non-transitional",
    };
    DomRng *rng;

    dom_each(rng, cmd->def->rngs) {
        const char *driver = drivers[rng->model];
        g_auto(Props) p = props_new("driver", driver);

        build_rng_backend(cmd, rng);
        props_format(&p, "rng", "obj%s", rng->info.alias);
        props_string(&p, "id", rng->info.alias);
        if (rng->rate_bytes) {
            props_int(&p, "max-bytes", rng->rate_bytes);
            props_int(&p, "period", rng->rate_period ? rng->rate_period : 1000);
        }
        if (!cmd_address(cmd, &p, &rng->info, err) || !cmd_device(cmd, driver, rng->info.alias, &p, err))
            return dom_at(err, "rng", rng->info.line);
    }
    return true;
}

bool
cmd_build_panics(Cmd *cmd, GError **err)
{
    DomPanic *panic;

    dom_each(panic, cmd->def->panics) {
        g_auto(Props) p = props_new("driver", "pvpanic");

        if (panic->info.addr.type == DOM_ADDR_ISA && panic->info.addr.isa.iobase)
            props_int(&p, "ioport", panic->info.addr.isa.iobase);
        if (!cmd_device(cmd, "pvpanic", "panic", &p, err))
            return dom_at(err, "panic", panic->info.line);
    }
    return true;
}
