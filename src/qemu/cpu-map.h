/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libvirt 9.0 means by the features and models of x86: a CPU that we describe to a libvirtd, or it to us, is
 * written in these terms. Names are those of the domain XML. Pure; any thread.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

/* Every feature that may be named to a libvirtd, in the order in which it lists them. */
extern const char *const cpu_map_features[];
extern const guint       cpu_map_n_features;
/* Its place in cpu_map_features; -1: not there. */
gint cpu_map_index(const char *feature);
/* The same name in cpu_map_features; NULL: not there. */
const char *cpu_map_intern(const char *feature);

/* QEMU and libvirt mean different CPUs by some names of models. by_qemu: QEMU's model has the feature. */
bool cpu_map_model_has(const char *model, const char *feature, bool by_qemu);
/* The feature that libvirt took out of the model when QEMUs differed about it, and switches off in every guest with that
 * model; NULL: none. */
const char *cpu_map_switched_off(const char *model);
/* QEMU has no property for the feature: definitions that name it are served without. */
bool cpu_map_is_idle(const char *feature);
