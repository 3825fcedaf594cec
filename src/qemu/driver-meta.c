/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Title, description and what applications keep in a definition. */
#include "qemu/driver-private.h"
#include "qemu/events.h"
#include "qemu/metadata.h"
#include "qemu/state.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

static char **
text_member(DomDef *def, gint32 type)
{
    return type == VIR_DOMAIN_METADATA_TITLE ? &def->title : &def->description;
}

static bool
check_type(gint32 type, const char *uri, GError **err)
{
    if (type < 0 || type > VIR_DOMAIN_METADATA_ELEMENT)
        return fail(err, VIR_ERR_INVALID_ARG, _("unknown metadata type '%d'"), type);
    return type != VIR_DOMAIN_METADATA_ELEMENT || (uri && *uri) ||
           fail(err, VIR_ERR_INVALID_ARG, _("a namespace URI is needed for metadata of type 'element'"));
}

static char *
read_metadata(DomDef *def, const GetMetadataIn *in)
{
    if (in->type == VIR_DOMAIN_METADATA_ELEMENT)
        return metadata_get(def->metadata, in->uri);
    return g_strdup(*text_member(def, in->type));
}

bool
qemu_verb_domain_get_metadata(VirConn *conn, const GetMetadataIn *in, TextOut *out, GError **err)
{
    g_autoptr(QemuDomain) dom = NULL;
    DomDef *def;

    if (!verb_check_flags(in->flags, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG, "virDomainGetMetadata", err) ||
        !check_type(in->type, in->uri, err))
        return false;
    dom = qemu_domain_find(qemu_driver_of(conn), &in->dom, err);
    if (!dom)
        return false;
    g_mutex_lock(&dom->lock);
    def = qemu_verb_pick_def(dom, in->flags, err);
    if (def)
        out->text = read_metadata(def, in);
    g_mutex_unlock(&dom->lock);
    if (!def || out->text)
        return def != NULL;
    return fail(err, VIR_ERR_NO_DOMAIN_METADATA, _("Requested metadata element is not present"));
}

static bool
change(DomDef *def, const SetMetadataIn *in, GError **err)
{
    char *changed;

    if (in->type == VIR_DOMAIN_METADATA_ELEMENT) {
        if (!metadata_set(def->metadata, in->key, in->uri, in->metadata, &changed, err))
            return false;
        g_free(def->metadata);
        def->metadata = changed;
        return true;
    }
    g_free(*text_member(def, in->type));
    *text_member(def, in->type) = in->metadata && *in->metadata ? g_strdup(in->metadata) : NULL;
    return true;
}

/* Job held. */
static bool
change_config(QemuDomain *dom, const SetMetadataIn *in, GError **err)
{
    g_autoptr(DomDef) copy = NULL;
    DomDef *def;

    g_mutex_lock(&dom->lock);
    def = qemu_domain_get_persistent_def(dom, err);
    copy = def ? dom_def_copy(def) : NULL;
    g_mutex_unlock(&dom->lock);
    if (!copy || !change(copy, in, err) || !qemu_state_write_definition(dom, copy, err))
        return false;
    qemu_domain_set_persistent_def(dom, g_steal_pointer(&copy));
    return true;
}

/* Job held. */
static bool
change_live(QemuDomain *dom, const SetMetadataIn *in, GError **err)
{
    bool ok;

    g_mutex_lock(&dom->lock);
    ok = qemu_domain_is_active(dom) || fail(err, VIR_ERR_OPERATION_INVALID, _("domain is not running"));
    ok = ok && change(dom->def, in, err);
    if (ok)
        qemu_state_live_changed(dom);
    g_mutex_unlock(&dom->lock);
    return ok;
}

static void
tell_change(QemuDomain *dom, const SetMetadataIn *in)
{
    DomRef ref;
    DomainEvent *ev;

    g_mutex_lock(&dom->lock);
    ref = qemu_domain_make_ref(dom, dom->id);
    g_mutex_unlock(&dom->lock);
    ev = domain_event_new(VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, &ref);
    ev->n1 = in->type;
    ev->text1 = in->type == VIR_DOMAIN_METADATA_ELEMENT ? g_strdup(in->uri) : NULL;
    qemu_event_emit(dom->driver, ev);
}

static bool
check_set(const SetMetadataIn *in, GError **err)
{
    if (!verb_check_flags(in->flags, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG, "virDomainSetMetadata", err) ||
        !check_type(in->type, in->uri, err))
        return false;
    return in->type != VIR_DOMAIN_METADATA_ELEMENT || !in->metadata || (in->key && *in->key) ||
           fail(err, VIR_ERR_INVALID_ARG, _("a namespace prefix is needed for metadata of type 'element'"));
}

bool
qemu_verb_domain_set_metadata(VirConn *conn, const SetMetadataIn *in, NoneOut *out, GError **err)
{
    guint32 flags = in->flags;
    QemuDomain *dom;
    bool ok;

    if (!check_set(in, err) ||
        !(dom = qemu_verb_begin(conn, &in->dom, JOB_MODIFY, ANY_DOMAIN, "virDomainSetMetadata", err)))
        return false;
    if (flags == VIR_DOMAIN_AFFECT_CURRENT)
        flags = qemu_domain_is_active_now(dom) ? VIR_DOMAIN_AFFECT_LIVE : VIR_DOMAIN_AFFECT_CONFIG;
    ok = (!(flags & VIR_DOMAIN_AFFECT_LIVE) || change_live(dom, in, err)) &&
         (!(flags & VIR_DOMAIN_AFFECT_CONFIG) || change_config(dom, in, err));
    if (ok)
        tell_change(dom, in);
    qemu_verb_end(dom);
    return ok;
}
