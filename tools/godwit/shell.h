/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What every command of godwit is made of: rows of commands and options, the parsed command line, the connection,
 * and the ways to print. Commands live in cmd-*.c, one family per file; they see the public API and nothing else.
 * One thread runs commands; the event loop runs on a thread of its own (connection.c).
 */
#pragma once

#include <stdbool.h>

#include <glib.h>
#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

typedef struct Shell Shell;
typedef struct Cmd Cmd;

typedef enum { OPT_BOOL, OPT_STRING, OPT_NUMBER, OPT_ARGV } OptKind;

enum {
    OPT_REQUIRED   = 1 << 0, /* must be given; by position or by name */
    OPT_BY_NAME    = 1 << 1, /* never taken from the position */
    OPT_FILE       = 1 << 2, /* a file name: completed as such */
    OPT_EMPTY_OK   = 1 << 3, /* may be '' */
};

/* Words to complete; the caller frees. Runs on the reader's thread, connected or not. */
typedef char **(*Completer)(Shell *sh);

typedef struct {
    const char *name; /* NULL ends the rows */
    OptKind     kind;
    unsigned    flags;
    Completer   completer;
    const char *help; /* N_() */
} OptDef;

enum {
    CMD_OFFLINE = 1 << 0, /* needs no connection */
    CMD_ALIAS   = 1 << 1, /* not listed */
};

typedef struct {
    const char   *name; /* NULL ends the rows */
    const OptDef *options;
    bool        (*run)(Shell *sh, const Cmd *cmd);
    const char   *help; /* one line, N_() */
    const char   *text; /* description, N_() */
    unsigned      flags;
} CmdDef;

typedef struct {
    const char   *title; /* N_() */
    const char   *keyword;
    const CmdDef *families[10]; /* NULL ends them */
} CmdGroup;

extern const CmdGroup groups[]; /* ends with a NULL title */
extern const CmdDef   cmds_life[], cmds_define[], cmds_xml[], cmds_vcpu[], cmds_migrate[], cmds_tune[], cmds_job[];
extern const CmdDef   cmds_list[], cmds_info[], cmds_stats[], cmds_event[], cmds_host[], cmds_node[], cmds_shell[];
extern const CmdDef   cmds_pki[], cmds_cpu[], cmds_console[];

#define FOR_EACH_COMMAND(group, def)                                               \
    for (const CmdDef *const *family_ = (group)->families; *family_; family_++)    \
        for (const CmdDef *def = *family_; def->name; def++)

typedef struct {
    const OptDef *def;
    const char   *value; /* NULL for OPT_BOOL; borrowed from the command */
} OptValue;

struct Cmd {
    const CmdDef *def;
    GArray       *values; /* OptValue */
    GPtrArray    *words;  /* owns the strings */
};

struct Shell {
    /* fixed after start */
    bool   quiet, timing, interactive, json, read_only_wanted;
    int    keepalive_interval, keepalive_count; /* -1: default */
    int    debug;
    char   escape;
    /* changed by commands */
    virConnectPtr conn;
    char         *uri; /* NULL: default */
    bool          read_only;
    gint          dropped; /* atomic: connection lost, reason + 1 */
    bool          quit;
    JsonBuilder  *out; /* open object of the running command with --output json */
    bool          out_root_taken;
};

/* shell.c */
const CmdDef   *shell_find_command(const char *name);
const CmdGroup *shell_find_group(const char *name);
/* One or several commands separated by ';'. */
bool            shell_run_text(Shell *sh, const char *text);
bool            shell_run_words(Shell *sh, char **words);

/* connection.c */
void shell_start_events(void);
bool shell_connect(Shell *sh, const char *uri, bool read_only);
void shell_disconnect(Shell *sh);
/* A connection that works, or an error. */
bool shell_need_connection(Shell *sh);

/* interactive.c, complete.c */
int  shell_interactive(Shell *sh);
void complete_start(Shell *sh);

/* parse.c: NULL: the error has been said. */
GPtrArray *parse_line(const char *line, bool *ret_ok); /* array of GStrv */
Cmd       *cmd_bind(char **words);
void       cmd_free(Cmd *cmd);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cmd, cmd_free)

/* opts.c */
bool        opt_bool(const Cmd *cmd, const char *name);
const char *opt_string(const Cmd *cmd, const char *name); /* NULL: not given */
/* False after saying why; *ret untouched when not given. */
bool        opt_int(const Cmd *cmd, const char *name, int *ret);
bool        opt_uint(const Cmd *cmd, const char *name, unsigned int *ret);
bool        opt_ull(const Cmd *cmd, const char *name, unsigned long long *ret);
/* All values of an OPT_ARGV; NULL-terminated, array to be freed, strings borrowed. */
const char **opt_argv(const Cmd *cmd, const char *name);
/* Bits of all flags in rows that were given. */
typedef struct { const char *name; unsigned bit; } OptFlag;
unsigned    opt_flags(const Cmd *cmd, const OptFlag *rows);
/* True when at most one of the two was given; says so otherwise. */
bool        opt_exclusive(const Cmd *cmd, const char *a, const char *b);

/* out.c */
void say(Shell *sh, const char *fmt, ...) G_GNUC_PRINTF(2, 3);       /* not with --quiet */
void print(Shell *sh, const char *fmt, ...) G_GNUC_PRINTF(2, 3);     /* text only */
/* The label filled up to width cells, which are not bytes, then the rest. */
void print_padded(Shell *sh, int width, const char *label, const char *fmt, ...) G_GNUC_PRINTF(4, 5);
int  cell_width(const char *text);
void complain(const char *fmt, ...) G_GNUC_PRINTF(1, 2);             /* "error: ..." on stderr */
void complain_last_error(void);                                      /* and the library's reason */
/* A failure that was expected or has been said. */
void forget_error(void);
/* From here on failures of the library are kept for complain_last_error(), each thread's own: freeing a domain on the
 * way out makes the library forget. */
void keep_errors(void);
void note(Shell *sh, int level, const char *fmt, ...) G_GNUC_PRINTF(3, 4); /* -d */
/* "Label:         value", or a member of the JSON object. width: of the label column with its blank. */
void pair(Shell *sh, int width, const char *label, const char *key, const char *fmt, ...) G_GNUC_PRINTF(5, 6);
void pair_number(Shell *sh, int width, const char *label, const char *key, guint64 number, const char *unit);
void json_string(Shell *sh, const char *key, const char *value);
void json_number(Shell *sh, const char *key, guint64 value);
void json_flag(Shell *sh, const char *key, bool value);
/* The value as text of its own, or as the member. Adds the line's end when the text has none. */
void text(Shell *sh, const char *key, const char *value);
void out_begin(Shell *sh);
void out_end(Shell *sh);
void typed_param_json(Shell *sh, const char *key, const virTypedParameter *param);
char *typed_param_text(const virTypedParameter *param);
/* "1.234 MiB": value and unit as virsh shows sizes. */
double scale_size(guint64 bytes, const char **ret_unit);

/* "yy--" or "0-1" */
char *cpu_map_text(const unsigned char *map, int n, bool pretty);

/* table.c */
typedef struct Table Table;
Table *table_new(const char *key, ...) G_GNUC_NULL_TERMINATED; /* JSON member of each row, column title, ... */
void   table_row(Table *table, ...) G_GNUC_NULL_TERMINATED;
void   table_print(Shell *sh, const Table *table, const char *key);
char  *table_text(const Table *table, bool header);
void   table_free(Table *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Table, table_free)

/* names.c */
const char *name_domain_state(int state);
const char *name_domain_reason(int state, int reason);
const char *name_job_type(int type);
const char *name_job_operation(int operation);
const char *name_lifecycle(int event);
const char *name_lifecycle_detail(int event, int detail);
const char *name_control_state(int state);
const char *name_vcpu_state(int state);

/* domains.c */
virDomainPtr need_domain(Shell *sh, const Cmd *cmd);
enum { BY_ID = 1, BY_UUID = 2, BY_NAME = 4 };
virDomainPtr need_domain_by(Shell *sh, const Cmd *cmd, const char *option, unsigned how);
char       **complete_domains(Shell *sh);
char       **complete_active(Shell *sh);
char       **complete_inactive(Shell *sh);
/* NULL after saying why. */
char        *read_file(const char *path);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virDomain, virDomainFree)

#define OPT_DOMAIN                                                                                            \
    { "domain", OPT_STRING, OPT_REQUIRED, complete_domains, N_("domain name, id or uuid") }
#define OPT_DOMAIN_OF(who)                                                                                    \
    { "domain", OPT_STRING, OPT_REQUIRED, who, N_("domain name, id or uuid") }
#define OPT_END { NULL }
