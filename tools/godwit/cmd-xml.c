/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dumpxml, domxml-to-native, domxml-check, desc, metadata */
#include <stdlib.h>
#include <string.h>

#include <json-glib/json-glib.h>

#include "shell.h"

static const OptFlag dump_flags[] = {
    { "inactive", VIR_DOMAIN_XML_INACTIVE },
    { "security-info", VIR_DOMAIN_XML_SECURE },
    { "update-cpu", VIR_DOMAIN_XML_UPDATE_CPU },
    { "migratable", VIR_DOMAIN_XML_MIGRATABLE },
    { NULL, 0 }
};

static const OptDef dump_options[] = {
    OPT_DOMAIN,
    { "inactive", OPT_BOOL, 0, NULL, N_("the definition for the next start") },
    { "security-info", OPT_BOOL, 0, NULL, N_("with passwords") },
    { "update-cpu", OPT_BOOL, 0, NULL, N_("with the CPU that the host would give") },
    { "migratable", OPT_BOOL, 0, NULL, N_("as a migration sends it") },
    OPT_END
};

static bool
run_dumpxml(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = need_domain(sh, cmd);
    char *xml;

    if (dom == NULL || !(xml = virDomainGetXMLDesc(dom, opt_flags(cmd, dump_flags))))
        return false;
    text(sh, "xml", xml);
    free(xml);
    return true;
}

static char **
complete_formats(Shell *sh)
{
    return g_strsplit("qemu-argv", " ", -1);
}

static const OptDef native_options[] = {
    { "format", OPT_STRING, OPT_REQUIRED, complete_formats, N_("format to convert to: qemu-argv") },
    { "domain", OPT_STRING, 0, complete_domains, N_("domain name, id or uuid") },
    { "xml", OPT_STRING, OPT_FILE, NULL, N_("file with the domain's XML") },
    OPT_END
};

static char *
native_xml(Shell *sh, const Cmd *cmd)
{
    const char *path = opt_string(cmd, "xml");
    g_autoptr(virDomain) dom = NULL;
    char *xml, *own = NULL;

    if (path)
        return read_file(path);
    if (opt_string(cmd, "domain") == NULL) {
        complain(_("need either domain or domain XML"));
        return NULL;
    }
    dom = need_domain(sh, cmd);
    xml = dom ? virDomainGetXMLDesc(dom, VIR_DOMAIN_XML_SECURE) : NULL;
    own = g_strdup(xml);
    free(xml);
    return own;
}

static bool
run_native(Shell *sh, const Cmd *cmd)
{
    g_autofree char *xml = NULL;
    char *native;

    if (!opt_exclusive(cmd, "domain", "xml") || !(xml = native_xml(sh, cmd)))
        return false;
    native = virConnectDomainXMLToNative(sh->conn, opt_string(cmd, "format"), xml, 0);
    if (native == NULL)
        return false;
    text(sh, "native", native);
    free(native);
    return true;
}

static const OptDef check_options[] = {
    { "file", OPT_STRING, OPT_REQUIRED | OPT_FILE, NULL, N_("file with the domain's XML") },
    OPT_END
};

/* The daemon's list: [{"line": 3, "element": "devices/hostdev", "problem": "..."}, ...] */
static Table *
read_problems(const char *list, unsigned *ret_count)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    Table *table = table_new("line", _("Line"), "element", _("Element"), "problem", _("Problem"), NULL);
    JsonArray *rows;

    if (!json_parser_load_from_data(parser, list, -1, NULL) || !JSON_NODE_HOLDS_ARRAY(json_parser_get_root(parser)))
        return table;
    rows = json_node_get_array(json_parser_get_root(parser));
    *ret_count = json_array_get_length(rows);
    for (unsigned i = 0; i < *ret_count; i++) {
        JsonObject *row = json_array_get_object_element(rows, i);
        gint64 line = json_object_get_int_member_with_default(row, "line", 0);
        g_autofree char *number = line ? g_strdup_printf("%" G_GINT64_FORMAT, line) : g_strdup("-");

        table_row(table, number, json_object_get_string_member_with_default(row, "element", ""),
                  json_object_get_string_member_with_default(row, "problem", ""), NULL);
    }
    return table;
}

static bool
run_check(Shell *sh, const Cmd *cmd)
{
    g_autofree char *xml = read_file(opt_string(cmd, "file"));
    g_autoptr(Table) table = NULL;
    unsigned count = 0;
    char *list;

    if (xml == NULL || !(list = virConnectDomainXMLToNative(sh->conn, "godwit-check", xml, 0)))
        return false;
    table = read_problems(list, &count);
    free(list);
    if (count == 0 && !sh->json)
        say(sh, "%s\n", _("Everything in this definition is supported"));
    else
        table_print(sh, table, "problems");
    return count == 0;
}

static const OptFlag affect_flags[] = {
    { "live", VIR_DOMAIN_AFFECT_LIVE }, { "config", VIR_DOMAIN_AFFECT_CONFIG }, { NULL, 0 }
};

static bool
check_affect(const Cmd *cmd)
{
    return opt_exclusive(cmd, "current", "live") && opt_exclusive(cmd, "current", "config");
}

#define OPT_AFFECT                                                                          \
    { "live", OPT_BOOL, 0, NULL, N_("of the running domain") },                             \
    { "config", OPT_BOOL, 0, NULL, N_("of the definition for the next start") },            \
    { "current", OPT_BOOL, 0, NULL, N_("of the running domain, or else of its definition") }

static const OptDef desc_options[] = {
    OPT_DOMAIN, OPT_AFFECT,
    { "title", OPT_BOOL, 0, NULL, N_("the title instead of the description") },
    { "new-desc", OPT_ARGV, 0, NULL, N_("new text; empty removes it") },
    OPT_END
};

static bool
set_desc(Shell *sh, virDomainPtr dom, int type, unsigned flags, const char **words)
{
    g_autofree char *value = g_strjoinv(" ", (char **)words);
    bool title = type == VIR_DOMAIN_METADATA_TITLE;

    if (virDomainSetMetadata(dom, type, value[0] ? value : NULL, NULL, NULL, flags) < 0) {
        complain("%s", title ? _("Failed to set new domain title") : _("Failed to set new domain description"));
        return false;
    }
    say(sh, "%s", title ? _("Domain title updated successfully") : _("Domain description updated successfully"));
    return true;
}

static bool
run_desc(Shell *sh, const Cmd *cmd)
{
    bool title = opt_bool(cmd, "title");
    int type = title ? VIR_DOMAIN_METADATA_TITLE : VIR_DOMAIN_METADATA_DESCRIPTION;
    unsigned flags = opt_flags(cmd, affect_flags);
    g_autofree const char **words = opt_argv(cmd, "new-desc");
    g_autoptr(virDomain) dom = NULL;
    char *value;

    if (!check_affect(cmd) || !(dom = need_domain(sh, cmd)))
        return false;
    if (words[0])
        return set_desc(sh, dom, type, flags, words);
    value = virDomainGetMetadata(dom, type, NULL, flags);
    if (value == NULL && virGetLastErrorCode() != VIR_ERR_NO_DOMAIN_METADATA)
        return false;
    forget_error();
    json_string(sh, title ? "title" : "description", value);
    if (value || sh->out)
        print(sh, "%s", value);
    else if (title)
        say(sh, _("No title for domain: %s"), virDomainGetName(dom));
    else
        say(sh, _("No description for domain: %s"), virDomainGetName(dom));
    free(value);
    return true;
}

static const OptDef metadata_options[] = {
    OPT_DOMAIN,
    { "uri", OPT_STRING, OPT_REQUIRED, NULL, N_("URI of the XML namespace") },
    OPT_AFFECT,
    { "key", OPT_STRING, OPT_BY_NAME, NULL, N_("prefix for the namespace") },
    { "set", OPT_STRING, OPT_BY_NAME, NULL, N_("new XML") },
    { "remove", OPT_BOOL, 0, NULL, N_("remove the XML of this namespace") },
    OPT_END
};

static bool
change_metadata(Shell *sh, virDomainPtr dom, const Cmd *cmd, unsigned flags)
{
    const char *value = opt_string(cmd, "set");

    if (virDomainSetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, value, opt_string(cmd, "key"), opt_string(cmd, "uri"),
                             flags) < 0)
        return false;
    say(sh, "%s\n", value ? _("Metadata modified") : _("Metadata removed"));
    return true;
}

static bool
run_metadata(Shell *sh, const Cmd *cmd)
{
    unsigned flags = opt_flags(cmd, affect_flags);
    g_autoptr(virDomain) dom = NULL;
    char *value;

    if (!check_affect(cmd) || !opt_exclusive(cmd, "set", "remove"))
        return false;
    if (opt_string(cmd, "set") && !opt_string(cmd, "key")) {
        complain(_("namespace key is required when modifying metadata"));
        return false;
    }
    if (!(dom = need_domain(sh, cmd)))
        return false;
    if (opt_bool(cmd, "set") || opt_bool(cmd, "remove"))
        return change_metadata(sh, dom, cmd, flags);
    value = virDomainGetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, opt_string(cmd, "uri"), flags);
    if (value == NULL)
        return false;
    text(sh, "metadata", value);
    free(value);
    return true;
}

const CmdDef cmds_xml[] = {
    { "desc", desc_options, run_desc, N_("show or set a domain's description or title"),
      N_("Show or set the description or the title of a domain."), 0 },
    { "domxml-check", check_options, run_check, N_("what of a domain's XML is not supported here, and why"),
      N_("List every element of an XML file that this host cannot provide, with its line; exit status 1 when there is any."), 0 },
    { "domxml-to-native", native_options, run_native, N_("the hypervisor's command line for a domain"),
      N_("Print what the hypervisor would be started with, for a domain or for XML from a file."), 0 },
    { "dumpxml", dump_options, run_dumpxml, N_("a domain's XML"), N_("Print the XML of a domain."), 0 },
    { "metadata", metadata_options, run_metadata, N_("show or set XML that others keep with a domain"),
      N_("Show or set the metadata of a domain in one XML namespace."), 0 },
    { NULL }
};
