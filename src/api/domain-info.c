/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/libvirt-domain.h>
#include <libvirt/libvirt-domain-snapshot.h>

#include <string.h>

#include "api/rim.h"
#include "util/err.h"

/* Verbs that answer a number. */
static int
get_number(ApiCall *call, VerbId verb, unsigned int flags)
{
    I32Out out = { 0 };

    return api_domain_verb(call, verb, flags, &out) ? out.value : api_fail(call);
}

/**
 * virDomainGetInfo:
 * @domain: a domain
 * @info: filled: state, memory in KiB, number of virtual CPUs, CPU time in nanoseconds
 *
 * Returns 0, or -1.
 *
 * Since: 0.0.3; procedure 16
 */
int
virDomainGetInfo(virDomainPtr domain, virDomainInfoPtr info)
{
    ApiCall call = API_DOMAIN(domain);
    DomainInfoOut out = { 0 };

    if (!api_need(&call, info) || !api_domain_verb(&call, VERB_domain_get_info, 0, &out))
        return api_fail(&call);
    *info = (virDomainInfo){
        .state = out.state,
        .maxMem = (unsigned long)out.max_mem,
        .memory = (unsigned long)out.memory,
        .nrVirtCpu = out.nr_virt_cpu,
        .cpuTime = out.cpu_time,
    };
    return 0;
}

/**
 * virDomainGetState:
 * @domain: a domain
 * @state: set to its virDomainState
 * @reason: set to the reason, of the enum that belongs to the state; may be NULL
 * @flags: none yet: 0
 *
 * Returns 0, or -1.
 *
 * Since: 0.9.2; procedure 212
 */
int
virDomainGetState(virDomainPtr domain, int *state, int *reason, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);
    StateOut out = { 0 };

    if (!api_need(&call, state) || !api_domain_verb(&call, VERB_domain_get_state, flags, &out))
        return api_fail(&call);
    *state = out.state;
    if (reason)
        *reason = out.reason;
    return 0;
}

/**
 * virDomainGetControlInfo:
 * @domain: a running domain
 * @info: filled: what the control channel is busy with, and since when in milliseconds
 * @flags: none yet: 0
 *
 * Returns 0, or -1.
 *
 * Since: 0.9.3; procedure 229
 */
int
virDomainGetControlInfo(virDomainPtr domain, virDomainControlInfoPtr info, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);
    ControlInfoOut out = { 0 };

    if (!api_need(&call, info) || !api_domain_verb(&call, VERB_domain_get_control_info, flags, &out))
        return api_fail(&call);
    *info = (virDomainControlInfo){ .state = out.state, .details = out.details, .stateTime = out.state_time };
    return 0;
}

/**
 * virDomainIsActive:
 * @dom: a domain
 *
 * Returns 1 when it runs or is paused, 0 when it is off, -1 on error.
 *
 * Since: 0.7.3; procedure 150
 */
int
virDomainIsActive(virDomainPtr dom)
{
    ApiCall call = API_DOMAIN(dom);

    return get_number(&call, VERB_domain_is_active, 0);
}

/**
 * virDomainIsPersistent:
 * @dom: a domain
 *
 * Returns 1 when it is defined, 0 when it is gone once it stops, -1 on error.
 *
 * Since: 0.7.3; procedure 151
 */
int
virDomainIsPersistent(virDomainPtr dom)
{
    ApiCall call = API_DOMAIN(dom);

    return get_number(&call, VERB_domain_is_persistent, 0);
}

/**
 * virDomainIsUpdated:
 * @dom: a domain
 *
 * Returns 1 when its definition was changed while it runs, 0 when not, -1 on error.
 *
 * Since: 0.8.6; procedure 202
 */
int
virDomainIsUpdated(virDomainPtr dom)
{
    ApiCall call = API_DOMAIN(dom);

    return get_number(&call, VERB_domain_is_updated, 0);
}

/**
 * virDomainHasManagedSaveImage:
 * @dom: a domain
 * @flags: none yet: 0
 *
 * Returns 1 when its memory was saved for the next start, 0 when not, -1 on error.
 *
 * Since: 0.8.0; procedure 183
 */
int
virDomainHasManagedSaveImage(virDomainPtr dom, unsigned int flags)
{
    ApiCall call = API_DOMAIN(dom);

    return get_number(&call, VERB_domain_has_managed_save_image, flags);
}

/**
 * virDomainSnapshotNum:
 * @domain: a domain
 * @flags: virDomainSnapshotListFlags
 *
 * Returns how many snapshots it has, or -1.
 *
 * Since: 0.8.0; procedure 187
 */
int
virDomainSnapshotNum(virDomainPtr domain, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);

    return get_number(&call, VERB_domain_snapshot_num, flags);
}

/**
 * virDomainGetAutostart:
 * @domain: a domain
 * @autostart: set to 1 when it is started with the host, else 0
 *
 * Returns 0, or -1.
 *
 * Since: 0.2.1; procedure 15
 */
int
virDomainGetAutostart(virDomainPtr domain, int *autostart)
{
    ApiCall call = API_DOMAIN(domain);
    I32Out out = { 0 };

    if (!api_need(&call, autostart) || !api_domain_verb(&call, VERB_domain_get_autostart, 0, &out))
        return api_fail(&call);
    *autostart = out.value;
    return 0;
}

/**
 * virDomainSetAutostart:
 * @domain: a defined domain
 * @autostart: shall it be started with the host?
 *
 * Returns 0, or -1: VIR_ERR_OPERATION_INVALID for a domain without definition.
 *
 * Since: 0.2.1; procedure 29
 */
int
virDomainSetAutostart(virDomainPtr domain, int autostart)
{
    ApiCall call = API_DOMAIN(domain);
    DomainI32In in = { .value = autostart != 0 };

    if (!call.err)
        in.dom = api_dom_ref(domain);
    return api_verb(&call, VERB_domain_set_autostart, &in, NULL) ? 0 : api_fail(&call);
}

/**
 * virDomainGetOSType:
 * @domain: a domain
 *
 * Returns "hvm", freed by the caller, or NULL.
 *
 * Since: 0.0.3; procedure 19
 */
char *
virDomainGetOSType(virDomainPtr domain)
{
    ApiCall call = API_DOMAIN(domain);
    TextOut out = { 0 };

    return api_domain_verb(&call, VERB_domain_get_os_type, 0, &out) ? out.text : api_fail_null(&call);
}

/**
 * virDomainGetMaxMemory:
 * @domain: a domain
 *
 * Returns how much memory it may have, in KiB; 0 on error.
 *
 * Since: 0.0.3; procedure 17
 */
unsigned long
virDomainGetMaxMemory(virDomainPtr domain)
{
    ApiCall call = API_DOMAIN(domain);
    U64Out out = { 0 };

    if (api_domain_verb(&call, VERB_domain_get_max_memory, 0, &out))
        return (unsigned long)out.value;
    api_fail(&call);
    return 0;
}

/**
 * virDomainGetSecurityLabel:
 * @domain: a running domain
 * @seclabel: filled; an empty label when the host confines nobody
 *
 * Returns 0, or -1.
 *
 * Since: 0.6.1; procedure 121
 */
int
virDomainGetSecurityLabel(virDomainPtr domain, virSecurityLabelPtr seclabel)
{
    ApiCall call = API_DOMAIN(domain);
    SecLabelOut out = { 0 };

    if (!api_need(&call, seclabel) || !api_domain_verb(&call, VERB_domain_get_security_label, 0, &out))
        return api_fail(&call);
    memset(seclabel, 0, sizeof(*seclabel));
    g_strlcpy(seclabel->label, out.label ? out.label : "", sizeof(seclabel->label));
    seclabel->enforcing = out.enforcing;
    g_free(out.label);
    return 0;
}

/**
 * virDomainGetMessages:
 * @domain: a domain
 * @msgs: set to a NULL-terminated list of sentences, list and sentences freed by the caller
 * @flags: virDomainMessageType; 0: all
 *
 * What an administrator should know about the domain: deprecated features, tainting.
 *
 * Returns how many there are, or -1.
 *
 * Since: 7.1.0; procedure 426
 */
int
virDomainGetMessages(virDomainPtr domain, char ***msgs, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);
    StrListOut out = { 0 };

    if (!api_need(&call, msgs) || !api_domain_verb(&call, VERB_domain_get_messages, flags, &out))
        return api_fail(&call);
    return api_take_strings(&out, msgs);
}
