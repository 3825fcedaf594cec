/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/caps-cache.h"

#include <string.h>

#include "qemu/caps-probe.h"
#include "util/err.h"
#include "util/file.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

/* A real one has some 30 KiB. */
#define MAX_FILE (1024 * 1024)
/* QEMU falls back by itself. */
#define BEST_ACCEL "kvm:tcg"

typedef struct {
    QemuCaps *caps;   /* NULL: not known yet */
    bool      asking; /* one thread is at it; the others wait for cache->answered */
    GError   *failure; /* of the last time; for those who waited */
} Entry;

struct QemuCapsCache {
    char *dir; /* fixed; NULL: memory only */

    GMutex lock; /* held for look-ups only */
    GCond  answered;
    /* under lock */
    GHashTable *entries; /* accelerators and path -> Entry */
};

static void
entry_free(gpointer data)
{
    Entry *entry = data;

    qemu_caps_unref(entry->caps);
    g_clear_error(&entry->failure);
    g_free(entry);
}

QemuCapsCache *
qemu_caps_cache_new(const char *dir)
{
    QemuCapsCache *cache = g_new0(QemuCapsCache, 1);

    cache->dir = g_strdup(dir);
    g_mutex_init(&cache->lock);
    g_cond_init(&cache->answered);
    cache->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, entry_free);
    return cache;
}

void
qemu_caps_cache_free(QemuCapsCache *cache)
{
    if (!cache)
        return;
    g_hash_table_unref(cache->entries);
    g_cond_clear(&cache->answered);
    g_mutex_clear(&cache->lock);
    g_free(cache->dir);
    g_free(cache);
}

/* With KVM and without the same binary answers differently. */
static char *
key_of(const char *binary, const char *accel)
{
    return g_strconcat(accel, " ", binary, NULL);
}

static char *
file_of(QemuCapsCache *cache, const QemuCapsId *id)
{
    g_autofree char *key = key_of(id->path, id->accel);
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, key, -1);

    return g_strdup_printf("%s/%.32s.json", cache->dir, sum);
}

static QemuCaps *
load(QemuCapsCache *cache, const QemuCapsId *id)
{
    g_autofree char *path = cache->dir ? file_of(cache, id) : NULL;
    g_autofree char *text = NULL;
    gsize len;

    if (!path || !file_read(path, MAX_FILE, &text, &len, NULL) || !text)
        return NULL;
    return qemu_caps_from_json(text, len, id);
}

/* Best effort: what cannot be kept is asked again after the next start. */
static void
save(QemuCapsCache *cache, const QemuCaps *caps)
{
    g_autofree char *path = cache->dir ? file_of(cache, &caps->id) : NULL;
    g_autofree char *text = path ? qemu_caps_to_json(caps) : NULL;
    g_autoptr(GError) error = NULL;

    if (!path)
        return;
    if (!file_make_dir(cache->dir, 0700, &error) ||
        !file_write(path, text, strlen(text), 0600, FILE_NO_SYNC, &error))
        log_warn("cannot keep the capabilities of '%s': %s, ignoring", caps->id.path, error->message);
}

static QemuCaps *
find_out(QemuCapsCache *cache, const QemuCapsId *id, GError **err)
{
    QemuCaps *caps = load(cache, id);

    if (caps)
        return caps;
    caps = qemu_caps_probe(id, err);
    if (caps)
        save(cache, caps);
    return caps;
}

/* Lock held. */
static Entry *
entry_of(QemuCapsCache *cache, const QemuCapsId *id)
{
    g_autofree char *key = key_of(id->path, id->accel);
    Entry *entry = g_hash_table_lookup(cache->entries, key);

    if (!entry) {
        entry = g_new0(Entry, 1);
        g_hash_table_insert(cache->entries, g_steal_pointer(&key), entry);
    }
    return entry;
}

/* Waits for whoever is asking this binary. NULL without an error: nobody knows, and the caller has to ask. */
static QemuCaps *
take_or_claim(QemuCapsCache *cache, const QemuCapsId *id, GError **err)
{
    QemuCaps *caps = NULL;
    bool waited = false;
    Entry *entry;

    g_mutex_lock(&cache->lock);
    entry = entry_of(cache, id);
    while (entry->asking) {
        waited = true;
        g_cond_wait(&cache->answered, &cache->lock);
    }
    if (entry->caps && qemu_caps_id_equal(&entry->caps->id, id))
        caps = qemu_caps_ref(entry->caps);
    else if (waited && entry->failure)
        g_propagate_error(err, g_error_copy(entry->failure));
    else
        entry->asking = true;
    g_mutex_unlock(&cache->lock);
    return caps;
}

static void
publish(QemuCapsCache *cache, const QemuCapsId *id, const QemuCaps *caps, const GError *failure)
{
    Entry *entry;

    g_mutex_lock(&cache->lock);
    entry = entry_of(cache, id);
    g_clear_pointer(&entry->caps, qemu_caps_unref);
    g_clear_error(&entry->failure);
    if (caps)
        entry->caps = qemu_caps_ref(caps);
    else
        entry->failure = g_error_copy(failure);
    entry->asking = false;
    g_cond_broadcast(&cache->answered);
    g_mutex_unlock(&cache->lock);
}

static QemuCaps *
get(QemuCapsCache *cache, const char *binary, const char *accel, GError **err)
{
    QemuCapsId id = { NULL };
    QemuCaps *caps;
    GError *failure = NULL;

    if (!qemu_caps_id_read(binary, accel, &id, err))
        return NULL;
    caps = take_or_claim(cache, &id, &failure);
    if (!caps && !failure) {
        caps = find_out(cache, &id, &failure);
        publish(cache, &id, caps, failure);
    }
    qemu_caps_id_clear(&id);
    if (failure)
        g_propagate_error(err, failure);
    return caps;
}

QemuCaps *
qemu_caps_cache_get(QemuCapsCache *cache, const char *binary, GError **err)
{
    return get(cache, binary, BEST_ACCEL, err);
}

QemuCaps *
qemu_caps_cache_get_tcg(QemuCapsCache *cache, const char *binary, GError **err)
{
    g_autoptr(QemuCaps) best = get(cache, binary, BEST_ACCEL, err);

    if (!best || !best->kvm_usable)
        return g_steal_pointer(&best);
    return get(cache, binary, "tcg", err);
}

QemuCaps *
qemu_caps_cache_peek(QemuCapsCache *cache, const char *binary)
{
    g_autofree char *key = key_of(binary, BEST_ACCEL);
    QemuCaps *caps = NULL;
    Entry *entry;

    g_mutex_lock(&cache->lock);
    entry = g_hash_table_lookup(cache->entries, key);
    if (entry && entry->caps)
        caps = qemu_caps_ref(entry->caps);
    g_mutex_unlock(&cache->lock);
    return caps;
}

char *
qemu_caps_find_emulator(const char *arch)
{
    g_autofree char *name = g_strdup_printf("qemu-system-%s", arch);

    return g_find_program_in_path(name);
}
