/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/libvirt-host.h>

#include <string.h>

#include "api/open.h"
#include "api/rim.h"
#include "api/verb.h"
#include "util/err.h"

/**
 * virGetVersion:
 * @libVer: set to the version of the API: major * 1000000 + minor * 1000 + micro of the libvirt release it follows
 * @type: ignored
 * @typeVer: set to the same, unless NULL
 *
 * Asks nobody; see virConnectGetVersion() for the hypervisor's.
 *
 * Returns 0, or -1 when @libVer is NULL.
 *
 * Since: 0.0.3
 */
int
virGetVersion(unsigned long *libVer, const char *type, unsigned long *typeVer)
{
    ApiCall call = API_PLAIN();

    if (!api_need(&call, libVer))
        return api_fail(&call);
    *libVer = LIBVIR_VERSION_NUMBER;
    if (typeVer)
        *typeVer = LIBVIR_VERSION_NUMBER;
    return 0;
}

/**
 * virConnectRef:
 * @conn: a connection
 *
 * One more reference, for one more virConnectClose().
 *
 * Returns 0, or -1: VIR_ERR_INVALID_CONN.
 *
 * Since: 0.6.0
 */
int
virConnectRef(virConnectPtr conn)
{
    ApiCall call = API_CONN(conn);

    if (call.err)
        return api_fail(&call);
    conn_ref(conn);
    return 0;
}

/**
 * virConnectClose:
 * @conn: a connection
 *
 * Gives a reference back; with the last one the connection ends. Domains, event subscriptions and a close callback
 * each hold a reference until they are freed or deregistered.
 *
 * Returns 1 when there are references left, 0 when the connection is closed, -1: VIR_ERR_INVALID_CONN.
 *
 * Since: 0.0.3; procedure 2 with the last reference
 */
int
virConnectClose(virConnectPtr conn)
{
    ApiCall call = API_CONN(conn);

    /* libvirt's clients are used to 1, however many there are */
    return call.err ? api_fail(&call) : conn_unref(conn) > 0;
}

/**
 * virConnectGetType:
 * @conn: a connection
 *
 * Returns the name of the hypervisor driver ("QEMU"), valid as long as the connection, or NULL.
 *
 * Since: 0.0.3; procedure 3
 */
const char *
virConnectGetType(virConnectPtr conn)
{
    ApiCall call = API_CONN(conn);
    NoneIn in = { 0 };
    TextOut out = { 0 };
    const char *type;

    if (call.err)
        return api_fail_null(&call);
    if (!verb_is_supported(conn, VERB_connect_get_type))
        return conn->driver->name;
    if (!api_verb(&call, VERB_connect_get_type, &in, &out))
        return api_fail_null(&call);

    /* what was handed out once stays; it does not change anyway */
    g_mutex_lock(&conn->lock);
    if (!conn->type)
        conn->type = g_steal_pointer(&out.text);
    type = conn->type;
    g_mutex_unlock(&conn->lock);
    g_free(out.text);
    return type;
}

/* Verbs without arguments that answer a text. */
static char *
get_text(ApiCall *call, VerbId verb)
{
    NoneIn in = { 0 };
    TextOut out = { 0 };

    return api_verb(call, verb, &in, &out) ? out.text : api_fail_null(call);
}

static int
get_version(ApiCall *call, VerbId verb, unsigned long *ret)
{
    NoneIn in = { 0 };
    U64Out out = { 0 };

    if (!api_verb(call, verb, &in, &out))
        return api_fail(call);
    *ret = (unsigned long)out.value;
    return 0;
}

/**
 * virConnectGetVersion:
 * @conn: a connection
 * @hvVer: set to the version of the hypervisor, major * 1000000 + minor * 1000 + micro; 0 when it has none
 *
 * Returns 0, or -1.
 *
 * Since: 0.0.3; procedure 4; QMP query-version, once per emulator binary
 */
int
virConnectGetVersion(virConnectPtr conn, unsigned long *hvVer)
{
    ApiCall call = API_CONN(conn);

    return api_need(&call, hvVer) ? get_version(&call, VERB_connect_get_version, hvVer) : api_fail(&call);
}

/**
 * virConnectGetLibVersion:
 * @conn: a connection
 * @libVer: set to the version of the library on the other side, as in virGetVersion()
 *
 * Returns 0, or -1.
 *
 * Since: 0.7.3; procedure 157
 */
int
virConnectGetLibVersion(virConnectPtr conn, unsigned long *libVer)
{
    ApiCall call = API_CONN(conn);

    return api_need(&call, libVer) ? get_version(&call, VERB_connect_get_lib_version, libVer) : api_fail(&call);
}

/**
 * virConnectGetHostname:
 * @conn: a connection
 *
 * Returns the name of the host at the other end, freed by the caller, or NULL.
 *
 * Since: 0.3.0; procedure 59
 */
char *
virConnectGetHostname(virConnectPtr conn)
{
    ApiCall call = API_CONN(conn);

    return get_text(&call, VERB_connect_get_hostname);
}

/**
 * virConnectGetURI:
 * @conn: a connection
 *
 * Returns the URI that the connection stands for, aliases and defaults resolved, freed by the caller, or NULL. The
 * other side is not asked.
 *
 * Since: 0.3.0
 */
char *
virConnectGetURI(virConnectPtr conn)
{
    ApiCall call = API_CONN(conn);

    if (call.err)
        return api_fail_null(&call);
    return conn->driver->connect_get_uri ? get_text(&call, VERB_connect_get_uri) : g_strdup(conn->uri);
}

/**
 * virConnectGetCapabilities:
 * @conn: a connection
 *
 * Returns a <capabilities> document about host and guests, freed by the caller, or NULL.
 *
 * Since: 0.2.1; procedure 7
 */
char *
virConnectGetCapabilities(virConnectPtr conn)
{
    ApiCall call = API_CONN(conn);

    return get_text(&call, VERB_connect_get_capabilities);
}

/**
 * virConnectGetSysinfo:
 * @conn: a connection
 * @flags: none yet: 0
 *
 * Returns a <sysinfo> document (BIOS tables of the host), freed by the caller, or NULL.
 *
 * Since: 0.8.8; procedure 203
 */
char *
virConnectGetSysinfo(virConnectPtr conn, unsigned int flags)
{
    ApiCall call = API_CONN(conn);
    FlagsIn in = { flags };
    TextOut out = { 0 };

    return api_verb(&call, VERB_connect_get_sysinfo, &in, &out) ? out.text : api_fail_null(&call);
}

/**
 * virConnectGetMaxVcpus:
 * @conn: a connection
 * @type: kind of domain, "kvm" or "qemu"; NULL: the default one
 *
 * Returns how many virtual CPUs a domain of that kind may have, or -1.
 *
 * Since: 0.2.1; procedure 5
 */
int
virConnectGetMaxVcpus(virConnectPtr conn, const char *type)
{
    ApiCall call = API_CONN(conn);
    TextIn in = { (char *)type };
    I32Out out = { 0 };

    return api_verb(&call, VERB_connect_get_max_vcpus, &in, &out) ? out.value : api_fail(&call);
}

/**
 * virConnectIsAlive:
 * @conn: a connection
 *
 * Returns 1 while the connection works as far as anybody knows, 0 when it is broken, -1: VIR_ERR_INVALID_CONN. Nothing
 * is sent; keepalive (virConnectSetKeepAlive()) makes the answer timely.
 *
 * Since: 0.9.8
 */
int
virConnectIsAlive(virConnectPtr conn)
{
    ApiCall call = API_CONN(conn);

    if (call.err)
        return api_fail(&call);
    return !conn->driver->is_alive || conn->driver->is_alive(conn);
}

/**
 * virConnectIsEncrypted:
 * @conn: a connection
 *
 * Returns 1 when what is sent is encrypted (TLS, SSH), 0 when not, -1: VIR_ERR_INVALID_CONN.
 *
 * Since: 0.7.3
 */
int
virConnectIsEncrypted(virConnectPtr conn)
{
    ApiCall call = API_CONN(conn);

    if (call.err)
        return api_fail(&call);
    return conn->driver->is_encrypted && conn->driver->is_encrypted(conn);
}

/**
 * virConnectIsSecure:
 * @conn: a connection
 *
 * Returns 1 when nobody else on the network can listen: encrypted, or local to this host; 0 when not, -1 on error.
 *
 * Since: 0.7.3; procedure 149
 */
int
virConnectIsSecure(virConnectPtr conn)
{
    ApiCall call = API_CONN(conn);
    NoneIn in = { 0 };
    I32Out out = { 0 };

    return api_verb(&call, VERB_connect_is_secure, &in, &out) ? out.value : api_fail(&call);
}

/**
 * virConnectSetKeepAlive:
 * @conn: a connection
 * @interval: seconds of silence after which a sign of life is asked for; 0 or less: never
 * @count: how many such questions may stay unanswered before the connection is given up; 0: none
 *
 * The program must run an event loop, unless the connection stays inside the process.
 *
 * Returns 0, 1 when the other side cannot answer such questions, -1 on error.
 *
 * Since: 0.9.8
 */
int
virConnectSetKeepAlive(virConnectPtr conn, int interval, unsigned int count)
{
    ApiCall call = API_CONN(conn);
    int ret = 0;

    api_trace(&call, "interval=%d, count=%u", interval, count);
    if (!call.err && conn->driver->set_keepalive)
        ret = conn->driver->set_keepalive(conn, interval, count, &call.err);
    return call.err ? api_fail(&call) : ret;
}
