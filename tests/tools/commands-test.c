/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What commands print, in text as virsh prints it and in JSON, against a driver in memory. Scripts read this. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail

#include "../fakes/driver.h"
#include "api/open.h"
#include "cmd-migrate.h"
#include "migration/progress.h"
#include "model/params.h"
#include "shell.h"

#undef fail /* util/err.h has its own; cmocka's fail_msg() needs this */
#define fail() _fail(__FILE__, __LINE__)

/* The common fake, and what only these commands ask. */
static Driver driver;

static bool
get_info(VirConn *conn, const DomainIn *in, DomainInfoOut *out, GError **err)
{
    *out = (DomainInfoOut){ VIR_DOMAIN_RUNNING, 262144, 131072, 2, 1500000000 };
    return true;
}

static bool
get_state(VirConn *conn, const DomainIn *in, StateOut *out, GError **err)
{
    bool runs = in->dom.uuid[0] == 1;

    *out = (StateOut){ runs ? VIR_DOMAIN_RUNNING : VIR_DOMAIN_SHUTOFF,
                       runs ? VIR_DOMAIN_RUNNING_MIGRATED : VIR_DOMAIN_SHUTOFF_DESTROYED };
    return true;
}

static bool
get_os_type(VirConn *conn, const DomainIn *in, TextOut *out, GError **err)
{
    out->text = g_strdup("hvm");
    return true;
}

static bool
answer_zero(VirConn *conn, const DomainIn *in, I32Out *out, GError **err)
{
    out->value = 0;
    return true;
}

static bool
answer_one(VirConn *conn, const DomainIn *in, I32Out *out, GError **err)
{
    out->value = 1;
    return true;
}

static bool
get_messages(VirConn *conn, const DomainIn *in, StrListOut *out, GError **err)
{
    return true;
}

static bool
get_job(VirConn *conn, const DomainIn *in, JobStatsOut *out, GError **err)
{
    MigStats running = { .status = VIR_DOMAIN_JOB_UNBOUNDED, .operation = VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT,
                         .has_downtime = true, .has_setup = true, .time_elapsed = 2001, .downtime = 300,
                         .setup_time = 4, .mem_total = 134610944, .mem_processed = 22680889,
                         .mem_remaining = 111050752, .mem_bps = 12599459, .mem_constant = 226, .mem_normal = 5526,
                         .mem_normal_bytes = 22634496, .mem_iteration = 1, .mem_page_size = 4096 };
    bool completed = in->flags & VIR_DOMAIN_JOB_STATS_COMPLETED;

    if (in->dom.uuid[0] != 1)
        return true;
    out->type = completed ? VIR_DOMAIN_JOB_COMPLETED : VIR_DOMAIN_JOB_UNBOUNDED;
    mig_stats_to_params(&running, &out->params);
    return true;
}

static bool
list_domains(VirConn *conn, const ListAllIn *in, DomListOut *out, GError **err)
{
    DomRef all[] = { fake_ref_run(), fake_ref_off() };
    guint n = in->flags & VIR_CONNECT_LIST_DOMAINS_INACTIVE ? 2 : 1;

    out->doms.v = g_new0(DomRef, n);
    for (guint i = 0; i < n; i++)
        dom_ref_copy(&all[i], &out->doms.v[i]);
    out->doms.n = out->ret = n;
    return true;
}

static const struct {
    const char *line, *out, *err;
    bool        ok;
} cases[] = {
    { "list", " Id   Name   State\n----------------------\n 1    run    running\n\n", "", true },
    { "list --all", " Id   Name   State\n-----------------------\n 1    run    running\n -    off    shut off\n\n", "",
      true },
    { "list --all --name", "run\noff\n\n", "", true },
    { "list --all --uuid --name",
      "01010101-0101-0101-0101-010101010101 run\n02020202-0202-0202-0202-020202020202 off\n\n", "", true },
    { "list --table --name", "\n", "error: Options --table and --name are mutually exclusive\n", false },
    { "domid run", "1\n\n", "", true },
    { "domid off", "-\n\n", "", true },
    { "domname 01010101-0101-0101-0101-010101010101", "run\n\n", "", true },
    { "domuuid run", "01010101-0101-0101-0101-010101010101\n\n", "", true },
    { "domstate run --reason", "running (migrated)\n\n", "", true },
    { "domstate off", "shut off\n\n", "", true },
    { "dominfo run",
      "Id:             1\nName:           run\nUUID:           01010101-0101-0101-0101-010101010101\n"
      "OS Type:        hvm\nState:          running\nCPU(s):         2\nCPU time:       1.5s\n"
      "Max memory:     262144 KiB\nUsed memory:    131072 KiB\nPersistent:     yes\nAutostart:      disable\n"
      "Managed save:   no\n\n", "", true },
    { "dominfo nosuch", "\n", "error: failed to get domain 'nosuch'\n", false },
    { "nosuch", "", "error: unknown command: 'nosuch'\n", false },
    { "domid", "", "error: command 'domid' requires <domain> option\n", false },
    { "domid run; nosuch", "", "error: unknown command: 'nosuch'\n", false },
    { "domid run; domid off", "1\n\n-\n\n", "", true },
    { "suspend run", "Domain 'run' suspended\n\n", "", true },
    { "domjobinfo off", "Job type:         None        \n\n", "", true },
    { "domjobinfo run",
      "Job type:         Unbounded   \nOperation:        Outgoing migration\nTime elapsed:     2001         ms\n"
      "Data processed:   21.630 MiB\nData remaining:   105.906 MiB\nData total:       128.375 MiB\n"
      "Memory processed: 21.630 MiB\nMemory remaining: 105.906 MiB\nMemory total:     128.375 MiB\n"
      "Memory bandwidth: 12.016 MiB/s\nDirty rate:       0            pages/s\n"
      "Page size:        4096         bytes\nIteration:        1           \nPostcopy requests: 0           \n"
      "Constant pages:   226         \nNormal pages:     5526        \nNormal data:      21.586 MiB\n"
      "Expected downtime: 300          ms\nSetup time:       4            ms\n\n", "", true },
    { "domjobinfo run --keep-completed", "\n",
      "error: Option --completed is required by option --keep-completed\n", false },
    { "echo a 'b  c'", "a b  c\n", "", true },
    { "echo --xml '<'", "&lt;\n", "", true },
    { "migrate run x --live --offline", "\n", "error: Options --live and --offline are mutually exclusive\n", false },
    { "migrate run x --timeout-suspend", "\n", "error: migrate: Unexpected --timeout-* option without --timeout\n",
      false },
    { "migrate run x --timeout 5 --offline", "\n", "error: migrate: Unexpected timeout for offline migration\n", false },
    { "migrate run x --persistent-xml f", "\n", "error: Option --persistent is required by option --persistent-xml\n",
      false },
    { "migrate run x --bandwidth ten", "\n",
      "error: Numeric value 'ten' for <bandwidth> option is malformed or out of range\n", false },
    { "event", "\n", "error: one of --list, --all, or --event <type> is required\n", false },
    { "event --event nosuch", "\n", "error: unknown event type nosuch\n", false },
    { "help nosuch", "\n", "error: command or command group 'nosuch' doesn't exist\n", false },
};

typedef struct {
    int  saved, fd, number;
} Capture;

static Capture
capture_start(FILE *stream, int number)
{
    Capture c = { .number = number };

    fflush(stream);
    c.saved = dup(number);
    c.fd = memfd_create("capture", MFD_CLOEXEC);
    assert_true(c.fd >= 0 && dup2(c.fd, number) >= 0);
    return c;
}

static char *
capture_end(Capture *c, FILE *stream)
{
    g_autofree char *all = g_malloc0(65536);

    fflush(stream);
    assert_true(pread(c->fd, all, 65535, 0) >= 0);
    dup2(c->saved, c->number);
    close(c->saved);
    close(c->fd);
    return g_steal_pointer(&all);
}

typedef struct {
    char *out, *err;
    bool  ok;
} Said;

static Said
run(const char *line, bool json)
{
    Shell sh = { .keepalive_interval = 0, .uri = (char *)"fake:///test", .json = json };
    Capture out = capture_start(stdout, STDOUT_FILENO), err = capture_start(stderr, STDERR_FILENO);
    Said said = { .ok = shell_run_text(&sh, line) };

    shell_disconnect(&sh);
    said.err = capture_end(&err, stderr);
    said.out = capture_end(&out, stdout);
    return said;
}

static void
said_clear(Said *said)
{
    g_free(said->out);
    g_free(said->err);
}

static void
commands_print_what_virsh_prints(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        Said said = run(cases[i].line, false);

        if (said.ok != cases[i].ok || strcmp(said.out, cases[i].out) != 0 || strcmp(said.err, cases[i].err) != 0)
            fail_msg("%s: %s\n--- wanted\n%s%s--- got\n%s%s", cases[i].line, said.ok ? "ok" : "failed", cases[i].out,
                     cases[i].err, said.out, said.err);
        said_clear(&said);
    }
}

static JsonNode *
run_json(const char *line)
{
    Said said = run(line, true);
    g_autoptr(GError) err = NULL;
    JsonNode *root = json_from_string(said.out, &err);

    if (!said.ok || root == NULL)
        fail_msg("%s: %s%s", line, said.out, said.err);
    said_clear(&said);
    return root;
}

static void
json_says_the_same(void **state)
{
    g_autoptr(JsonNode) list = run_json("list --all");
    g_autoptr(JsonNode) info = run_json("dominfo run");
    g_autoptr(JsonNode) job = run_json("domjobinfo run");
    g_autoptr(JsonNode) suspended = run_json("suspend run");
    JsonArray *rows = json_node_get_array(list);
    JsonObject *row = json_array_get_object_element(rows, 1);

    assert_int_equal(json_array_get_length(rows), 2);
    assert_string_equal(json_object_get_string_member(row, "name"), "off");
    assert_string_equal(json_object_get_string_member(row, "state"), "shut off");
    assert_true(json_object_get_null_member(row, "id"));
    assert_int_equal(json_object_get_int_member(json_node_get_object(info), "max_memory_kib"), 262144);
    assert_true(json_object_get_boolean_member(json_node_get_object(info), "persistent"));
    assert_string_equal(json_object_get_string_member(json_node_get_object(job), "operation"), "Outgoing migration");
    assert_int_equal(json_object_get_int_member(json_node_get_object(job), "memory_total"), 134610944);
    assert_string_equal(json_object_get_string_member(json_node_get_object(suspended), "message"),
                        "Domain 'run' suspended");
}

static void
errors_of_the_library_follow_those_of_the_command(void **state)
{
    Said said;

    fake_fail_next(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain is not running");
    said = run("suspend 1", false);
    assert_false(said.ok);
    said_clear(&said);

    fake_reset();
    said = run("-", false);
    assert_false(said.ok);
    said_clear(&said);
}

static void
every_command_helps(void **state)
{
    for (const CmdGroup *group = groups; group->title; group++) {
        FOR_EACH_COMMAND(group, def) {
            g_autofree char *line = g_strconcat("help ", def->name, NULL);
            Said said = run(line, false);

            assert_true(said.ok);
            assert_non_null(strstr(said.out, "SYNOPSIS"));
            said_clear(&said);
        }
    }
}

static int
fresh(void **state)
{
    fake_reset();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(commands_print_what_virsh_prints, fresh),
        cmocka_unit_test_setup(json_says_the_same, fresh),
        cmocka_unit_test_setup(errors_of_the_library_follow_those_of_the_command, fresh),
        cmocka_unit_test_setup(every_command_helps, fresh),
    };

    alarm(60);
    g_setenv("GODWIT_CLIENT_CONFIG", "/nonexistent", TRUE);
    driver = fake_driver;
    driver.connect_list_all_domains = list_domains;
    driver.domain_get_info = get_info;
    driver.domain_get_state = get_state;
    driver.domain_get_os_type = get_os_type;
    driver.domain_is_persistent = answer_one;
    driver.domain_get_autostart = answer_zero;
    driver.domain_has_managed_save_image = answer_zero;
    driver.domain_get_messages = get_messages;
    driver.domain_get_job_stats = get_job;
    api_register_driver(&driver);
    virInitialize();
    keep_errors();
    migrate_make_options();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
