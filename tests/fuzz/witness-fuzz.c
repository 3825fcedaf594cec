/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What anybody on the network may say to the migration witness, and to the migration URI parser. */
#include <stdint.h>
#include <string.h>

#include "qemu/via.h"
#include "qemu/witness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Exactly as long as what was said: reading beyond it is noticed. */
    g_autofree char *line = g_memdup2(data, size);
    g_autofree char *text = g_strndup((const char *)data, size);
    WitnessQuestion  question;
    ViaUri           uri = { 0 };

    if (size > 0 && witness_parse(line, size, &question) == WITNESS_LINE_OK && strlen(question.token) != WITNESS_TOKEN_LEN)
        g_error("a question that witness_parse() must not accept");
    if (via_uri_parse(text, &uri, NULL))
        via_uri_clear(&uri);
    return 0;
}
