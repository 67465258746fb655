/* manifest.c - lines of a backup's list. */
#include "store/manifest.h"

#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/json.h"
#include "base/limits.h"

#define FORMAT "huren-backup/1"

static enum err_code put_line(struct buf *b, const struct json *v, struct err *e)
{
	if (!v)
		return err_set(e, ERR_TOO_LARGE, "no memory for a line of the backup's list");
	TRY(json_put_jcs(b, v, e));
	buf_put_char(b, '\n');
	return buf_check(b, "list of the backup's files", e);
}

enum err_code manifest_put_head(struct buf *b, struct arena *a, const struct manifest_head *head,
	struct err *e)
{
	struct json *v = json_set_text(a, json_new_object(a), "format", FORMAT);
	char made[INSTANT_TEXT_BYTES];

	instant_format(head->made, made);
	v = json_set_text(a, v, "made", made);
	v = json_set_number(a, v, "entries", (double)head->entries);
	v = json_set(a, v, "with_keys", json_new_bool(a, head->with_keys));
	v = json_set_str(a, v, "checkpoint", head->checkpoint);
	v = json_set_str(a, v, "cosigned", head->cosigned);
	return put_line(b, v, e);
}

enum err_code manifest_put_file(struct buf *b, struct arena *a, const struct manifest_file *file,
	struct err *e)
{
	struct json *v = json_set_str(a, json_new_object(a), "path", file->path);

	v = json_set_number(a, v, "bytes", (double)file->bytes);
	v = json_set_str(a, v, "sha256", base64url_new(a, file->sha256.at, DIGEST_BYTES));
	return put_line(b, v, e);
}

enum err_code manifest_put_end(struct buf *b, struct arena *a, const struct manifest_end *end,
	struct err *e)
{
	struct json *v = json_set_number(a, json_new_object(a), "all_files", (double)end->files);

	return put_line(b, json_set_number(a, v, "all_bytes", (double)end->bytes), e);
}

bool manifest_path_is_safe(struct str path)
{
	struct str rest = path;

	if (path.len == 0 || path.len > LIMIT_ID_BYTES || !str_is_utf8(path))
		return false;
	for (size_t i = 0; i < path.len; i++)
		if ((uint8_t)path.at[i] < ' ' || path.at[i] == '\\' || path.at[i] == 0x7f)
			return false;
	while (rest.at) {
		struct str part = str_cut(&rest, '/');
		if (part.len == 0 || str_is(part, ".") || str_is(part, ".."))
			return false;
	}
	return true;
}

static enum err_code next_line(struct arena *a, struct str *rest, struct json **ret, struct err *e)
{
	struct str line;

	if (!rest->at || rest->len == 0)
		return err_set(e, ERR_INVALID, "list of the backup's files has no end");
	line = str_cut(rest, '\n');
	TRY(json_parse(a, line, ret, e));
	if (!json_is(*ret, JSON_OBJECT))
		return err_set(e, ERR_INVALID, "a line of the backup's list is no object");
	return ERR_OK;
}

enum err_code manifest_read_head(struct arena *a, struct str *rest, struct manifest_head *ret,
	struct err *e)
{
	struct manifest_head head = { 0 };
	struct str format, made;
	struct json *v;

	TRY(next_line(a, rest, &v, e));
	TRY(json_need_str(v, "format", &format, e));
	if (!str_is(format, FORMAT))
		return err_set(e, ERR_INVALID, "list of a backup is of another format than \""
			FORMAT "\"");
	TRY(json_need_str(v, "made", &made, e));
	TRY(instant_parse(made, &head.made, e));
	TRY(json_need_u64(v, "entries", &head.entries, e));
	TRY(json_need_str(v, "checkpoint", &head.checkpoint, e));
	TRY(json_need_str(v, "cosigned", &head.cosigned, e));
	head.with_keys = json_true(json_get(v, "with_keys"));
	*ret = head;
	return ERR_OK;
}

enum err_code manifest_read_file(struct arena *a, struct str *rest, struct manifest_file *ret,
	bool *ret_last, struct manifest_end *ret_end, struct err *e)
{
	struct manifest_file file = { 0 };
	struct manifest_end end = { 0 };
	struct str digest;
	struct json *v;

	TRY(next_line(a, rest, &v, e));
	if (json_get(v, "all_files")) {
		TRY(json_need_u64(v, "all_files", &end.files, e));
		TRY(json_need_u64(v, "all_bytes", &end.bytes, e));
		if (rest->len > 0)
			return err_set(e, ERR_INVALID, "list of the backup's files goes on behind "
				"its end");
		*ret_last = true;
		*ret_end = end;
		return ERR_OK;
	}
	TRY(json_need_str(v, "path", &file.path, e));
	if (!manifest_path_is_safe(file.path))
		return err_set(e, ERR_INVALID, "path \"%s\" leads out of the backup",
			str_quote(a, file.path));
	TRY(json_need_u64(v, "bytes", &file.bytes, e));
	TRY(json_need_str(v, "sha256", &digest, e));
	TRY(base64url_decode_fixed(digest, file.sha256.at, DIGEST_BYTES, e));
	*ret_last = false;
	*ret = file;
	return ERR_OK;
}
