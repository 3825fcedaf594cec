/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A real QEMU has to understand what we write, and its answers have to make documents that libvirt's schemas accept.
 * GODWIT_TEST_QEMU names another binary than the installed one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#undef fail /* util/err.h has its own */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "model/dom-def.h"
#include "qemu/caps-cache.h"
#include "qemu/command-chain.h"
#include "qemu/command-resolve.h"
#include "qemu/command.h"
#include "qemu/host-caps.h"
#include "util/err.h"
#include "util/file.h"
#include "util/spawn.h"

#define DEADLINE_MS 60000

static const char image_content[512]; /* one sector of zeroes */
static char *dir, *image, *binary;
static QemuCapsCache *cache;

static int
setup(void **state)
{
    int fd;

    dir = g_dir_make_tmp("real-XXXXXX", NULL);
    image = g_build_filename(dir, "disk.img", NULL);
    binary = g_strdup(g_getenv("GODWIT_TEST_QEMU"));
    if (!binary)
        binary = qemu_caps_find_emulator("x86_64");
    cache = qemu_caps_cache_new(dir);
    fd = open(image, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(fd, 1 << 20), 0);
    close(fd);
    return 0;
}

static int
teardown(void **state)
{
    qemu_caps_cache_free(cache);
    file_remove_dir(dir);
    g_free(dir);
    g_free(image);
    g_free(binary);
    return 0;
}

static QemuCaps *
get_caps(void)
{
    g_autoptr(GError) err = NULL;
    QemuCaps *caps = qemu_caps_cache_get(cache, binary, &err);

    if (!caps)
        print_error("%s\n", err->message);
    assert_non_null(caps);
    return caps;
}

/* Of children that have ended: a QEMU that was started adds thousands. Times would need an idle machine. */
static long
page_faults_of_children(void)
{
    struct rusage usage;

    assert_int_equal(getrusage(RUSAGE_CHILDREN, &usage), 0);
    return usage.ru_minflt;
}

static void
probes_and_remembers(void **state)
{
    long before = page_faults_of_children(), probed;
    g_autoptr(QemuCaps) first = get_caps();
    g_autoptr(QemuCapsCache) later = qemu_caps_cache_new(dir);
    g_autoptr(QemuCaps) second = NULL;

    probed = page_faults_of_children();
    assert_true(probed > before);
    second = qemu_caps_cache_get(later, binary, NULL);
    assert_int_equal(page_faults_of_children(), probed);
    assert_int_equal(qemu_caps_version(second), qemu_caps_version(first));
    assert_true(qemu_caps_version(second) >= 7002000);
    assert_true(qemu_caps_has_device(second, "virtio-net-pci"));
    assert_true(qemu_caps_has_migrate_parameter(second, "multifd-channels"));
}

/* Domain parts, each of which real QEMU has to accept. %1$s in a part is the image. */
typedef struct {
    const char *name, *machine, *boot, *devices, *cpu;
} Part;

#define DISK(attrs, target) \
    "<disk type='file' device='disk'><driver name='qemu' type='raw'" attrs "/><source file='IMAGE'/>" target "</disk>"

static const Part parts[] = {
    { "pc, ide, serial file", "pc", "",
      DISK(" cache='none'", "<target dev='hda' bus='ide'/>")
      "<serial type='file'><source path='DIR/serial.log'/></serial><memballoon model='none'/>" },
    { "pc, virtio, all about disks", "pc", "",
      DISK(" cache='writethrough' discard='unmap' detect_zeroes='unmap' error_policy='stop'",
           "<target dev='vda' bus='virtio'/><serial>S1</serial>") },
    { "pc, vnc, video, input, hub", "pc", "",
      "<graphics type='vnc' port='5999' listen='127.0.0.1'/><video><model type='vga'/></video><hub type='usb'/>"
      "<input type='tablet' bus='usb'/>" },
    { "pc, chardevs", "pc", "",
      "<serial type='pty'/><serial type='null'/><channel type='unix'><source mode='bind' path='DIR/agent.sock'/>"
      "<target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
      "<console type='pty'><target type='virtio' port='1'/></console>" },
    { "pc, log", "pc", "", "<serial type='pty'><log file='DIR/serial.log' append='on'/></serial>" },
    { "pc, floppy, cdrom", "pc", "<boot dev='fd'/><boot dev='cdrom'/>",
      "<disk type='file' device='floppy'><driver name='qemu' type='raw'/><source file='IMAGE'/>"
      "<target dev='fda' bus='fdc'/></disk>"
      "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><target dev='hdc' bus='ide'/><readonly/></disk>" },
    { "pc, nics", "pc", "<boot dev='network'/>",
      "<interface type='user'><mac address='52:54:00:01:02:03'/><model type='e1000'/></interface>"
      "<interface type='user'><mac address='52:54:00:01:02:04'/><model type='virtio'/></interface>"
      "<interface type='user'><mac address='52:54:00:01:02:05'/><model type='rtl8139'/></interface>" },
    { "pc, rng, balloon", "pc", "",
      "<rng model='virtio'><rate bytes='1024' period='1000'/><backend model='random'>/dev/urandom</backend></rng>"
      "<rng model='virtio'><backend model='builtin'/></rng><memballoon model='virtio' autodeflate='on'/>" },
    { "q35, virtio", "q35", "",
      DISK(" cache='none' io='threads'", "<target dev='vda' bus='virtio'/>")
      "<interface type='user'><mac address='52:54:00:01:02:03'/><model type='virtio'/></interface>"
      "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>" },
    { "q35, sata", "q35", "", DISK("", "<target dev='sda' bus='sata'/>") },
    { "q35, floppy", "q35", "<boot dev='fd'/>",
      "<disk type='file' device='floppy'><driver name='qemu' type='raw'/><source file='IMAGE'/>"
      "<target dev='fda' bus='fdc'/></disk>" },
    { "q35, scsi, usb disk", "q35", "",
      DISK("", "<target dev='sda' bus='scsi'/>") "<controller type='scsi' model='virtio-scsi'/>"
      "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='DIR/second.img'/>"
      "<target dev='sdb' bus='usb'/></disk>" },
    { "q35, video", "q35", "",
      "<graphics type='vnc' port='5999' listen='127.0.0.1'/><video><model type='virtio' heads='1'/></video>" },
    { "q35, watchdog, panic, sound", "q35", "",
      "<watchdog model='i6300esb' action='poweroff'/><panic model='isa'/><sound model='ich9'/>" },
    { "pc, pci serial, isa address", "pc", "",
      "<serial type='null'><target type='pci-serial'/></serial>"
      "<serial type='null'><target port='1'/><address type='isa' iobase='0x2f8' irq='0x3'/></serial>" },
    { "pc, memfd", "pc", "", "", "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>" },
    { "pc, numa, smp", "pc", "", "",
      "<cpu><topology sockets='1' cores='1' threads='1'/><numa><cell id='0' cpus='0' memory='65536'/></numa></cpu>" },
    { "pc, hidden hpet, no acpi", "pc", "", "" },
    { "pc, host-model", "pc", "", "", "<cpu mode='host-model'><feature policy='disable' name='aes'/></cpu>" },
};

static char *
make_xml(const Part *part)
{
    static const char form[] =
        "<domain type='qemu'><name>real</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>"
        "%s<os><type arch='x86_64' machine='%s'>hvm</type>%s</os>"
        "<clock offset='utc'><timer name='hpet' present='no'/><timer name='rtc' tickpolicy='catchup'/></clock>"
        "<devices><emulator>%s</emulator>%s</devices></domain>";
    g_autofree char *xml = g_strdup_printf(form, part->cpu ? part->cpu : "", part->machine, part->boot, binary,
                                           part->devices);
    g_auto(GStrv) images = g_strsplit(xml, "IMAGE", -1);
    g_autofree char *with_image = g_strjoinv(image, images);
    g_auto(GStrv) dirs = g_strsplit(with_image, "DIR", -1);

    return g_strjoinv(dir, dirs);
}

static const char *
ask_machine(void *opaque, const char *emulator, DomVirt virt, const char *machine)
{
    const QemuMachine *found = qemu_caps_find_machine(opaque, machine);

    return found ? found->name : NULL;
}

static const char *
ask_emulator(void *opaque, const char *arch)
{
    return binary;
}

static const char *
ask_default_cpu(void *opaque, const char *emulator, DomVirt virt, const char *machine)
{
    return qemu_caps_find_machine(opaque, machine)->default_cpu;
}

static DomDef *
make_def(const Part *part, QemuCaps *caps)
{
    const DomCaps dom_caps = { ask_machine, ask_emulator, ask_default_cpu, caps };
    g_autofree char *xml = make_xml(part);
    g_autoptr(GError) err = NULL;
    DomDef *def = dom_def_parse(xml, -1, 0, &err);

    if (!def || !dom_def_complete(def, &dom_caps, &err) || !command_resolve_cpu(def, cache, &err) ||
        !command_find_chains(def, &err) ||
        !dom_def_prepare_live(def, &err))
        print_error("%s: %s\n", part->name, err->message);
    assert_null(err);
    return def;
}

static int
connect_to(const char *path)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(addr.sun_path, path, sizeof(addr.sun_path));
    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    return fd;
}

/* Reads until QEMU has answered `quit` and hung up. */
static char *
converse(int fd)
{
    static const char text[] = "{\"execute\":\"qmp_capabilities\"}{\"execute\":\"query-status\"}{\"execute\":\"quit\"}\n";
    struct pollfd pfd = { .fd = fd, .events = POLLIN };
    GString *said = g_string_new(NULL);
    char buf[4096];
    gssize n;

    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
    while (poll(&pfd, 1, DEADLINE_MS) > 0 && (n = read(fd, buf, sizeof(buf))) > 0)
        g_string_append_len(said, buf, n);
    return g_string_free(said, FALSE);
}

static void
run(const CommandEnv *env, QemuResources *resources, const char *name)
{
    g_autoptr(QemuCommand) command = NULL;
    g_autoptr(GArray) fds = qemu_resources_fds(resources);
    g_autoptr(GError) err = NULL;
    g_autofree char *log = g_build_filename(dir, "qemu.log", NULL);
    g_autofree char *said = NULL;
    g_autofree char *words = NULL;
    g_autofree char *end = NULL;
    int log_fd = open(log, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int monitor = connect_to(env->monitor_path); /* before QEMU runs: the socket listens already */
    struct pollfd gone = { .events = POLLIN };
    pid_t pid;

    if (!command_build(env, &command, &err))
        print_error("%s: %s\n", name, err->message);
    assert_non_null(command);
    const SpawnHow how = { .argv = (const char *const *)command->argv->pdata,
                           .env = (const char *const *)command->envv,
                           .fds = (const int *)(gpointer)fds->data, .n_fds = fds->len,
                           .in = -1, .out = log_fd, .err = log_fd };
    assert_true(spawn_process(&how, &pid, &gone.fd, NULL));
    /* Our copy of the listening socket would keep the connection alive when QEMU dies. */
    for (guint i = 0; i < qemu_resources_count(resources); i++) {
        Resource *r = qemu_resources_at(resources, i);

        if (r->fd >= 0)
            close(r->fd);
        r->fd = -1;
    }
    said = converse(monitor);
    assert_true(poll(&gone, 1, DEADLINE_MS) > 0);
    end = spawn_reap(gone.fd);
    assert_true(g_file_get_contents(log, &words, NULL, NULL));
    if (!strstr(said, "\"prelaunch\"") || strstr(words, "warning"))
        print_error("%s: %s: %s\n", name, end, words);
    assert_non_null(strstr(said, "\"prelaunch\""));
    assert_null(strstr(words, "warning")); /* a CPU feature that is not there, an argument that will go away */
    close(gone.fd);
    close(monitor);
    close(log_fd);
}

static void
accepts_a_domain(void **state)
{
    const Part *part = *state;
    g_autoptr(QemuCaps) caps = get_caps();
    g_autofree char *second = g_build_filename(dir, "second.img", NULL);
    g_autofree char *run_dir = g_build_filename(dir, "run", NULL);
    g_autofree char *monitor = g_build_filename(run_dir, "monitor.sock", NULL);
    g_autofree char *key = g_build_filename(run_dir, "master-key.aes", NULL);
    g_autoptr(DomDef) def = NULL;
    g_autoptr(QemuResources) resources = NULL;
    struct stat st;

    assert_true(g_file_set_contents(second, image_content, sizeof(image_content), NULL));
    assert_int_equal(g_mkdir_with_parents(run_dir, 0700), 0);
    def = make_def(part, caps);
    CommandEnv env = { .caps = caps, .def = def, .domain_dir = run_dir, .monitor_path = monitor };
    resources = command_plan(&env, NULL);
    assert_non_null(resources);
    assert_true(qemu_resources_open(resources, NULL));
    assert_int_equal(stat(key, &st), 0);
    assert_int_equal(st.st_size, 32);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(monitor, &st), 0);
    assert_int_equal(st.st_mode & 0077, 0);
    env.resources = resources;
    run(&env, resources, part->name);
    qemu_resources_undo(resources);
    assert_int_equal(access(key, F_OK), -1);
    assert_int_equal(access(monitor, F_OK), -1);
    file_remove_dir(run_dir);
}

static void
validate(const char *schema, const char *xml)
{
    g_autofree char *validator = g_find_program_in_path("virt-xml-validate");
    g_autofree char *path = g_strdup_printf("%s/%s.xml", dir, schema);
    const char *argv[] = { validator, path, schema, NULL };
    g_autofree char *said = NULL;
    int status = -1;

    if (!validator) {
        print_message("skipped: virt-xml-validate (libvirt-clients) is not installed\n");
        return;
    }
    assert_true(g_file_set_contents(path, xml, -1, NULL));
    assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &said, &status,
                             NULL));
    if (status)
        print_error("%s\n%s", said, xml);
    assert_int_equal(status, 0);
}

/* The schema of capabilities allows no dot in a feature's name, though libvirtd itself lists sse4.1 and sse4.2 by name where
 * the host's model lacks them. */
static void
spell_without_dots(char *xml)
{
    static const char start[] = "<feature name='";

    for (char *at = strstr(xml, start); at; at = strstr(at, start)) {
        at += strlen(start);
        for (; *at && *at != '\''; at++)
            if (*at == '.')
                *at = '_';
    }
}

static void
describes_the_host_in_libvirts_schema(void **state)
{
    QemuConfig config = { .host_uuid_str = "0a0a0a0a-0000-4000-8000-000000000001" };
    g_autofree char *xml = host_capabilities_xml(&config, cache, NULL);

    assert_non_null(xml);
    assert_non_null(strstr(xml, "<machine canonical='pc-i440fx-"));
    spell_without_dots(xml);
    validate("capability", xml);
}

static void
describes_domains_in_libvirts_schema(void **state)
{
    static const char *const machines[] = { "pc", "q35", NULL };

    for (guint i = 0; i < G_N_ELEMENTS(machines); i++) {
        const DomCapsIn in = { .emulator = binary, .machine = (char *)machines[i], .virttype = (char *)"qemu" };
        g_autofree char *xml = host_domain_capabilities_xml(cache, &in, NULL);

        assert_non_null(xml);
        assert_non_null(strstr(xml, "<domain>qemu</domain>"));
        validate("domaincaps", xml);
    }
}

static void
refuses_odd_questions_about_domains(void **state)
{
    const DomCapsIn cases[] = {
        { .machine = (char *)"pc-i440fx-99.0" }, { .virttype = (char *)"xen" }, { .arch = (char *)"vax" },
        { .emulator = (char *)"/nowhere/qemu" }, { .flags = 1 }, { .emulator = binary, .arch = (char *)"aarch64" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) err = NULL;

        assert_null(host_domain_capabilities_xml(cache, &cases[i], &err));
        assert_non_null(err);
    }
}

static void
lists_cpu_models(void **state)
{
    const CpuModelsIn in = { .arch = (char *)"x86_64", .need_results = 1 };
    StrListOut out = { .ret = 0 };
    bool found = false;

    assert_true(host_cpu_model_names(cache, &in, &out, NULL));
    assert_int_equal(out.ret, out.list.n);
    for (guint i = 0; i < out.list.n; i++) {
        found = found || g_str_equal(out.list.v[i], "Nehalem");
        assert_string_not_equal(out.list.v[i], "host");
        assert_string_not_equal(out.list.v[i], "Nehalem-v1");
        g_free(out.list.v[i]);
    }
    g_free(out.list.v);
    assert_true(found);
}

int
main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(probes_and_remembers),
        cmocka_unit_test(describes_the_host_in_libvirts_schema),
        cmocka_unit_test(describes_domains_in_libvirts_schema),
        cmocka_unit_test(refuses_odd_questions_about_domains),
        cmocka_unit_test(lists_cpu_models),
    };
    struct CMUnitTest domains[G_N_ELEMENTS(parts)];
    int failed;

    for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
        domains[i] = (struct CMUnitTest){ parts[i].name, accepts_a_domain, NULL, NULL, (void *)&parts[i] };
    failed = cmocka_run_group_tests(others, setup, teardown);
    failed += cmocka_run_group_tests(domains, setup, teardown);
    return failed;
}
