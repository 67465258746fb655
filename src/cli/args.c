/* args.c - see cli.h: arguments, files and output of every command. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/scoped.h"
#include "cli/cli.h"

static void drop(struct args *args, int at, int count)
{
	for (int i = at; i + count < args->count; i++)
		args->at[i] = args->at[i + count];
	args->count -= count;
}

bool args_flag(struct args *args, const char *name)
{
	for (int i = 0; i < args->count; i++) {
		if (strcmp(args->at[i], name) == 0) {
			drop(args, i, 1);
			return true;
		}
	}
	return false;
}

const char *args_value(struct args *args, const char *name)
{
	size_t len = strlen(name);
	for (int i = 0; i < args->count; i++) {
		char *word = args->at[i];
		if (strncmp(word, name, len) != 0)
			continue;
		if (word[len] == '=') {
			drop(args, i, 1);
			return word + len + 1;
		}
		if (word[len] == '\0' && i + 1 < args->count) {
			const char *value = args->at[i + 1];
			drop(args, i, 2);
			return value;
		}
	}
	return NULL;
}

enum err_code args_need(struct args *args, const char *name, const char **ret, struct err *e)
{
	const char *value = args_value(args, name);
	if (!value) {
		args->wrong_use = true;
		(void)err_set(e, ERR_INVALID, "option %s is missing", name);
		return err_hint(e, "Run \"huren %s --help\".", args->command);
	}
	*ret = value;
	return ERR_OK;
}

const char *args_word(struct args *args)
{
	for (int i = 0; i < args->count; i++) {
		if (strncmp(args->at[i], "--", 2) != 0) {
			const char *word = args->at[i];
			drop(args, i, 1);
			return word;
		}
	}
	return NULL;
}

enum err_code args_need_word(struct args *args, const char *what, const char **ret, struct err *e)
{
	const char *word = args_word(args);
	if (!word) {
		args->wrong_use = true;
		(void)err_set(e, ERR_INVALID, "%s is missing", what);
		return err_hint(e, "Run \"huren %s --help\".", args->command);
	}
	*ret = word;
	return ERR_OK;
}

enum err_code args_end(struct args *args, struct err *e)
{
	if (args->count == 0)
		return ERR_OK;
	args->wrong_use = true;
	(void)err_set(e, ERR_INVALID, "argument \"%s\" is not understood", args->at[0]);
	return err_hint(e, "Run \"huren %s --help\".", args->command);
}

/* "add, list" */
static const char *names_of(struct arena *a, const struct subcommand *table, size_t count)
{
	const char *list = table[0].name;
	for (size_t i = 1; i < count && list; i++)
		list = arena_printf(a, "%s, %s", list, table[i].name);
	return list ? list : "";
}

enum err_code args_run(struct args *args, struct arena *a, const struct subcommand *table,
	size_t count, struct err *e)
{
	const char *word = args_word(args);
	for (size_t i = 0; word && i < count; i++)
		if (strcmp(word, table[i].name) == 0)
			return table[i].run(args, a, e);
	args->wrong_use = true;
	(void)err_set(e, ERR_INVALID, "\"%s%s%s\" is none of %s", args->command,
		word ? " " : "", word ? word : "", names_of(a, table, count));
	return err_hint(e, "Run \"huren %s --help\".", args->command);
}

void cli_keep_private(void)
{
	(void)umask(077);
}

enum err_code cli_print_json(const struct json *v, struct err *e)
{
	SCOPED_BUF b;
	buf_init(&b, (size_t)64 << 20);
	TRY(json_put_pretty(&b, v, e));
	buf_put_char(&b, '\n');
	TRY(buf_check(&b, "output", e));
	return cli_write(NULL, buf_str(&b), 0, e);
}

static enum err_code read_stream(struct arena *a, FILE *in, size_t max, struct str *ret,
	struct err *e)
{
	char *at = arena_alloc(a, max + 1);
	if (!at)
		return err_set(e, ERR_TOO_LARGE, "no room for %zu bytes of input", max);
	size_t len = fread(at, 1, max + 1, in);
	if (ferror(in))
		return err_set(e, ERR_IO, "could not read standard input: %s", err_errno());
	if (len > max)
		return err_set(e, ERR_TOO_LARGE, "input is longer than %zu bytes", max);
	*ret = (struct str){ at, len };
	return ERR_OK;
}

enum err_code cli_read(struct arena *a, const char *path, size_t max, struct str *ret,
	struct err *e)
{
	if (strcmp(path, "-") == 0)
		return read_stream(a, stdin, max, ret, e);
	return io_read_file(a, path, max, ret, e);
}

enum err_code cli_write(const char *path, struct str bytes, unsigned mode, struct err *e)
{
	if (path && strcmp(path, "-") != 0)
		return io_write_durable(path, bytes, mode, e);
	if (fwrite(bytes.at, 1, bytes.len, stdout) != bytes.len || fflush(stdout) != 0)
		return err_set(e, ERR_IO, "could not write to standard output: %s", err_errno());
	return ERR_OK;
}

enum err_code cli_passphrase(struct args *args, struct arena *a, struct str *ret, struct err *e)
{
	const char *path = args_value(args, "--passphrase-file");
	*ret = STR("");
	if (!path)
		return ERR_OK;
	struct str text;
	TRY(io_read_file(a, path, 4096, &text, e));
	*ret = str_cut(&text, '\n');
	if (ret->len == 0)
		return err_set(e, ERR_INVALID, "passphrase file \"%s\" has an empty first line",
			path);
	return ERR_OK;
}
