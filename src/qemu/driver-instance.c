/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One driver per host: what it consists of, how it starts and how it leaves its guests alone when it ends. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "qemu/caps-cache.h"
#include "qemu/driver-private.h"
#include "qemu/migrate.h"
#include "qemu/ports.h"
#include "qemu/recover.h"
#include "qemu/state.h"
#include "util/err.h"
#include "util/file.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

enum { VNC_PORT_MIN = 5900, VNC_PORT_MAX = 65535, WORKERS = 4 };

static bool
make_dirs(const QemuConfig *config, GError **err)
{
    const char *const dirs[][2] = {
        { config->run_dir, "qemu" }, { config->lib_dir, "qemu" }, { config->lib_dir, "qemu/autostart" },
        { config->log_dir, "qemu" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS(dirs); i++) {
        g_autofree char *path = g_build_filename(dirs[i][0], dirs[i][1], NULL);

        if (!file_make_dir(path, 0700, err))
            return false;
    }
    return true;
}

/* Two drivers on one directory would both believe that the guests are theirs. */
static bool
lock_host(QemuDriver *driver, GError **err)
{
    g_autofree char *path = g_build_filename(driver->config->run_dir, "qemu", "lock", NULL);

    driver->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (driver->lock_fd < 0)
        return fail_errno(err, errno, _("cannot open lock file '%s'"), path);
    if (flock(driver->lock_fd, LOCK_EX | LOCK_NB) < 0)
        return fail(err, VIR_ERR_OPERATION_FAILED, _("the guests of '%s' are managed by another process already"),
                    driver->config->run_dir);
    return true;
}

typedef struct {
    QemuDomain *dom;
    void      (*fn)(QemuDomain *dom);
} Errand;

static void
run_errand(gpointer data, gpointer unused)
{
    Errand *errand = data;

    errand->fn(errand->dom);
    qemu_domain_unref(errand->dom);
    g_free(errand);
}

void
qemu_driver_run(QemuDriver *driver, QemuDomain *dom, void (*fn)(QemuDomain *dom))
{
    Errand *errand = g_new(Errand, 1);

    *errand = (Errand){ qemu_domain_ref(dom), fn };
    g_thread_pool_push(driver->workers, errand, NULL);
}

static bool
bring_up(QemuDriver *driver, GError **err)
{
    if (!make_dirs(driver->config, err) || !lock_host(driver, err) || !qemu_state_load_all(driver, err))
        return false;
    driver->mig = qmig_host_start(driver, err);
    if (!driver->mig)
        return false;
    qemu_recover_all(driver);
    qmig_recover(driver);
    return true;
}

static void
let_go(QemuDomain *dom)
{
    QmpClient *client;

    qemu_state_save_status(dom);
    g_mutex_lock(&dom->lock);
    client = g_steal_pointer(&dom->qmp);
    source_remove(&dom->pidfd_source);
    source_remove(&dom->kill_timer);
    g_mutex_unlock(&dom->lock);
    if (client)
        qmp_client_close(client);
    qmp_client_unref(client);
}

static void
take_down(QemuDriver *driver)
{
    g_autoptr(GPtrArray) all = NULL;

    if (driver->mig)
        qmig_host_quiet(driver->mig);
    g_thread_pool_free(driver->workers, FALSE, TRUE);
    if (driver->mig)
        qmig_host_stop(driver->mig);
    all = qemu_domain_table_list(driver->domains);
    for (guint i = 0; i < all->len; i++)
        let_go(g_ptr_array_index(all, i));
    loop_stop(driver->loop);
    if (driver->lock_fd >= 0)
        close(driver->lock_fd);
    if (driver->ended)
        driver->ended(driver);
}

static void
free_driver(QemuDriver *driver)
{
    qemu_domain_table_free(driver->domains);
    qemu_caps_cache_free(driver->caps);
    ports_free(driver->displays);
    event_hub_unref(driver->events);
    loop_unref(driver->loop);
    qemu_config_free(driver->config);
    g_free(driver);
}

QemuDriver *
qemu_driver_ref(QemuDriver *driver)
{
    g_atomic_int_inc(&driver->refs);
    return driver;
}

bool
qemu_driver_try_ref(QemuDriver *driver)
{
    gint refs = g_atomic_int_get(&driver->refs);

    while (refs > 0 && !g_atomic_int_compare_and_exchange(&driver->refs, refs, refs + 1))
        refs = g_atomic_int_get(&driver->refs);
    return refs > 0;
}

void
qemu_driver_unref(QemuDriver *driver)
{
    if (!driver || !g_atomic_int_dec_and_test(&driver->refs))
        return;
    take_down(driver);
    free_driver(driver);
}

QemuDriver *
qemu_driver_new(const QemuConfig *config, GError **err)
{
    g_autoptr(QemuDriver) driver = g_new0(QemuDriver, 1);
    g_autofree char *caps_dir = g_build_filename(config->cache_dir, "qemu", NULL);

    driver->refs = 1;
    driver->lock_fd = -1;
    driver->next_id = 1;
    driver->config = qemu_config_copy(config);
    driver->events = event_hub_new();
    driver->domains = qemu_domain_table_new();
    driver->caps = qemu_caps_cache_new(caps_dir);
    driver->displays = ports_new("display", N_("shut down a guest that you need no more, or name a free port in the XML"),
                                 VNC_PORT_MIN, VNC_PORT_MAX);
    driver->workers = g_thread_pool_new(run_errand, NULL, WORKERS, FALSE, NULL);
    driver->loop = loop_new("qemu");
    loop_start(driver->loop);
    if (!bring_up(driver, err))
        return NULL;
    return g_steal_pointer(&driver);
}
