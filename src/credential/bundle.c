/* bundle.c - writing and reading the bundle file; whether it is true is told by bundle_check.c. */
#include "credential/bundle.h"

#include <string.h>

#include "base/encode.h"
#include "credential/bundle_inner.h"

#define BUNDLE_TYPE "HurenBundle"
#define BUNDLE_VERSION 1
#define FRAME_MEMBERS 4
#define PART_MEMBERS 5

/* ---- writing ------------------------------------------------------------------------------- */

static enum err_code put_part(struct buf *b, const struct bundle_part *p, size_t checkpoint_count)
{
	CHECK(p->checkpoint < checkpoint_count);
	CHECK(p->path.count <= LIMIT_PROOF_HASHES);
	buf_put_text(b, "{\"checkpoint\":");
	buf_put_u64(b, p->checkpoint);
	buf_put_text(b, ",\"index\":");
	buf_put_u64(b, p->index);
	buf_put_text(b, ",\"path\":[");
	for (uint32_t i = 0; i < p->path.count; i++) {
		buf_put_text(b, i > 0 ? ",\"" : "\"");
		base64_put(b, p->path.hashes[i].at, DIGEST_BYTES);
		buf_put_char(b, '"');
	}
	buf_put_text(b, "],\"receipt\":");
	buf_put_str(b, p->receipt);
	buf_put_text(b, ",\"statement\":");
	buf_put_str(b, p->statement);
	buf_put_char(b, '}');
	return ERR_OK;
}

enum err_code bundle_put(struct buf *b, const struct bundle_part *parts, size_t part_count,
	const struct str *checkpoints, size_t checkpoint_count, struct err *e)
{
	size_t before = b->len;

	CHECK(part_count > 0);
	CHECK(checkpoint_count > 0);
	if (part_count > LIMIT_BUNDLE_STATEMENTS)
		return err_set(e, ERR_TOO_LARGE, "bundle of %zu statements is over %d", part_count,
			LIMIT_BUNDLE_STATEMENTS);
	buf_put_text(b, "{\"checkpoints\":[");
	for (size_t i = 0; i < checkpoint_count; i++) {
		struct json note = { .type = JSON_STRING, .string = checkpoints[i] };
		if (i > 0)
			buf_put_char(b, ',');
		TRY(json_put_jcs(b, &note, e));
	}
	buf_put_text(b, "],\"parts\":[");
	for (size_t i = 0; i < part_count; i++) {
		if (i > 0)
			buf_put_char(b, ',');
		TRY(put_part(b, &parts[i], checkpoint_count));
	}
	buf_put_text(b, "],\"type\":\"" BUNDLE_TYPE "\",\"version\":");
	buf_put_u64(b, BUNDLE_VERSION);
	buf_put_char(b, '}');
	TRY(buf_check(b, "bundle", e));
	if (b->len - before > LIMIT_BUNDLE_BYTES)
		return err_set(e, ERR_TOO_LARGE, "bundle of %zu bytes is over %d", b->len - before,
			LIMIT_BUNDLE_BYTES);
	return ERR_OK;
}

/* ---- reading ------------------------------------------------------------------------------- */

struct reader {
	struct arena *a;
	struct str text;
	struct bundle_file *file;
};

static enum err_code no_memory(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "bundle does not fit in memory");
}

static enum err_code read_path(struct reader *r, const struct json *list,
	struct bundle_statement *ret, struct err *e)
{
	size_t count = json_count(list);

	if (count > LIMIT_PROOF_HASHES)
		return err_set(e, ERR_TOO_LARGE, "path of %zu hashes is over %d", count,
			LIMIT_PROOF_HASHES);
	ret->path = ARENA_ARRAY(r->a, struct digest, count);
	if (!ret->path)
		return no_memory(e);
	ret->path_count = (uint32_t)count;
	for (size_t i = 0; i < count; i++) {
		struct str hash = json_str(json_at(list, i));
		if (base64_decode_fixed(hash, ret->path[i].at, DIGEST_BYTES, e) != ERR_OK)
			return err_in(e, "hash %zu of the path", i + 1);
	}
	return ERR_OK;
}

static enum err_code read_receipt(struct reader *r, const struct json *v,
	struct bundle_statement *ret, struct err *e)
{
	ret->entry = json_bytes(r->text, v);
	if (!v->canonical)
		TRY(json_jcs(r->a, v, &ret->entry, e));
	return receipt_parse(r->a, ret->entry, &ret->receipt, e);
}

static enum err_code read_part(struct reader *r, const struct json *v, struct bundle_statement *ret,
	struct err *e)
{
	const struct json *statement, *receipt, *path;
	uint64_t checkpoint;

	TRY(json_need(v, "statement", JSON_OBJECT, &statement, e));
	TRY(json_need(v, "receipt", JSON_OBJECT, &receipt, e));
	TRY(json_need(v, "path", JSON_ARRAY, &path, e));
	TRY(json_need_u64(v, "index", &ret->index, e));
	TRY(json_need_u64(v, "checkpoint", &checkpoint, e));
	if (json_count(v) != PART_MEMBERS)
		return err_set(e, ERR_INVALID, "it has a member that is not known");
	if (checkpoint >= r->file->checkpoint_count)
		return err_set(e, ERR_INVALID, "checkpoint %llu is not in the bundle",
			(unsigned long long)checkpoint);
	ret->checkpoint = (uint32_t)checkpoint;
	if (statement_from_json(r->a, r->text, statement, &ret->statement, e) != ERR_OK)
		return err_in(e, "statement");
	if (read_receipt(r, receipt, ret, e) != ERR_OK)
		return err_in(e, "receipt");
	return read_path(r, path, ret, e);
}

static enum err_code read_checkpoints(struct reader *r, const struct json *list, struct err *e)
{
	size_t count = json_count(list);

	/* Each is used by a part, so there cannot be more of them. */
	if (count == 0 || count > LIMIT_BUNDLE_STATEMENTS)
		return err_set(e, ERR_INVALID, "\"checkpoints\" does not list 1 to %d notes",
			LIMIT_BUNDLE_STATEMENTS);
	r->file->checkpoints = ARENA_ARRAY(r->a, struct bundle_checkpoint, count);
	if (!r->file->checkpoints)
		return no_memory(e);
	for (size_t i = 0; i < count; i++) {
		struct str note = json_str(json_at(list, i));
		if (!note.at)
			return err_set(e, ERR_INVALID, "checkpoint %zu is not a string", i + 1);
		r->file->checkpoints[i].bytes = note;
	}
	r->file->checkpoint_count = (uint32_t)count;
	return ERR_OK;
}

static enum err_code read_parts(struct reader *r, const struct json *list, struct err *e)
{
	size_t count = json_count(list);
	bool *used = ARENA_ARRAY(r->a, bool, r->file->checkpoint_count);

	if (count == 0)
		return err_set(e, ERR_INVALID, "\"parts\" is empty");
	if (count > LIMIT_BUNDLE_STATEMENTS)
		return err_set(e, ERR_TOO_LARGE, "bundle of %zu statements is over %d", count,
			LIMIT_BUNDLE_STATEMENTS);
	r->file->parts = ARENA_ARRAY(r->a, struct bundle_statement, count);
	if (!r->file->parts || !used)
		return no_memory(e);
	r->file->part_count = (uint32_t)count;
	for (size_t i = 0; i < count; i++) {
		if (read_part(r, json_at(list, i), &r->file->parts[i], e) != ERR_OK)
			return err_in(e, "part %zu", i + 1);
		used[r->file->parts[i].checkpoint] = true;
	}
	for (uint32_t i = 0; i < r->file->checkpoint_count; i++) {
		if (!used[i])
			return err_set(e, ERR_INVALID, "no part is proven by checkpoint %u", i + 1);
	}
	return ERR_OK;
}

enum err_code bundle_read(struct arena *a, struct str bytes, struct bundle_file *ret, struct err *e)
{
	struct bundle_file file = { 0 };
	struct reader r = { a, bytes, &file };
	const struct json *checkpoints, *parts;
	struct str type;
	uint64_t version;
	struct json *v;

	if (bytes.len > LIMIT_BUNDLE_BYTES)
		return err_set(e, ERR_TOO_LARGE, "bundle of %zu bytes is over %d", bytes.len,
			LIMIT_BUNDLE_BYTES);
	TRY(json_parse(a, bytes, &v, e));
	TRY(json_need_str(v, "type", &type, e));
	if (!str_is(type, BUNDLE_TYPE))
		return err_set(e, ERR_INVALID, "\"type\" is not " BUNDLE_TYPE);
	TRY(json_need_u64(v, "version", &version, e));
	if (version != BUNDLE_VERSION)
		return err_set(e, ERR_UNSUPPORTED, "bundle of version %llu cannot be read here",
			(unsigned long long)version);
	TRY(json_need(v, "checkpoints", JSON_ARRAY, &checkpoints, e));
	TRY(json_need(v, "parts", JSON_ARRAY, &parts, e));
	if (json_count(v) != FRAME_MEMBERS)
		return err_set(e, ERR_INVALID, "bundle has a member that is not known");
	TRY(read_checkpoints(&r, checkpoints, e));
	TRY(read_parts(&r, parts, e));
	*ret = file;
	return ERR_OK;
}
