/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's side of a start: everything that QEMU gets as an open descriptor, or finds as a file of this run. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "qemu/command-private.h"
#include "qemu/command-tap.h"

#define MASTER_KEY_SIZE 32

struct QemuResources {
    GPtrArray *list; /* Resource */
};

static void
resource_free(gpointer data)
{
    Resource *r = data;

    if (r->fd >= 0)
        close(r->fd);
    g_free(r->user);
    g_free(r->path);
    g_free(r->bridge);
    g_free(r);
}

Resource *
plan_add(QemuResources *resources, ResourceKind kind, const char *user, const char *path)
{
    Resource *r = g_new0(Resource, 1);

    r->kind = kind;
    r->user = g_strdup(user);
    r->path = g_strdup(path);
    r->fd = -1;
    g_ptr_array_add(resources->list, r);
    return r;
}

QemuResources *
command_plan(const CommandEnv *env, GError **err)
{
    g_autoptr(QemuResources) resources = g_new0(QemuResources, 1);
    g_autofree char *key = g_build_filename(env->domain_dir, "master-key.aes", NULL);

    resources->list = g_ptr_array_new_with_free_func(resource_free);
    plan_add(resources, RES_KEY_FILE, "masterKey0", key);
    plan_add(resources, RES_UNIX_SERVER, "charmonitor", env->monitor_path);
    plan_chardevs(resources, env);
    plan_tpms(resources, env);
    if (!plan_nets(resources, env, err))
        return NULL;
    return g_steal_pointer(&resources);
}

static bool
open_key(Resource *r, GError **err)
{
    guint8 key[MASTER_KEY_SIZE];
    int fd;
    bool ok;

    unlink(r->path);
    fd = open(r->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_errno(err, errno, _("cannot create '%s'"), r->path);
    r->made = true;
    ok = getrandom(key, sizeof(key), 0) == sizeof(key) && write(fd, key, sizeof(key)) == sizeof(key);
    if (!ok)
        fail_errno(err, errno, _("cannot write '%s'"), r->path);
    explicit_bzero(key, sizeof(key));
    close(fd);
    return ok;
}

/* A socket's address holds 107 bytes; a longer path is reached through its directory's descriptor. */
static bool
fill_address(struct sockaddr_un *addr, const char *path, int *ret_dir, GError **err)
{
    g_autofree char *dir = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *brief = NULL;

    *addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (strlen(path) < sizeof(addr->sun_path)) {
        g_strlcpy(addr->sun_path, path, sizeof(addr->sun_path));
        return true;
    }
    *ret_dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*ret_dir < 0)
        return fail_errno(err, errno, _("cannot open directory '%s'"), dir);
    brief = g_strdup_printf("/proc/self/fd/%d/%s", *ret_dir, name);
    if (strlen(brief) >= sizeof(addr->sun_path))
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("the name of socket '%s' is too long"), path);
    g_strlcpy(addr->sun_path, brief, sizeof(addr->sun_path));
    return true;
}

static bool
bind_and_listen(Resource *r, const struct sockaddr_un *addr, GError **err)
{
    struct stat st;

    /* What a former run left behind; never a file that is no socket. */
    if (lstat(r->path, &st) == 0 && S_ISSOCK(st.st_mode))
        unlink(r->path);
    r->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (r->fd < 0)
        return fail_errno(err, errno, _("cannot make a socket"));
    /* Nobody else may connect, also not in the moment between bind and a chmod. */
    if (fchmod(r->fd, 0600) < 0 || bind(r->fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0)
        return fail_errno(err, errno, _("cannot bind socket '%s'"), r->path);
    r->made = true;
    if (listen(r->fd, 1) < 0)
        return fail_errno(err, errno, _("cannot listen on socket '%s'"), r->path);
    return true;
}

static bool
open_unix_server(Resource *r, GError **err)
{
    g_autofree char *parent = g_path_get_dirname(r->path);
    struct sockaddr_un addr;
    int dir = -1;
    bool ok;

    if (g_mkdir_with_parents(parent, 0700) < 0)
        return fail_errno(err, errno, _("cannot make directory '%s'"), parent);
    ok = fill_address(&addr, r->path, &dir, err) && bind_and_listen(r, &addr, err);
    if (dir >= 0)
        close(dir);
    return ok;
}

static bool
open_file(Resource *r, GError **err)
{
    const int how = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | (r->append ? 0 : O_TRUNC);

    r->fd = open(r->path, how, 0600);
    if (r->fd < 0)
        return fail_errno(err, errno, _("Unable to open file '%s'"), r->path);
    return true;
}

static bool
open_vhost(Resource *r, GError **err)
{
    r->fd = open(r->path, O_RDWR | O_CLOEXEC);
    return true; /* without it QEMU does the same work itself */
}

static bool (*const openers[])(Resource *r, GError **err) = {
    [RES_KEY_FILE] = open_key,
    [RES_UNIX_SERVER] = open_unix_server,
    [RES_FILE] = open_file,
    [RES_TAP] = command_open_tap,
    [RES_VHOST] = open_vhost,
};
G_STATIC_ASSERT(G_N_ELEMENTS(openers) == RES_LAST);

/* The kernel chose the name of the first queue's device; the others attach to that one. */
static void
follow_first_queue(QemuResources *resources, Resource *r)
{
    for (guint i = 0; r->kind == RES_TAP && r->queue && i < resources->list->len; i++) {
        const Resource *first = g_ptr_array_index(resources->list, i);

        if (first->kind == RES_TAP && !first->queue && g_str_equal(first->user, r->user)) {
            g_free(r->path);
            r->path = g_strdup(first->path);
        }
    }
}

bool
qemu_resources_open(QemuResources *resources, GError **err)
{
    for (guint i = 0; i < resources->list->len; i++) {
        Resource *r = g_ptr_array_index(resources->list, i);

        follow_first_queue(resources, r);
        if (!openers[r->kind](r, err)) {
            qemu_resources_undo(resources);
            return false;
        }
    }
    return true;
}

void
qemu_resources_undo(QemuResources *resources)
{
    for (guint i = 0; i < resources->list->len; i++) {
        Resource *r = g_ptr_array_index(resources->list, i);

        if (r->made && r->kind != RES_TAP)
            unlink(r->path);
        r->made = false;
        if (r->fd >= 0)
            close(r->fd);
        r->fd = -1;
    }
}

void
qemu_resources_free(QemuResources *resources)
{
    if (!resources)
        return;
    g_ptr_array_unref(resources->list);
    g_free(resources);
}

guint
qemu_resources_count(const QemuResources *resources)
{
    return resources->list->len;
}

Resource *
qemu_resources_at(QemuResources *resources, guint i)
{
    return g_ptr_array_index(resources->list, i);
}

GArray *
qemu_resources_fds(const QemuResources *resources)
{
    GArray *fds = g_array_new(FALSE, FALSE, sizeof(int));

    for (guint i = 0; i < resources->list->len; i++) {
        const Resource *r = g_ptr_array_index(resources->list, i);

        if (r->fd >= 0 && !r->helper)
            g_array_append_val(fds, r->fd);
    }
    return fds;
}

static const Resource *
find(const QemuResources *resources, ResourceKind kind, const char *user, guint queue)
{
    for (guint i = 0; resources && i < resources->list->len; i++) {
        const Resource *r = g_ptr_array_index(resources->list, i);

        if (r->kind == kind && r->queue == queue && g_str_equal(r->user, user))
            return r;
    }
    return NULL;
}

int
qemu_resources_fd(const QemuResources *resources, ResourceKind kind, const char *user)
{
    const Resource *r = find(resources, kind, user, 0);

    return r ? r->fd : -1;
}

const char *
qemu_resources_tap_name(const QemuResources *resources, const char *net_alias)
{
    g_autofree char *user = g_strdup_printf("host%s", net_alias);
    const Resource *tap = find(resources, RES_TAP, user, 0);

    return tap ? tap->path : NULL;
}

const Resource *
cmd_resource(const Cmd *cmd, ResourceKind kind, const char *user, guint queue)
{
    return find(cmd->env->resources, kind, user, queue);
}

int
cmd_fd(const Cmd *cmd, ResourceKind kind, const char *user, guint queue)
{
    const Resource *r = cmd_resource(cmd, kind, user, queue);

    return r ? r->fd : -1;
}
