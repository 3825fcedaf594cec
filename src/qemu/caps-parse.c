/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The questions put to a QEMU binary, one row each, and what is kept of the answers. */
#include <string.h>

#include "qemu/caps-private.h"
#include "qemu/cpu-features.h"
#include "util/err.h"
#include "util/json.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* Of one entry; the deepest answer is the schema's. */
#define MAX_DEPTH 32

/* Text borrowed from an answer. */
typedef struct {
    const char *at;
    gsize       len;
} Piece;

typedef struct {
    QemuCaps   *caps;
    GHashTable *schema; /* name -> Piece: the schema's entries refer to each other */
    guint       taken;  /* bits of queries that were answered */
} Parse;

typedef struct {
    const char *command;
    const char *arguments; /* JSON; NULL: none */
    bool        is_list;   /* take() gets one entry after the other, otherwise the answer */
    /* false: it lacks what no QEMU lacks; of a list at least one entry has to be good. */
    bool (*take)(Parse *p, JsonObject *answer, const Piece *text);
} Query;

/* Adds the string member `key` to set. */
static bool
collect(GHashTable *set, JsonObject *entry, const char *key)
{
    const char *name = json_get_string(entry, key);

    if (name)
        g_hash_table_add(set, g_strdup(name));
    return name != NULL;
}

static bool
take_version(Parse *p, JsonObject *answer, const Piece *text)
{
    QemuCaps   *caps = p->caps;
    JsonObject *qemu = json_get_object(answer, "qemu");
    const char *package = json_get_string(answer, "package");

    caps->version = json_int_or(qemu, "major", 0) * 1000000 + json_int_or(qemu, "minor", 0) * 1000 +
                    json_int_or(qemu, "micro", 0);
    caps->package = g_strdup(package ? package : "");
    return qemu && caps->version > 0;
}

static bool
take_target(Parse *p, JsonObject *answer, const Piece *text)
{
    p->caps->arch = g_strdup(json_get_string(answer, "arch"));
    return p->caps->arch;
}

static bool
take_kvm(Parse *p, JsonObject *answer, const Piece *text)
{
    p->caps->kvm_usable = json_bool_or(answer, "enabled", false);
    return true;
}

/* "qemu64-x86_64-cpu" is the QOM type of CPU model "qemu64". */
static char *
cpu_model_of_type(const char *type)
{
    const char *end = type ? g_strrstr(type, "-cpu") : NULL;
    g_autofree char *stem = end ? g_strndup(type, end - type) : NULL;
    char *arch = stem ? strrchr(stem, '-') : NULL;

    return arch ? g_strndup(stem, arch - stem) : NULL;
}

static bool
take_machine(Parse *p, JsonObject *entry, const Piece *text)
{
    const char  *name = json_get_string(entry, "name");
    QemuMachine *machine;

    if (!name)
        return false;
    machine = g_new0(QemuMachine, 1);
    machine->name = g_strdup(name);
    machine->alias = g_strdup(json_get_string(entry, "alias"));
    machine->default_cpu = cpu_model_of_type(json_get_string(entry, "default-cpu-type"));
    machine->max_cpus = CLAMP(json_int_or(entry, "cpu-max", 0), 0, G_MAXINT);
    machine->is_default = json_bool_or(entry, "is-default", false);
    machine->deprecated = json_bool_or(entry, "deprecated", false);
    machine->hotplug_cpus = json_bool_or(entry, "hotpluggable-cpus", false);
    g_ptr_array_add(p->caps->machines, machine);
    return true;
}

static bool
take_cpu(Parse *p, JsonObject *entry, const Piece *text)
{
    const char *name = json_get_string(entry, "name");
    JsonArray  *missing = json_get_array(entry, "unavailable-features");
    QemuCpu    *cpu;

    if (!name)
        return false;
    cpu = g_new0(QemuCpu, 1);
    cpu->name = g_strdup(name);
    cpu->alias_of = g_strdup(json_get_string(entry, "alias-of"));
    cpu->missing = g_ptr_array_new_with_free_func(g_free);
    for (guint f = 0; f < json_array_size(missing); f++)
        if (json_array_string(missing, f))
            g_ptr_array_add(cpu->missing, g_strdup(cpu_feature_xml_name(json_array_string(missing, f))));
    cpu->usable = missing && json_array_get_length(missing) == 0;
    cpu->deprecated = json_bool_or(entry, "deprecated", false);
    cpu->migration_safe = json_bool_or(entry, "migration-safe", false);
    g_ptr_array_add(p->caps->cpus, cpu);
    return true;
}

static bool
take_device(Parse *p, JsonObject *entry, const Piece *text)
{
    return collect(p->caps->devices, entry, "name");
}

static bool
take_option(Parse *p, JsonObject *entry, const Piece *text)
{
    const char *option = json_get_string(entry, "option");
    JsonArray  *params = json_get_array(entry, "parameters");

    if (!option || !*option)
        return false;
    g_hash_table_add(p->caps->options, g_strdup(option));
    for (guint i = 0; i < json_array_size(params); i++) {
        const char *param = json_get_string(json_array_object(params, i), "name");

        if (param)
            g_hash_table_add(p->caps->options, g_strdup_printf("%s.%s", option, param));
    }
    return true;
}

static bool
take_migrate_cap(Parse *p, JsonObject *entry, const Piece *text)
{
    return collect(p->caps->migrate_caps, entry, "capability");
}

static bool
take_schema_entry(Parse *p, JsonObject *entry, const Piece *text)
{
    const char *name = json_get_string(entry, "name");

    if (!name)
        return false;
    g_hash_table_insert(p->schema, g_strdup(name), g_memdup2(text, sizeof(*text)));
    if (g_strcmp0(json_get_string(entry, "meta-type"), "command") == 0)
        g_hash_table_add(p->caps->commands, g_strdup(name));
    return true;
}

/* Caller frees; NULL: there is none of this name. */
static JsonNode *
schema_entry(Parse *p, const char *name)
{
    const Piece *text = name ? g_hash_table_lookup(p->schema, name) : NULL;

    return text ? json_parse(text->at, (gssize)text->len, MAX_DEPTH, NULL) : NULL;
}

static void
take_migrate_param(Parse *p, JsonObject *member)
{
    const char          *name = json_get_string(member, "name");
    g_autoptr(JsonNode)  type = schema_entry(p, json_get_string(member, "type"));
    JsonArray           *values = json_get_array(json_as_object(type), "values");

    if (!name)
        return;
    g_hash_table_add(p->caps->migrate_params, g_strdup(name));
    for (guint v = 0; v < json_array_size(values); v++) {
        const char *value = json_array_string(values, v);

        if (value)
            g_hash_table_add(p->caps->migrate_params, g_strdup_printf("%s=%s", name, value));
    }
}

/* query-migrate-parameters leaves out what is unset; the argument type of migrate-set-parameters is complete, and
 * knows the values of enums. */
static bool
take_migrate_params(Parse *p)
{
    g_autoptr(JsonNode) command = schema_entry(p, "migrate-set-parameters");
    g_autoptr(JsonNode) type = schema_entry(p, json_get_string(json_as_object(command), "arg-type"));
    JsonArray          *members = json_get_array(json_as_object(type), "members");

    for (guint i = 0; i < json_array_size(members); i++)
        take_migrate_param(p, json_array_object(members, i));
    return g_hash_table_size(p->caps->migrate_params) > 0;
}

static const Query queries[] = {
    { "query-version", NULL, false, take_version },
    { "query-target", NULL, false, take_target },
    { "query-kvm", NULL, false, take_kvm },
    { "query-machines", NULL, true, take_machine },
    { "query-cpu-definitions", NULL, true, take_cpu },
    { "qom-list-types", "{\"implements\":\"device\",\"abstract\":false}", true, take_device },
    { "query-command-line-options", NULL, true, take_option },
    { "query-migrate-capabilities", NULL, true, take_migrate_cap },
    { "query-qmp-schema", NULL, true, take_schema_entry },
};

char *
qemu_caps_queries(guint *ret_n_replies)
{
    GString *out = g_string_new("{\"execute\":\"qmp_capabilities\"}\n");

    for (guint i = 0; i < G_N_ELEMENTS(queries); i++)
        g_string_append_printf(out, "{\"execute\":\"%s\",\"arguments\":%s,\"id\":%u}\n", queries[i].command,
                               queries[i].arguments ? queries[i].arguments : "{}", i);
    *ret_n_replies = G_N_ELEMENTS(queries) + 2; /* greeting, qmp_capabilities */
    return g_string_free(out, FALSE);
}

/* Entry by entry: an answer may have hundreds of kilobytes. */
static bool
take_list(Parse *p, const Query *query, const char *line)
{
    JsonCursor at = { .at = line, .end = line + strlen(line) };
    bool       good = false;
    Piece      text;

    while ((text.at = json_next_object(&at, 2, &text.len))) {
        g_autoptr(JsonNode) entry = json_parse(text.at, (gssize)text.len, MAX_DEPTH, NULL);

        if (entry && query->take(p, json_as_object(entry), &text))
            good = true;
    }
    return good;
}

static bool
take_whole(Parse *p, const Query *query, const char *line)
{
    g_autoptr(JsonNode) reply = json_parse(line, -1, MAX_DEPTH, NULL);
    JsonObject         *answer = json_get_object(json_as_object(reply), "return");

    return answer && query->take(p, answer, NULL);
}

static bool
take_reply(Parse *p, const char *line, GError **err)
{
    g_autofree char    *outline = json_outline(line, 2);
    g_autoptr(JsonNode) root = json_parse(outline, -1, MAX_DEPTH, NULL);
    JsonObject         *reply = json_as_object(root);
    const Query        *query;
    gint64              id;

    if (!reply)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("QEMU answered the capability probe with something that is not JSON"));
    if (!json_object_has_member(reply, "id"))
        return true; /* greeting, answer to qmp_capabilities, events */

    id = json_int_or(reply, "id", 0);
    if (id < 0 || id >= (gint64)G_N_ELEMENTS(queries) || (p->taken & (1u << id)))
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("QEMU answered a capability query that was not asked"));
    query = &queries[id];
    if (json_get_object(reply, "error")) {
        g_autoptr(JsonNode) whole = json_parse(line, -1, MAX_DEPTH, NULL);
        const char         *desc = json_get_string(json_get_object(json_as_object(whole), "error"), "desc");

        return fail(err, VIR_ERR_INTERNAL_ERROR, _("QEMU refuses capability query '%s': %s"), query->command, desc ? desc : "");
    }
    if (!(query->is_list ? take_list : take_whole)(p, query, line) ||
        (query->take == take_schema_entry && !take_migrate_params(p)))
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("QEMU's answer to '%s' lacks what is needed"), query->command);
    p->taken |= 1u << id;
    return true;
}

static bool
take_all(Parse *p, const char *replies, GError **err)
{
    g_auto(GStrv) lines = g_strsplit(replies, "\n", -1);

    for (char **line = lines; *line; line++)
        if (**line && !take_reply(p, *line, err))
            return false;
    for (guint i = 0; i < G_N_ELEMENTS(queries); i++)
        if (!(p->taken & (1u << i)))
            return fail(err, VIR_ERR_INTERNAL_ERROR, _("QEMU did not answer capability query '%s'"), queries[i].command);
    return true;
}

QemuCaps *
qemu_caps_parse(const char *replies, GError **err)
{
    Parse p = { .caps = qemu_caps_new(), .schema = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free) };

    if (!take_all(&p, replies, err))
        g_clear_pointer(&p.caps, qemu_caps_unref);
    g_hash_table_unref(p.schema);
    return p.caps;
}
