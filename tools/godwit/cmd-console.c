/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest's console on this terminal. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "console.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(virStream, virStreamFree)

static const OptFlag console_flags[] = {
    { "force", VIR_DOMAIN_CONSOLE_FORCE },
    { "safe", VIR_DOMAIN_CONSOLE_SAFE },
    { NULL, 0 }
};

static const OptDef console_options[] = {
    OPT_DOMAIN_OF(complete_active),
    { "devname", OPT_STRING, 0, NULL, N_("alias of the device; the first console without it") },
    { "force", OPT_BOOL, 0, NULL, N_("throw out who is connected") },
    { "resume", OPT_BOOL, 0, NULL, N_("resume a paused guest once connected") },
    { "safe", OPT_BOOL, 0, NULL, N_("only if nobody else can be connected meanwhile, which godwitd always sees to") },
    OPT_END
};

static bool
can_begin(virDomainPtr dom)
{
    int state = 0;

    if (!isatty(STDIN_FILENO)) {
        complain(_("Cannot run interactive console without a controlling TTY"));
        return false;
    }
    if (virDomainGetState(dom, &state, NULL, 0) < 0) {
        complain(_("Unable to get domain status"));
        return false;
    }
    if (state == VIR_DOMAIN_SHUTOFF) {
        complain(_("The domain is not running"));
        return false;
    }
    return true;
}

/* The data has ended: QEMU has gone. */
static bool
explain_end(Shell *sh, virDomainPtr dom)
{
    const char *name = virDomainGetName(dom);
    int         state = 0, reason = 0;

    if (virDomainGetState(dom, &state, &reason, 0) < 0) {
        if (virConnectIsAlive(sh->conn) != 1)
            return false;
        forget_error(); /* a transient domain is gone altogether */
    }
    if (state == VIR_DOMAIN_SHUTOFF && reason == VIR_DOMAIN_SHUTOFF_MIGRATED)
        say(sh, _("Domain '%s' runs on another host now; its console here has ended\n"), name);
    else
        say(sh, _("Domain '%s' does not run here any more; its console has ended\n"), name);
    return true;
}

static bool
explain(Shell *sh, virDomainPtr dom, ConsoleEnd end)
{
    const char *name = virDomainGetName(dom);

    if (end == CONSOLE_ESCAPED || (end == CONSOLE_GUEST_GONE && explain_end(sh, dom)))
        return true;
    if (end == CONSOLE_SIGNAL)
        complain(_("The console of domain '%s' was left because of a signal"), name);
    else if (virConnectIsAlive(sh->conn) != 1)
        complain(_("The console of domain '%s' ended because the connection to the host was lost; the guest is not "
                   "affected by that"), name);
    else
        complain(_("The console of domain '%s' broke off"), name);
    return false;
}

/* Whoever leaves does not wait until the guest has read all that was typed: it may never do that. */
static void
leave(virStreamPtr st, ConsoleEnd end)
{
    virStreamEventRemoveCallback(st);
    if (end == CONSOLE_GUEST_GONE)
        virStreamFinish(st);
    else
        virStreamAbort(st);
}

static bool
talk(Shell *sh, virDomainPtr dom, virStreamPtr st)
{
    ConsoleEnd end;
    int        number = 0;

    say(sh, _("Connected to domain '%s'\n"), virDomainGetName(dom));
    say(sh, _("Escape character is ^%c (Ctrl + %c)\n"), sh->escape, sh->escape);
    fflush(stdout);
    if (!tty_make_raw())
        return false;
    end = console_run(st, sh->escape, &number);
    tty_release();
    printf("\n");
    if (!explain(sh, dom, end)) {
        complain_last_error();
        forget_error();
    }
    leave(st, end);
    if (number != 0 && number != SIGINT)
        raise(number);
    return end == CONSOLE_ESCAPED || end == CONSOLE_GUEST_GONE;
}

static bool
run_console(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = need_domain(sh, cmd);
    g_autoptr(virStream) st = NULL;
    bool                 ok;

    if (dom == NULL || !can_begin(dom))
        return false;
    st = virStreamNew(sh->conn, VIR_STREAM_NONBLOCK);
    if (st == NULL || virDomainOpenConsole(dom, opt_string(cmd, "devname"), st, opt_flags(cmd, console_flags)) < 0) {
        complain(_("Cannot open the console of domain '%s'"), virDomainGetName(dom));
        return false;
    }
    if (opt_bool(cmd, "resume") && virDomainResume(dom) < 0) {
        complain(_("Failed to resume domain '%s'"), virDomainGetName(dom));
        return false;
    }
    ok = talk(sh, dom, st);
    forget_error(); /* what it was about has been said */
    return ok;
}

const CmdDef cmds_console[] = {
    { "console", console_options, run_console, N_("connect to the guest's console"),
      N_("Connect this terminal to the console or serial device of a running guest, until the escape character is "
         "typed. The device must be of type 'pty' or 'unix'."), 0 },
    { NULL }
};
