/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/ssh-session.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "util/err.h"
#include "util/fd.h"

#define VIR_FROM_THIS VIR_FROM_SSH

static bool
resolve(SshSession *s, GError **err)
{
    g_autofree char *port = g_strdup_printf("%d", s->how->port);
    struct addrinfo  hints = { .ai_socktype = SOCK_STREAM };
    int              rc = getaddrinfo(s->how->host, port, &hints, &s->addresses);

    if (rc != 0)
        return fail(err, VIR_ERR_SYSTEM_ERROR, _("unable to resolve address '%s' service '%s': %s"), s->how->host, port,
                    gai_strerror(rc));
    s->address = s->addresses;
    return true;
}

SshSession *
ssh_session_new(const Libssh2How *how, GError **err)
{
    SshSession *s;

    if (!ssh_library_load(err))
        return NULL;
    s = g_new0(SshSession, 1);
    s->how = how;
    s->sock = -1;
    s->name = g_strdup_printf("%s:%d", how->host, how->port);
    s->refusals = g_string_new(NULL);
    s->session = libssh2_session_init_ex(NULL, NULL, NULL, s);
    if (!s->session) {
        fail(err, VIR_ERR_SSH, _("libssh2 makes no session"));
    } else if (resolve(s, err)) {
        libssh2_session_set_blocking(s->session, 0);
        return s;
    }
    ssh_session_free(s);
    return NULL;
}

void
ssh_session_opened(SshSession *s)
{
    if (s->agent) {
        libssh2_agent_disconnect(s->agent);
        libssh2_agent_free(g_steal_pointer(&s->agent));
    }
    g_clear_pointer(&s->addresses, freeaddrinfo);
    g_clear_pointer(&s->offered, g_free);
    ssh_session_wipe(&s->secret);
    s->how = NULL;
}

void
ssh_session_free(SshSession *s)
{
    ssh_session_opened(s);
    /* A session whose socket still lives would want to say good-bye, and to wait for the answer. */
    if (s->sock >= 0)
        shutdown(s->sock, SHUT_RDWR);
    if (s->session) {
        while (libssh2_session_free(s->session) == LIBSSH2_ERROR_EAGAIN)
            ;
    }
    fd_close(&s->sock);
    g_string_free(s->refusals, TRUE);
    g_free(s->name);
    g_free(s);
}

const char *
ssh_session_why(SshSession *s)
{
    char *text = NULL;

    libssh2_session_last_error(s->session, &text, NULL, 0);
    return text && *text ? text : _("unknown error");
}

void
ssh_session_more_time(SshSession *s)
{
    s->deadline = g_get_monotonic_time() + s->how->timeout_ms * G_TIME_SPAN_MILLISECOND;
}

short
ssh_session_events(SshSession *s)
{
    int dirs = libssh2_session_block_directions(s->session);

    if (!s->prepared) /* not connected yet */
        return POLLOUT;
    return (short)(((dirs & LIBSSH2_SESSION_BLOCK_INBOUND) ? POLLIN : 0)
                   | ((dirs & LIBSSH2_SESSION_BLOCK_OUTBOUND) ? POLLOUT : 0));
}

char *
ssh_session_ask(SshSession *s, const char *prompt, bool secret)
{
    char *answer = s->how->ask ? s->how->ask(prompt, secret, s->how->ask_data) : NULL;

    ssh_session_more_time(s);
    return answer;
}

void
ssh_session_wipe(char **secret)
{
    if (*secret)
        explicit_bzero(*secret, strlen(*secret));
    g_clear_pointer(secret, g_free);
}
