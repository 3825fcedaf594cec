/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The <cpu> elements of a file: on their own, one after the other, or inside descriptions of domains, the host's
 * capabilities, or domain capabilities (what 'host-model' means there).
 */
#include <string.h>

#include "cpu-docs.h"
#include "shell.h"

/* Where they may stand, the element itself first. */
static const char *const places[][4] = {
    { "cpu", NULL },
    { "cpu", "domain", NULL },
    { "cpu", "host", "capabilities", NULL },
    { "mode", "cpu", "domainCapabilities", NULL },
};

typedef struct {
    GPtrArray *found;
    GString   *now;     /* NULL: outside of all places */
    guint      depth;   /* of elements inside the one that is being copied */
    bool       renamed; /* that one is called <mode> */
} Search;

static bool
stands_at(const GSList *stack, const char *const *place)
{
    for (; *place; place++, stack = stack->next)
        if (!stack->next || strcmp(stack->data, *place) != 0)
            return false;
    return !stack->next; /* only the root that was put around the file is left */
}

static bool
is_place(const GSList *stack)
{
    for (guint i = 0; i < G_N_ELEMENTS(places); i++)
        if (stands_at(stack, places[i]))
            return true;
    return false;
}

static bool
is_host_model(const char **names, const char **values)
{
    bool named = false, supported = false;

    for (; *names; names++, values++) {
        named = named || (strcmp(*names, "name") == 0 && strcmp(*values, "host-model") == 0);
        supported = supported || (strcmp(*names, "supported") == 0 && strcmp(*values, "yes") == 0);
    }
    return named && supported;
}

static void
copy_start(GString *out, const char *name, const char **names, const char **values)
{
    g_string_append_printf(out, "<%s", name);
    for (; *names; names++, values++) {
        g_autofree char *value = g_markup_escape_text(*values, -1);

        g_string_append_printf(out, " %s='%s'", *names, value);
    }
    g_string_append_c(out, '>');
}

static void
on_start(GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data,
         GError **err)
{
    static const char *none[] = { NULL };
    Search *search = data;

    if (search->now) {
        search->depth++;
        copy_start(search->now, name, names, values);
        return;
    }
    if (!is_place(g_markup_parse_context_get_element_stack(context)))
        return;
    search->renamed = strcmp(name, "mode") == 0;
    if (search->renamed && !is_host_model(names, values))
        return;
    search->now = g_string_new(NULL);
    copy_start(search->now, "cpu", search->renamed ? none : names, values);
}

static void
on_end(GMarkupParseContext *context, const char *name, gpointer data, GError **err)
{
    Search *search = data;

    if (!search->now)
        return;
    g_string_append_printf(search->now, "</%s>", search->depth ? name : "cpu");
    if (search->depth-- > 0)
        return;
    g_ptr_array_add(search->found, g_string_free(search->now, FALSE));
    search->now = NULL;
    search->depth = 0;
}

static void
on_text(GMarkupParseContext *context, const char *text, gsize len, gpointer data, GError **err)
{
    Search *search = data;
    g_autofree char *safe = search->now ? g_markup_escape_text(text, (gssize)len) : NULL;

    if (safe)
        g_string_append(search->now, safe);
}

/* NULL with err when it is not XML. */
static GPtrArray *
find_all(const char *content, GError **err)
{
    static const GMarkupParser parser = { .start_element = on_start, .end_element = on_end, .text = on_text };
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
    Search search = { .found = found };
    g_autoptr(GMarkupParseContext) context =
        g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &search, NULL);
    bool ok = g_markup_parse_context_parse(context, "<all>", -1, err) &&
              g_markup_parse_context_parse(context, content, -1, err) &&
              g_markup_parse_context_parse(context, "</all>", -1, err) && g_markup_parse_context_end_parse(context, err);

    if (search.now)
        g_string_free(search.now, TRUE);
    return ok ? g_steal_pointer(&found) : NULL;
}

GPtrArray *
cpu_docs_of_file(const char *path)
{
    g_autofree char *content = read_file(path);
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) found = content ? find_all(content, &err) : NULL;

    if (err)
        complain(_("Failed to read file '%s': %s"), path, err->message);
    if (!found)
        return NULL;
    if (found->len == 0) {
        complain(_("File '%s' does not contain any <cpu> element or valid domain XML, host capabilities XML, or domain "
                   "capabilities XML"), path);
        return NULL;
    }
    return g_steal_pointer(&found);
}
