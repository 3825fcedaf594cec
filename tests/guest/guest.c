/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The test guest: beats on the serial port, keeps a working set dirty, and notices when memory was lost.
 *
 * Serial output: one character a beat, walking through ALPHABET, so that a lost or repeated beat shows; and once in
 * REPORT_EVERY beats a line  "\n#beat e=errors k=kinds p=pass\n"  in hexadecimal.
 * Serial input: 'Q' powers off, 'R' resets, 'X' triple-faults. The ACPI power button powers off too.
 *
 * Memory: page i of the working set holds how often it was written. Pages are visited in turn, so that before its
 * next visit each must hold exactly `pass`; less is a write that a move lost, more is one that came twice. The cursor
 * itself lives in another page, so either side going stale shows. The filled area holds a pattern made from each
 * word's address and is verified, never written again.
 */
typedef unsigned char      u8;
typedef unsigned short     u16;
typedef unsigned int       u32;
typedef unsigned long long u64;

#define PAGE 4096u
#define ARENA 0x1000000u /* 16 MiB: above everything the firmware uses */
#define REPORT_EVERY 1024u
#define ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

#define COM1 0x3f8
#define PM1_STATUS 0x600 /* where SeaBIOS puts the power management ports of both PIIX4 and ICH9 */
#define PM1_ENABLE 0x602
#define PM1_CONTROL 0x604
#define POWER_BUTTON 0x100

enum { KIND_STALE = 1, KIND_REPEATED = 2, KIND_TORN = 4, KIND_FILL = 8 };

/* Patched by mkguest; must stay the first thing in the image's second sector. */
struct config {
    char magic[8];
    u32  beat_hz;
    u32  working_pages;
    u32  pages_per_second;
    u32  fill_pages;
    u32  fill_checks_per_beat;
};

__attribute__((section(".config"), used)) volatile struct config config = {
    .magic = "GODWITG", .beat_hz = 1000, .fill_checks_per_beat = 1,
};

struct page_mark {
    u32 index;
    u32 count;
};

/* All state that must survive a move, in one page of its own. */
static struct {
    u32 beat;
    u32 errors;
    u32 kinds;
    u32 pass;   /* how often every page before `cursor` has been written, less one */
    u32 cursor;
    u32 credit; /* pages owed, times beat_hz */
    u32 visited; /* pages written in this beat */
    u32 fill_cursor;
    u32 ready;
} state __attribute__((aligned(4096)));

struct gate {
    u16 low, selector;
    u8  zero, type;
    u16 high;
} __attribute__((packed));

static struct gate idt[256];

void guest_main(void);
void guest_tick(void);
void tick_entry(void);

static inline void
outb(u16 port, u8 value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void
outw(u16 port, u16 value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline u8
inb(u16 port)
{
    u8 value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline u16
inw(u16 port)
{
    u16 value;

    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void
put_char(char c)
{
    while (!(inb(COM1 + 5) & 0x20))
        ;
    outb(COM1, (u8)c);
}

static void
put_text(const char *text)
{
    while (*text)
        put_char(*text++);
}

static void
put_hex(u32 value, int digits)
{
    while (digits-- > 0)
        put_char("0123456789abcdef"[(value >> (digits * 4)) & 15]);
}

static void
note_error(u32 kind)
{
    state.errors++;
    state.kinds |= kind;
}

static u32
fill_word(u32 address)
{
    u32 x = address * 2654435761u ^ 0x9e3779b9u;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return x;
}

static volatile u32 *
fill_page(u32 index)
{
    return (volatile u32 *)(ARENA + (config.working_pages + index) * PAGE);
}

static void
make_fill(void)
{
    for (u32 page = 0; page < config.fill_pages; page++) {
        volatile u32 *word = fill_page(page);
        for (u32 i = 0; i < PAGE / 4; i++)
            word[i] = fill_word((u32)&word[i]);
    }
}

static void
check_fill(void)
{
    volatile u32 *word = fill_page(state.fill_cursor);

    for (u32 i = 0; i < PAGE / 4; i += 64) {
        if (word[i] != fill_word((u32)&word[i])) {
            note_error(KIND_FILL);
            break;
        }
    }
    state.fill_cursor = (state.fill_cursor + 1) % config.fill_pages;
}

static volatile struct page_mark *
mark_at(u32 page, u32 offset)
{
    return (volatile struct page_mark *)(ARENA + page * PAGE + offset);
}

static void
visit_page(u32 page)
{
    volatile struct page_mark *head = mark_at(page, 0);
    volatile struct page_mark *tail = mark_at(page, PAGE - sizeof(struct page_mark));

    if (head->index != page || tail->index != page || head->count != tail->count)
        note_error(KIND_TORN);
    else if (head->count < state.pass)
        note_error(KIND_STALE);
    else if (head->count > state.pass)
        note_error(KIND_REPEATED);
    head->index = tail->index = page;
    head->count = state.pass + 1;
    tail->count = state.pass + 1;
}

static void
dirty_working_set(void)
{
    state.credit += config.pages_per_second;
    state.visited = 0;
    while (state.credit >= config.beat_hz) {
        state.credit -= config.beat_hz;
        visit_page(state.cursor);
        state.visited++;
        if (++state.cursor == config.working_pages) {
            state.cursor = 0;
            state.pass++;
        }
    }
}

/*
 * QEMU before 9.0 loses writes of a guest under TCG: when migration reads the dirty bitmap it leaves the CPU's TLB as
 * it is, and further writes through an entry that is already writable are not noticed. So nothing that must survive
 * may be written through an old entry: the TLB is emptied before each beat's writes, and once more after them,
 * followed by writing the same values again. Changing CR4.PSE empties it; without paging it means nothing else.
 */
static void
empty_tlb(void)
{
    u32 cr4;

    __asm__ volatile("movl %%cr4, %0; xorl $0x10, %0; movl %0, %%cr4" : "=r"(cr4) : : "memory");
}

static void
write_again(void)
{
    volatile u32 *word = (volatile u32 *)&state;
    u32           page = state.cursor;

    empty_tlb();
    for (u32 i = 0; i < sizeof(state) / sizeof(u32); i++)
        word[i] = word[i];
    for (u32 n = state.visited; n > 0 && n <= config.working_pages; n--) {
        page = page ? page - 1 : config.working_pages - 1;
        mark_at(page, 0)->count = mark_at(page, 0)->count;
        mark_at(page, PAGE - sizeof(struct page_mark))->count = mark_at(page, PAGE - sizeof(struct page_mark))->count;
    }
}

static void
power_off(void)
{
    put_text("\n#off\n");
    outw(PM1_CONTROL, 0x2000); /* SLP_EN with SLP_TYP 0: soft off on both chipsets */
}

static void
obey_serial(void)
{
    static const struct { u16 limit; u32 base; } __attribute__((packed)) no_idt = { 0, 0 };

    if (!(inb(COM1 + 5) & 1))
        return;
    switch (inb(COM1)) {
    case 'Q':
        power_off();
        break;
    case 'R':
        outb(0xcf9, 6);
        break;
    case 'X':
        __asm__ volatile("lidt %0; int3" : : "m"(no_idt));
        break;
    }
}

static void
report(void)
{
    put_text("\n#");
    put_hex(state.beat, 8);
    put_text(" e=");
    put_hex(state.errors, 8);
    put_text(" k=");
    put_hex(state.kinds, 2);
    put_text(" p=");
    put_hex(state.pass, 8);
    put_char('\n');
}

void
guest_tick(void)
{
    outb(0x20, 0x20);
    if (!state.ready)
        return;
    empty_tlb();
    put_char(ALPHABET[state.beat % 64]);
    state.beat++;
    if (config.working_pages && config.pages_per_second)
        dirty_working_set();
    for (u32 i = 0; config.fill_pages && i < config.fill_checks_per_beat; i++)
        check_fill();
    write_again();
    if (state.beat % REPORT_EVERY == 0)
        report();
    if (inw(PM1_STATUS) & POWER_BUTTON) {
        outw(PM1_STATUS, POWER_BUTTON);
        power_off();
    }
    obey_serial();
}

static void
start_clock(void)
{
    const struct { u16 limit; u32 base; } __attribute__((packed)) descriptor = { sizeof(idt) - 1, (u32)idt };
    u32 entry = (u32)tick_entry;
    u32 divisor = 1193182 / config.beat_hz;

    idt[32] = (struct gate){ (u16)entry, 8, 0, 0x8e, (u16)(entry >> 16) };
    __asm__ volatile("lidt %0" : : "m"(descriptor));
    outb(0x20, 0x11); /* both interrupt controllers: vectors from 32, only the timer unmasked */
    outb(0xa0, 0x11);
    outb(0x21, 32);
    outb(0xa1, 40);
    outb(0x21, 4);
    outb(0xa1, 2);
    outb(0x21, 1);
    outb(0xa1, 1);
    outb(0x21, 0xfe);
    outb(0xa1, 0xff);
    outb(0x43, 0x34);
    outb(0x40, (u8)divisor);
    outb(0x40, (u8)(divisor >> 8));
}

void
guest_main(void)
{
    for (u32 page = 0; page < config.working_pages; page++) {
        mark_at(page, 0)->index = mark_at(page, PAGE - sizeof(struct page_mark))->index = page;
        mark_at(page, 0)->count = mark_at(page, PAGE - sizeof(struct page_mark))->count = 0;
    }
    outb(COM1 + 1, 0);
    outb(COM1 + 3, 0x03);
    outb(COM1 + 2, 0x01);
    put_text("#godwit test guest\n");
    make_fill();
    outw(PM1_ENABLE, POWER_BUTTON);
    start_clock();
    put_text("#ready\n");
    state.ready = 1;
    for (;;)
        __asm__ volatile("sti; hlt");
}
