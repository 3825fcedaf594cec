/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sound and picture: audio backend, video and sound cards. */
#include "qemu/command-private.h"

bool
cmd_build_audio(Cmd *cmd, GError **err)
{
    DomAudio *audio;

    dom_each(audio, cmd->def->audios) {
        g_auto(Props) p = props_new(NULL, NULL);

        props_format(&p, "id", "audio%u", audio->id);
        props_string(&p, "driver", audio->type == DOM_AUDIO_SPICE ? "spice" : "none");
        cmd_json(cmd, "-audiodev", &p);
    }
    return true;
}

const DomAudio *
cmd_first_audio(const DomDef *def)
{
    return def->audios->len ? g_ptr_array_index(def->audios, 0) : NULL;
}

static void
add_heads(Props *p, const DomVideo *v)
{
    props_int_opt(p, "max_outputs", v->heads);
}

static void
add_vgamem_mb(Props *p, const DomVideo *v)
{
    props_int_opt(p, "vgamem_mb", v->vram / 1024);
}

static void
add_vgamem(Props *p, const DomVideo *v)
{
    props_int_opt(p, "vgamem", v->vram * G_GUINT64_CONSTANT(1024));
}

static void
add_qxl(Props *p, const DomVideo *v)
{
    props_int_opt(p, "max_outputs", v->heads);
    props_int_opt(p, "ram_size", v->ram * G_GUINT64_CONSTANT(1024));
    props_int_opt(p, "vram_size", v->vram * G_GUINT64_CONSTANT(1024));
    props_int(p, "vram64_size_mb", v->vram64 / 1024);
    props_int_opt(p, "vgamem_mb", v->vgamem / 1024);
}

static const struct {
    DomVideoType type;
    const char *primary, *secondary; /* NULL: cannot be */
    void (*add)(Props *p, const DomVideo *v);
} videos[] = {
    { DOM_VIDEO_VGA, "VGA", NULL, add_vgamem_mb },
    { DOM_VIDEO_CIRRUS, "cirrus-vga", NULL, NULL },
    { DOM_VIDEO_VMVGA, "vmware-svga", NULL, add_vgamem_mb },
    { DOM_VIDEO_QXL, "qxl-vga", "qxl", add_qxl },
    { DOM_VIDEO_VIRTIO, "virtio-vga", "virtio-gpu-pci", add_heads },
    { DOM_VIDEO_BOCHS, "bochs-display", "bochs-display", add_vgamem },
};

static bool
build_video(Cmd *cmd, const DomVideo *v, bool primary, GError **err)
{
    const char *type = dom_name(dom_video_names, v->type);

    for (guint i = 0; i < G_N_ELEMENTS(videos); i++) {
        const char *driver = primary ? videos[i].primary : videos[i].secondary;
        g_auto(Props) p = { NULL };

        if (videos[i].type != v->type || !driver)
            continue;
        if (v->accel3d == DOM_TRI_ON)
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("video '%s': 3D acceleration is not supported"), type);
        p = props_new("driver", driver);
        props_string(&p, "id", v->info.alias);
        if (videos[i].add)
            videos[i].add(&p, v);
        props_int_opt(&p, "xres", v->res_x);
        props_int_opt(&p, "yres", v->res_y);
        return cmd_address(cmd, &p, &v->info, err) && cmd_device(cmd, driver, v->info.alias, &p, err);
    }
    return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                primary ? _("video type '%s' is not supported") : _("video type '%s' is only possible as the primary one"),
                type ? type : "");
}

bool
cmd_build_videos(Cmd *cmd, GError **err)
{
    bool primary = true;
    DomVideo *v;

    dom_each(v, cmd->def->videos) {
        if (v->type != DOM_VIDEO_NONE && !build_video(cmd, v, primary, err))
            return dom_at(err, "video", v->info.line);
        primary = false;
    }
    return true;
}

static const struct {
    DomSoundModel model;
    const char *driver;
    bool hda; /* needs a codec behind it */
} sounds[] = {
    { DOM_SOUND_ICH6, "intel-hda", true },
    { DOM_SOUND_ICH9, "ich9-intel-hda", true },
    { DOM_SOUND_AC97, "AC97", false },
    { DOM_SOUND_ES1370, "ES1370", false },
};

static bool
build_codec(Cmd *cmd, const DomSound *sound, const char *type, guint at, const char *audiodev, GError **err)
{
    g_autofree char *driver = g_strdup_printf("hda-%s", type);
    g_auto(Props) p = props_new("driver", driver);

    props_format(&p, "id", "%s-codec%u", sound->info.alias, at);
    props_format(&p, "bus", "%s.0", sound->info.alias);
    props_int(&p, "cad", at);
    props_string_opt(&p, "audiodev", audiodev);
    return cmd_device(cmd, driver, sound->info.alias, &p, err);
}

/* One that plays and records, unless the user chose. */
static bool
build_codecs(Cmd *cmd, const DomSound *sound, const char *audiodev, GError **err)
{
    if (sound->codecs->len == 0)
        return build_codec(cmd, sound, "duplex", 0, audiodev, err);
    for (guint i = 0; i < sound->codecs->len; i++)
        if (!build_codec(cmd, sound, *(char *const *)g_ptr_array_index(sound->codecs, i), i, audiodev, err))
            return false;
    return true;
}

static bool
build_sound(Cmd *cmd, const DomSound *sound, GError **err)
{
    const DomAudio *audio = cmd_first_audio(cmd->def);
    const guint audio_id = sound->audio_id ? sound->audio_id : audio ? audio->id : 0;
    g_autofree char *audiodev = audio_id ? g_strdup_printf("audio%u", audio_id) : NULL;

    for (guint i = 0; i < G_N_ELEMENTS(sounds); i++) {
        g_auto(Props) p = { NULL };

        if (sounds[i].model != sound->model)
            continue;
        p = props_new("driver", sounds[i].driver);
        props_string(&p, "id", sound->info.alias);
        if (!sounds[i].hda)
            props_string_opt(&p, "audiodev", audiodev);
        if (!cmd_address(cmd, &p, &sound->info, err) ||
            !cmd_device(cmd, sounds[i].driver, sound->info.alias, &p, err))
            return false;
        return !sounds[i].hda || build_codecs(cmd, sound, audiodev, err);
    }
    return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("sound device '%s' has an unsupported model"), sound->info.alias);
}

bool
cmd_build_sounds(Cmd *cmd, GError **err)
{
    DomSound *sound;

    dom_each(sound, cmd->def->sounds)
        if (!build_sound(cmd, sound, err))
            return dom_at(err, "sound", sound->info.line);
    return true;
}
