/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/err.h"

#include <stdarg.h>
#include <string.h>

/* GLib's extended errors (2.68) carry what virError has and GError lacks. */
typedef struct {
    int   from;     /* virErrorDomain */
    bool  verbatim; /* message is the full text: a peer's, or one without a template */
    char *str1;     /* NULL: follows from message and template */
    char *str2;
    int   int1, int2;
} VirErrPrivate;

static void
vir_err_private_init(VirErrPrivate *p)
{
    p->from = VIR_FROM_NONE;
    p->int1 = p->int2 = -1;
}

static void
vir_err_private_copy(const VirErrPrivate *src, VirErrPrivate *dst)
{
    *dst = *src;
    dst->str1 = g_strdup(src->str1);
    dst->str2 = g_strdup(src->str2);
}

static void
vir_err_private_clear(VirErrPrivate *p)
{
    g_free(p->str1);
    g_free(p->str2);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
G_DEFINE_EXTENDED_ERROR(VirErr, vir_err)
#pragma GCC diagnostic pop

typedef struct {
    int         code;
    const char *bare;   /* shown when there is no detail */
    const char *detail; /* with exactly one %s */
} Template;

/* The wording is libvirt's, because clients and their tests match it. */
static const Template templates[] = {
    { VIR_ERR_INTERNAL_ERROR, N_("internal error"), N_("internal error: %s") },
    { VIR_ERR_NO_MEMORY, N_("out of memory"), N_("out of memory: %s") },
    { VIR_ERR_NO_SUPPORT, N_("this function is not supported by the connection driver"),
      N_("this function is not supported by the connection driver: %s") },
    { VIR_ERR_UNKNOWN_HOST, N_("unknown host"), N_("unknown host %s") },
    { VIR_ERR_NO_CONNECT, N_("no connection driver available"), N_("no connection driver available for %s") },
    { VIR_ERR_INVALID_CONN, N_("invalid connection pointer in"), N_("invalid connection pointer in %s") },
    { VIR_ERR_INVALID_DOMAIN, N_("invalid domain pointer in"), N_("invalid domain pointer in %s") },
    { VIR_ERR_INVALID_ARG, N_("invalid argument"), N_("invalid argument: %s") },
    { VIR_ERR_OPERATION_FAILED, N_("operation failed"), N_("operation failed: %s") },
    { VIR_ERR_OS_TYPE, N_("unknown OS type"), N_("unknown OS type %s") },
    { VIR_ERR_NO_NAME, N_("missing name information"), N_("missing name information in %s") },
    { VIR_ERR_XML_ERROR, N_("XML description is invalid or not well formed"), N_("XML error: %s") },
    { VIR_ERR_DOM_EXIST, N_("this domain exists already"), N_("domain %s exists already") },
    { VIR_ERR_OPERATION_DENIED, N_("operation forbidden for read only access"), N_("operation forbidden: %s") },
    { VIR_ERR_OPEN_FAILED, N_("failed to open configuration file"),
      N_("failed to open configuration file %s") },
    { VIR_ERR_READ_FAILED, N_("failed to read configuration file"),
      N_("failed to read configuration file %s") },
    { VIR_ERR_PARSE_FAILED, N_("failed to parse configuration file"),
      N_("failed to parse configuration file %s") },
    { VIR_ERR_CONF_SYNTAX, N_("configuration file syntax error"), N_("configuration file syntax error: %s") },
    { VIR_ERR_WRITE_FAILED, N_("failed to write configuration file"),
      N_("failed to write configuration file: %s") },
    { VIR_ERR_XML_DETAIL, N_("parser error"), N_("%s") },
    { VIR_ERR_SYSTEM_ERROR, N_("system call error"), N_("%s") },
    { VIR_ERR_RPC, N_("RPC error"), N_("%s") },
    { VIR_ERR_GNUTLS_ERROR, N_("GNUTLS call error"), N_("%s") },
    { VIR_ERR_NO_DOMAIN, N_("Domain not found"), N_("Domain not found: %s") },
    { VIR_ERR_INVALID_MAC, N_("invalid MAC address"), N_("invalid MAC address: %s") },
    { VIR_ERR_AUTH_FAILED, N_("authentication failed"), N_("authentication failed: %s") },
    { VIR_ERR_OPERATION_INVALID, N_("Requested operation is not valid"),
      N_("Requested operation is not valid: %s") },
    { VIR_ERR_CONFIG_UNSUPPORTED, N_("unsupported configuration"), N_("unsupported configuration: %s") },
    { VIR_ERR_OPERATION_TIMEOUT, N_("Timed out during operation"), N_("Timed out during operation: %s") },
    { VIR_ERR_MIGRATE_PERSIST_FAILED, N_("Failed to make domain persistent after migration"),
      N_("Failed to make domain persistent after migration: %s") },
    { VIR_ERR_INVALID_STREAM, N_("invalid stream pointer"), N_("invalid stream pointer in %s") },
    { VIR_ERR_ARGUMENT_UNSUPPORTED, N_("argument unsupported"), N_("argument unsupported: %s") },
    { VIR_ERR_OPERATION_ABORTED, N_("operation aborted"), N_("operation aborted: %s") },
    { VIR_ERR_AUTH_CANCELLED, N_("authentication cancelled"), N_("authentication cancelled: %s") },
    { VIR_ERR_NO_DOMAIN_METADATA, N_("metadata not found"), N_("metadata not found: %s") },
    { VIR_ERR_MIGRATE_UNSAFE, N_("Unsafe migration"), N_("Unsafe migration: %s") },
    { VIR_ERR_OVERFLOW, N_("numerical overflow"), N_("numerical overflow: %s") },
    { VIR_ERR_OPERATION_UNSUPPORTED, N_("Operation not supported"), N_("Operation not supported: %s") },
    { VIR_ERR_SSH, N_("SSH transport error"), N_("SSH transport error: %s") },
    { VIR_ERR_AGENT_UNRESPONSIVE, N_("Guest agent is not responding"), N_("Guest agent is not responding: %s") },
    { VIR_ERR_RESOURCE_BUSY, N_("resource busy"), N_("resource busy: %s") },
    { VIR_ERR_ACCESS_DENIED, N_("access denied"), N_("access denied: %s") },
    { VIR_ERR_CPU_INCOMPATIBLE, N_("the CPU is incompatible with host CPU"),
      N_("the CPU is incompatible with host CPU: %s") },
    { VIR_ERR_XML_INVALID_SCHEMA, N_("XML document failed to validate against schema"),
      N_("XML document failed to validate against schema: %s") },
    { VIR_ERR_MIGRATE_FINISH_OK, N_("migration successfully aborted"), N_("migration successfully aborted: %s") },
    { VIR_ERR_AUTH_UNAVAILABLE, N_("authentication unavailable"), N_("authentication unavailable: %s") },
    { VIR_ERR_LIBSSH, N_("libssh transport error"), N_("libssh transport error: %s") },
    { VIR_ERR_DEVICE_MISSING, N_("device not found"), N_("device not found: %s") },
    { VIR_ERR_NO_HOSTNAME, N_("no hostname found"), N_("no hostname found: %s") },
    /* of what this library does not offer: peers may send them */
    { VIR_ERR_GET_FAILED, N_("GET operation failed"), N_("GET operation failed: %s") },
    { VIR_ERR_POST_FAILED, N_("POST operation failed"), N_("POST operation failed: %s") },
    { VIR_ERR_HTTP_ERROR, N_("got unknown HTTP error code"), N_("got unknown HTTP error code %s") },
    { VIR_ERR_SEXPR_SERIAL, N_("failed to serialize S-Expr"), N_("failed to serialize S-Expr: %s") },
    { VIR_ERR_NO_XEN, N_("could not use Xen hypervisor entry"), N_("could not use Xen hypervisor entry %s") },
    { VIR_ERR_XEN_CALL, N_("failed Xen syscall"), N_("failed Xen syscall %s") },
    { VIR_ERR_NO_KERNEL, N_("missing kernel information"), N_("missing kernel information: %s") },
    { VIR_ERR_NO_ROOT, N_("missing root device information"), N_("missing root device information in %s") },
    { VIR_ERR_NO_SOURCE, N_("missing source information for device"),
      N_("missing source information for device %s") },
    { VIR_ERR_NO_TARGET, N_("missing target information for device"),
      N_("missing target information for device %s") },
    { VIR_ERR_NO_OS, N_("missing operating system information"),
      N_("missing operating system information for %s") },
    { VIR_ERR_NO_DEVICE, N_("missing devices information"), N_("missing devices information for %s") },
    { VIR_ERR_NO_XENSTORE, N_("could not connect to Xen Store"), N_("could not connect to Xen Store %s") },
    { VIR_ERR_DRIVER_FULL, N_("too many drivers registered"), N_("too many drivers registered in %s") },
    { VIR_ERR_CALL_FAILED, N_("library call failed"), N_("library call failed: %s") },
    { VIR_ERR_INVALID_NETWORK, N_("invalid network pointer in"), N_("invalid network pointer in %s") },
    { VIR_ERR_NETWORK_EXIST, N_("this network exists already"), N_("network %s exists already") },
    { VIR_ERR_NO_NETWORK, N_("Network not found"), N_("Network not found: %s") },
    { VIR_ERR_INVALID_STORAGE_POOL, N_("invalid storage pool pointer in"),
      N_("invalid storage pool pointer in %s") },
    { VIR_ERR_INVALID_STORAGE_VOL, N_("invalid storage volume pointer in"),
      N_("invalid storage volume pointer in %s") },
    { VIR_ERR_NO_STORAGE_POOL, N_("Storage pool not found"), N_("Storage pool not found: %s") },
    { VIR_ERR_NO_STORAGE_VOL, N_("Storage volume not found"), N_("Storage volume not found: %s") },
    { VIR_ERR_INVALID_NODE_DEVICE, N_("invalid node device pointer"),
      N_("invalid node device pointer in %s") },
    { VIR_ERR_NO_NODE_DEVICE, N_("Node device not found"), N_("Node device not found: %s") },
    { VIR_ERR_NO_SECURITY_MODEL, N_("Security model not found"), N_("Security model not found: %s") },
    { VIR_ERR_NO_INTERFACE, N_("Interface not found"), N_("Interface not found: %s") },
    { VIR_ERR_INVALID_INTERFACE, N_("invalid interface pointer in"), N_("invalid interface pointer in %s") },
    { VIR_ERR_MULTIPLE_INTERFACES, N_("multiple matching interfaces found"),
      N_("multiple matching interfaces found: %s") },
    { VIR_ERR_INVALID_NWFILTER, N_("Invalid network filter"), N_("Invalid network filter: %s") },
    { VIR_ERR_NO_NWFILTER, N_("Network filter not found"), N_("Network filter not found: %s") },
    { VIR_ERR_BUILD_FIREWALL, N_("Error while building firewall"), N_("Error while building firewall: %s") },
    { VIR_ERR_INVALID_SECRET, N_("Invalid secret"), N_("Invalid secret: %s") },
    { VIR_ERR_NO_SECRET, N_("Secret not found"), N_("Secret not found: %s") },
    { VIR_ERR_HOOK_SCRIPT_FAILED, N_("Hook script execution failed"), N_("Hook script execution failed: %s") },
    { VIR_ERR_INVALID_DOMAIN_SNAPSHOT, N_("Invalid domain snapshot"), N_("Invalid domain snapshot: %s") },
    { VIR_ERR_NO_DOMAIN_SNAPSHOT, N_("Domain snapshot not found"), N_("Domain snapshot not found: %s") },
    { VIR_ERR_STORAGE_PROBE_FAILED, N_("Storage pool probe failed"), N_("Storage pool probe failed: %s") },
    { VIR_ERR_STORAGE_POOL_BUILT, N_("Storage pool already built"), N_("Storage pool already built: %s") },
    { VIR_ERR_SNAPSHOT_REVERT_RISKY, N_("revert requires force"), N_("revert requires force: %s") },
    { VIR_ERR_BLOCK_COPY_ACTIVE, N_("block copy still active"), N_("block copy still active: %s") },
    { VIR_ERR_DBUS_SERVICE, N_("error from service"), N_("error from service: %s") },
    { VIR_ERR_STORAGE_VOL_EXIST, N_("this storage volume exists already"),
      N_("storage volume %s exists already") },
    { VIR_ERR_NO_SERVER, N_("Server not found"), N_("Server not found: %s") },
    { VIR_ERR_NO_CLIENT, N_("Client not found"), N_("Client not found: %s") },
    { VIR_ERR_AGENT_UNSYNCED, N_("guest agent replied with wrong id to guest-sync command"),
      N_("guest agent replied with wrong id to guest-sync command: %s") },
    { VIR_ERR_INVALID_NWFILTER_BINDING, N_("Invalid network filter binding"),
      N_("Invalid network filter binding: %s") },
    { VIR_ERR_NO_NWFILTER_BINDING, N_("Network filter binding not found"),
      N_("Network filter binding not found: %s") },
    { VIR_ERR_INVALID_DOMAIN_CHECKPOINT, N_("Invalid domain checkpoint"),
      N_("Invalid domain checkpoint: %s") },
    { VIR_ERR_NO_DOMAIN_CHECKPOINT, N_("Domain checkpoint not found"), N_("Domain checkpoint not found: %s") },
    { VIR_ERR_NO_DOMAIN_BACKUP, N_("Domain backup job id not found"),
      N_("Domain backup job id not found: %s") },
    { VIR_ERR_INVALID_NETWORK_PORT, N_("Invalid network port pointer"),
      N_("Invalid network port pointer: %s") },
    { VIR_ERR_NETWORK_PORT_EXIST, N_("this network port exists already"),
      N_("network port %s exists already") },
    { VIR_ERR_NO_NETWORK_PORT, N_("network port not found"), N_("network port not found: %s") },
    { VIR_ERR_CHECKPOINT_INCONSISTENT, N_("checkpoint inconsistent"), N_("checkpoint inconsistent: %s") },
    { VIR_WAR_NO_NETWORK, N_("Failed to find the network"), N_("Failed to find the network: %s") },
    { VIR_WAR_NO_STORAGE, N_("Failed to find a storage driver"), N_("Failed to find a storage driver: %s") },
    { VIR_WAR_NO_NODE, N_("Failed to find a node driver"), N_("Failed to find a node driver: %s") },
    { VIR_WAR_NO_INTERFACE, N_("Failed to find the interface"), N_("Failed to find the interface: %s") },
    { VIR_WAR_NO_NWFILTER, N_("Failed to start the nwfilter driver"), N_("Failed to start the nwfilter driver: %s") },
    { VIR_WAR_NO_SECRET, N_("Failed to find a secret storage driver"), N_("Failed to find a secret storage driver: %s") },
    { VIR_ERR_MULTIPLE_DOMAINS, N_("multiple matching domains found"),
      N_("multiple matching domains found: %s") },
};

const char *
verr_template(int code, bool with_detail)
{
    for (gsize i = 0; i < G_N_ELEMENTS(templates); i++) {
        if (templates[i].code == code)
            return with_detail ? templates[i].detail : templates[i].bare;
    }
    return NULL;
}

/* NULL when the caller does not want the error. */
static VirErrPrivate *
set_private(GError **err, int from, bool verbatim)
{
    VirErrPrivate *p;

    if (!err || !*err)
        return NULL;
    p = vir_err_get_private(*err);
    p->from = from;
    p->verbatim = verbatim;
    return p;
}

bool
verr_set(GError **err, int from, int code, const char *fmt, ...)
{
    va_list ap;

    if (!err)
        return false;
    g_warn_if_fail(*err == NULL);
    va_start(ap, fmt);
    *err = g_error_new_valist(VIR_ERR_QUARK, code, fmt, ap);
    va_end(ap);
    set_private(err, from, false);
    return false;
}

bool
verr_set_verbatim(GError **err, int from, int code, const char *message)
{
    g_set_error_literal(err, VIR_ERR_QUARK, code, message ? message : _("unknown error"));
    set_private(err, from, true);
    return false;
}

bool
verr_set_received(GError **err, int from, int code, const char *message, const VerrDetails *details)
{
    VirErrPrivate *p;

    verr_set_verbatim(err, from, code, message);
    p = set_private(err, from, true);
    if (p && details) {
        p->str1 = g_strdup(details->str1);
        p->str2 = g_strdup(details->str2);
        p->int1 = details->int1;
        p->int2 = details->int2;
    }
    return false;
}

bool
verr_set_argument(GError **err, int from, const char *function, const char *argument, const char *fmt, ...)
{
    VerrDetails details = { (char *)function, (char *)argument, 0, 0 };
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    return verr_set_received(err, from, VIR_ERR_INVALID_ARG, text, &details);
}

bool
verr_set_errno(GError **err, int from, int errnum, const char *fmt, ...)
{
    g_autofree char *what = NULL;
    VirErrPrivate *p;
    va_list ap;

    va_start(ap, fmt);
    what = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    verr_set(err, from, VIR_ERR_SYSTEM_ERROR, "%s: %s", what, g_strerror(errnum));
    p = set_private(err, from, false);
    if (p)
        p->int1 = errnum;
    return false;
}

int
verr_code(const GError *err)
{
    return err->domain == VIR_ERR_QUARK ? err->code : VIR_ERR_INTERNAL_ERROR;
}

int
verr_from(const GError *err)
{
    if (err->domain != VIR_ERR_QUARK)
        return VIR_FROM_NONE;
    return ((const VirErrPrivate *)vir_err_get_private((GError *)err))->from;
}

bool
verr_is_verbatim(const GError *err)
{
    return err->domain == VIR_ERR_QUARK
           && ((const VirErrPrivate *)vir_err_get_private((GError *)err))->verbatim;
}

bool
verr_matches(const GError *err, int code)
{
    return err && err->domain == VIR_ERR_QUARK && err->code == code;
}

char *
verr_text(const GError *err)
{
    bool has_detail = err->message && *err->message;
    const char *template = verr_template(verr_code(err), has_detail);

    if (verr_is_verbatim(err) || !template)
        return g_strdup(err->message);
    return has_detail ? g_strdup_printf(_(template), err->message) : g_strdup(_(template));
}

/* Where text is template with the %s filled in: the filling, else NULL. */
static char *
filling_of(const char *text, const char *template)
{
    const char *mark = strstr(template, "%s");
    gsize head = mark ? (gsize)(mark - template) : 0;
    gsize tail = mark ? strlen(mark + 2) : 0;

    if (!mark || strlen(text) < head + tail || strncmp(text, template, head) != 0 || !g_str_has_suffix(text, mark + 2))
        return NULL;
    return g_strndup(text + head, strlen(text) - head - tail);
}

static void
derive_strings(const GError *err, VerrDetails *ret)
{
    bool has_detail = err->message && *err->message;
    const char *template = verr_template(verr_code(err), has_detail);

    if (verr_is_verbatim(err)) {
        ret->str2 = template ? filling_of(err->message, _(template)) : NULL;
        ret->str1 = g_strdup(ret->str2 ? _(template) : err->message);
    } else {
        ret->str1 = g_strdup(template ? _(template) : "%s");
        ret->str2 = has_detail ? g_strdup(err->message) : NULL;
    }
}

void
verr_get_details(const GError *err, VerrDetails *ret)
{
    const VirErrPrivate *p = err->domain == VIR_ERR_QUARK ? vir_err_get_private((GError *)err) : NULL;

    *ret = (VerrDetails){ .int1 = p ? p->int1 : -1, .int2 = p ? p->int2 : -1 };
    if (p && p->str1) {
        ret->str1 = g_strdup(p->str1);
        ret->str2 = g_strdup(p->str2);
    } else {
        derive_strings(err, ret);
    }
}
