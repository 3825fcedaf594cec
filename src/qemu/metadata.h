/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The children of <metadata>, kept as text: find, replace and remove the one of an application, known by its
 * namespace URI. Pure functions on well-formed XML; any thread.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

/* metadata is the whole <metadata> element, or NULL. The child whose namespace is uri, without that namespace; NULL: none.
 * Caller frees. */
char *metadata_get(const char *metadata, const char *uri);
/* metadata without the child of uri, and with element (one XML element; NULL: none) put into that namespace under
 * the prefix key. *ret: NULL when nothing is left. Error: element is not well-formed. */
bool  metadata_set(const char *metadata, const char *key, const char *uri, const char *element, char **ret,
                   GError **err);
