/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/libvirt-domain.h>

#include "api/stream-private.h"

static int
open_device(ApiCall *call, VerbId verb, const char *device, virStreamPtr st, unsigned int flags)
{
    FlowOut      out = { NULL };
    OpenDeviceIn in = { .device = (char *)device, .flags = flags };

    api_trace(call, "device=%s, stream=%p, flags=0x%x", device ? device : "(first)", (void *)st, flags);
    if (!api_stream_is_free(call, st, call->conn))
        return api_fail(call);
    in.dom = api_dom_ref(call->domain);
    if (!api_verb(call, verb, &in, &out) || !api_stream_open(call, st, out.flow))
        return api_fail(call);
    return 0;
}

/**
 * virDomainOpenConsole:
 * @dom: a running domain
 * @dev_name: alias of one of its consoles, serial or parallel devices, or NULL: the first console, else the first
 *            serial device
 * @st: a new stream
 * @flags: virDomainConsoleFlags
 *
 * Connects the stream with what the guest has on that device, which must be of type 'pty' or 'unix'. What the guest
 * says while nobody is connected is not kept. A device has one user at a time: with VIR_DOMAIN_CONSOLE_FORCE the present
 * one is thrown out. VIR_DOMAIN_CONSOLE_SAFE asks for that promise, which is always kept here. The data ends when the
 * guest stops, or runs on another host.
 *
 * Returns 0, or -1: VIR_ERR_OPERATION_FAILED when the device is in use, VIR_ERR_OPERATION_INVALID when the domain is not
 * running, VIR_ERR_INTERNAL_ERROR (as libvirt has it) when there is no such device.
 *
 * Since: 0.8.6
 */
int
virDomainOpenConsole(virDomainPtr dom, const char *dev_name, virStreamPtr st, unsigned int flags)
{
    ApiCall call = API_DOMAIN(dom);

    return open_device(&call, VERB_domain_open_console, dev_name, st, flags);
}

/**
 * virDomainOpenChannel:
 * @dom: a running domain
 * @name: target name or alias of one of its channels, or NULL: the first
 * @st: a new stream
 * @flags: virDomainChannelFlags
 *
 * The same for a channel of type 'unix'; see virDomainOpenConsole().
 *
 * Returns 0, or -1.
 *
 * Since: 1.0.2
 */
int
virDomainOpenChannel(virDomainPtr dom, const char *name, virStreamPtr st, unsigned int flags)
{
    ApiCall call = API_DOMAIN(dom);

    return open_device(&call, VERB_domain_open_channel, name, st, flags);
}
