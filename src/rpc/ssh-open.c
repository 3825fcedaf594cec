/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/ssh-open.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "rpc/ssh-hosts.h"
#include "rpc/ssh-login.h"
#include "util/err.h"
#include "util/fd.h"

#define VIR_FROM_THIS VIR_FROM_SSH

static SshStep
step_connect(SshSession *s, GError **err)
{
    for (; s->address; s->address = s->address->ai_next) {
        int       error = 0;
        socklen_t len = sizeof(error);

        if (s->sock >= 0) {
            struct pollfd p = { .fd = s->sock, .events = POLLOUT };

            if (poll(&p, 1, 0) == 0)
                return SSH_STEP_AGAIN;
            getsockopt(s->sock, SOL_SOCKET, SO_ERROR, &error, &len);
            if (error == 0)
                return SSH_STEP_DONE;
        } else {
            s->sock = socket(s->address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            if (s->sock >= 0 && connect(s->sock, s->address->ai_addr, s->address->ai_addrlen) == 0)
                return SSH_STEP_DONE;
            error = errno;
            if (error == EINPROGRESS)
                return SSH_STEP_AGAIN;
        }
        s->connect_errno = error;
        fd_close(&s->sock);
    }
    fail_errno(err, s->connect_errno, _("unable to connect to server at '%s:%d'"), s->how->host, s->how->port);
    return SSH_STEP_FAILED;
}

static SshStep
step_handshake(SshSession *s, GError **err)
{
    int rc;

    if (!s->prepared) {
        ssh_hosts_prefer_known(s);
        s->prepared = true;
    }
    rc = libssh2_session_handshake(s->session, s->sock);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return SSH_STEP_AGAIN;
    if (rc == 0)
        return SSH_STEP_DONE;
    fail(err, VIR_ERR_SSH, _("SSH session handshake with '%s:%d' failed: %s"), s->how->host, s->how->port,
         ssh_session_why(s));
    return SSH_STEP_FAILED;
}

static SshStep
step_open(SshSession *s, GError **err)
{
    s->channel = libssh2_channel_open_session(s->session);
    if (s->channel)
        return SSH_STEP_DONE;
    if (libssh2_session_last_errno(s->session) == LIBSSH2_ERROR_EAGAIN)
        return SSH_STEP_AGAIN;
    fail(err, VIR_ERR_SSH, _("'%s:%d' opens no session: %s"), s->how->host, s->how->port, ssh_session_why(s));
    return SSH_STEP_FAILED;
}

static SshStep
step_exec(SshSession *s, GError **err)
{
    int rc = libssh2_channel_exec(s->channel, s->how->command);

    if (rc == LIBSSH2_ERROR_EAGAIN)
        return SSH_STEP_AGAIN;
    if (rc == 0)
        return SSH_STEP_DONE;
    fail(err, VIR_ERR_SSH, _("'%s:%d' starts no command: %s"), s->how->host, s->how->port, ssh_session_why(s));
    return SSH_STEP_FAILED;
}

/* what: for the message when the host does not answer */
static const struct {
    const char *what;
    SshStep (*run)(SshSession *s, GError **err);
} steps[] = {
    { N_("connecting"), step_connect },
    { N_("key exchange"), step_handshake },
    { N_("host key"), ssh_hosts_check },
    { N_("authentication methods"), ssh_login_list },
    { N_("authentication"), ssh_login_try },
    { N_("opening a session"), step_open },
    { N_("starting the command"), step_exec },
};

static bool
wait_for_host(SshSession *s, const char *what, GError **err)
{
    struct pollfd p = { .fd = s->sock, .events = ssh_session_events(s) };
    gint64        left = (s->deadline - g_get_monotonic_time()) / G_TIME_SPAN_MILLISECOND;
    int           rc = poll(&p, 1, (int)CLAMP(left, 0, s->how->timeout_ms));

    if (rc < 0 && errno != EINTR)
        return fail_errno(err, errno, _("cannot wait for the connection"));
    if (rc == 0)
        return fail(err, VIR_ERR_SSH, _("'%s:%d' did not answer within %d s (%s)"), s->how->host, s->how->port,
                    s->how->timeout_ms / 1000, _(what));
    return true;
}

bool
ssh_open(SshSession *s, GError **err)
{
    for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
        SshStep result;

        ssh_session_more_time(s);
        while ((result = steps[i].run(s, err)) == SSH_STEP_AGAIN) {
            if (!wait_for_host(s, steps[i].what, err))
                return false;
        }
        if (result == SSH_STEP_FAILED)
            return false;
    }
    return true;
}
