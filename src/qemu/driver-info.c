/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a domain is and how it fares. Those of lane LOOP take its mutex for a moment and read. */
#include <string.h>

#include "qemu/driver-private.h"
#include "qemu/migrate.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* The domain of a verb, locked; unlock_domain() in the end. */
static QemuDomain *
lock_domain(VirConn *conn, const DomRef *ref, GError **err)
{
    QemuDomain *dom = qemu_domain_find(qemu_driver_of(conn), ref, err);

    if (dom)
        g_mutex_lock(&dom->lock);
    return dom;
}

static void
unlock_domain(QemuDomain *dom)
{
    g_mutex_unlock(&dom->lock);
    qemu_domain_unref(dom);
}

static guint
current_vcpus(const DomDef *def)
{
    return def->vcpus_current ? def->vcpus_current : def->vcpus;
}

static void
fill_info(const QemuDomain *dom, const DomDef *def, DomainInfoOut *out)
{
    out->state = (guint8)dom->state;
    out->max_mem = def->memory_kib;
    out->memory = def->current_kib ? def->current_kib : def->memory_kib;
    out->nr_virt_cpu = (guint16)current_vcpus(def);
}

bool
qemu_verb_domain_get_info(VirConn *conn, const DomainIn *in, DomainInfoOut *out, GError **err)
{
    QemuDomain *dom = lock_domain(conn, &in->dom, err);
    DomDef *def;
    pid_t   pid = 0;

    if (!dom)
        return false;
    def = qemu_domain_get_def(dom, err);
    if (def) {
        fill_info(dom, def, out);
        pid = qemu_domain_is_active(dom) ? dom->pid : 0;
    }
    unlock_domain(dom);
    if (pid > 0)
        out->cpu_time = qemu_process_cpu_time(pid);
    return def != NULL;
}

bool
qemu_verb_domain_get_state(VirConn *conn, const DomainIn *in, StateOut *out, GError **err)
{
    QemuDomain *dom;

    if (!verb_check_flags(in->flags, 0, "virDomainGetState", err) || !(dom = lock_domain(conn, &in->dom, err)))
        return false;
    out->state = dom->state;
    out->reason = dom->reason;
    unlock_domain(dom);
    return true;
}

bool
qemu_verb_domain_get_control_info(VirConn *conn, const DomainIn *in, ControlInfoOut *out, GError **err)
{
    QemuDomain *dom;
    bool active;

    if (!verb_check_flags(in->flags, 0, "virDomainGetControlInfo", err) ||
        !(dom = lock_domain(conn, &in->dom, err)))
        return false;
    active = qemu_domain_is_active(dom);
    out->state = VIR_DOMAIN_CONTROL_OK;
    if (dom->job.async != ASYNC_NONE) {
        out->state = VIR_DOMAIN_CONTROL_JOB;
        out->state_time = (guint64)(g_get_monotonic_time() - dom->job.async_since_us) / 1000;
    } else if (dom->job.sync != JOB_NONE) {
        out->state = VIR_DOMAIN_CONTROL_OCCUPIED;
    }
    unlock_domain(dom);
    return active || fail(err, VIR_ERR_OPERATION_INVALID, _("domain is not running"));
}

enum { XML_FLAGS = VIR_DOMAIN_XML_SECURE | VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_UPDATE_CPU | VIR_DOMAIN_XML_MIGRATABLE };

bool
qemu_verb_domain_get_xml_desc(VirConn *conn, const DomainIn *in, TextOut *out, GError **err)
{
    QemuDomain *dom;
    DomDef *def;
    bool    inactive = in->flags & VIR_DOMAIN_XML_INACTIVE;

    if (!verb_check_flags(in->flags, XML_FLAGS, "virDomainGetXMLDesc", err) ||
        !(dom = lock_domain(conn, &in->dom, err)))
        return false;
    /* A transient domain has no other definition than the one that runs. */
    def = inactive && dom->persistent ? qemu_domain_get_persistent_def(dom, err) : qemu_domain_get_def(dom, err);
    if (def)
        out->text = dom_def_format(def, in->flags, err);
    unlock_domain(dom);
    return out->text != NULL;
}

/* One number out of a domain that needs its definition. */
typedef guint64 (*ReadNumber)(const DomDef *def);

static bool
read_number(VirConn *conn, const DomRef *ref, ReadNumber read, guint64 *ret, GError **err)
{
    QemuDomain *dom = lock_domain(conn, ref, err);
    DomDef *def;

    if (!dom)
        return false;
    def = qemu_domain_get_def(dom, err);
    if (def)
        *ret = read(def);
    unlock_domain(dom);
    return def != NULL;
}

bool
qemu_verb_domain_get_os_type(VirConn *conn, const DomainIn *in, TextOut *out, GError **err)
{
    QemuDomain *dom = lock_domain(conn, &in->dom, err);
    DomDef *def;

    if (!dom)
        return false;
    def = qemu_domain_get_def(dom, err);
    if (def)
        out->text = g_strdup(def->os.type ? def->os.type : "hvm");
    unlock_domain(dom);
    return out->text != NULL;
}

static guint64
read_memory(const DomDef *def)
{
    return def->memory_kib;
}

bool
qemu_verb_domain_get_max_memory(VirConn *conn, const DomainIn *in, U64Out *out, GError **err)
{
    return read_number(conn, &in->dom, read_memory, &out->value, err);
}

static guint64
read_vcpus(const DomDef *def)
{
    return def->vcpus;
}

bool
qemu_verb_domain_get_max_vcpus(VirConn *conn, const DomainIn *in, I32Out *out, GError **err)
{
    guint64 n;

    if (!read_number(conn, &in->dom, read_vcpus, &n, err))
        return false;
    out->value = (gint32)n;
    return true;
}

DomDef *
qemu_verb_pick_def(QemuDomain *dom, guint32 flags, GError **err)
{
    bool active = qemu_domain_is_active(dom);

    if ((flags & VIR_DOMAIN_AFFECT_LIVE) && (flags & VIR_DOMAIN_AFFECT_CONFIG))
        return fail_null(err, VIR_ERR_INVALID_ARG, _("Flags '%s' and '%s' are mutually exclusive"),
                         "VIR_DOMAIN_AFFECT_LIVE", "VIR_DOMAIN_AFFECT_CONFIG");
    if ((flags & VIR_DOMAIN_AFFECT_LIVE) && !active)
        return fail_null(err, VIR_ERR_OPERATION_INVALID, _("domain is not running"));
    if (flags & VIR_DOMAIN_AFFECT_CONFIG)
        return qemu_domain_get_persistent_def(dom, err);
    return qemu_domain_get_def(dom, err);
}

bool
qemu_verb_domain_get_vcpus_flags(VirConn *conn, const DomainIn *in, I32Out *out, GError **err)
{
    guint32 allowed = VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG | VIR_DOMAIN_VCPU_MAXIMUM;
    QemuDomain *dom;
    DomDef *def;

    if (in->flags & VIR_DOMAIN_VCPU_GUEST)
        return fail(err, VIR_ERR_ARGUMENT_UNSUPPORTED, _("QEMU guest agent is not configured"));
    if (!verb_check_flags(in->flags, allowed, "virDomainGetVcpusFlags", err) ||
        !(dom = lock_domain(conn, &in->dom, err)))
        return false;
    def = qemu_verb_pick_def(dom, in->flags, err);
    if (def)
        out->value = (gint32)(in->flags & VIR_DOMAIN_VCPU_MAXIMUM ? def->vcpus : current_vcpus(def));
    unlock_domain(dom);
    return def != NULL;
}

bool
qemu_verb_domain_is_active(VirConn *conn, const DomainIn *in, I32Out *out, GError **err)
{
    QemuDomain *dom = lock_domain(conn, &in->dom, err);

    if (!dom)
        return false;
    out->value = qemu_domain_is_active(dom);
    unlock_domain(dom);
    return true;
}

/* Things that this driver never has, of a domain that has to exist. */
static bool
answer_none(VirConn *conn, const DomRef *ref, GError **err)
{
    g_autoptr(QemuDomain) dom = qemu_domain_find(qemu_driver_of(conn), ref, err);

    return dom != NULL;
}

bool
qemu_verb_domain_has_managed_save_image(VirConn *conn, const DomainIn *in, I32Out *out, GError **err)
{
    return verb_check_flags(in->flags, 0, "virDomainHasManagedSaveImage", err) && answer_none(conn, &in->dom, err);
}

bool
qemu_verb_domain_snapshot_num(VirConn *conn, const DomainIn *in, I32Out *out, GError **err)
{
    return answer_none(conn, &in->dom, err);
}

bool
qemu_verb_domain_get_security_label(VirConn *conn, const DomainIn *in, SecLabelOut *out, GError **err)
{
    if (!answer_none(conn, &in->dom, err))
        return false;
    out->label = g_strdup("");
    return true;
}

bool
qemu_verb_domain_get_messages(VirConn *conn, const DomainIn *in, StrListOut *out, GError **err)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    QemuDomain *dom;

    if (!verb_check_flags(in->flags, VIR_DOMAIN_MESSAGE_DEPRECATION | VIR_DOMAIN_MESSAGE_TAINTING,
                          "virDomainGetMessages", err) ||
        !(dom = lock_domain(conn, &in->dom, err)))
        return false;
    for (guint i = 0; i < dom->messages->len; i++)
        g_ptr_array_add(texts, g_strdup(g_ptr_array_index(dom->messages, i)));
    qmig_messages(dom, texts);
    unlock_domain(dom);
    out->ret = (gint32)texts->len;
    out->list.n = texts->len;
    out->list.v = g_new(char *, MAX(texts->len, 1));
    if (texts->len > 0)
        memcpy(out->list.v, texts->pdata, texts->len * sizeof(char *));
    return true;
}
