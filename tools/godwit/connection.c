/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The shell's connection, and the thread that runs the event loop: keepalive, events and the close callback need it. */
#include <stdlib.h>

#include "shell.h"

static gpointer
run_events(gpointer data)
{
    for (;;) {
        if (virEventRunDefaultImpl() < 0)
            return NULL;
    }
}

static void
wake(int timer, void *data)
{
}

void
shell_start_events(void)
{
    if (virEventRegisterDefaultImpl() < 0)
        return;
    /* A loop without a watch or timer would spin or refuse; this one never fires. */
    virEventAddTimeout(-1, wake, NULL, NULL);
    g_thread_unref(g_thread_new("events", run_events, NULL));
}

/* Event loop's thread. */
static void
on_close(virConnectPtr conn, int reason, void *opaque)
{
    Shell *sh = opaque;

    g_atomic_int_set(&sh->dropped, reason + 1);
}

static void
say_dropped(Shell *sh, int reason)
{
    g_autofree char *uri = g_strdup(sh->uri ? sh->uri : _("the hypervisor"));

    switch (reason) {
    case VIR_CONNECT_CLOSE_REASON_ERROR: complain(_("Disconnected from %s due to I/O error"), uri); break;
    case VIR_CONNECT_CLOSE_REASON_EOF: complain(_("Disconnected from %s due to end of file"), uri); break;
    case VIR_CONNECT_CLOSE_REASON_KEEPALIVE: complain(_("Disconnected from %s due to keepalive timeout"), uri); break;
    default: break;
    }
}

static void
set_keepalive(Shell *sh)
{
    int interval = sh->keepalive_interval >= 0 ? sh->keepalive_interval : 5;
    int count = sh->keepalive_count >= 0 ? sh->keepalive_count : 6;

    if (interval > 0 && virConnectSetKeepAlive(sh->conn, interval, (unsigned)count) < 0) {
        /* Local drivers have nothing to keep alive. */
        note(sh, 1, "%s", _("Failed to setup keepalive on connection"));
        forget_error();
    }
}

bool
shell_connect(Shell *sh, const char *uri, bool read_only)
{
    virConnectPtr conn = virConnectOpenAuth(uri, virConnectAuthPtrDefault, read_only ? VIR_CONNECT_RO : 0);

    if (conn == NULL) {
        complain(_("failed to connect to the hypervisor"));
        return false;
    }
    shell_disconnect(sh);
    sh->conn = conn;
    sh->read_only = read_only;
    g_atomic_int_set(&sh->dropped, 0);
    set_keepalive(sh);
    if (virConnectRegisterCloseCallback(conn, on_close, sh, NULL) < 0) {
        note(sh, 1, "%s", _("Unable to register disconnect callback"));
        forget_error();
    }
    return true;
}

void
shell_disconnect(Shell *sh)
{
    if (sh->conn == NULL)
        return;
    virConnectUnregisterCloseCallback(sh->conn, on_close);
    virConnectClose(sh->conn);
    sh->conn = NULL;
    forget_error();
}

bool
shell_need_connection(Shell *sh)
{
    int dropped = g_atomic_int_get(&sh->dropped);
    bool again = sh->conn && dropped;

    if (sh->conn && !dropped)
        return true;
    if (again) {
        say_dropped(sh, dropped - 1);
        shell_disconnect(sh);
    }
    if (!shell_connect(sh, sh->uri, sh->read_only_wanted))
        return false;
    if (again)
        complain(_("Reconnected to the hypervisor"));
    return true;
}
