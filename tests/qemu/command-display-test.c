/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Displays and sound as libvirt gives them to QEMU: what stands here as wanted was taken from a stock libvirtd with spice_tls
 * and vnc_tls. A difference is a viewer that talks in the clear, or a guest that cannot go to the other side.
 */
#include "command-of.h"

/* Of a guest with this device. */
static char *
command_with(const char *device, const CommandEnv *how, GError **err)
{
    g_autofree char *xml = g_strdup_printf("<domain type='qemu'><name>g</name><memory>65536</memory><os><type machine='pc-i440fx-7.2'>hvm</type>"
                                           "</os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>%s</devices></domain>", device);

    return command_of(xml, how, err);
}

static const CommandEnv plain = { 0 }, secure = { .spice_tls_dir = "/t/s", .vnc_tls_dir = "/t/v", .vnc_tls_verify = true },
                        lenient = { .vnc_tls_dir = "/t/v" };

#define SPICE(attrs) "<graphics type='spice' " attrs "/>"

static const struct { const char *device; const CommandEnv *how; const char *want; } taken[] = {
    { SPICE("autoport='yes'"), &plain, "-spice port=5900,addr=127.0.0.1,disable-ticketing=on,seamless-migration=on " },
    { SPICE("autoport='yes'"), &secure,
      "-spice port=5900,tls-port=5901,addr=127.0.0.1,disable-ticketing=on,x509-dir=/t/s,seamless-migration=on " },
    { SPICE("port='5901' tlsPort='5902'"), &secure,
      "-spice port=5901,tls-port=5902,addr=127.0.0.1,disable-ticketing=on,x509-dir=/t/s,seamless-migration=on " },
    { SPICE("autoport='yes' defaultMode='secure'"), &secure,
      "-spice tls-port=5901,addr=127.0.0.1,disable-ticketing=on,x509-dir=/t/s,tls-channel=default,seamless-migration=on " },
    { SPICE("autoport='yes' defaultMode='insecure'"), &secure,
      "-spice port=5900,addr=127.0.0.1,disable-ticketing=on,plaintext-channel=default,seamless-migration=on " },
    { "<graphics type='spice' autoport='no' port='5901' tlsPort='5902' defaultMode='any'><channel name='main' mode='secure'/>"
      "<channel name='record' mode='insecure'/><channel name='display' mode='any'/><image compression='auto_glz'/><jpeg compression='auto'/>"
      "<zlib compression='never'/><playback compression='on'/><streaming mode='filter'/><clipboard copypaste='no'/><mouse mode='client'/>"
      "<filetransfer enable='no'/></graphics>", &secure,
      "-spice port=5901,tls-port=5902,addr=127.0.0.1,agent-mouse=on,disable-ticketing=on,x509-dir=/t/s,tls-channel=main,plaintext-channel=record,"
      "image-compression=auto_glz,jpeg-wan-compression=auto,zlib-glz-wan-compression=never,playback-compression=on,streaming-video=filter,"
      "disable-copy-paste=on,disable-agent-file-xfer=on,seamless-migration=on " },
    { "<graphics type='spice' autoport='yes' passwd='x' keymap='de'><channel name='main' mode='secure'/><mouse mode='server'/>"
      "<clipboard copypaste='yes'/><filetransfer enable='yes'/><streaming mode='all'/><playback compression='off'/></graphics>", &secure,
      "-spice port=5900,tls-port=5901,addr=127.0.0.1,agent-mouse=off,x509-dir=/t/s,tls-channel=main,playback-compression=off,streaming-video=all,"
      "seamless-migration=on -k de " },
    { "<graphics type='spice'><listen type='none'/></graphics>", &secure, "-spice port=0,disable-ticketing=on,seamless-migration=on " },
    { "<graphics type='spice'/>", &secure, "-spice port=0,disable-ticketing=on,seamless-migration=on " },
    { "<graphics type='vnc' autoport='yes'/>", &plain, "-vnc 127.0.0.1:0,audiodev=audio1 " },
    /* An empty password keeps everybody out; it is not the same as none. */
    { "<graphics type='vnc' autoport='yes' passwd=''/>", &plain, "-vnc 127.0.0.1:0,password=on,audiodev=audio1 " },
    { SPICE("autoport='yes' passwd=''"), &plain, "-spice port=5900,addr=127.0.0.1,seamless-migration=on " },
    { "<graphics type='vnc' autoport='yes'/>", &secure,
      "-object {\"qom-type\":\"tls-creds-x509\",\"id\":\"vnc-tls-creds0\",\"dir\":\"/t/v\",\"endpoint\":\"server\",\"verify-peer\":true} "
      "-vnc 127.0.0.1:0,tls-creds=vnc-tls-creds0,audiodev=audio1 " },
    { "<graphics type='vnc' autoport='yes'/>", &lenient, "\"endpoint\":\"server\",\"verify-peer\":false} -vnc " },
    { "<sound model='ich6'><codec type='micro'/><codec type='output'/></sound>", &plain,
      "-device {\"driver\":\"hda-micro\",\"id\":\"sound0-codec0\",\"bus\":\"sound0.0\",\"cad\":0,\"audiodev\":\"audio1\"} "
      "-device {\"driver\":\"hda-output\",\"id\":\"sound0-codec1\",\"bus\":\"sound0.0\",\"cad\":1,\"audiodev\":\"audio1\"} " },
    { "<controller type='sata' index='0'/>", &plain, "{\"driver\":\"ahci\",\"id\":\"sata0\"," },
    { "<interface type='user'><model type='virtio'/><rom file=''/></interface>", &plain, "\"romfile\":\"\"" },
    { "<channel type='unix'><source mode='bind' path='/c'/><target type='virtio' name='a'/><address type='virtio-serial' controller='1'/></channel>",
      &plain, "{\"driver\":\"virtserialport\",\"bus\":\"virtio-serial1.0\",\"nr\":1," },
    { "<serial type='null'><alias name='ua-s,path=/x'/></serial>", &plain, "-chardev null,id=charserial0 " },
};

static void
displays_are_as_libvirt_gives_them(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(taken); i++) {
        g_autoptr(GError) err = NULL;
        g_autofree char *have = command_with(taken[i].device, taken[i].how, &err);

        if (!have)
            fail_msg("%s: %s", taken[i].device, err->message);
        if (!strstr(have, taken[i].want))
            fail_msg("%s\n  want %s\n  have %s", taken[i].device, taken[i].want, have);
    }
}

/* Whoever asks for encryption gets it, or no guest. */
static void
encryption_that_is_not_there_is_refused(void **state)
{
    static const struct { const char *device; const CommandEnv *how; const char *why; } refused[] = {
        { SPICE("port='5901' tlsPort='5902'"), &plain, "--spice-tls-dir" },
        { SPICE("autoport='yes' defaultMode='secure'"), &plain, "--spice-tls-dir" },
        { "<graphics type='spice' autoport='yes'><channel name='inputs' mode='secure'/></graphics>", &plain, "--spice-tls-dir" },
        { SPICE("port='5901' defaultMode='secure'"), &secure, "TLS connection is not available" },
        { "<graphics type='spice' port='5901'><channel name='inputs' mode='secure'/></graphics>", &secure, "'inputs' is to be secure" },
        { "<graphics type='spice' autoport='no' tlsPort='5902'><channel name='inputs' mode='insecure'/></graphics>", &secure,
          "plaintext connection is not available" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GError) err = NULL;
        g_autofree char *have = command_with(refused[i].device, refused[i].how, &err);

        if (have)
            fail_msg("accepted: %s", refused[i].device);
        if (!strstr(err->message, refused[i].why) || !strstr(err->message, "line 1") || err->code != VIR_ERR_CONFIG_UNSUPPORTED)
            fail_msg("%s: %s", refused[i].device, err->message);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(displays_are_as_libvirt_gives_them),
        cmocka_unit_test(encryption_that_is_not_there_is_refused),
    };

    return cmocka_run_group_tests(tests, load_caps, free_caps);
}
