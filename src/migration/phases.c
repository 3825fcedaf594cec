/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "migration/phases.h"

#include <string.h>

#include "migration/knobs.h"
#include "model/params.h"
#include "util/err.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_DOMAIN
#define LOG_ROOM "mig"

typedef struct {
    const char *name;
    bool (*run)(MigRun *run, GError **err);
    bool (*skip)(const MigRun *run);
    MigPhase on_failure;
    bool at_dest;
} MigStep;

static bool is_dead(MigEnd *end);
static bool mig_begin(MigRun *run, GError **err);
static bool mig_prepare(MigRun *run, GError **err);
static bool mig_perform(MigRun *run, GError **err);
static bool mig_finish(MigRun *run, GError **err);
static bool mig_confirm(MigRun *run, GError **err);

static bool
is_offline(const MigRun *run)
{
    return run->flags & VIR_MIGRATE_OFFLINE;
}

/* The source has nothing to undo: it did so itself when Perform failed, or Begin left no job behind. And it must
 * not be told anything while nobody knows whether its guest runs at the destination, unless it can ask there. */
static bool
wants_no_confirm(const MigRun *run)
{
    if (run->result == MIG_IN_DOUBT && !run->peer_can_be_asked)
        return true;
    if (run->confirm_always)
        return false;
    return run->source_reset || (run->notes[MIG_PREPARE].failed && !run->protect);
}

/* Success always moves to the next row. */
static const MigStep mig_steps[MIG_DONE] = {
    /*                name       does it      skipped when      if it fails, go to  asks the destination */
    [MIG_BEGIN]   = { "begin",   mig_begin,   NULL,             MIG_DONE,           false },
    [MIG_PREPARE] = { "prepare", mig_prepare, NULL,             MIG_CONFIRM,        true },
    [MIG_PERFORM] = { "perform", mig_perform, is_offline,       MIG_FINISH,         false },
    [MIG_FINISH]  = { "finish",  mig_finish,  NULL,             MIG_CONFIRM,        true },
    [MIG_CONFIRM] = { "confirm", mig_confirm, wants_no_confirm, MIG_DONE,           false },
};

const char *
mig_phase_name(MigPhase phase)
{
    return phase < MIG_DONE ? mig_steps[phase].name : "done";
}

/* The source has seen its connection break and no more; why the destination's QEMU died explains it. What a destination
 * says when it undid its part as told does not, and a source that knows the cause itself says so from elsewhere. */
static bool
says_more(const GError *first, const GError *finish)
{
    return verr_from(first) == VIR_FROM_QEMU && verr_code(first) == VIR_ERR_OPERATION_FAILED &&
           verr_from(finish) == VIR_FROM_QEMU && verr_code(finish) != VIR_ERR_MIGRATE_FINISH_OK;
}

static void
add_reason(GError **why, const GError *finish)
{
    g_autofree char *said = verr_text(finish), *first = (*why)->message;

    (*why)->message = g_strdup_printf(_("%s; at the destination: %s"), first, said);
}

/* "End of file" alone does not say whose, nor when. */
static void
name_lost_end(const MigRun *run, MigPhase at, GError **why)
{
    MigEnd *end = mig_steps[at].at_dest ? run->dst : run->src;

    if (is_dead(end))
        g_prefix_error(why, _("the connection to '%s' was lost during '%s': "), end->name, mig_steps[at].name);
}

static void
note_failure(MigRun *run, MigPhase at, GError **why)
{
    run->notes[at].failed = true;
    name_lost_end(run, at, why);
    log_info("%s: %s failed: %s", run->dom.name, mig_steps[at].name, (*why)->message);

    if (at == MIG_CONFIRM && run->result == MIG_IN_DOUBT && !run->source_lost) {
        /* The source has asked, and says more exactly what is in doubt. */
        g_clear_error(&run->why);
        run->why = g_steal_pointer(why);
        return;
    }
    if (at == MIG_CONFIRM) {
        if (run->result == MIG_ARRIVED)
            log_warn("%s: migrated, but '%s' did not confirm it; the guest may be left paused there: %s", run->dom.name,
                     run->src->name, (*why)->message);
        g_clear_error(why);
        return;
    }
    run->cancelled = true;
    if (run->why == NULL)
        run->why = g_steal_pointer(why);
    else if (at == MIG_FINISH && run->notes[MIG_PERFORM].failed && says_more(run->why, *why))
        add_reason(&run->why, *why);
    g_clear_error(why);
}

bool
mig_run(MigRun *run, GError **err)
{
    MigPhase at = MIG_BEGIN;

    run->result = MIG_STAYED;
    run->strings = g_ptr_array_new_with_free_func(g_free);
    run->now.n = run->params.n;
    run->now.v = g_memdup2(run->params.v, sizeof *run->params.v * (gsize)run->params.n);

    while (at < MIG_DONE) {
        const MigStep *step = &mig_steps[at];
        MigPhaseNote *note = &run->notes[at];
        GError *why = NULL;
        bool ok = true;

        if (step->skip == NULL || !step->skip(run)) {
            note->asked = true;
            note->cancelled = run->cancelled;
            note->started = g_get_monotonic_time();
            if (run->entering)
                run->entering(run, at, run->data);
            ok = step->run(run, &why);
            note->ended = g_get_monotonic_time();
            log_debug("%s: %s%s: %s (%.3f s)", run->dom.name, step->name, note->cancelled ? " (cancelled)" : "",
                      ok ? "ok" : "failed", (double)(note->ended - note->started) / 1e6);
        }
        if (!ok)
            note_failure(run, at, &why);
        at = ok ? at + 1 : step->on_failure;
    }

    if (run->result == MIG_ARRIVED)
        return true;
    g_propagate_error(err, g_steal_pointer(&run->why));
    return false;
}

void
mig_run_clear(MigRun *run)
{
    g_clear_pointer(&run->now.v, g_free);
    g_clear_pointer(&run->strings, g_ptr_array_unref);
    g_clear_pointer(&run->cookie, g_bytes_unref);
    g_clear_pointer(&run->xml, g_free);
    g_clear_pointer(&run->tunnel, tunnel_free);
    g_clear_error(&run->why);
    dom_ref_clear(&run->landed);
}

guint32
mig_flags_for_source(const MigRun *run)
{
    return run->flags | (run->protect ? VIR_MIGRATE_CHANGE_PROTECTION : 0);
}

guint32
mig_flags_for_dest(const MigRun *run)
{
    return run->flags & ~mig_knobs_source_flags();
}

static const char *
get_string(const Params *params, const char *name)
{
    const virTypedParameter *param = params_find(params, name);

    return param && param->type == VIR_TYPED_PARAM_STRING ? param->value.s : NULL;
}

/* Replaces in place or appends; the string lives as long as the run. NULL takes the parameter away. */
static void
put_string(MigRun *run, const char *name, const char *value)
{
    Params *p = &run->now;
    int at = 0;

    while (at < p->n && strcmp(p->v[at].field, name) != 0)
        at++;
    if (value == NULL) {
        if (at < p->n) {
            memmove(&p->v[at], &p->v[at + 1], sizeof *p->v * (gsize)(p->n - at - 1));
            p->n--;
        }
        return;
    }
    if (at == p->n) {
        p->v = g_renew(virTypedParameter, p->v, ++p->n);
        memset(&p->v[at], 0, sizeof p->v[at]);
        g_strlcpy(p->v[at].field, name, sizeof p->v[at].field);
        p->v[at].type = VIR_TYPED_PARAM_STRING;
    }
    p->v[at].value.s = g_strdup(value);
    g_ptr_array_add(run->strings, p->v[at].value.s);
}

static bool
ask(MigEnd *end, VerbId verb, const void *in, void *out, GError **err)
{
    return end->ask(end, verb, in, out, err);
}

static bool
is_dead(MigEnd *end)
{
    return end->is_alive && !end->is_alive(end);
}

/* Cookies of ours say so. Only when both sides are of that kind may the source be trusted to ask the destination's
 * witness before it lets its guest go on. */
static bool
cookie_is_ours(GBytes *cookie)
{
    gsize size = 0;
    const char *text = cookie ? g_bytes_get_data(cookie, &size) : NULL;

    return text && g_strstr_len(text, (gssize)size, "<godwit>") != NULL;
}

static void
keep_cookie(MigRun *run, GBytes *answer)
{
    g_clear_pointer(&run->cookie, g_bytes_unref);
    run->cookie = answer;
}

/* A guest that stands still stays so after the move. */
static bool
look_whether_paused(MigRun *run, GError **err)
{
    DomainIn in = { .dom = run->dom };
    DomainInfoOut info = { 0 };
    StateOut state = { 0 };
    bool ok;

    if (run->dialect == DIALECT_V3_PARAMS) {
        ok = ask(run->src, VERB_domain_get_state, &in, &state, err);
    } else {
        ok = ask(run->src, VERB_domain_get_info, &in, &info, err);
        state.state = info.state;
    }
    if (!ok)
        return false;
    if (state.state == VIR_DOMAIN_PAUSED && !(run->flags & VIR_MIGRATE_POSTCOPY_RESUME))
        run->flags |= VIR_MIGRATE_PAUSED;
    return true;
}

static bool
mig_begin(MigRun *run, GError **err)
{
    MigrateBeginIn in = {
        .dom = run->dom, .params = run->now, .flags = mig_flags_for_source(run), .dialect = run->dialect
    };
    MigrateBeginOut out = { 0 };

    if (!ask(run->src, VERB_migrate_begin, &in, &out, err))
        return false;
    keep_cookie(run, out.cookie);
    run->xml = out.xml;
    run->begun = true;
    run->peer_can_be_asked = cookie_is_ours(run->cookie);
    return true;
}

static bool
is_tunnelled(const MigRun *run)
{
    return run->flags & VIR_MIGRATE_TUNNELLED;
}

/* Two procedures for one phase: the memory's way comes as an address, or as the end of a tunnel. */
static bool
ask_prepare(MigRun *run, const MigratePrepareIn *in, MigratePrepareOut *out, GError **err)
{
    MigratePrepareTunnelOut tunnelled = { 0 };

    if (!is_tunnelled(run))
        return ask(run->dst, VERB_migrate_prepare, in, out, err);
    if (!ask(run->dst, VERB_migrate_prepare_tunnel, in, &tunnelled, err))
        return false;
    out->cookie = tunnelled.cookie;
    run->tunnel = tunnelled.tunnel;
    return true;
}

static bool
mig_prepare(MigRun *run, GError **err)
{
    g_autofree char *own_xml = g_strdup(get_string(&run->now, VIR_MIGRATE_PARAM_DEST_XML));
    MigratePrepareOut out = { 0 };
    MigratePrepareIn in;
    bool ok;

    if (!look_whether_paused(run, err))
        return false;
    put_string(run, VIR_MIGRATE_PARAM_DEST_XML, run->xml);
    in = (MigratePrepareIn){
        .params = run->now, .cookie = run->cookie, .flags = mig_flags_for_dest(run), .dialect = run->dialect
    };
    ok = ask_prepare(run, &in, &out, err);
    put_string(run, VIR_MIGRATE_PARAM_DEST_XML, own_xml);
    if (!ok) {
        keep_cookie(run, NULL);
        return false;
    }

    run->peer_can_be_asked = run->peer_can_be_asked && cookie_is_ours(out.cookie);
    keep_cookie(run, out.cookie);
    if (out.uri)
        put_string(run, VIR_MIGRATE_PARAM_URI, out.uri);
    g_free(out.uri);
    run->have_uri = get_string(&run->now, VIR_MIGRATE_PARAM_URI) != NULL;
    return true;
}

static bool
mig_perform(MigRun *run, GError **err)
{
    MigratePerformIn in = {
        .dom = run->dom, .params = run->now, .cookie = run->cookie, .flags = mig_flags_for_source(run),
        .dialect = run->dialect
    };
    MigratePerformOut out = { 0 };
    bool ok;

    if (!run->have_uri && !is_tunnelled(run))
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("domainMigratePrepare3 did not set uri"));

    ok = ask(run->src, VERB_migrate_perform, &in, &out, err);
    /* The destination hears the end of the stream before it is told what became of it. */
    g_clear_pointer(&run->tunnel, tunnel_free);
    /* Also when only the answer was lost: the source cleans up after a client that went away. */
    run->source_reset = !ok;
    keep_cookie(run, out.cookie);
    return ok;
}

static void
note_arrival(MigRun *run)
{
    const char *name = get_string(&run->now, VIR_MIGRATE_PARAM_DEST_NAME);

    log_warn("%s: the answer to Finish was lost, but the guest runs on '%s'", run->dom.name, run->dst->name);
    dom_ref_copy(&run->dom, &run->landed);
    if (name && *name) {
        g_free(run->landed.name);
        run->landed.name = g_strdup(name);
    }
    run->landed.id = -1;
    run->result = MIG_ARRIVED;
}

static void
explain_doubt(const MigRun *run, GError **why)
{
    g_prefix_error(why,
                   _("the answer of '%s' was lost at the moment when domain '%s' was to start there, so it may be "
                     "running there; look there before you resume it on '%s': "),
                   run->dst->name, run->dom.name, run->src->name);
}

/* The destination's answer is lost, which is not the same as its refusal. A source that can ask for itself does so
 * in Confirm; it is not kept waiting while we look. */
static bool
find_out(MigRun *run, GError **why)
{
    MigFate fate = MIG_FATE_UNKNOWN;

    if (run->peer_can_be_asked) {
        run->result = MIG_IN_DOUBT;
        return false;
    }
    if (run->dst->inquire)
        fate = run->dst->inquire(run->dst, &run->dom);
    if (fate == MIG_FATE_RUNS_THERE) {
        g_clear_error(why);
        note_arrival(run);
        return true;
    }
    if (fate == MIG_FATE_UNKNOWN) {
        run->result = MIG_IN_DOUBT;
        explain_doubt(run, why);
    }
    return false;
}

/* It stopped its guest for good: the destination's witness told it to. */
static bool
source_let_go(MigRun *run)
{
    DomainIn in = { .dom = run->dom };
    StateOut out = { 0 };
    g_autoptr(GError) err = NULL;

    if (!ask(run->src, VERB_domain_get_state, &in, &out, &err))
        return verr_matches(err, VIR_ERR_NO_DOMAIN);
    return out.state == VIR_DOMAIN_SHUTOFF && out.reason == VIR_DOMAIN_SHUTOFF_MIGRATED;
}

/* What the source found out when it was told to undo: it goes on, it has let go, or it does not know either. */
static bool
settle_doubt(MigRun *run, bool ok, GError **err)
{
    if (ok) {
        run->result = MIG_STAYED;
        return true;
    }
    run->source_lost = is_dead(run->src);
    if (run->source_lost) {
        explain_doubt(run, &run->why);
        return false;
    }
    if (!source_let_go(run))
        return false;
    g_clear_error(err);
    note_arrival(run);
    return true;
}

static bool
mig_finish(MigRun *run, GError **err)
{
    bool offline = is_offline(run);
    MigrateFinishOut out = { 0 };
    MigrateFinishIn in;
    GError *why = NULL;

    if (get_string(&run->now, VIR_MIGRATE_PARAM_DEST_NAME) == NULL)
        put_string(run, VIR_MIGRATE_PARAM_DEST_NAME, run->dom.name);
    in = (MigrateFinishIn){
        .params = run->now, .cookie = run->cancelled || offline ? NULL : run->cookie,
        .flags = mig_flags_for_dest(run), .cancelled = run->cancelled, .dialect = run->dialect
    };
    if (ask(run->dst, VERB_migrate_finish, &in, &out, &why) && !run->cancelled && out.dom.name) {
        keep_cookie(run, out.cookie);
        run->landed = out.dom;
        run->result = MIG_ARRIVED;
        return true;
    }

    keep_cookie(run, NULL);
    dom_ref_clear(&out.dom);
    g_clear_pointer(&out.cookie, g_bytes_unref);
    if (why == NULL)
        fail(&why, VIR_ERR_OPERATION_FAILED, run->cancelled ? _("migration was cancelled")
                                                            : _("the destination did not return the domain"));
    if (!run->cancelled && is_dead(run->dst) && find_out(run, &why))
        return true;
    g_propagate_error(err, why);
    return false;
}

static bool
mig_confirm(MigRun *run, GError **err)
{
    bool arrived = run->result == MIG_ARRIVED;
    MigrateConfirmIn in = {
        .dom = run->dom, .params = run->now, .cookie = arrived ? run->cookie : NULL,
        .flags = mig_flags_for_source(run), .cancelled = !arrived, .dialect = run->dialect
    };
    NoneOut out;
    bool ok = ask(run->src, VERB_migrate_confirm, &in, &out, err);

    return run->result == MIG_IN_DOUBT ? settle_doubt(run, ok, err) : ok;
}
