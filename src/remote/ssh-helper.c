/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* godwit-ssh-helper: what an SSH client runs on a server's host, to be connected with the daemon there. Copies between
 * its standard input and output and the daemon's socket, through pipes so that the bytes stay in the kernel. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "remote/target.h"
#include "rpc/chan.h"
#include "util/err.h"
#include "util/fd.h"

#define VIR_FROM_THIS VIR_FROM_REMOTE
#define PIECE 65536 /* what a pipe holds */

/* One direction. */
typedef struct {
    int   from, to;
    int   pipe[2];
    gsize held;  /* bytes in the pipe */
    bool  ended; /* nothing more comes */
} Flow;

/* true: moved something, or nothing can be moved now; *ret_n says how much, 0 at the end of from. */
static bool
move(int from, int to, gsize max, gssize *ret_n, GError **err)
{
    gssize n;

    do {
        n = splice(from, NULL, to, NULL, max, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && errno != EAGAIN && errno != ECONNRESET)
        return fail_errno(err, errno, _("cannot copy between the client and the daemon"));
    *ret_n = n < 0 && errno == ECONNRESET ? 0 : n;
    return true;
}

static bool
flow_step(Flow *f, short from_events, short to_events, GError **err)
{
    gssize n;

    if (f->held == 0 && !f->ended && from_events) {
        if (!move(f->from, f->pipe[1], PIECE, &n, err))
            return false;
        f->ended = n == 0;
        f->held = n > 0 ? (gsize)n : 0;
        to_events = POLLOUT; /* most often it takes them at once */
    }
    if (f->held > 0 && to_events) {
        if (!move(f->pipe[0], f->to, f->held, &n, err))
            return false;
        f->held -= n > 0 ? (gsize)n : 0;
    }
    return true;
}

/* Until either side has ended and the other has got what it said. */
static bool
copy(Flow flows[2], GError **err)
{
    while (!(flows[0].ended && flows[0].held == 0) && !(flows[1].ended && flows[1].held == 0)) {
        struct pollfd p[4];

        for (int i = 0; i < 2; i++) {
            Flow *f = &flows[i];

            p[2 * i] = (struct pollfd){ .fd = f->held || f->ended ? -1 : f->from, .events = POLLIN };
            p[2 * i + 1] = (struct pollfd){ .fd = f->held ? f->to : -1, .events = POLLOUT };
        }
        if (poll(p, 4, -1) < 0) {
            if (errno == EINTR)
                continue;
            return fail_errno(err, errno, _("cannot wait for the connection"));
        }
        for (int i = 0; i < 2; i++) {
            if (!flow_step(&flows[i], p[2 * i].revents, p[2 * i + 1].revents, err))
                return false;
        }
    }
    return true;
}

static bool
open_pipes(Flow flows[2], GError **err)
{
    for (int i = 0; i < 2; i++) {
        if (pipe2(flows[i].pipe, O_CLOEXEC | O_NONBLOCK) < 0)
            return fail_errno(err, errno, _("cannot create a pipe"));
        if (!fd_set_nonblock(flows[i].from, true, err))
            return false;
    }
    return true;
}

static bool
serve(const char *uri, bool read_only, GError **err)
{
    RemoteTarget     target = { 0 };
    bool             declined = false, ok;
    g_autofree char *path = NULL;
    g_autoptr(Chan)  chan = NULL;
    Flow             flows[2] = { { 0 } };

    if (!remote_target_parse(uri, &target, &declined, err))
        return declined ? fail(err, VIR_ERR_INVALID_ARG, _("no daemon serves the URI '%s'"), uri) : false;
    path = remote_target_socket(&target, read_only);
    ok = target.host == NULL;
    remote_target_clear(&target);
    if (!ok)
        return fail(err, VIR_ERR_INVALID_ARG, _("the URI '%s' is of another host"), uri);
    if (!(chan = chan_connect_unix(path, err)))
        return false;
    flows[0].from = STDIN_FILENO;
    flows[0].to = flows[1].from = chan_fd(chan);
    flows[1].to = STDOUT_FILENO;
    return open_pipes(flows, err) && fd_set_nonblock(STDOUT_FILENO, true, err) && copy(flows, err);
}

int
main(int argc, char **argv)
{
    gboolean                read_only = FALSE, version = FALSE;
    const GOptionEntry      entries[] = {
        { "readonly", 'r', 0, G_OPTION_ARG_NONE, &read_only, N_("Connect to the read-only socket"), NULL },
        { "version", 'V', 0, G_OPTION_ARG_NONE, &version, N_("Print the version"), NULL },
        { NULL },
    };
    GOptionContext         *context = g_option_context_new("URI");
    g_autoptr(GError)       err = NULL;
    bool                    ok;

    setlocale(LC_ALL, "");
    signal(SIGPIPE, SIG_IGN);
    g_option_context_add_main_entries(context, entries, NULL);
    ok = g_option_context_parse(context, &argc, &argv, &err);
    g_option_context_free(context);
    if (ok && version) {
        puts("godwit-ssh-helper " GODWIT_VERSION);
        return 0;
    }
    if (ok && argc != 2)
        ok = fail(&err, VIR_ERR_INVALID_ARG, _("one URI is expected"));
    if (ok)
        ok = serve(argv[1], read_only, &err);
    if (!ok)
        fprintf(stderr, "godwit-ssh-helper: %s\n", err->message);
    return ok ? 0 : 1;
}
