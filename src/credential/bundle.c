/* bundle.c - writing and reading the bundle file; the checks are in bundle_check.c. */
#include "credential/bundle_inner.h"

#include <string.h>

#include "base/encode.h"

#define BUNDLE_TYPE "HurenBundle"
#define BUNDLE_VERSION 1

/* ---- writing ----------------------------------------------------------------------------- */

static enum err_code put_string(struct buf *b, struct str text, struct err *e)
{
	struct json v = { .type = JSON_STRING, .string = text };
	return json_put_jcs(b, &v, e);
}

static void put_part(struct buf *b, const struct bundle_part *p)
{
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
}

enum err_code bundle_put(struct buf *b, const struct bundle_part *parts, size_t part_count,
	const struct str *checkpoints, size_t checkpoint_count, struct err *e)
{
	CHECK(part_count > 0 && checkpoint_count > 0);
	if (part_count > LIMIT_BUNDLE_STATEMENTS)
		return err_set(e, ERR_TOO_LARGE, "bundle of %zu statements is over %d", part_count,
			LIMIT_BUNDLE_STATEMENTS);
	buf_put_text(b, "{\"checkpoints\":[");
	for (size_t i = 0; i < checkpoint_count; i++) {
		if (i > 0)
			buf_put_char(b, ',');
		TRY(put_string(b, checkpoints[i], e));
	}
	buf_put_text(b, "],\"parts\":[");
	for (size_t i = 0; i < part_count; i++) {
		CHECK(parts[i].checkpoint < checkpoint_count);
		if (i > 0)
			buf_put_char(b, ',');
		put_part(b, &parts[i]);
	}
	buf_printf(b, "],\"type\":\"" BUNDLE_TYPE "\",\"version\":%d}", BUNDLE_VERSION);
	return buf_check(b, "bundle", e);
}

/* ---- reading ----------------------------------------------------------------------------- */

static enum err_code read_path(struct arena *a, const struct json *list, struct merkle_proof *ret,
	struct err *e)
{
	if (json_count(list) > LIMIT_PROOF_HASHES)
		return err_set(e, ERR_TOO_LARGE, "inclusion path of %zu hashes is over %d",
			json_count(list),
			LIMIT_PROOF_HASHES);
	ret->count = (uint32_t)json_count(list);
	for (uint32_t i = 0; i < ret->count; i++) {
		struct str bytes;
		TRY(base64_decode(a, json_str(json_at(list, i)), &bytes, e));
		if (bytes.len != DIGEST_BYTES)
			return err_set(e, ERR_INVALID, "hash %u of the inclusion path has %zu "
				"bytes", i + 1,
				bytes.len);
		memcpy(ret->hashes[i].at, bytes.at, DIGEST_BYTES);
	}
	return ERR_OK;
}

static enum err_code read_receipt(struct arena *a, struct str text, const struct json *v,
	struct bundle_read_part *ret, struct err *e)
{
	ret->entry = json_bytes(text, v);
	if (!v->canonical)
		TRY(json_jcs(a, v, &ret->entry, e));
	return receipt_parse(a, ret->entry, &ret->receipt, e);
}

static enum err_code read_part(struct arena *a, struct str text, const struct json *v,
	size_t checkpoint_count, struct bundle_read_part *ret, struct err *e)
{
	const struct json *statement, *receipt, *path;
	uint64_t checkpoint;
	TRY(json_need(v, "statement", JSON_OBJECT, &statement, e));
	TRY(json_need(v, "receipt", JSON_OBJECT, &receipt, e));
	TRY(json_need(v, "path", JSON_ARRAY, &path, e));
	TRY(json_need_u64(v, "index", &ret->index, e));
	TRY(json_need_u64(v, "checkpoint", &checkpoint, e));
	if (checkpoint >= checkpoint_count)
		return err_set(e, ERR_INVALID, "names checkpoint %llu of %zu",
			(unsigned long long)checkpoint, checkpoint_count);
	ret->checkpoint = (uint32_t)checkpoint;
	TRY(statement_from_json(a, text, statement, &ret->statement, e));
	TRY(read_receipt(a, text, receipt, ret, e));
	return read_path(a, path, &ret->path, e);
}

static enum err_code read_frame(const struct json *v, const struct json **ret_notes,
	const struct json **ret_parts, struct err *e)
{
	struct str type;
	uint64_t version;
	TRY(json_need_str(v, "type", &type, e));
	if (!str_is(type, BUNDLE_TYPE))
		return err_set(e, ERR_INVALID, "\"type\" is not " BUNDLE_TYPE);
	TRY(json_need_u64(v, "version", &version, e));
	if (version != BUNDLE_VERSION)
		return err_set(e, ERR_UNSUPPORTED, "bundle version %llu is not known",
			(unsigned long long)version);
	TRY(json_need(v, "checkpoints", JSON_ARRAY, ret_notes, e));
	TRY(json_need(v, "parts", JSON_ARRAY, ret_parts, e));
	if (json_count(*ret_notes) == 0 || json_count(*ret_parts) == 0)
		return err_set(e, ERR_INVALID, "bundle has no checkpoint or no statement");
	if (json_count(*ret_notes) > BUNDLE_CHECKPOINTS_MAX)
		return err_set(e, ERR_TOO_LARGE, "bundle of %zu checkpoints is over %d",
			json_count(*ret_notes), BUNDLE_CHECKPOINTS_MAX);
	if (json_count(*ret_parts) > LIMIT_BUNDLE_STATEMENTS)
		return err_set(e, ERR_TOO_LARGE, "bundle of %zu statements is over %d",
			json_count(*ret_parts), LIMIT_BUNDLE_STATEMENTS);
	return ERR_OK;
}

enum err_code bundle_read(struct arena *a, struct str bytes, struct bundle_read *ret, struct err *e)
{
	struct json *v;
	const struct json *notes, *parts;
	if (bytes.len > LIMIT_BUNDLE_BYTES)
		return err_set(e, ERR_TOO_LARGE, "bundle of %zu bytes is over %d", bytes.len,
			LIMIT_BUNDLE_BYTES);
	TRY(json_parse(a, bytes, &v, e));
	TRY(read_frame(v, &notes, &parts, e));
	ret->checkpoint_count = json_count(notes);
	for (size_t i = 0; i < ret->checkpoint_count; i++) {
		ret->checkpoints[i].bytes = json_str(json_at(notes, i));
		if (!ret->checkpoints[i].bytes.at)
			return err_set(e, ERR_INVALID, "checkpoint %zu of the bundle is no string",
				i);
	}
	ret->part_count = json_count(parts);
	ret->parts = ARENA_ARRAY(a, struct bundle_read_part, ret->part_count);
	if (!ret->parts)
		return err_set(e, ERR_TOO_LARGE, "bundle is too large");
	for (size_t i = 0; i < ret->part_count; i++) {
		if (read_part(a, bytes, json_at(parts, i), ret->checkpoint_count, &ret->parts[i],
			e) !=
			ERR_OK)
			return err_in(e, "part %zu", i);
	}
	return ERR_OK;
}
