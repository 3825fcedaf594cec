/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* list */
#include <stdlib.h>
#include <string.h>

#include "shell.h"

static const OptFlag filters[] = {
    { "inactive", VIR_CONNECT_LIST_DOMAINS_INACTIVE },
    { "all", VIR_CONNECT_LIST_DOMAINS_ACTIVE | VIR_CONNECT_LIST_DOMAINS_INACTIVE },
    { "persistent", VIR_CONNECT_LIST_DOMAINS_PERSISTENT },
    { "transient", VIR_CONNECT_LIST_DOMAINS_TRANSIENT },
    { "with-managed-save", VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE },
    { "without-managed-save", VIR_CONNECT_LIST_DOMAINS_NO_MANAGEDSAVE },
    { "autostart", VIR_CONNECT_LIST_DOMAINS_AUTOSTART },
    { "no-autostart", VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART },
    { "with-snapshot", VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT },
    { "without-snapshot", VIR_CONNECT_LIST_DOMAINS_NO_SNAPSHOT },
    { "with-checkpoint", VIR_CONNECT_LIST_DOMAINS_HAS_CHECKPOINT },
    { "without-checkpoint", VIR_CONNECT_LIST_DOMAINS_NO_CHECKPOINT },
    { "state-running", VIR_CONNECT_LIST_DOMAINS_RUNNING },
    { "state-paused", VIR_CONNECT_LIST_DOMAINS_PAUSED },
    { "state-shutoff", VIR_CONNECT_LIST_DOMAINS_SHUTOFF },
    { "state-other", VIR_CONNECT_LIST_DOMAINS_OTHER },
    { NULL, 0 }
};

static const OptDef list_options[] = {
    { "inactive", OPT_BOOL, 0, NULL, N_("list inactive domains") },
    { "all", OPT_BOOL, 0, NULL, N_("list inactive and active domains") },
    { "transient", OPT_BOOL, 0, NULL, N_("only transient ones") },
    { "persistent", OPT_BOOL, 0, NULL, N_("only persistent ones") },
    { "with-snapshot", OPT_BOOL, 0, NULL, N_("only those with a snapshot") },
    { "without-snapshot", OPT_BOOL, 0, NULL, N_("only those without a snapshot") },
    { "with-checkpoint", OPT_BOOL, 0, NULL, N_("only those with a checkpoint") },
    { "without-checkpoint", OPT_BOOL, 0, NULL, N_("only those without a checkpoint") },
    { "state-running", OPT_BOOL, 0, NULL, N_("only running ones") },
    { "state-paused", OPT_BOOL, 0, NULL, N_("only paused ones") },
    { "state-shutoff", OPT_BOOL, 0, NULL, N_("only those that are shut off") },
    { "state-other", OPT_BOOL, 0, NULL, N_("only those in other states") },
    { "autostart", OPT_BOOL, 0, NULL, N_("only those that start with the host") },
    { "no-autostart", OPT_BOOL, 0, NULL, N_("only those that do not start with the host") },
    { "with-managed-save", OPT_BOOL, 0, NULL, N_("only those with a managed save image") },
    { "without-managed-save", OPT_BOOL, 0, NULL, N_("only those without a managed save image") },
    { "uuid", OPT_BOOL, 0, NULL, N_("print UUIDs") },
    { "name", OPT_BOOL, 0, NULL, N_("print names") },
    { "id", OPT_BOOL, 0, NULL, N_("print ids") },
    { "table", OPT_BOOL, 0, NULL, N_("print a table (default)") },
    { "managed-save", OPT_BOOL, 0, NULL, N_("mark inactive domains with a managed save image") },
    { "title", OPT_BOOL, 0, NULL, N_("show titles") },
    OPT_END
};

typedef struct {
    virDomainPtr *v;
    int           n;
} Domains;

/* Active ones by id, then the others by name. */
static int
compare(const void *a, const void *b)
{
    virDomainPtr x = *(const virDomainPtr *)a, y = *(const virDomainPtr *)b;
    unsigned int idx = virDomainGetID(x), idy = virDomainGetID(y);
    bool offx = idx == (unsigned)-1, offy = idy == (unsigned)-1;

    if (offx != offy)
        return offx - offy;
    if (!offx)
        return (idx > idy) - (idx < idy);
    return strcasecmp(virDomainGetName(x), virDomainGetName(y));
}

static bool
get_domains(Shell *sh, unsigned flags, Domains *ret)
{
    ret->n = virConnectListAllDomains(sh->conn, &ret->v, flags);
    if (ret->n < 0) {
        complain(_("Failed to list domains"));
        return false;
    }
    if (ret->n > 1)
        qsort(ret->v, (size_t)ret->n, sizeof *ret->v, compare);
    return true;
}

static void
free_domains(Domains *list)
{
    for (int i = 0; i < list->n; i++)
        virDomainFree(list->v[i]);
    free(list->v);
}

static char *
id_text(virDomainPtr dom)
{
    unsigned int id = virDomainGetID(dom);

    return id == (unsigned)-1 ? g_strdup("-") : g_strdup_printf("%u", id);
}

static const char *
state_text(virDomainPtr dom, bool managed_save)
{
    int state = 0;

    if (virDomainGetState(dom, &state, NULL, 0) < 0) {
        forget_error();
        return _("no state");
    }
    if (state == VIR_DOMAIN_SHUTOFF && managed_save && virDomainHasManagedSaveImage(dom, 0) > 0)
        return _("saved");
    return name_domain_state(state);
}

static char *
title_text(virDomainPtr dom)
{
    char *title = virDomainGetMetadata(dom, VIR_DOMAIN_METADATA_TITLE, NULL, 0);
    char *own = g_strdup(title ? title : "");

    free(title);
    forget_error();
    return own;
}

static void
print_table(Shell *sh, const Cmd *cmd, const Domains *list)
{
    bool titles = opt_bool(cmd, "title"), saved = opt_bool(cmd, "managed-save");
    g_autoptr(Table) table = titles ? table_new("id", _("Id"), "name", _("Name"), "state", _("State"), "title",
                                                _("Title"), NULL)
                                    : table_new("id", _("Id"), "name", _("Name"), "state", _("State"), NULL);

    for (int i = 0; i < list->n; i++) {
        g_autofree char *id = id_text(list->v[i]);
        g_autofree char *title = titles ? title_text(list->v[i]) : NULL;

        table_row(table, id, virDomainGetName(list->v[i]), state_text(list->v[i], saved), title, NULL);
    }
    table_print(sh, table, NULL);
}

static void
print_words(Shell *sh, const Cmd *cmd, const Domains *list)
{
    for (int i = 0; i < list->n; i++) {
        char uuid[VIR_UUID_STRING_BUFLEN] = "";
        g_autofree char *id = id_text(list->v[i]);
        g_autoptr(GString) line = g_string_new(NULL);

        if (opt_bool(cmd, "id"))
            g_string_append_printf(line, "%s ", id);
        if (opt_bool(cmd, "uuid") && virDomainGetUUIDString(list->v[i], uuid) == 0)
            g_string_append_printf(line, "%s ", uuid);
        if (opt_bool(cmd, "name"))
            g_string_append_printf(line, "%s ", virDomainGetName(list->v[i]));
        g_string_truncate(line, line->len - 1);
        print(sh, "%s\n", line->str);
    }
}

static void
print_json(Shell *sh, const Domains *list)
{
    json_builder_set_member_name(sh->out, "rows");
    json_builder_begin_array(sh->out);
    for (int i = 0; i < list->n; i++) {
        char uuid[VIR_UUID_STRING_BUFLEN] = "";
        unsigned int id = virDomainGetID(list->v[i]);
        int state = 0, reason = 0;

        json_builder_begin_object(sh->out);
        if (id == (unsigned)-1)
            json_string(sh, "id", NULL);
        else
            json_number(sh, "id", id);
        json_string(sh, "name", virDomainGetName(list->v[i]));
        if (virDomainGetUUIDString(list->v[i], uuid) == 0)
            json_string(sh, "uuid", uuid);
        if (virDomainGetState(list->v[i], &state, &reason, 0) == 0) {
            json_string(sh, "state", name_domain_state(state));
            json_string(sh, "reason", name_domain_reason(state, reason));
        }
        json_builder_end_object(sh->out);
    }
    json_builder_end_array(sh->out);
}

static bool
run_list(Shell *sh, const Cmd *cmd)
{
    unsigned flags = opt_flags(cmd, filters);
    bool words = opt_bool(cmd, "uuid") || opt_bool(cmd, "name") || opt_bool(cmd, "id");
    Domains list = { NULL, 0 };

    if (!opt_exclusive(cmd, "table", "uuid") || !opt_exclusive(cmd, "table", "name") ||
        !opt_exclusive(cmd, "table", "id"))
        return false;
    if (!opt_bool(cmd, "all") && !opt_bool(cmd, "inactive"))
        flags |= VIR_CONNECT_LIST_DOMAINS_ACTIVE;
    if (!get_domains(sh, flags, &list))
        return false;
    if (sh->out)
        print_json(sh, &list);
    else if (words)
        print_words(sh, cmd, &list);
    else
        print_table(sh, cmd, &list);
    free_domains(&list);
    return true;
}

const CmdDef cmds_list[] = {
    { "list", list_options, run_list, N_("list domains"), N_("List domains: the active ones, unless told otherwise."),
      0 },
    { NULL }
};
