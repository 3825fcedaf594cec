/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/witness.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

/* A peer that is slow to ask, or many that never do, cost at most this. */
#define MAX_PEERS 64
#define PEER_TIMEOUT_MS 10000

static const char *const state_names[WITNESS_STATE_LAST] = {
    [WITNESS_PENDING] = "pending",     [WITNESS_STARTING] = "starting", [WITNESS_RUNNING] = "running",
    [WITNESS_CANCELLED] = "cancelled", [WITNESS_UNKNOWN] = "unknown",
};

typedef struct {
    char        *token;
    WitnessState state;
} Arrival;

/* One connection of somebody who asks; loop thread only. */
typedef struct {
    Witness *witness;
    int      fd;
    GSource *io, *timer;
    char     line[WITNESS_LINE_MAX];
    gsize    len;
    char    *waits_for; /* id whose CPUs are being started */
} Peer;

struct Witness {
    Loop          *loop;    /* fixed */
    WitnessRevoked revoked; /* fixed */
    gpointer       data;    /* fixed */
    GMutex         lock;
    GHashTable    *arrivals; /* under lock: id -> Arrival */
    gint           port;     /* atomic */
    /* loop thread */
    int      fd;
    GSource *accept_source;
    GPtrArray *peers;
};

const char *
witness_state_name(WitnessState state)
{
    return state < WITNESS_STATE_LAST ? state_names[state] : "unreachable";
}

WitnessState
witness_state_parse(const char *name)
{
    for (int i = 0; i < WITNESS_STATE_LAST; i++)
        if (g_str_equal(name, state_names[i]))
            return i;
    return WITNESS_STATE_LAST;
}

char *
witness_token_new(void)
{
    guint8   raw[WITNESS_TOKEN_LEN / 2];
    GString *hex = g_string_new(NULL);

    /* Cannot fail for so few bytes once the pool is ready, which it waits for. */
    if (getrandom(raw, sizeof(raw), 0) != sizeof(raw))
        g_error("no random numbers: %s", g_strerror(errno));
    for (gsize i = 0; i < sizeof(raw); i++)
        g_string_append_printf(hex, "%02x", raw[i]);
    return g_string_free(hex, FALSE);
}

static void
free_arrival(gpointer data)
{
    Arrival *arrival = data;

    g_free(arrival->token);
    g_free(arrival);
}

static void
free_peer(gpointer data)
{
    Peer *peer = data;

    source_remove(&peer->io);
    source_remove(&peer->timer);
    close(peer->fd);
    g_free(peer->waits_for);
    g_free(peer);
}

Witness *
witness_new(Loop *loop, WitnessRevoked revoked, gpointer data)
{
    Witness *witness = g_new0(Witness, 1);

    witness->loop = loop_ref(loop);
    witness->revoked = revoked;
    witness->data = data;
    witness->fd = -1;
    g_mutex_init(&witness->lock);
    witness->arrivals = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_arrival);
    witness->peers = g_ptr_array_new_with_free_func(free_peer);
    return witness;
}

static void
close_endpoint(gpointer data)
{
    Witness *witness = data;

    source_remove(&witness->accept_source);
    if (witness->fd >= 0)
        close(witness->fd);
    witness->fd = -1;
    g_ptr_array_set_size(witness->peers, 0);
}

void
witness_free(Witness *witness)
{
    if (!witness)
        return;
    loop_call(witness->loop, close_endpoint, witness);
    g_ptr_array_unref(witness->peers);
    g_hash_table_unref(witness->arrivals);
    g_mutex_clear(&witness->lock);
    loop_unref(witness->loop);
    g_free(witness);
}

/* The table */

void
witness_add(Witness *witness, const char *id, const char *token, WitnessState state)
{
    Arrival *arrival = g_new0(Arrival, 1);

    arrival->token = g_strdup(token);
    arrival->state = state;
    g_mutex_lock(&witness->lock);
    g_hash_table_replace(witness->arrivals, g_strdup(id), arrival);
    g_mutex_unlock(&witness->lock);
}

static bool
move(Witness *witness, const char *id, WitnessState from, WitnessState to)
{
    Arrival *arrival;
    bool     moved;

    g_mutex_lock(&witness->lock);
    arrival = g_hash_table_lookup(witness->arrivals, id);
    moved = arrival && arrival->state == from;
    if (moved)
        arrival->state = to;
    g_mutex_unlock(&witness->lock);
    return moved;
}

bool
witness_try_start(Witness *witness, const char *id)
{
    return move(witness, id, WITNESS_PENDING, WITNESS_STARTING);
}

bool
witness_try_cancel(Witness *witness, const char *id)
{
    return move(witness, id, WITNESS_PENDING, WITNESS_CANCELLED);
}

WitnessState
witness_look(Witness *witness, const char *id)
{
    Arrival     *arrival;
    WitnessState state;

    g_mutex_lock(&witness->lock);
    arrival = g_hash_table_lookup(witness->arrivals, id);
    state = arrival ? arrival->state : WITNESS_UNKNOWN;
    g_mutex_unlock(&witness->lock);
    return state;
}

static bool
same_token(const char *a, const char *b)
{
    guint8 differs = 0;

    if (strlen(a) != strlen(b))
        return false;
    for (gsize i = 0; a[i]; i++)
        differs |= (guint8)(a[i] ^ b[i]);
    return differs == 0;
}

WitnessState
witness_settle(Witness *witness, const char *id, const char *token)
{
    Arrival     *arrival;
    WitnessState state = WITNESS_UNKNOWN;
    bool         revoke = false;

    g_mutex_lock(&witness->lock);
    arrival = g_hash_table_lookup(witness->arrivals, id);
    if (arrival && same_token(arrival->token, token)) {
        revoke = arrival->state == WITNESS_PENDING;
        if (revoke)
            arrival->state = WITNESS_CANCELLED;
        state = arrival->state;
    }
    g_mutex_unlock(&witness->lock);

    if (revoke)
        witness->revoked(id, witness->data);
    return state;
}

/* The endpoint */

static void
answer(Peer *peer, WitnessState state)
{
    g_autofree char *line = g_strdup_printf("%s\n", witness_state_name(state));

    /* A dozen bytes fit any empty socket buffer; a peer that has gone will ask again. */
    if (send(peer->fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        log_debug("witness: answer not sent: %s", g_strerror(errno));
    g_ptr_array_remove(peer->witness->peers, peer);
}

typedef struct {
    Witness *witness;
    char    *id;
} Decision;

static void
free_decision(gpointer data)
{
    Decision *decision = data;

    g_free(decision->id);
    g_free(decision);
}

static void
answer_waiting(gpointer data)
{
    Decision    *decision = data;
    GPtrArray   *peers = decision->witness->peers;
    WitnessState state = witness_look(decision->witness, decision->id);

    for (guint i = peers->len; i-- > 0;) {
        Peer *peer = g_ptr_array_index(peers, i);

        if (peer->waits_for && g_str_equal(peer->waits_for, decision->id))
            answer(peer, state);
    }
}

void
witness_decide(Witness *witness, const char *id, WitnessState state)
{
    Decision *decision;
    Arrival  *arrival;

    g_mutex_lock(&witness->lock);
    arrival = g_hash_table_lookup(witness->arrivals, id);
    if (arrival)
        arrival->state = state;
    g_mutex_unlock(&witness->lock);

    decision = g_new(Decision, 1);
    *decision = (Decision){ witness, g_strdup(id) };
    loop_post(witness->loop, answer_waiting, decision, free_decision);
}

WitnessLine
witness_parse(const char *buf, gsize len, WitnessQuestion *ret_question)
{
    static const char prefix[] = "GODWIT-WITNESS 1 settle ";
    const gsize       start = sizeof(prefix) - 1, total = start + 36 + 1 + WITNESS_TOKEN_LEN + 1;

    if (memcmp(buf, prefix, MIN(len, start)) != 0)
        return WITNESS_LINE_BAD;
    if (len < total)
        return memchr(buf, '\n', len) ? WITNESS_LINE_BAD : WITNESS_LINE_MORE;
    if (len > total || buf[total - 1] != '\n' || buf[start + 36] != ' ')
        return WITNESS_LINE_BAD;

    memcpy(ret_question->id, buf + start, 36);
    ret_question->id[36] = '\0';
    memcpy(ret_question->token, buf + start + 37, WITNESS_TOKEN_LEN);
    ret_question->token[WITNESS_TOKEN_LEN] = '\0';
    if (!g_uuid_string_is_valid(ret_question->id) ||
        strspn(ret_question->token, "0123456789abcdef") != WITNESS_TOKEN_LEN)
        return WITNESS_LINE_BAD;
    return WITNESS_LINE_OK;
}

static void
hear(Peer *peer)
{
    WitnessQuestion question;
    WitnessState    state;

    switch (witness_parse(peer->line, peer->len, &question)) {
    case WITNESS_LINE_MORE:
        return;
    case WITNESS_LINE_BAD:
        g_ptr_array_remove(peer->witness->peers, peer);
        return;
    case WITNESS_LINE_OK:
        break;
    }
    state = witness_settle(peer->witness, question.id, question.token);
    log_info("witness: asked about migration %s: %s", question.id, witness_state_name(state));
    if (state == WITNESS_STARTING) {
        peer->waits_for = g_strdup(question.id);
        /* Decided in between? Then answer_waiting() may have passed already. */
        state = witness_look(peer->witness, question.id);
        if (state == WITNESS_STARTING)
            return;
    }
    answer(peer, state);
}

static gboolean
peer_ready(int fd, GIOCondition what, gpointer data)
{
    Peer   *peer = data;
    ssize_t n = recv(fd, peer->line + peer->len, sizeof(peer->line) - peer->len, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    if (n <= 0 || peer->waits_for) {
        g_ptr_array_remove(peer->witness->peers, peer);
        return G_SOURCE_CONTINUE;
    }
    peer->len += n;
    hear(peer);
    return G_SOURCE_CONTINUE;
}

static gboolean
peer_too_slow(gpointer data)
{
    Peer *peer = data;

    g_ptr_array_remove(peer->witness->peers, peer);
    return G_SOURCE_CONTINUE;
}

static gboolean
accept_peer(int fd, GIOCondition what, gpointer data)
{
    Witness *witness = data;
    Peer    *peer;
    int      client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (client < 0)
        return G_SOURCE_CONTINUE;
    /* The oldest silent one makes room: an honest asker is served at once and does not stay. */
    if (witness->peers->len >= MAX_PEERS)
        g_ptr_array_remove_index(witness->peers, 0);

    peer = g_new0(Peer, 1);
    peer->witness = witness;
    peer->fd = client;
    peer->io = loop_add_fd(witness->loop, client, G_IO_IN, peer_ready, peer, NULL);
    peer->timer = loop_add_timer(witness->loop, PEER_TIMEOUT_MS, peer_too_slow, peer, NULL);
    g_ptr_array_add(witness->peers, peer);
    return G_SOURCE_CONTINUE;
}

static int
listen_on(const struct addrinfo *ai)
{
    int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1, off = 0;

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (ai->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, MAX_PEERS) == 0)
        return fd;

    on = errno;
    close(fd);
    errno = on;
    return -1;
}

static guint16
bound_port(int fd)
{
    struct sockaddr_storage addr;
    socklen_t               len = sizeof(addr);

    if (getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
        return 0;
    return ntohs(addr.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&addr)->sin6_port
                                            : ((struct sockaddr_in *)&addr)->sin_port);
}

static void
watch_endpoint(gpointer data)
{
    Witness *witness = data;

    witness->accept_source = loop_add_fd(witness->loop, witness->fd, G_IO_IN, accept_peer, witness, NULL);
}

bool
witness_listen(Witness *witness, const char *address, guint16 port, GError **err)
{
    struct addrinfo  hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | AI_PASSIVE };
    struct addrinfo *found = NULL;
    char             service[8];
    int              rc, fd = -1;

    g_snprintf(service, sizeof(service), "%u", port);
    if (!address)
        hints.ai_family = AF_INET6;
    rc = getaddrinfo(address, service, &hints, &found);
    if (rc != 0)
        return fail(err, VIR_ERR_SYSTEM_ERROR, _("cannot resolve the address '%s' of the migration witness: %s"),
                    address ? address : "::", gai_strerror(rc));
    for (struct addrinfo *ai = found; ai && fd < 0; ai = ai->ai_next)
        fd = listen_on(ai);
    freeaddrinfo(found);
    /* A kernel without IPv6 */
    if (fd < 0 && !address && errno == EAFNOSUPPORT)
        return witness_listen(witness, "0.0.0.0", port, err);
    if (fd < 0)
        return fail_errno(err, errno, _("cannot open the migration witness at '%s:%u'"), address ? address : "::", port);

    witness->fd = fd;
    g_atomic_int_set(&witness->port, bound_port(fd));
    loop_call(witness->loop, watch_endpoint, witness);
    return true;
}

guint16
witness_port(Witness *witness)
{
    return g_atomic_int_get(&witness->port);
}
