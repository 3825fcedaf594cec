/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A domain's life: start, stop, pause, and what lies between. */
#include <stdlib.h>
#include <string.h>

#include "shell.h"

/* Commands that differ in one call and two sentences. */
typedef struct {
    int       (*call)(virDomainPtr dom);
    const char *done, *failed; /* with the name */
} Simple;

static bool
run_simple(Shell *sh, const Cmd *cmd, const Simple *simple)
{
    g_autoptr(virDomain) dom = need_domain(sh, cmd);

    if (dom == NULL)
        return false;
    if (simple->call(dom) < 0) {
        complain(_(simple->failed), virDomainGetName(dom));
        return false;
    }
    say(sh, _(simple->done), virDomainGetName(dom));
    return true;
}

static bool
run_suspend(Shell *sh, const Cmd *cmd)
{
    return run_simple(sh, cmd, &(Simple){ virDomainSuspend, N_("Domain '%s' suspended\n"),
                                          N_("Failed to suspend domain '%s'") });
}

static bool
run_resume(Shell *sh, const Cmd *cmd)
{
    return run_simple(sh, cmd, &(Simple){ virDomainResume, N_("Domain '%s' resumed\n"),
                                          N_("Failed to resume domain '%s'") });
}

static int
reset_now(virDomainPtr dom)
{
    return virDomainReset(dom, 0);
}

static bool
run_reset(Shell *sh, const Cmd *cmd)
{
    return run_simple(sh, cmd, &(Simple){ reset_now, N_("Domain '%s' was reset\n"),
                                          N_("Failed to reset domain '%s'") });
}

static const OptDef active_options[] = { OPT_DOMAIN_OF(complete_active), OPT_END };

static const OptFlag start_flags[] = {
    { "paused", VIR_DOMAIN_START_PAUSED },
    { "autodestroy", VIR_DOMAIN_START_AUTODESTROY },
    { "bypass-cache", VIR_DOMAIN_START_BYPASS_CACHE },
    { "force-boot", VIR_DOMAIN_START_FORCE_BOOT },
    { "reset-nvram", VIR_DOMAIN_START_RESET_NVRAM },
    { NULL, 0 }
};

static const OptDef start_options[] = {
    OPT_DOMAIN_OF(complete_inactive),
    { "paused", OPT_BOOL, 0, NULL, N_("leave the guest paused") },
    { "autodestroy", OPT_BOOL, 0, NULL, N_("destroy the guest when this connection ends") },
    { "bypass-cache", OPT_BOOL, 0, NULL, N_("read a saved state past the file system's cache") },
    { "force-boot", OPT_BOOL, 0, NULL, N_("drop a saved state and boot afresh") },
    { "reset-nvram", OPT_BOOL, 0, NULL, N_("begin with NVRAM as its template has it") },
    OPT_END
};

static bool
run_start(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = need_domain_by(sh, cmd, "domain", BY_NAME | BY_UUID);
    unsigned flags = opt_flags(cmd, start_flags);
    int status;

    if (dom == NULL)
        return false;
    if (virDomainGetID(dom) != (unsigned)-1) {
        complain(_("Domain is already active"));
        return false;
    }
    status = flags ? virDomainCreateWithFlags(dom, flags) : virDomainCreate(dom);
    if (status < 0) {
        complain(_("Failed to start domain '%s'"), virDomainGetName(dom));
        return false;
    }
    say(sh, _("Domain '%s' started\n"), virDomainGetName(dom));
    return true;
}

static const OptFlag destroy_flags[] = {
    { "graceful", VIR_DOMAIN_DESTROY_GRACEFUL },
    { "remove-logs", VIR_DOMAIN_DESTROY_REMOVE_LOGS },
    { NULL, 0 }
};

static const OptDef destroy_options[] = {
    OPT_DOMAIN_OF(complete_active),
    { "graceful", OPT_BOOL, 0, NULL, N_("do not kill what does not end by itself") },
    { "remove-logs", OPT_BOOL, 0, NULL, N_("remove the domain's logs") },
    OPT_END
};

static bool
run_destroy(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = need_domain(sh, cmd);
    unsigned flags = opt_flags(cmd, destroy_flags);

    if (dom == NULL)
        return false;
    if ((flags ? virDomainDestroyFlags(dom, flags) : virDomainDestroy(dom)) < 0) {
        complain(_("Failed to destroy domain '%s'"), virDomainGetName(dom));
        return false;
    }
    say(sh, _("Domain '%s' destroyed\n"), virDomainGetName(dom));
    return true;
}

/* The modes have the same bits for shutdown and reboot. */
static const OptFlag modes[] = {
    { "acpi", VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN }, { "agent", VIR_DOMAIN_SHUTDOWN_GUEST_AGENT },
    { "initctl", VIR_DOMAIN_SHUTDOWN_INITCTL },     { "signal", VIR_DOMAIN_SHUTDOWN_SIGNAL },
    { "paravirt", VIR_DOMAIN_SHUTDOWN_PARAVIRT },   { NULL, 0 },
};

static char **
complete_modes(Shell *sh)
{
    return g_strsplit("acpi agent initctl signal paravirt", " ", -1);
}

static const OptDef mode_options[] = {
    OPT_DOMAIN_OF(complete_active),
    { "mode", OPT_STRING, OPT_BY_NAME, complete_modes, N_("how: acpi, agent, initctl, signal, paravirt; several with "
                                                         "commas") },
    OPT_END
};

static bool
read_modes(const Cmd *cmd, unsigned *ret)
{
    const char *given = opt_string(cmd, "mode");
    g_auto(GStrv) names = g_strsplit(given ? given : "", ",", -1);
    unsigned flags = 0;

    for (guint i = 0; names[i]; i++) {
        const OptFlag *mode = modes;

        while (mode->name && strcmp(mode->name, names[i]) != 0)
            mode++;
        if (mode->name == NULL) {
            complain(_("Unknown mode %s value, expecting 'acpi', 'agent', 'initctl', 'signal', or 'paravirt'"),
                     names[i]);
            return false;
        }
        flags |= mode->bit;
    }
    *ret = flags;
    return true;
}

static bool
run_shutdown(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = NULL;
    unsigned flags;

    if (!read_modes(cmd, &flags) || !(dom = need_domain(sh, cmd)))
        return false;
    if ((flags ? virDomainShutdownFlags(dom, flags) : virDomainShutdown(dom)) < 0) {
        complain(_("Failed to shutdown domain '%s'"), virDomainGetName(dom));
        return false;
    }
    say(sh, _("Domain '%s' is being shutdown\n"), virDomainGetName(dom));
    return true;
}

static bool
run_reboot(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = NULL;
    unsigned flags;

    if (!read_modes(cmd, &flags) || !(dom = need_domain(sh, cmd)))
        return false;
    if (virDomainReboot(dom, flags) < 0) {
        complain(_("Failed to reboot domain '%s'"), virDomainGetName(dom));
        return false;
    }
    say(sh, _("Domain '%s' is being rebooted\n"), virDomainGetName(dom));
    return true;
}

static const OptDef autostart_options[] = {
    OPT_DOMAIN,
    { "disable", OPT_BOOL, 0, NULL, N_("do not start it with the host") },
    OPT_END
};

static bool
run_autostart(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = need_domain(sh, cmd);
    bool on = !opt_bool(cmd, "disable");

    if (dom == NULL)
        return false;
    if (virDomainSetAutostart(dom, on) < 0) {
        complain(on ? _("Failed to mark domain '%s' as autostarted") : _("Failed to unmark domain '%s' as autostarted"),
                 virDomainGetName(dom));
        return false;
    }
    say(sh, on ? _("Domain '%s' marked as autostarted\n") : _("Domain '%s' unmarked as autostarted\n"),
        virDomainGetName(dom));
    return true;
}

const CmdDef cmds_life[] = {
    { "autostart", autostart_options, run_autostart, N_("start a domain with the host"),
      N_("Have a domain started when the host's daemon starts, or no longer."), 0 },
    { "destroy", destroy_options, run_destroy, N_("stop a domain at once"),
      N_("Stop a domain without asking its guest; its definition and disks stay."), 0 },
    { "reboot", mode_options, run_reboot, N_("reboot a domain"), N_("Ask a guest to reboot."), 0 },
    { "reset", active_options, run_reset, N_("reset a domain"), N_("Press the reset button of a guest."), 0 },
    { "resume", active_options, run_resume, N_("resume a paused domain"), N_("Let a paused guest run on."), 0 },
    { "shutdown", mode_options, run_shutdown, N_("shut a domain down"), N_("Ask a guest to shut down."), 0 },
    { "start", start_options, run_start, N_("start a defined domain"),
      N_("Start a domain that was defined, from its saved state if there is one."), 0 },
    { "suspend", active_options, run_suspend, N_("pause a domain"), N_("Let a guest stand still, in memory."), 0 },
    { NULL }
};
