/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a connection and its host are. */
#include <string.h>

#include "model/dom-problems.h"
#include "model/handle.h"
#include "qemu/command-resolve.h"
#include "qemu/command.h"
#include "qemu/driver-private.h"
#include "qemu/firmware.h"
#include "qemu/host-caps.h"
#include "util/err.h"
#include "util/json.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* VIR_DRV_FEATURE_*, as they are numbered on the wire, and what this driver answers. All others: 0. */
static const struct {
    gint32 feature, answer;
} features[] = {
    { 1, 0 },  /* MIGRATION_V1 */
    { 3, 0 },  /* MIGRATION_V2: no client that speaks V3 asks for it */
    { 4, 1 },  /* MIGRATION_P2P */
    { 5, 1 },  /* MIGRATION_DIRECT */
    { 6, 1 },  /* MIGRATION_V3 */
    { 7, 1 },  /* MIGRATE_CHANGE_PROTECTION */
    { 9, 1 },  /* TYPED_PARAM_STRING */
    { 11, 1 }, /* XML_MIGRATABLE */
    { 12, 1 }, /* MIGRATION_OFFLINE */
    { 13, 1 }, /* MIGRATION_PARAMS */
    { 16, 1 }, /* NETWORK_UPDATE_HAS_CORRECT_ORDER */
};

bool
qemu_verb_connect_supports_feature(VirConn *conn, const FeatureIn *in, I32Out *out, GError **err)
{
    for (gsize i = 0; i < G_N_ELEMENTS(features); i++)
        if (features[i].feature == in->feature)
            out->value = features[i].answer;
    return true;
}

bool
qemu_verb_connect_get_type(VirConn *conn, const NoneIn *in, TextOut *out, GError **err)
{
    out->text = g_strdup("QEMU");
    return true;
}

bool
qemu_verb_connect_get_version(VirConn *conn, const NoneIn *in, U64Out *out, GError **err)
{
    return host_hypervisor_version(qemu_driver_of(conn)->caps, &out->value, err);
}

bool
qemu_verb_connect_get_lib_version(VirConn *conn, const NoneIn *in, U64Out *out, GError **err)
{
    out->value = LIBVIR_VERSION_NUMBER;
    return true;
}

bool
qemu_verb_connect_get_hostname(VirConn *conn, const NoneIn *in, TextOut *out, GError **err)
{
    out->text = g_strdup(qemu_driver_of(conn)->config->hostname);
    return true;
}

bool
qemu_verb_connect_get_uri(VirConn *conn, const NoneIn *in, TextOut *out, GError **err)
{
    out->text = g_strdup(conn->uri);
    return true;
}

bool
qemu_verb_connect_is_secure(VirConn *conn, const NoneIn *in, I32Out *out, GError **err)
{
    out->value = 1; /* it never leaves the process */
    return true;
}

bool
qemu_verb_connect_get_max_vcpus(VirConn *conn, const TextIn *in, I32Out *out, GError **err)
{
    return host_max_vcpus(in->text, &out->value, err);
}

bool
qemu_verb_connect_get_capabilities(VirConn *conn, const NoneIn *in, TextOut *out, GError **err)
{
    QemuDriver *driver = qemu_driver_of(conn);

    out->text = host_capabilities_xml(driver->config, driver->caps, err);
    return out->text != NULL;
}

bool
qemu_verb_connect_get_domain_capabilities(VirConn *conn, const DomCapsIn *in, TextOut *out, GError **err)
{
    if (!verb_check_flags(in->flags, 0, "virConnectGetDomainCapabilities", err))
        return false;
    out->text = host_domain_capabilities_xml(qemu_driver_of(conn)->caps, in, err);
    return out->text != NULL;
}

bool
qemu_verb_connect_get_sysinfo(VirConn *conn, const FlagsIn *in, TextOut *out, GError **err)
{
    if (!verb_check_flags(in->flags, 0, "virConnectGetSysinfo", err))
        return false;
    out->text = host_sysinfo_xml("", err);
    return out->text != NULL;
}

bool
qemu_verb_connect_get_cpu_model_names(VirConn *conn, const CpuModelsIn *in, StrListOut *out, GError **err)
{
    return verb_check_flags(in->flags, 0, "virConnectGetCPUModelNames", err) &&
           host_cpu_model_names(qemu_driver_of(conn)->caps, in, out, err);
}

bool
qemu_verb_connect_compare_cpu(VirConn *conn, const CompareCpuIn *in, I32Out *out, GError **err)
{
    return host_compare_cpu(qemu_driver_of(conn)->caps, in, &out->value, err);
}

bool
qemu_verb_connect_compare_hypervisor_cpu(VirConn *conn, const CompareHypervisorCpuIn *in, I32Out *out, GError **err)
{
    return host_compare_hypervisor_cpu(qemu_driver_of(conn)->caps, in, &out->value, err);
}

bool
qemu_verb_connect_baseline_cpu(VirConn *conn, const BaselineCpuIn *in, TextOut *out, GError **err)
{
    out->text = host_baseline_cpu(qemu_driver_of(conn)->caps, in, err);
    return out->text != NULL;
}

bool
qemu_verb_connect_baseline_hypervisor_cpu(VirConn *conn, const BaselineHypervisorCpuIn *in, TextOut *out, GError **err)
{
    out->text = host_baseline_hypervisor_cpu(qemu_driver_of(conn)->caps, in, err);
    return out->text != NULL;
}

static bool
build_native(QemuDriver *driver, DomDef *def, char **ret, GError **err)
{
    g_autoptr(QemuCaps) caps = qemu_caps_cache_get(driver->caps, def->emulator, err);
    g_autoptr(QemuCommand) command = NULL;
    CommandEnv env = { .caps = caps, .def = def, .domain_dir = "/var/lib/godwit/qemu/domain",
                       .monitor_path = "/var/lib/godwit/qemu/domain/monitor.sock", .spice_tls_dir = driver->config->spice_tls_dir,
                       .vnc_tls_dir = driver->config->vnc_tls_dir, .vnc_tls_verify = driver->config->vnc_tls_verify };

    if (!caps || !qemu_firmware_choose(def, driver->config, "", err) || !command_resolve_cpu(def, driver->caps, err) || !dom_def_prepare_live(def, err) ||
        !command_build(&env, &command, err))
        return false;
    *ret = command_format_shell(command);
    return true;
}

/* What the model can read may still be more than this host's QEMU has. */
static bool
check_here(DomDef *def, void *opaque, GError **err)
{
    QemuDriver *driver = opaque;
    g_autofree char *ignored = NULL;

    return qemu_driver_complete_def(driver, def, err) && qemu_driver_check_def(def, err) &&
           build_native(driver, def, &ignored, err);
}

static gint
compare_lines(gconstpointer a, gconstpointer b)
{
    const DomProblem *x = *(const DomProblem *const *)a, *y = *(const DomProblem *const *)b;

    /* What concerns the whole comes last. */
    return (x->line ? x->line : G_MAXINT) < (y->line ? y->line : G_MAXINT) ? -1 : x->line != y->line;
}

/* One line of JSON per problem, in an array: "godwit domxml-check" prints it. */
static char *
list_problems(QemuDriver *driver, const char *xml)
{
    g_autoptr(GPtrArray) problems = dom_def_problems(xml, check_here, driver);
    GString *text = g_string_new("[");

    g_ptr_array_sort(problems, compare_lines);
    for (guint i = 0; i < problems->len; i++) {
        const DomProblem *problem = g_ptr_array_index(problems, i);
        JsonObject *object = json_make("i:line", problem->line, "s:element", problem->element, "s:problem", problem->text, NULL);
        g_autofree char *one = json_object_text(object);

        g_string_append_printf(text, "%s\n  %s", i ? "," : "", one);
        json_object_unref(object);
    }
    g_string_append(text, problems->len ? "\n]\n" : "]\n");
    return g_string_free(text, FALSE);
}

bool
qemu_verb_connect_domain_xml_to_native(VirConn *conn, const XmlToNativeIn *in, TextOut *out, GError **err)
{
    QemuDriver *driver = qemu_driver_of(conn);
    g_autoptr(DomDef) def = NULL;

    if (!verb_check_flags(in->flags, 0, "virConnectDomainXMLToNative", err))
        return false;
    if (g_strcmp0(in->format, "godwit-check") == 0) {
        out->text = list_problems(driver, in->xml);
        return true;
    }
    if (g_strcmp0(in->format, "qemu-argv") != 0)
        return fail(err, VIR_ERR_INVALID_ARG, _("unsupported config type %s"), in->format);
    def = qemu_driver_read_def(driver, in->xml, err);
    return def && build_native(driver, def, &out->text, err);
}

bool
qemu_verb_node_get_info(VirConn *conn, const NoneIn *in, NodeInfoOut *out, GError **err)
{
    return host_node_info("", &out->info, err);
}

bool
qemu_verb_node_get_free_memory(VirConn *conn, const NoneIn *in, U64Out *out, GError **err)
{
    out->value = host_free_memory("", err);
    return out->value != 0;
}

bool
qemu_verb_node_get_cells_free_memory(VirConn *conn, const CellsIn *in, U64ListOut *out, GError **err)
{
    return host_cells_free_memory("", in, out, err);
}

bool
qemu_verb_node_get_cpu_stats(VirConn *conn, const NodeStatsIn *in, NodeStatsOut *out, GError **err)
{
    return host_cpu_stats("", in, out, err);
}

bool
qemu_verb_node_get_memory_stats(VirConn *conn, const NodeStatsIn *in, NodeStatsOut *out, GError **err)
{
    return host_memory_stats("", in, out, err);
}

bool
qemu_verb_node_get_cpu_map(VirConn *conn, const CpuMapIn *in, CpuMapOut *out, GError **err)
{
    return host_cpu_map("", in, out, err);
}

/* No security driver: empty strings, as a libvirtd without one answers. */
bool
qemu_verb_node_get_security_model(VirConn *conn, const NoneIn *in, SecModelOut *out, GError **err)
{
    out->model = g_strdup("");
    out->doi = g_strdup("");
    return true;
}
