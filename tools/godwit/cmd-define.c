/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* define, create, undefine */
#include <string.h>

#include "shell.h"

static const OptDef define_options[] = {
    { "file", OPT_STRING, OPT_REQUIRED | OPT_FILE, NULL, N_("file with the domain's XML") },
    { "validate", OPT_BOOL, 0, NULL, N_("check the XML against the schema") },
    OPT_END
};

static bool
run_define(Shell *sh, const Cmd *cmd)
{
    const char *path = opt_string(cmd, "file");
    g_autofree char *xml = read_file(path);
    unsigned flags = opt_bool(cmd, "validate") ? VIR_DOMAIN_DEFINE_VALIDATE : 0;
    g_autoptr(virDomain) dom = NULL;

    if (xml == NULL)
        return false;
    dom = flags ? virDomainDefineXMLFlags(sh->conn, xml, flags) : virDomainDefineXML(sh->conn, xml);
    if (dom == NULL) {
        complain(_("Failed to define domain from %s"), path);
        return false;
    }
    say(sh, _("Domain '%s' defined from %s\n"), virDomainGetName(dom), path);
    return true;
}

static const OptFlag create_flags[] = {
    { "paused", VIR_DOMAIN_START_PAUSED },
    { "autodestroy", VIR_DOMAIN_START_AUTODESTROY },
    { "validate", VIR_DOMAIN_START_VALIDATE },
    { "reset-nvram", VIR_DOMAIN_START_RESET_NVRAM },
    { NULL, 0 }
};

static const OptDef create_options[] = {
    { "file", OPT_STRING, OPT_REQUIRED | OPT_FILE, NULL, N_("file with the domain's XML") },
    { "paused", OPT_BOOL, 0, NULL, N_("leave the guest paused") },
    { "autodestroy", OPT_BOOL, 0, NULL, N_("destroy the guest when this connection ends") },
    { "validate", OPT_BOOL, 0, NULL, N_("check the XML against the schema") },
    { "reset-nvram", OPT_BOOL, 0, NULL, N_("begin with NVRAM as its template has it") },
    OPT_END
};

static bool
run_create(Shell *sh, const Cmd *cmd)
{
    const char *path = opt_string(cmd, "file");
    g_autofree char *xml = read_file(path);
    g_autoptr(virDomain) dom = NULL;

    if (xml == NULL)
        return false;
    dom = virDomainCreateXML(sh->conn, xml, opt_flags(cmd, create_flags));
    if (dom == NULL) {
        complain(_("Failed to create domain from %s"), path);
        return false;
    }
    say(sh, _("Domain '%s' created from %s\n"), virDomainGetName(dom), path);
    return true;
}

static const OptFlag undefine_flags[] = {
    { "managed-save", VIR_DOMAIN_UNDEFINE_MANAGED_SAVE },
    { "snapshots-metadata", VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA },
    { "checkpoints-metadata", VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA },
    { "nvram", VIR_DOMAIN_UNDEFINE_NVRAM },
    { "keep-nvram", VIR_DOMAIN_UNDEFINE_KEEP_NVRAM },
    { "tpm", VIR_DOMAIN_UNDEFINE_TPM },
    { "keep-tpm", VIR_DOMAIN_UNDEFINE_KEEP_TPM },
    { NULL, 0 }
};

static const OptDef undefine_options[] = {
    OPT_DOMAIN,
    { "managed-save", OPT_BOOL, 0, NULL, N_("remove its managed save image too") },
    { "snapshots-metadata", OPT_BOOL, 0, NULL, N_("forget its snapshots too") },
    { "checkpoints-metadata", OPT_BOOL, 0, NULL, N_("forget its checkpoints too") },
    { "nvram", OPT_BOOL, 0, NULL, N_("remove its NVRAM file too") },
    { "keep-nvram", OPT_BOOL, 0, NULL, N_("keep its NVRAM file") },
    { "tpm", OPT_BOOL, 0, NULL, N_("remove its TPM state too") },
    { "keep-tpm", OPT_BOOL, 0, NULL, N_("keep its TPM state") },
    OPT_END
};

static bool
run_undefine(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = NULL;
    unsigned flags = opt_flags(cmd, undefine_flags);

    if (!opt_exclusive(cmd, "nvram", "keep-nvram") || !opt_exclusive(cmd, "tpm", "keep-tpm") ||
        !(dom = need_domain(sh, cmd)))
        return false;
    if ((flags ? virDomainUndefineFlags(dom, flags) : virDomainUndefine(dom)) < 0) {
        complain(_("Failed to undefine domain '%s'"), virDomainGetName(dom));
        return false;
    }
    say(sh, _("Domain '%s' has been undefined\n"), virDomainGetName(dom));
    return true;
}

const CmdDef cmds_define[] = {
    { "create", create_options, run_create, N_("start a domain from an XML file"),
      N_("Start a domain that lives as long as it runs."), 0 },
    { "define", define_options, run_define, N_("define a domain from an XML file"),
      N_("Define a domain without starting it, or change its definition."), 0 },
    { "undefine", undefine_options, run_undefine, N_("remove a domain's definition"),
      N_("Remove the definition of a domain; one that runs goes on until it stops."), 0 },
    { NULL }
};
