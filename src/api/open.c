/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/open.h"

#include <libintl.h>
#include <unistd.h>

#include "api/client-conf.h"
#include "api/rim.h"
#include "util/err.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_NONE
#define LOG_ROOM "api"

enum { MAX_DRIVERS = 8 };

static GMutex        drivers_lock;
static const Driver *drivers[MAX_DRIVERS]; /* under drivers_lock; entries never change once set */

void
api_register_driver(const Driver *driver)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&drivers_lock);
    gsize at = 0;

    while (at < MAX_DRIVERS && drivers[at] && drivers[at] != driver)
        at++;
    g_assert(at < MAX_DRIVERS);
    drivers[at] = driver;
}

static const Driver *
driver_at(gsize i)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&drivers_lock);

    return i < MAX_DRIVERS ? drivers[i] : NULL;
}

static gpointer
bind_translations(gpointer unused)
{
    bindtextdomain(GETTEXT_PACKAGE, LOCALEDIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    return GINT_TO_POINTER(1);
}

void
api_initialize(void)
{
    static GOnce once = G_ONCE_INIT;

    g_once(&once, bind_translations, NULL);
}

static bool
has_scheme(const char *uri)
{
    return g_uri_peek_scheme(uri) != NULL;
}

/* What the user meant: the default for nothing, the target of an alias; else the URI itself. */
static char *
resolve(const char *uri, unsigned int flags, GError **err)
{
    g_autoptr(ClientConf) conf = NULL;
    const char *text = uri && *uri ? uri : NULL;
    const char *target;

    /* A daemon's sessions end here: no user's file may keep them from opening. */
    if (text && (flags & VIR_CONNECT_NO_ALIASES))
        return g_strdup(text);
    conf = client_conf_load(err);
    if (!conf)
        return NULL;
    if (!text)
        text = client_conf_default_uri(conf);
    if (!text)
        text = geteuid() == 0 ? "qemu:///system" : "qemu:///session";
    target = flags & VIR_CONNECT_NO_ALIASES ? NULL : client_conf_alias(conf, text);
    return g_strdup(target ? target : text);
}

/* false with err unset: the driver does not want this URI. */
static bool
try_driver(VirConn *conn, const Driver *driver, const ConnOpenIn *in, GError **err)
{
    bool declined = false;

    conn->driver = driver;
    if (driver->open(conn, in, &declined, err))
        return true;
    /* it had nothing to close: conn_free() asks only the driver that is set */
    conn->driver = NULL;
    if (declined)
        log_debug("driver %s declines %s", driver->name, in->uri);
    return false;
}

static bool
open_with_some_driver(VirConn *conn, const ConnOpenIn *in, GError **err)
{
    const Driver *driver;

    for (gsize i = 0; (driver = driver_at(i)); i++) {
        GError *why = NULL;

        if (try_driver(conn, driver, in, &why))
            return true;
        if (why) {
            g_propagate_error(err, why);
            return false;
        }
    }
    return fail(err, VIR_ERR_NO_CONNECT, "%s", in->uri);
}

VirConn *
api_open_at(const char *uri, virConnectAuthPtr auth, unsigned int flags, const char *local_addr, GError **err)
{
    g_autofree char *resolved = NULL;
    ConnOpenIn in = { .auth = auth, .flags = flags };
    VirConn *conn;

    api_initialize();
    if (!verb_check_flags(flags, VIR_CONNECT_RO | VIR_CONNECT_NO_ALIASES, "virConnectOpenAuth", err))
        return NULL;
    in.uri = resolved = resolve(uri, flags, err);
    if (!resolved)
        return NULL;
    if (!has_scheme(resolved))
        return fail_null(err, VIR_ERR_NO_CONNECT, _("URI '%s' does not include a driver name"), resolved);

    conn = conn_new();
    conn->read_only = flags & VIR_CONNECT_RO;
    conn->local_addr = g_strdup(local_addr);
    if (!open_with_some_driver(conn, &in, err)) {
        conn_unref(conn);
        return NULL;
    }
    if (!conn->uri)
        conn->uri = g_steal_pointer(&resolved);
    if (!conn->events)
        conn->events = event_hub_new();
    return conn;
}

VirConn *
api_open(const char *uri, virConnectAuthPtr auth, unsigned int flags, GError **err)
{
    return api_open_at(uri, auth, flags, NULL, err);
}

static virConnectPtr
open_or_publish(ApiCall *call, const char *name, virConnectAuthPtr auth, unsigned int flags)
{
    virConnectPtr conn;

    virInitialize();
    api_trace(call, "name=%s, flags=0x%x", name ? name : "(default)", flags);
    conn = api_open(name, auth, flags, &call->err);
    return conn ? conn : api_fail_null(call);
}

/**
 * virConnectOpen:
 * @name: URI of the hypervisor, an alias from the configuration file, or NULL
 *
 * Connects for reading and writing. NULL and "" mean, in this order: GODWIT_DEFAULT_URI or LIBVIRT_DEFAULT_URI of
 * the environment, uri_default of the configuration file, qemu:///system for root and qemu:///session for others.
 * Nobody is asked for credentials; a server that wants some refuses (see virConnectOpenAuth()).
 *
 * Returns a connection that the caller gives back with virConnectClose(), or NULL: VIR_ERR_NO_CONNECT when nobody
 * takes the URI, VIR_ERR_CONF_SYNTAX for a broken configuration file, or what the driver says.
 *
 * Since: 0.0.3
 */
virConnectPtr
virConnectOpen(const char *name)
{
    ApiCall call = API_PLAIN();

    return open_or_publish(&call, name, NULL, 0);
}

/**
 * virConnectOpenReadOnly:
 * @name: as in virConnectOpen()
 *
 * Connects for looking only: calls that change something, or that would show passwords, are answered with
 * VIR_ERR_OPERATION_DENIED.
 *
 * Returns a connection, or NULL; as virConnectOpen().
 *
 * Since: 0.0.3
 */
virConnectPtr
virConnectOpenReadOnly(const char *name)
{
    ApiCall call = API_PLAIN();

    return open_or_publish(&call, name, NULL, VIR_CONNECT_RO);
}

/**
 * virConnectOpenAuth:
 * @name: as in virConnectOpen()
 * @auth: how the user may be asked for credentials, or NULL; virConnectAuthPtrDefault asks on the terminal. It is
 *        used only before this call returns
 * @flags: virConnectFlags
 *
 * Returns a connection, or NULL; as virConnectOpen(), and VIR_ERR_AUTH_FAILED, VIR_ERR_AUTH_CANCELLED.
 *
 * Since: 0.4.0
 */
virConnectPtr
virConnectOpenAuth(const char *name, virConnectAuthPtr auth, unsigned int flags)
{
    ApiCall call = API_PLAIN();

    return open_or_publish(&call, name, auth, flags);
}

/* Not part of api_initialize(): a daemon sets up logging itself. */
static gpointer
start_logging(gpointer unused)
{
    log_init(LOG_WARN);
    return GINT_TO_POINTER(1);
}

/**
 * virInitialize:
 *
 * Sets up translations, and logging as GODWIT_LOG and GODWIT_LOG_FILE say. Opening a connection does so too; calling
 * it again is harmless. The library needs no other preparation for use by several threads.
 *
 * Returns 0.
 *
 * Since: 0.1.0
 */
int
virInitialize(void)
{
    static GOnce once = G_ONCE_INIT;

    api_initialize();
    g_once(&once, start_logging, NULL);
    return 0;
}
