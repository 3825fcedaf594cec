/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a domain is and how it does: dominfo, domstate and their like. */
#include <stdlib.h>

#include "shell.h"

#define WIDTH 16

static const OptDef domain_options[] = { OPT_DOMAIN, OPT_END };

static bool
run_domid(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = need_domain_by(sh, cmd, "domain", BY_UUID | BY_NAME);
    unsigned int id;

    if (dom == NULL)
        return false;
    id = virDomainGetID(dom);
    if (sh->out && id != (unsigned)-1)
        json_number(sh, "id", id);
    else if (sh->out)
        json_string(sh, "id", NULL);
    else if (id == (unsigned)-1)
        print(sh, "-\n");
    else
        print(sh, "%u\n", id);
    return true;
}

static const OptDef domid_options[] = {
    { "domain", OPT_STRING, OPT_REQUIRED, complete_domains, N_("domain name or uuid") }, OPT_END
};

static bool
run_domname(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = need_domain_by(sh, cmd, "domain", BY_ID | BY_UUID);

    if (dom == NULL)
        return false;
    text(sh, "name", virDomainGetName(dom));
    return true;
}

static const OptDef domname_options[] = {
    { "domain", OPT_STRING, OPT_REQUIRED, NULL, N_("domain id or uuid") }, OPT_END
};

static bool
run_domuuid(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = need_domain_by(sh, cmd, "domain", BY_ID | BY_NAME);
    char uuid[VIR_UUID_STRING_BUFLEN];

    if (dom == NULL)
        return false;
    if (virDomainGetUUIDString(dom, uuid) < 0) {
        complain(_("failed to get domain UUID"));
        return false;
    }
    text(sh, "uuid", uuid);
    return true;
}

static const OptDef domuuid_options[] = {
    { "domain", OPT_STRING, OPT_REQUIRED, complete_domains, N_("domain id or name") }, OPT_END
};

static bool
run_domstate(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = need_domain(sh, cmd);
    int state, reason;

    if (dom == NULL || virDomainGetState(dom, &state, &reason, 0) < 0)
        return false;
    json_string(sh, "state", name_domain_state(state));
    json_string(sh, "reason", name_domain_reason(state, reason));
    if (opt_bool(cmd, "reason"))
        print(sh, "%s (%s)\n", name_domain_state(state), name_domain_reason(state, reason));
    else
        print(sh, "%s\n", name_domain_state(state));
    return true;
}

static const OptDef domstate_options[] = {
    OPT_DOMAIN, { "reason", OPT_BOOL, 0, NULL, N_("also say why") }, OPT_END
};

static bool
run_domcontrol(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = need_domain(sh, cmd);
    virDomainControlInfo info;

    if (dom == NULL || virDomainGetControlInfo(dom, &info, 0) < 0)
        return false;
    json_string(sh, "state", name_control_state((int)info.state));
    json_number(sh, "since_ms", info.stateTime);
    if (info.state == VIR_DOMAIN_CONTROL_OK || info.state == VIR_DOMAIN_CONTROL_ERROR)
        print(sh, "%s\n", name_control_state((int)info.state));
    else
        print(sh, "%s (%0.3fs)\n", name_control_state((int)info.state), (double)info.stateTime / 1000.0);
    return true;
}

static void
print_identity(Shell *sh, virDomainPtr dom)
{
    char uuid[VIR_UUID_STRING_BUFLEN];
    unsigned int id = virDomainGetID(dom);
    char *os = NULL;

    if (id != (unsigned)-1)
        pair_number(sh, WIDTH, _("Id:"), "id", id, NULL);
    else if (sh->out)
        json_string(sh, "id", NULL);
    else
        pair(sh, WIDTH, _("Id:"), "id", "-");
    pair(sh, WIDTH, _("Name:"), "name", "%s", virDomainGetName(dom));
    if (virDomainGetUUIDString(dom, uuid) == 0)
        pair(sh, WIDTH, _("UUID:"), "uuid", "%s", uuid);
    os = virDomainGetOSType(dom);
    if (os)
        pair(sh, WIDTH, _("OS Type:"), "os_type", "%s", os);
    free(os);
}

static bool
print_numbers(Shell *sh, virDomainPtr dom)
{
    virDomainInfo info;

    if (virDomainGetInfo(dom, &info) < 0)
        return false;
    pair(sh, WIDTH, _("State:"), "state", "%s", name_domain_state(info.state));
    pair_number(sh, WIDTH, _("CPU(s):"), "cpus", info.nrVirtCpu, NULL);
    if (info.cpuTime != 0) {
        json_number(sh, "cpu_time_ns", info.cpuTime);
        if (!sh->out)
            pair(sh, WIDTH, _("CPU time:"), NULL, "%.1lfs", (double)info.cpuTime / 1e9);
    }
    if (info.maxMem != (unsigned long)-1)
        pair_number(sh, WIDTH, _("Max memory:"), "max_memory_kib", info.maxMem, "KiB");
    else if (!sh->out)
        pair(sh, WIDTH, _("Max memory:"), NULL, "%s", _("no limit"));
    pair_number(sh, WIDTH, _("Used memory:"), "used_memory_kib", info.memory, "KiB");
    return true;
}

static void
print_choice(Shell *sh, const char *label, const char *key, int value, const char *yes, const char *no)
{
    if (value >= 0) {
        json_flag(sh, key, value > 0);
        if (!sh->out)
            pair(sh, WIDTH, label, NULL, "%s", value ? yes : no);
    } else if (!sh->out) {
        pair(sh, WIDTH, label, NULL, "%s", _("unknown"));
    }
    forget_error();
}

static bool
print_security(Shell *sh, virDomainPtr dom)
{
    virSecurityModel model = { 0 };
    virSecurityLabel label = { 0 };

    if (virNodeGetSecurityModel(sh->conn, &model) < 0) {
        bool lacks = virGetLastErrorCode() == VIR_ERR_NO_SUPPORT;

        if (lacks)
            forget_error();
        return lacks;
    }
    if (model.model[0] == '\0')
        return true;
    pair(sh, WIDTH, _("Security model:"), "security_model", "%s", model.model);
    pair(sh, WIDTH, _("Security DOI:"), "security_doi", "%s", model.doi);
    if (virDomainGetID(dom) == (unsigned)-1)
        return true;
    if (virDomainGetSecurityLabel(dom, &label) < 0)
        return false;
    if (label.label[0])
        pair(sh, WIDTH, _("Security label:"), "security_label", "%s (%s)", label.label,
             label.enforcing ? "enforcing" : "permissive");
    return true;
}

static void
print_messages(Shell *sh, virDomainPtr dom)
{
    char **messages = NULL;
    int n = virDomainGetMessages(dom, &messages, 0);
    g_autoptr(GString) all = g_string_new(NULL);

    for (int i = 0; i < n; i++) {
        g_string_append_printf(all, "%s%s", i ? "; " : "", messages[i]);
        if (!sh->out)
            pair(sh, WIDTH, i ? "" : _("Messages:"), NULL, "%s", messages[i]);
        free(messages[i]);
    }
    if (n > 0)
        json_string(sh, "messages", all->str);
    free(messages);
    forget_error();
}

static bool
run_dominfo(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = need_domain(sh, cmd);
    int autostart = -1;

    if (dom == NULL)
        return false;
    print_identity(sh, dom);
    if (!print_numbers(sh, dom))
        return false;
    print_choice(sh, _("Persistent:"), "persistent", virDomainIsPersistent(dom), _("yes"), _("no"));
    if (virDomainGetAutostart(dom, &autostart) == 0)
        print_choice(sh, _("Autostart:"), "autostart", autostart, _("enable"), _("disable"));
    forget_error();
    print_choice(sh, _("Managed save:"), "managed_save", virDomainHasManagedSaveImage(dom, 0), _("yes"), _("no"));
    if (!print_security(sh, dom))
        return false;
    print_messages(sh, dom);
    return true;
}

const CmdDef cmds_info[] = {
    { "domcontrol", domain_options, run_domcontrol, N_("state of a domain's control connection"),
      N_("Tell whether the host can talk to a domain's hypervisor at this moment."), 0 },
    { "domid", domid_options, run_domid, N_("id of a domain"), N_("Print the id of a domain; - when it is not running."),
      0 },
    { "dominfo", domain_options, run_dominfo, N_("the most important facts of a domain"),
      N_("Print the most important facts of a domain."), 0 },
    { "domname", domname_options, run_domname, N_("name of a domain"), N_("Print the name of a domain."), 0 },
    { "domstate", domstate_options, run_domstate, N_("state of a domain"), N_("Print the state of a domain."), 0 },
    { "domuuid", domuuid_options, run_domuuid, N_("UUID of a domain"), N_("Print the UUID of a domain."), 0 },
    { NULL }
};
