/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Capabilities of QEMU binaries: in memory, on disk, or else by asking the binary. Knows nothing of domains.
 *
 * Any thread may call. A cold probe takes a fraction of a second and holds no lock: one thread asks a binary, others
 * that need the same binary wait for it, everybody else goes on. Never call it on a loop thread, except peek().
 */
#pragma once

#include "qemu/caps.h"

typedef struct QemuCapsCache QemuCapsCache;

/* dir: where the files are kept, made when needed; NULL: memory only. */
QemuCapsCache *qemu_caps_cache_new(const char *dir);
/* No thread may be inside get(). */
void           qemu_caps_cache_free(QemuCapsCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuCapsCache, qemu_caps_cache_free)

/* Fails with an error that names the binary when it is missing, cannot be executed or does not answer like a QEMU;
 * failures are not remembered. A replaced binary is noticed and asked again. The caller unrefs. */
QemuCaps *qemu_caps_cache_get(QemuCapsCache *cache, const char *binary, GError **err);
/* The same as a guest without KVM sees it: other CPU features, another host model. */
QemuCaps *qemu_caps_cache_get_tcg(QemuCapsCache *cache, const char *binary, GError **err);
/* What is known without waiting; NULL: nothing yet. The caller unrefs. */
QemuCaps *qemu_caps_cache_peek(QemuCapsCache *cache, const char *binary);

/* "qemu-system-ARCH" in PATH; NULL: not installed. Caller frees. */
char *qemu_caps_find_emulator(const char *arch);
