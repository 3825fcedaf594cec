/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * First sector of the test guest: loads the rest of itself with the BIOS, enters flat 32-bit protected mode and
 * calls guest_main(). The configuration block that `mkguest` patches stands at the start of the second sector.
 */
    .code16
    .section .boot, "ax"
    .globl _start
_start:
    ljmp    $0, $1f
1:  cli
    xorw    %ax, %ax
    movw    %ax, %ds
    movw    %ax, %es
    movw    %ax, %ss
    movw    $0x7c00, %sp
    sti
    movw    $packet, %si
    movb    $0x42, %ah          /* extended read: LBA, as SeaBIOS offers it for IDE, virtio and SATA alike */
    int     $0x13
    jc      fail
    cli
    inb     $0x92, %al          /* A20 by the fast gate */
    orb     $2, %al
    andb    $0xfe, %al
    outb    %al, $0x92
    lgdt    gdt_descriptor
    movl    %cr0, %eax
    orl     $1, %eax
    movl    %eax, %cr0
    ljmp    $8, $protected

fail:
    movw    $0x0e21, %ax        /* '!' on the screen; nothing else can be done without a disk */
    int     $0x10
2:  hlt
    jmp     2b

packet:
    .byte   16, 0
    .word   SECTORS
    .word   0x7e00, 0
    .quad   1

    .balign 8
gdt:
    .quad   0
    .quad   0x00cf9a000000ffff  /* code, flat */
    .quad   0x00cf92000000ffff  /* data, flat */
gdt_descriptor:
    .word   . - gdt - 1
    .long   gdt

    .code32
protected:
    movw    $16, %ax
    movw    %ax, %ds
    movw    %ax, %es
    movw    %ax, %fs
    movw    %ax, %gs
    movw    %ax, %ss
    movl    $0x7c00, %esp
    call    guest_main
3:  hlt
    jmp     3b

    .org    510
    .word   0xaa55

    .section .text
    .globl tick_entry
tick_entry:
    pusha
    call    guest_tick
    popa
    iret

    .section .note.GNU-stack, "", @progbits
