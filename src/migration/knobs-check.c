/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "migration/knobs-check.h"

#include <string.h>

#include "model/params.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_NONE

#define BOTH_HOSTS (KNOBS_AT_SOURCE | KNOBS_AT_DEST)
#define STORAGE (VIR_MIGRATE_NON_SHARED_DISK | VIR_MIGRATE_NON_SHARED_INC)

/* A rule applies when all of `when` are set (and the parameter is given). It is broken when none of `need_one` is
 * set, or any of `clash` is, or the other parameter is given as well. */
typedef struct {
    unsigned    at;
    guint32     when;
    const char *param;
    guint32     need_one;
    guint32     clash;
    const char *clash_param;
    int         code;
    const char *text;
} KnobRule;

static const KnobRule rules[] = {
    { KNOBS_AT_CLIENT, VIR_MIGRATE_TUNNELLED, .clash = VIR_MIGRATE_PARALLEL, .code = VIR_ERR_INVALID_ARG,
      .text = N_("Flags 'VIR_MIGRATE_TUNNELLED' and 'VIR_MIGRATE_PARALLEL' are mutually exclusive") },
    { KNOBS_AT_CLIENT | BOTH_HOSTS, VIR_MIGRATE_NON_SHARED_DISK, .clash = VIR_MIGRATE_NON_SHARED_INC,
      .code = VIR_ERR_INVALID_ARG,
      .text = N_("Flags 'VIR_MIGRATE_NON_SHARED_DISK' and 'VIR_MIGRATE_NON_SHARED_INC' are mutually exclusive") },
    { KNOBS_AT_CLIENT | BOTH_HOSTS, VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES, .need_one = STORAGE,
      .code = VIR_ERR_INVALID_ARG,
      .text = N_("Flag 'VIR_MIGRATE_NON_SHARED_DISK | VIR_MIGRATE_NON_SHARED_INC' is required by flag "
                 "'VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES'") },
    { BOTH_HOSTS, VIR_MIGRATE_OFFLINE, .need_one = VIR_MIGRATE_PERSIST_DEST, .code = VIR_ERR_OPERATION_INVALID,
      .text = N_("offline migration must be specified with the persistent flag set") },
    { BOTH_HOSTS, VIR_MIGRATE_OFFLINE, .clash = STORAGE, .code = VIR_ERR_OPERATION_INVALID,
      .text = N_("offline migration cannot handle non-shared storage") },
    { BOTH_HOSTS, VIR_MIGRATE_OFFLINE, .clash = VIR_MIGRATE_TUNNELLED, .code = VIR_ERR_OPERATION_INVALID,
      .text = N_("tunnelled offline migration does not make sense") },
    { BOTH_HOSTS, VIR_MIGRATE_POSTCOPY, .clash = VIR_MIGRATE_TUNNELLED, .code = VIR_ERR_ARGUMENT_UNSUPPORTED,
      .text = N_("post-copy is not supported with tunnelled migration") },
    { BOTH_HOSTS, VIR_MIGRATE_POSTCOPY, .need_one = VIR_MIGRATE_LIVE, .clash = VIR_MIGRATE_PAUSED,
      .code = VIR_ERR_ARGUMENT_UNSUPPORTED,
      .text = N_("post-copy migration is not supported with non-live or paused migration") },
    { BOTH_HOSTS, VIR_MIGRATE_POSTCOPY_RESUME, .need_one = VIR_MIGRATE_POSTCOPY,
      .code = VIR_ERR_ARGUMENT_UNSUPPORTED,
      .text = N_("resuming failed post-copy migration requires post-copy to be enabled") },
    { BOTH_HOSTS, VIR_MIGRATE_ZEROCOPY, .need_one = VIR_MIGRATE_PARALLEL, .code = VIR_ERR_OPERATION_INVALID,
      .text = N_("zero-copy is only available for parallel migration") },
    { BOTH_HOSTS, VIR_MIGRATE_TUNNELLED, .param = VIR_MIGRATE_PARAM_URI, .clash = VIR_MIGRATE_TUNNELLED,
      .code = VIR_ERR_ARGUMENT_UNSUPPORTED, .text = N_("migration URI is not supported by tunnelled migration") },
    { BOTH_HOSTS, VIR_MIGRATE_TUNNELLED, .param = VIR_MIGRATE_PARAM_LISTEN_ADDRESS, .clash = VIR_MIGRATE_TUNNELLED,
      .code = VIR_ERR_ARGUMENT_UNSUPPORTED, .text = N_("listen address is not supported by tunnelled migration") },
    { BOTH_HOSTS, VIR_MIGRATE_TUNNELLED, .param = VIR_MIGRATE_PARAM_DISKS_PORT, .clash = VIR_MIGRATE_TUNNELLED,
      .code = VIR_ERR_ARGUMENT_UNSUPPORTED, .text = N_("disk port address is not supported by tunnelled migration") },
    { BOTH_HOSTS, 0, .param = VIR_MIGRATE_PARAM_DISKS_PORT, .clash_param = VIR_MIGRATE_PARAM_DISKS_URI,
      .code = VIR_ERR_INVALID_ARG,
      .text = N_("Both port and URI requested for disk migration while being mutually exclusive") },
};

static bool
is_broken(const KnobRule *rule, const Params *params, guint32 flags)
{
    if ((flags & rule->when) != rule->when || (rule->param && !params_find(params, rule->param)))
        return false;
    return (rule->need_one && !(flags & rule->need_one)) || (flags & rule->clash) ||
           (rule->clash_param && params_find(params, rule->clash_param));
}

/* Rules speak for whoever applies them: the API, or the driver. */
static int
speaker(KnobsAt at)
{
    return at == KNOBS_AT_CLIENT ? VIR_FROM_DOMAIN : VIR_FROM_QEMU;
}

static bool
check_rules(const Params *params, guint32 flags, KnobsAt at, GError **err)
{
    for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (!(rules[i].at & at) || !is_broken(&rules[i], params, flags))
            continue;
        /* Flag relations that the client library words itself come without a template there. */
        if (at == KNOBS_AT_CLIENT)
            return verr_set_verbatim(err, speaker(at), rules[i].code, _(rules[i].text));
        return verr_set(err, speaker(at), rules[i].code, "%s", _(rules[i].text));
    }
    return true;
}

/* The rows as the params room wants them. */
static bool
check_params(const Params *params, GError **err)
{
    g_autofree ParamRow *rows = g_new0(ParamRow, mig_knobs_n);
    gsize n = 0;

    for (guint i = 0; i < mig_knobs_n; i++) {
        const MigKnob *knob = &mig_knobs[i];

        if (knob->name)
            rows[n++] = (ParamRow){ knob->name, mig_knob_type(knob), knob->kind == KNOB_STR_LIST };
    }
    if (!params_check(params, rows, n, err))
        return false;
    for (int i = 0; i < params->n; i++) {
        if (params->v[i].type == VIR_TYPED_PARAM_STRING && params->v[i].value.s == NULL)
            return fail(err, VIR_ERR_INVALID_ARG, _("NULL value for parameter '%s'"), params->v[i].field);
    }
    return true;
}

static bool
check_offered(const Params *params, guint32 flags, GError **err)
{
    for (guint i = 0; i < mig_knobs_n; i++) {
        const MigKnob *knob = &mig_knobs[i];

        if (knob->status == KNOB_OFFERED || !mig_knob_is_set(knob, params->v, params->n, flags))
            continue;
        if (knob->flag)
            return verr_set(err, VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED,
                            _("migration flag '%s' is not supported by this version of the driver"), knob->flag_name);
        return verr_set(err, VIR_FROM_NONE, VIR_ERR_ARGUMENT_UNSUPPORTED, _("parameter '%s' not supported"),
                        knob->name);
    }
    return true;
}

static bool
check_method(const virTypedParameter *param, guint32 flags, guint32 *seen, GError **err)
{
    for (guint i = 0; i < mig_compressions_n; i++) {
        const MigCompression *comp = &mig_compressions[i];

        if (strcmp(param->value.s, comp->name) != 0)
            continue;
        if (*seen & comp->bit)
            return verr_set(err, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, _("Compression method '%s' is specified twice"),
                            comp->name);
        if (comp->only_with && !(flags & comp->only_with))
            return verr_set(err, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
                            _("Turn parallel migration on to use compression method '%s'"), comp->name);
        *seen |= comp->bit;
        return true;
    }
    return verr_set(err, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, _("Unsupported compression method '%s'"),
                    param->value.s);
}

static bool
check_methods(const Params *params, guint32 flags, GError **err)
{
    const guint32 multifd = MIG_COMP_ZLIB | MIG_COMP_ZSTD;
    guint32 seen = 0;

    for (int i = 0; i < params->n; i++) {
        if (strcmp(params->v[i].field, VIR_MIGRATE_PARAM_COMPRESSION) == 0 &&
            !check_method(&params->v[i], flags, &seen, err))
            return false;
    }
    if ((seen & multifd) && (seen & (seen - 1)))
        return verr_set(err, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
                        _("Only one compression method can be used by parallel migration"));
    return true;
}

/* 9.0.0 counts only methods named in the parameter; VIR_MIGRATE_COMPRESSED alone tunes nothing. */
static guint32
named_methods(const Params *params)
{
    return mig_compression_bits(params->v, params->n, 0);
}

static bool
check_tuning(const Params *params, guint32 flags, GError **err)
{
    guint32 methods = named_methods(params);

    for (guint i = 0; i < mig_knobs_n; i++) {
        const MigKnob *knob = &mig_knobs[i];

        if (knob->unless_on == NULL || !params_find(params, knob->name))
            continue;
        if ((knob->only_with && !(flags & knob->only_with)) || (knob->only_comp && !(methods & knob->only_comp)))
            return verr_set(err, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "%s", _(knob->unless_on));
    }
    return true;
}

static bool
check_limit(const virTypedParameter *param, GError **err)
{
    const MigKnob *knob = mig_knob_by_name(param->field);

    if (knob->min == 0 && knob->max == 0)
        return true;
    if (knob->kind == KNOB_ULL && param->value.ul > knob->max)
        return verr_set(err, VIR_FROM_QEMU, VIR_ERR_OVERFLOW,
                        _("migration parameter '%s' must be less than %llu"), knob->name,
                        (unsigned long long)knob->max + 1);
    if (knob->kind == KNOB_INT &&
        (param->value.i < 0 || (guint64)param->value.i < knob->min || (guint64)param->value.i > knob->max))
        return verr_set(err, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
                        _("migration parameter '%s' is %d but must be from %llu to %llu"), knob->name, param->value.i,
                        (unsigned long long)knob->min, (unsigned long long)knob->max);
    return true;
}

static bool
check_cache_size(const Params *params, GError **err)
{
    const virTypedParameter *cache = params_find(params, VIR_MIGRATE_PARAM_COMPRESSION_XBZRLE_CACHE);

    if (cache == NULL || (cache->value.ul >= 4096 && (cache->value.ul & (cache->value.ul - 1)) == 0))
        return true;
    return verr_set(err, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
                    _("migration parameter '%s' is %llu but must be a power of two and at least 4096"), cache->field,
                    cache->value.ul);
}

bool
mig_knobs_check(const Params *params, guint32 flags, KnobsAt at, GError **err)
{
    if (at == KNOBS_AT_CLIENT)
        return check_rules(params, flags, at, err);

    if (!verb_check_flags(flags, mig_knobs_all_flags(), __func__, err))
        return false;
    if (!check_params(params, err))
        return false;
    if (!check_rules(params, flags, at, err) || !check_offered(params, flags, err) ||
        !check_methods(params, flags, err))
        return false;
    /* What tunes the source alone is not judged again without the flags that stayed there. */
    if (at == KNOBS_AT_SOURCE && !check_tuning(params, flags, err))
        return false;
    for (int i = 0; i < params->n; i++) {
        if (!check_limit(&params->v[i], err))
            return false;
    }
    return check_cache_size(params, err);
}
