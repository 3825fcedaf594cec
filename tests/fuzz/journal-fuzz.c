/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Migration journals as somebody else might have left them in our directory. */
#include <stdint.h>

#include "qemu/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(JournalRecord) record = journal_parse((const char *)data, size, NULL);

    if (record && (!record->id || !record->uuid || record->outcome >= OUTCOME_LAST))
        g_error("a record that journal_parse() must not make");
    return 0;
}
