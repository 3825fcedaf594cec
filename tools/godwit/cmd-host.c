/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the connection and its hypervisor are. */
#include <stdlib.h>
#include <string.h>

#include "shell.h"

/* virsh ends these documents with an empty line, and scripts compare. */
static bool
hand_over_xml(Shell *sh, char *value)
{
    if (value == NULL)
        return false;
    json_string(sh, "xml", value);
    print(sh, "%s\n", value);
    free(value);
    return true;
}

/* Prints what the library allocated, or fails with its error. */
static bool
hand_over(Shell *sh, const char *key, char *value)
{
    if (value == NULL)
        return false;
    text(sh, key, value);
    free(value);
    return true;
}

static bool
run_capabilities(Shell *sh, const Cmd *cmd)
{
    char *xml = virConnectGetCapabilities(sh->conn);

    if (xml == NULL)
        complain(_("failed to get capabilities"));
    return hand_over_xml(sh, xml);
}

static bool
run_hostname(Shell *sh, const Cmd *cmd)
{
    char *name = virConnectGetHostname(sh->conn);

    if (name == NULL)
        complain(_("failed to get hostname"));
    return hand_over(sh, "hostname", name);
}

static bool
run_uri(Shell *sh, const Cmd *cmd)
{
    char *uri = virConnectGetURI(sh->conn);

    if (uri == NULL)
        complain(_("failed to get URI"));
    return hand_over(sh, "uri", uri);
}

static bool
run_sysinfo(Shell *sh, const Cmd *cmd)
{
    char *xml = virConnectGetSysinfo(sh->conn, 0);

    if (xml == NULL)
        complain(_("failed to get sysinfo"));
    return hand_over(sh, "xml", xml);
}

static const OptDef domcaps_options[] = {
    { "virttype", OPT_STRING, 0, NULL, N_("kind of virtualization: qemu, kvm") },
    { "emulatorbin", OPT_STRING, OPT_FILE, NULL, N_("path of the emulator") },
    { "arch", OPT_STRING, 0, NULL, N_("architecture of the guest") },
    { "machine", OPT_STRING, 0, NULL, N_("machine type") },
    OPT_END
};

static bool
run_domcaps(Shell *sh, const Cmd *cmd)
{
    char *xml = virConnectGetDomainCapabilities(sh->conn, opt_string(cmd, "emulatorbin"), opt_string(cmd, "arch"),
                                                opt_string(cmd, "machine"), opt_string(cmd, "virttype"), 0);

    if (xml == NULL)
        complain(_("failed to get emulator capabilities"));
    return hand_over_xml(sh, xml);
}

static void
print_version(Shell *sh, const char *key, const char *format, const char *who, unsigned long version)
{
    g_autofree char *number = g_strdup_printf("%lu.%lu.%lu", version / 1000000, version / 1000 % 1000, version % 1000);

    json_string(sh, key, number);
    print(sh, format, who, number);
    print(sh, "\n");
}

static bool
run_version(Shell *sh, const Cmd *cmd)
{
    const char *type = virConnectGetType(sh->conn);
    unsigned long api = 0, hypervisor = 0, daemon = 0;

    if (type == NULL || virGetVersion(&api, type, NULL) < 0) {
        complain(_("failed to get hypervisor type"));
        return false;
    }
    print_version(sh, "compiled", _("Compiled against library: %s %s"), "libvirt", LIBVIR_VERSION_NUMBER);
    print_version(sh, "library", _("Using library: %s %s"), "libvirt", api);
    json_string(sh, "hypervisor", type);
    print_version(sh, "api", _("Using API: %s %s"), type, api);
    if (virConnectGetVersion(sh->conn, &hypervisor) < 0) {
        complain(_("failed to get the hypervisor version"));
        return false;
    }
    if (hypervisor)
        print_version(sh, "hypervisor_version", _("Running hypervisor: %s %s"), type, hypervisor);
    else
        print(sh, _("Cannot extract running %s hypervisor version\n"), type);
    if (!opt_bool(cmd, "daemon"))
        return true;
    if (virConnectGetLibVersion(sh->conn, &daemon) < 0) {
        complain(_("failed to get the daemon version"));
        return false;
    }
    print_version(sh, "daemon", _("Running against daemon: %s%s"), "", daemon);
    return true;
}

static const OptDef version_options[] = {
    { "daemon", OPT_BOOL, 0, NULL, N_("the daemon's version too") }, OPT_END
};

/* What the emulator says, where the host tells it; else what the driver counts. */
static int
most_vcpus(Shell *sh, const char *type)
{
    static const char before[] = "<vcpu max='";
    char *xml = virConnectGetDomainCapabilities(sh->conn, NULL, NULL, NULL, type, 0);
    const char *at = xml ? strstr(xml, before) : NULL;
    guint64 most = at ? g_ascii_strtoull(at + strlen(before), NULL, 10) : 0;

    free(xml);
    if (most > 0 && most <= G_MAXINT)
        return (int)most;
    forget_error();
    return virConnectGetMaxVcpus(sh->conn, type);
}

static bool
run_maxvcpus(Shell *sh, const Cmd *cmd)
{
    int most = most_vcpus(sh, opt_string(cmd, "type"));

    if (most < 0)
        return false;
    json_number(sh, "maximum", (guint64)most);
    print(sh, "%d\n", most);
    return true;
}

static const OptDef maxvcpus_options[] = {
    { "type", OPT_STRING, 0, NULL, N_("kind of domain: qemu, kvm") }, OPT_END
};

static bool
run_cpumodels(Shell *sh, const Cmd *cmd)
{
    char **models = NULL;
    int n = virConnectGetCPUModelNames(sh->conn, opt_string(cmd, "arch"), &models, 0);

    if (n < 0) {
        complain(_("failed to get CPU model names"));
        return false;
    }
    if (sh->out) {
        json_builder_set_member_name(sh->out, "rows");
        json_builder_begin_array(sh->out);
    }
    if (n == 0)
        print(sh, "%s\n", _("all CPU models are accepted"));
    for (int i = 0; i < n; i++) {
        if (sh->out)
            json_builder_add_string_value(sh->out, models[i]);
        print(sh, "%s\n", models[i]);
        free(models[i]);
    }
    free(models);
    if (sh->out)
        json_builder_end_array(sh->out);
    return true;
}

static const OptDef cpumodels_options[] = {
    { "arch", OPT_STRING, OPT_REQUIRED, NULL, N_("architecture") }, OPT_END
};

const CmdDef cmds_host[] = {
    { "capabilities", NULL, run_capabilities, N_("what the host can do"),
      N_("Print the capabilities of host and hypervisor as XML."), 0 },
    { "cpu-models", cpumodels_options, run_cpumodels, N_("CPU models that domains may name"),
      N_("Print the names of CPU models for an architecture."), 0 },
    { "domcapabilities", domcaps_options, run_domcaps, N_("what the hypervisor can give to domains"),
      N_("Print what an emulator can give to domains on this host, as XML."), 0 },
    { "hostname", NULL, run_hostname, N_("name of the host"), N_("Print the name of the hypervisor's host."), 0 },
    { "maxvcpus", maxvcpus_options, run_maxvcpus, N_("most virtual CPUs of a domain"),
      N_("Print how many virtual CPUs a domain may have."), 0 },
    { "sysinfo", NULL, run_sysinfo, N_("the host's system information"),
      N_("Print the host's system information as XML."), 0 },
    { "uri", NULL, run_uri, N_("URI of the connection"), N_("Print the URI of the connection."), 0 },
    { "version", version_options, run_version, N_("versions"), N_("Print versions of library, hypervisor, daemon."), 0 },
    { NULL }
};
