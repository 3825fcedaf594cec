/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Domains by what a person types, and their names for completion. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shell.h"

/* No longer description can travel. */
#define FILE_MAX (16 * 1024 * 1024)

static virDomainPtr
look_up(Shell *sh, const char *text, unsigned how)
{
    virDomainPtr dom = NULL;
    gint64 id;

    if ((how & BY_ID) && g_ascii_string_to_signed(text, 10, 0, G_MAXINT, &id, NULL))
        dom = virDomainLookupByID(sh->conn, (int)id);
    if (dom == NULL && (how & BY_UUID) && strlen(text) == VIR_UUID_STRING_BUFLEN - 1)
        dom = virDomainLookupByUUIDString(sh->conn, text);
    if (dom == NULL && (how & BY_NAME))
        dom = virDomainLookupByName(sh->conn, text);
    return dom;
}

virDomainPtr
need_domain_by(Shell *sh, const Cmd *cmd, const char *option, unsigned how)
{
    const char *name = opt_string(cmd, option);
    virDomainPtr dom = look_up(sh, name, how);

    if (dom == NULL) {
        /* Not found is all there is to say; a broken connection is more. */
        virErrorPtr last = virGetLastError();

        if (last && last->code == VIR_ERR_NO_DOMAIN)
            forget_error();
        complain(_("failed to get domain '%s'"), name);
    } else {
        forget_error();
    }
    return dom;
}

virDomainPtr
need_domain(Shell *sh, const Cmd *cmd)
{
    return need_domain_by(sh, cmd, "domain", BY_ID | BY_UUID | BY_NAME);
}

static char **
list_names(Shell *sh, unsigned flags)
{
    GPtrArray *names = g_ptr_array_new();
    virDomainPtr *doms = NULL;
    int n = sh->conn ? virConnectListAllDomains(sh->conn, &doms, flags) : 0;

    for (int i = 0; i < n; i++) {
        g_ptr_array_add(names, g_strdup(virDomainGetName(doms[i])));
        virDomainFree(doms[i]);
    }
    free(doms);
    forget_error();
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

char **
complete_domains(Shell *sh)
{
    return list_names(sh, 0);
}

char **
complete_active(Shell *sh)
{
    return list_names(sh, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
}

char **
complete_inactive(Shell *sh)
{
    return list_names(sh, VIR_CONNECT_LIST_DOMAINS_INACTIVE);
}

char *
read_file(const char *path)
{
    FILE *file = fopen(path, "re");
    g_autofree char *all = file ? g_malloc(FILE_MAX + 1) : NULL;
    size_t size;

    if (file == NULL) {
        complain(_("Failed to open file '%s': %s"), path, g_strerror(errno));
        return NULL;
    }
    size = fread(all, 1, FILE_MAX + 1, file);
    if (ferror(file) || size > FILE_MAX) {
        complain(_("Failed to read file '%s': %s"), path, size > FILE_MAX ? _("too long") : g_strerror(errno));
        fclose(file);
        return NULL;
    }
    fclose(file);
    all[size] = '\0';
    return g_strdup(all);
}
