/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fakes/qmp.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/json.h"

struct FakeQmp {
    const QmpRow *rows;
    const QmpRow *const *scripts; /* NULL: one connection, that of rows */
    int           listener;
    guint         base;           /* commands of earlier connections */
    int           fd;
    GThread      *thread;
    GString      *in;
    GPtrArray    *commands; /* JsonNode, in order of arrival */
    guint         batches;
    int           passed_fd;
    char         *trouble;  /* the first deviation from the script */
};

static void
take_fd(FakeQmp *fake, struct msghdr *msg)
{
    struct cmsghdr *control = CMSG_FIRSTHDR(msg);

    if (control && control->cmsg_type == SCM_RIGHTS)
        memcpy(&fake->passed_fd, CMSG_DATA(control), sizeof(int));
}

static gboolean
read_more(FakeQmp *fake)
{
    char bytes[65536], control[64];
    struct iovec  iov = { bytes, sizeof(bytes) };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
    ssize_t n = recvmsg(fake->fd, &msg, 0);
    guint   lines = 0;

    if (n <= 0)
        return FALSE;
    take_fd(fake, &msg);
    for (ssize_t i = 0; i < n; i++)
        lines += bytes[i] == '\n';
    fake->batches += lines > 1;
    g_string_append_len(fake->in, bytes, n);
    return TRUE;
}

/* The next command, or NULL at the end of the connection. */
static JsonObject *
next_command(FakeQmp *fake)
{
    JsonNode *node;
    char     *end;

    while (!(end = strchr(fake->in->str, '\n')))
        if (!read_more(fake))
            return NULL;
    node = json_parse(fake->in->str, end - fake->in->str, 64, NULL);
    g_string_erase(fake->in, 0, end + 1 - fake->in->str);
    if (node)
        g_ptr_array_add(fake->commands, node);
    return json_as_object(node);
}

static void
expect_command(FakeQmp *fake, const char *name)
{
    JsonObject *command = next_command(fake);
    const char *got = json_get_string(command, "execute");

    if (g_strcmp0(got, name) != 0 && !fake->trouble)
        fake->trouble = g_strdup_printf("expected '%s', got '%s'", name, got ? got : "the end");
}

static gint64
id_of(FakeQmp *fake, guint n)
{
    n = n == 0 ? fake->commands->len : n + fake->base;
    if (n < 1 || n > fake->commands->len)
        return -1;
    return json_int_or(json_as_object(g_ptr_array_index(fake->commands, n - 1)), "id", -1);
}

static void
send_all(FakeQmp *fake, const char *bytes, gsize len)
{
    while (len > 0) {
        ssize_t n = send(fake->fd, bytes, len, MSG_NOSIGNAL);

        if (n <= 0)
            return;
        bytes += n;
        len -= (gsize)n;
    }
}

static void
send_text(FakeQmp *fake, const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);

    for (const char *p = text; *p; p++) {
        if (*p == '$' && g_ascii_isdigit(p[1]))
            g_string_append_printf(out, "%" G_GINT64_FORMAT, id_of(fake, (guint)(*++p - '0')));
        else
            g_string_append_c(out, *p);
    }
    send_all(fake, out->str, out->len);
}

static void
send_junk(FakeQmp *fake, gsize len)
{
    g_autofree char *junk = g_malloc(len);

    memset(junk, '[', len);
    send_all(fake, junk, len);
}

static void
follow(FakeQmp *fake, const QmpRow *rows)
{
    for (const QmpRow *row = rows; row->expect || row->send || row->junk || row->close; row++) {
        if (row->expect)
            expect_command(fake, row->expect);
        if (row->send)
            send_text(fake, row->send);
        if (row->junk)
            send_junk(fake, row->junk);
        if (row->close)
            shutdown(fake->fd, SHUT_RDWR);
    }
}

static void
take_connection(FakeQmp *fake)
{
    if (fake->fd >= 0)
        close(fake->fd);
    fake->fd = accept4(fake->listener, NULL, NULL, SOCK_CLOEXEC);
    fake->base = fake->commands->len;
    g_string_truncate(fake->in, 0);
}

static gpointer
run(gpointer data)
{
    FakeQmp *fake = data;

    if (!fake->scripts)
        follow(fake, fake->rows);
    for (const QmpRow *const *script = fake->scripts; script && *script; script++) {
        take_connection(fake);
        follow(fake, *script);
    }
    return NULL;
}

static FakeQmp *
new_fake(int fd)
{
    FakeQmp *fake = g_new0(FakeQmp, 1);

    fake->fd = fd;
    fake->listener = -1;
    fake->passed_fd = -1;
    fake->in = g_string_new(NULL);
    fake->commands = g_ptr_array_new_with_free_func((GDestroyNotify)json_node_unref);
    return fake;
}

FakeQmp *
fake_qmp_start(const QmpRow *rows, int *ret_fd)
{
    FakeQmp *fake;
    int      pair[2];

    g_assert_true(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    fake = new_fake(pair[0]);
    fake->rows = rows;
    fake->thread = g_thread_new("fake-qmp", run, fake);
    *ret_fd = pair[1];
    return fake;
}

FakeQmp *
fake_qmp_serve(const char *path, const QmpRow *const *scripts)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    FakeQmp           *fake = new_fake(-1);

    g_assert_true(strlen(path) < sizeof(addr.sun_path));
    strcpy(addr.sun_path, path);
    fake->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_true(bind(fake->listener, (struct sockaddr *)&addr, sizeof(addr)) == 0 && listen(fake->listener, 1) == 0);
    fake->scripts = scripts;
    fake->thread = g_thread_new("fake-qmp", run, fake);
    return fake;
}

void
fake_qmp_wait(FakeQmp *fake)
{
    if (fake->thread)
        g_thread_join(g_steal_pointer(&fake->thread));
}

const char *
fake_qmp_arguments(FakeQmp *fake, guint n)
{
    JsonObject *command = n >= 1 && n <= fake->commands->len
                              ? json_as_object(g_ptr_array_index(fake->commands, n - 1)) : NULL;
    JsonObject *arguments = json_get_object(command, "arguments");
    g_autofree char *text = arguments ? json_object_text(arguments) : NULL;

    return text ? g_intern_string(text) : NULL;
}

int
fake_qmp_passed_fd(FakeQmp *fake)
{
    return fake->passed_fd;
}

guint
fake_qmp_batches(FakeQmp *fake)
{
    return fake->batches;
}

char *
fake_qmp_finish(FakeQmp *fake)
{
    char *trouble;

    fake_qmp_wait(fake);
    trouble = g_steal_pointer(&fake->trouble);
    close(fake->fd);
    if (fake->listener >= 0)
        close(fake->listener);
    if (fake->passed_fd >= 0)
        close(fake->passed_fd);
    g_string_free(fake->in, TRUE);
    g_ptr_array_unref(fake->commands);
    g_free(fake);
    return trouble;
}
