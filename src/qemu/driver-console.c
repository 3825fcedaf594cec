/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest's consoles and channels, opened for somebody outside. No job: it works while the guest migrates, too. */
#include <string.h>

#include "qemu/console-flow.h"
#include "qemu/driver-private.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* What consoles and channels differ in; the texts are libvirt's. */
typedef struct {
    const char *api;
    guint32     flags;
    bool        pty_too;
    bool (*matches)(const DomChr *chr, const char *name);
    const char *missing, *wrong_type, *busy;
} Kind;

static bool
has_alias(const DomChr *chr, const char *name)
{
    return g_strcmp0(chr->info.alias, name) == 0;
}

static bool
has_alias_or_name(const DomChr *chr, const char *name)
{
    return has_alias(chr, name) || (chr->target == DOM_CHR_TARGET_VIRTIO && g_strcmp0(chr->name, name) == 0);
}

static const Kind consoles = {
    "virDomainOpenConsole", VIR_DOMAIN_CONSOLE_FORCE | VIR_DOMAIN_CONSOLE_SAFE, true, has_alias,
    N_("cannot find console device '%s'"), N_("character device %s is not using a PTY or UNIX socket"),
    N_("Active console session exists for this domain"),
};

static const Kind channels = {
    "virDomainOpenChannel", VIR_DOMAIN_CHANNEL_FORCE, false, has_alias_or_name,
    N_("cannot find channel %s"), N_("channel %s is not using a UNIX socket"),
    N_("Active channel stream exists for this domain"),
};

static const DomChr *
find_in(const GPtrArray *list, const Kind *kind, const char *name)
{
    const DomChr *chr;

    dom_each(chr, list)
        if (!name || kind->matches(chr, name))
            return chr;
    return NULL;
}

static const DomChr *
find_device(const DomDef *def, const Kind *kind, const char *name)
{
    const GPtrArray *of_consoles[] = { def->consoles, def->serials, name ? def->parallels : NULL };
    const GPtrArray *of_channels[] = { def->channels, NULL, NULL };
    const GPtrArray *const *lists = kind == &consoles ? of_consoles : of_channels;

    for (int i = 0; i < 3 && lists[i]; i++) {
        const DomChr *chr = find_in(lists[i], kind, name);

        if (chr)
            return chr;
    }
    return NULL;
}

static bool
can_be_opened(const DomChrSource *src, const Kind *kind)
{
    if (!src->path)
        return false;
    return (src->type == DOM_CHR_PTY && kind->pty_too) || (src->type == DOM_CHR_UNIX && src->mode == DOM_CHR_MODE_BIND);
}

/* dom->lock held. Caller frees the path. */
static char *
find_path(QemuDomain *dom, const Kind *kind, const char *name, bool *ret_socket, GError **err)
{
    const DomChr *chr;

    if (!qemu_domain_is_active(dom))
        return fail_null(err, VIR_ERR_OPERATION_INVALID, _("domain is not running"));
    chr = find_device(dom->def, kind, name);
    if (!chr)
        return fail_null(err, VIR_ERR_INTERNAL_ERROR, _(kind->missing), name ? name : _("default"));
    if (!can_be_opened(&chr->src, kind))
        return fail_null(err, VIR_ERR_INTERNAL_ERROR, _(kind->wrong_type), name ? name : chr->info.alias);
    *ret_socket = chr->src.type == DOM_CHR_UNIX;
    return g_strdup(chr->src.path);
}

static bool
open_device(VirConn *conn, const Kind *kind, const OpenDeviceIn *in, FlowOut *out, GError **err)
{
    ConsolePlace place = { .force = in->flags & VIR_DOMAIN_CONSOLE_FORCE, .busy = _(kind->busy) };
    g_autoptr(QemuDomain) dom = NULL;
    g_autofree char *path = NULL;

    if (!verb_check_flags(in->flags, kind->flags, kind->api, err))
        return false;
    dom = qemu_domain_find(qemu_driver_of(conn), &in->dom, err);
    if (!dom)
        return false;
    g_mutex_lock(&dom->lock);
    path = find_path(dom, kind, in->device, &place.is_socket, err);
    g_mutex_unlock(&dom->lock);
    place.path = path;
    if (path)
        out->flow = console_flow_open(&place, err);
    return out->flow != NULL;
}

bool
qemu_verb_domain_open_console(VirConn *conn, const OpenDeviceIn *in, FlowOut *out, GError **err)
{
    return open_device(conn, &consoles, in, out, err);
}

bool
qemu_verb_domain_open_channel(VirConn *conn, const OpenDeviceIn *in, FlowOut *out, GError **err)
{
    return open_device(conn, &channels, in, out, err);
}
