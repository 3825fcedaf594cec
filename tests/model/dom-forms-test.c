/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a user wrote becomes, address by address, the guest that libvirt made of it: running, stopped and handed over. A
 * difference is a device that moves when the guest changes from one to the other.
 */
#include "dom-test.h"

static const char *const guests[] = {"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11"};

static void
take_chr_paths(GPtrArray *to, const GPtrArray *from)
{
    assert_int_equal(to->len, from->len);
    for (guint i = 0; i < to->len; i++) {
        DomChr *chr = g_ptr_array_index(to, i);
        const DomChr *source = g_ptr_array_index(from, i);

        g_free(chr->src.path);
        chr->src.path = g_strdup(source->src.path);
        chr->src.mode = source->src.mode;
    }
}

static void
take_firmware(DomOs *os, const DomOs *live)
{
    if (!os->firmware)
        return;
    g_clear_pointer(&os->firmware, g_free);
    os->loader = g_strdup(live->loader);
    os->loader_type = g_strdup(live->loader_type);
    os->loader_readonly = live->loader_readonly;
    os->loader_secure = live->loader_secure;
    os->nvram = g_strdup(live->nvram);
    os->nvram_template = g_strdup(live->nvram_template);
}

static void
take_graphics(DomGraphics *to, const DomGraphics *from)
{
    const DomListen *source = g_ptr_array_index(from->listens, 0);
    DomListen *listen = g_ptr_array_index(to->listens, 0);

    to->port = from->port;
    if (!listen->address && source->address) {
        listen->address = g_strdup(source->address);
        listen->from_config = true;
    }
    if (listen->type == DOM_LISTEN_SOCKET && !listen->socket) {
        listen->socket = g_strdup(source->socket);
        listen->from_config = true;
    }
}

/* The address of this display came from that host's configuration, which the XML does not say. */
static void
mark_host_address(DomDef *def, const char *guest)
{
    DomGraphics *graphics;

    if (strcmp(guest, "04") == 0)
        dom_each(graphics, def->graphics)
            ((DomListen *)g_ptr_array_index(graphics->listens, 0))->from_config = true;
}

/* The definition as its user wrote it. 04 was recorded with another display than its file has. */
static DomDef *
define_guest(const char *guest)
{
    g_autofree char *xml = read_golden(guest, ".xml");
    g_autofree char *live_xml = read_golden(guest, ".live.xml");
    DomDef *def = must_define(xml);

    if (strcmp(guest, "04") == 0) {
        g_autoptr(DomDef) live = must_parse(live_xml, DOM_PARSE_LIVE);
        GPtrArray *swap = def->graphics;

        def->graphics = live->graphics;
        live->graphics = swap;
    }
    mark_host_address(def, guest);
    return def;
}

static void
take_chain(DomDisk *disk, const DomDisk *live)
{
    for (const DomSource *link = live->src.backing; link; link = link->backing)
        dom_disk_set_backing(disk, link->file, link->format);
}

/* What only QEMU and the host of the capture could know: no address and no id is among it. */
static void
take_host_facts(DomDef *def, const DomDef *live)
{
    def->id = live->id;
    def->current_kib = live->current_kib;    /* what the balloon answered */
    dom_cpu_free(def->cpu);
    def->cpu = dom_cpu_copy(live->cpu);
    take_firmware(&def->os, &live->os);
    take_chr_paths(def->serials, live->serials);
    take_chr_paths(def->channels, live->channels);
    if (def->consoles->len && ((DomChr *)g_ptr_array_index(def->consoles, 0))->target == DOM_CHR_TARGET_VIRTIO)
        take_chr_paths(def->consoles, live->consoles);
    dom_mirror_console(def);

    for (guint i = 0; i < def->graphics->len; i++)
        take_graphics(g_ptr_array_index(def->graphics, i), g_ptr_array_index(live->graphics, i));
    for (guint i = 0; i < def->nets->len; i++) {
        DomNet *net = g_ptr_array_index(def->nets, i);

        g_free(net->target);
        net->target = g_strdup(((DomNet *)g_ptr_array_index(live->nets, i))->target);
    }
    for (guint i = 0; i < def->memories->len; i++)
        ((DomMemory *)g_ptr_array_index(def->memories, i))->info.addr.dimm.base =
            ((DomMemory *)g_ptr_array_index(live->memories, i))->info.addr.dimm.base;
    for (guint i = 0; i < def->disks->len && i < live->disks->len; i++)
        take_chain(g_ptr_array_index(def->disks, i), g_ptr_array_index(live->disks, i));
}

/* The forms of a guest, each made from what its user wrote. want: the recorded form, for the host's facts. NULL: want is no
 * definition. Caller frees. */
static char *
make_live(const char *guest, const char *want)
{
    g_autoptr(DomDef) def = define_guest(guest);
    g_autoptr(DomDef) live = dom_def_parse(want, -1, DOM_PARSE_LIVE, NULL);
    GError *err = NULL;

    if (!live || def->nets->len != live->nets->len || def->serials->len != live->serials->len ||
        def->channels->len != live->channels->len || def->memories->len != live->memories->len)
        return NULL;
    take_host_facts(def, live);
    assert_ok(dom_def_prepare_live(def, &err), err);
    return must_format(def, DOM_XML_SECURE);
}

static char *
make_migratable(const char *guest, const char *want)
{
    g_autofree char *live_xml = read_golden(guest, ".live.xml");
    g_autoptr(DomDef) def = define_guest(guest);
    g_autoptr(DomDef) live = must_parse(live_xml, DOM_PARSE_LIVE);
    g_autoptr(DomDef) cpu = dom_def_parse(want, -1, 0, NULL);
    GError *err = NULL;

    if (!cpu)
        return NULL;
    take_host_facts(def, live);
    assert_ok(dom_def_prepare_live(def, &err), err);
    dom_cpu_free(def->orig_cpu);
    def->orig_cpu = dom_cpu_copy(cpu->cpu);
    return must_format(def, DOM_XML_SECURE | DOM_XML_MIGRATABLE);
}

/* Whether the user or the start wrote down that an image has no backing file cannot be told afterwards. */
static void
forget_chains(DomDef *def)
{
    DomDisk *disk;

    dom_each(disk, def->disks)
        for (DomSource *src = disk->src.backing; src; src = src->backing)
            src->detected = true;
    dom_def_strip_live(def);
}

static char *
make_inactive(const char *guest, const char *want)
{
    g_autoptr(DomDef) def = define_guest(guest);

    (void)want;
    forget_chains(def);
    return must_format(def, DOM_XML_SECURE | DOM_XML_INACTIVE);
}

/* libvirtd had a security driver: its labels are not ours. */
static char *
without_labels(const char *xml)
{
    const char *labels = strstr(xml, "  <seclabel");
    g_autofree char *before = labels ? g_strndup(xml, (gsize)(labels - xml)) : NULL;

    return labels ? g_strconcat(before, "</domain>\n", NULL) : g_strdup(xml);
}

static void
put_back_firmware(DomOs *os, const DomOs *written)
{
    if (!written->firmware)
        return;
    os->firmware = g_strdup(written->firmware);
    os->loader_readonly = written->loader_readonly;
    os->loader_secure = written->loader_secure;
    g_clear_pointer(&os->loader, g_free);
    g_clear_pointer(&os->loader_type, g_free);
    g_clear_pointer(&os->nvram, g_free);
    g_clear_pointer(&os->nvram_template, g_free);
}

/* No recording of it exists: what the running guest leaves behind when it stops. */
static char *
read_inactive(const char *guest)
{
    g_autofree char *live = read_golden(guest, ".live.xml");
    g_autofree char *plain = without_labels(live);
    g_autoptr(DomDef) def = must_parse(plain, DOM_PARSE_LIVE);
    g_autoptr(DomDef) written = define_guest(guest);
    DomMemory *dimm;
    DomDisk *disk;

    dom_each(dimm, def->memories)
        dimm->info.addr.dimm.base = 0;
    mark_host_address(def, guest);
    /* An empty drive of a running guest has no format. */
    dom_each(disk, def->disks)
        disk->format = disk->format ? disk->format : DOM_FORMAT_RAW;
    /* What the run replaced by what it got. */
    dom_cpu_free(def->cpu);
    def->cpu = dom_cpu_copy(written->cpu);
    def->current_kib = written->current_kib;
    put_back_firmware(&def->os, &written->os);
    forget_chains(def);
    return must_format(def, DOM_XML_SECURE | DOM_XML_INACTIVE);
}

static const struct {
    const char *name, *suffix;  /* suffix NULL: see read_inactive() */
    char *(*make)(const char *guest, const char *want);
} forms[] = {
    {"live", ".live.xml", make_live}, {"migratable", ".migratable.xml", make_migratable}, {"inactive", NULL, make_inactive},
};

static char *
read_form(guint form, const char *guest)
{
    g_autofree char *text = forms[form].suffix ? read_golden(guest, forms[form].suffix) : read_inactive(guest);

    return without_labels(text);
}

static void
what_a_user_wrote_becomes_what_libvirt_makes_of_it(void **state)
{
    for (guint form = 0; form < G_N_ELEMENTS(forms); form++)
        for (size_t i = 0; i < G_N_ELEMENTS(guests); i++) {
            g_autofree char *want = read_form(form, guests[i]);
            g_autofree char *made = forms[form].make(guests[i], want);
            g_autofree char *what = g_strdup_printf("%s XML of guest %s", forms[form].name, guests[i]);

            assert_non_null(made);
            assert_same_text(what, made, want);
        }
}

/* Another digit, so that the result may well be an address, too. Caller frees. */
static char *
change(const char *text, gint start, gint end)
{
    GString *changed = g_string_new(text);
    char *last = &changed->str[end - 1];

    if (end == start || !g_ascii_isxdigit(*last))
        g_string_insert_c(changed, end, 'x');
    else
        *last = *last == '1' ? '2' : '1';
    return g_string_free(changed, FALSE);
}

/* The element around start is one that says where a device is, or what it is called. */
static bool
is_of_device(const char *text, gint start)
{
    static const char *const elements[] = {"<address ", "<alias ", "<controller ", "<target ", "<source ", "<backingStore ", "<mac ",
                                           "<master ", "<audio "};
    gint open = start;

    while (open > 0 && text[open] != '<')
        open--;
    for (size_t i = 0; i < G_N_ELEMENTS(elements); i++)
        if (g_str_has_prefix(&text[open], elements[i]))
            return true;
    return false;
}

/* Every id, index and part of an address of every guest: one that could be changed unnoticed would not be tested at all. */
static void
each_address_and_id_is_compared(void **state)
{
    g_autoptr(GRegex) ids = g_regex_new("\\b(?:bus|slot|function|controller|target|unit|port|iobase|irq|index|ports|vectors|chassis|chassisNr|"
                                        "name|address|startport|id)='([^']*)'", 0, 0, NULL);
    guint count = 0;

    for (guint form = 0; form < G_N_ELEMENTS(forms); form++)
        for (size_t i = 0; i < G_N_ELEMENTS(guests); i++) {
            g_autofree char *want = read_form(form, guests[i]);
            g_autoptr(GMatchInfo) match = NULL;

            for (g_regex_match(ids, want, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL)) {
                gint start, end;

                g_match_info_fetch_pos(match, 1, &start, &end);
                if (!is_of_device(want, start))
                    continue;

                g_autofree char *changed = change(want, start, end);
                g_autofree char *made = forms[form].make(guests[i], changed);

                if (made && strcmp(made, changed) == 0)
                    fail_msg("%s XML of guest %s: '%.*s' can be changed unnoticed", forms[form].name, guests[i], end - start,
                             &want[start]);
                count++;
            }
        }
    print_message("%u changes noticed\n", count);
    assert_true(count > 1900);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_user_wrote_becomes_what_libvirt_makes_of_it),
        cmocka_unit_test(each_address_and_id_is_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
