/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/tls-files.h"

#include <unistd.h>

/* Names of the files below a directory. */
typedef struct {
    const char *ca, *crl;
    const char *cert[2], *key[2]; /* by TlsRole */
} Layout;

/* One directory for all: ?pkipath= and ~/.pki/libvirt. */
static const Layout flat = {
    "cacert.pem", "cacrl.pem", { "clientcert.pem", "servercert.pem" }, { "clientkey.pem", "serverkey.pem" },
};
/* A host of ours: /etc/godwit/pki, DIR/etc/pki. */
static const Layout tree = {
    "CA/cacert.pem", "CA/cacrl.pem", { "clientcert.pem", "servercert.pem" },
    { "private/clientkey.pem", "private/serverkey.pem" },
};
/* /etc/pki as libvirt uses it. */
static const Layout libvirt = {
    "CA/cacert.pem", "CA/cacrl.pem", { "libvirt/clientcert.pem", "libvirt/servercert.pem" },
    { "libvirt/private/clientkey.pem", "libvirt/private/serverkey.pem" },
};

typedef struct {
    const char   *dir;
    const Layout *layout;
} Place;

#define PLACES_MAX 5

static guint
list_places(const TlsPlaces *p, const char *user_dir, Place *ret)
{
    guint n = 0;

    if (p->pkipath) {
        ret[n++] = (Place) { p->pkipath, &flat };
        ret[n++] = (Place) { p->pkipath, &tree };
        return n;
    }
    if (p->own_dir)
        ret[n++] = (Place) { p->own_dir, &tree };
    if (p->own_dir && p->only_own)
        return n;
    if (geteuid() != 0)
        ret[n++] = (Place) { user_dir, &flat };
    ret[n++] = (Place) { "/etc/godwit/pki", &tree };
    ret[n++] = (Place) { "/etc/pki", &libvirt };
    return n;
}

static bool
has(const Place *place, const char *file)
{
    g_autofree char *path = g_build_filename(place->dir, file, NULL);

    return access(path, F_OK) == 0;
}

void
tls_files_find(const TlsPlaces *places, TlsRole role, TlsFiles *ret_files)
{
    g_autofree char *user_dir = g_build_filename(g_get_home_dir(), ".pki", "libvirt", NULL);
    Place            list[PLACES_MAX];
    guint            n = list_places(places, user_dir, list);
    const Place     *ca = list, *own = list;

    for (guint i = n; i-- > 0;) {
        if (has(&list[i], list[i].layout->ca))
            ca = &list[i];
        if (has(&list[i], list[i].layout->cert[role]) || has(&list[i], list[i].layout->key[role]))
            own = &list[i];
    }
    *ret_files = (TlsFiles) {
        .ca = g_build_filename(ca->dir, ca->layout->ca, NULL),
        .crl = g_build_filename(ca->dir, ca->layout->crl, NULL),
        .cert = g_build_filename(own->dir, own->layout->cert[role], NULL),
        .key = g_build_filename(own->dir, own->layout->key[role], NULL),
    };
}

void
tls_files_clear(TlsFiles *files)
{
    g_free(files->ca);
    g_free(files->crl);
    g_free(files->cert);
    g_free(files->key);
    *files = (TlsFiles) { 0 };
}
