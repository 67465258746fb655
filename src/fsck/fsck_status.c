/* fsck_status.c - the node's status lists against its status changes, bit by bit.
 *
 * For each list (subject id) the newest statement counts. A bit must be set exactly when the newest
 * status change of the statement that holds its index says withdrawn (purpose revocation) or
 * suspended (purpose suspension).
 */
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/encode.h"
#include "fsck/fsck_inner.h"

#define LISTS_MAX 64
#define BITS_BYTES (LIMIT_STATUS_LIST_ENTRIES / 8)

struct list {
	struct str id;             /* of the subject */
	struct str purpose;
	uint8_t *is;               /* bits of the newest version */
	uint8_t *must;             /* bits that the status changes ask for */
};
struct lists {
	uint32_t count;
	struct list at[LISTS_MAX];
};

/* The list whose subject is `url` itself or `url` with a fragment. */
static struct list *find_list(struct lists *lists, struct str url, struct str purpose)
{
	for (uint32_t i = 0; i < lists->count; i++) {
		struct str id = lists->at[i].id;

		if (str_eq(str_cut(&id, '#'), url) && str_eq(lists->at[i].purpose, purpose))
			return &lists->at[i];
	}
	return NULL;
}

/* "u" + base64url(gzip(bits)) into BITS_BYTES. */
static enum err_code read_bits(struct fsck *f, struct str encoded, uint8_t *ret, struct err *e)
{
	struct str packed;
	z_stream z = { 0 };
	int result;

	if (!str_starts(encoded, "u"))
		return err_set(e, ERR_CORRUPT, "list is not base64url");
	TRY(base64url_decode(f->work, str_skip(encoded, 1), &packed, e));
	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return err_set(e, ERR_TOO_LARGE, "no memory left to expand a list");
	z.next_in = (Bytef *)(uintptr_t)packed.at;
	z.avail_in = (uInt)packed.len;
	z.next_out = ret;
	z.avail_out = BITS_BYTES;
	result = inflate(&z, Z_FINISH);
	(void)inflateEnd(&z); /* it only frees */
	if (result != Z_STREAM_END || z.avail_out > 0)
		return err_set(e, ERR_CORRUPT, "list does not expand to %d bytes", BITS_BYTES);
	return ERR_OK;
}

static enum err_code take_list(struct fsck *f, struct lists *lists, struct str body, int64_t index,
	struct err *e)
{
	struct json *doc;
	const struct json *subject;
	char where[64];
	struct list *l;
	struct err own = { 0 };

	(void)snprintf(where, sizeof(where), "entry %lld", (long long)index);
	if (json_parse(f->work, body, &doc, NULL) != ERR_OK)
		return ERR_OK; /* told where bodies are checked */
	subject = json_get(doc, "credentialSubject");
	l = NULL;
	for (uint32_t i = 0; i < lists->count; i++)
		if (str_eq(lists->at[i].id, json_get_str(subject, "id")))
			l = &lists->at[i];
	if (!l) {
		if (lists->count == LISTS_MAX)
			return err_set(e, ERR_TOO_LARGE, "more than %d status lists", LISTS_MAX);
		l = &lists->at[lists->count++];
		l->id = str_copy(f->arena, json_get_str(subject, "id"));
		l->purpose = str_copy(f->arena, json_get_str(subject, "statusPurpose"));
		l->is = arena_alloc(f->arena, BITS_BYTES);
		l->must = arena_alloc(f->arena, BITS_BYTES);
	}
	if (!l->id.at || !l->is || !l->must)
		return err_set(e, ERR_TOO_LARGE, "no memory left for status lists");
	if (read_bits(f, json_get_str(subject, "encodedList"), l->is, &own) != ERR_OK)
		fsck_found_err(f, where, &own);
	return ERR_OK;
}

/* Sets or clears what one status change asks of each list its target names. */
static enum err_code apply_change(struct fsck *f, struct lists *lists, sqlite3_stmt *target,
	struct str status, struct err *e)
{
	struct json *doc;
	const struct json *entries;
	bool row;

	TRY(fsck_step(f, target, &row, e));
	if (!row || json_parse(f->work, fsck_column(target, 0), &doc, NULL) != ERR_OK)
		return ERR_OK; /* a statement of another log, or told where bodies are checked */
	entries = json_get(doc, "credentialStatus");
	for (size_t i = 0; i == 0 || i < json_count(entries); i++) {
		const struct json *entry =
			json_is(entries, JSON_ARRAY) ? json_at(entries, i) : entries;
		struct str purpose = json_get_str(entry, "statusPurpose");
		struct list *l =
			find_list(lists, json_get_str(entry, "statusListCredential"), purpose);
		uint64_t at;

		if (json_is(entries, JSON_OBJECT) && i > 0)
			break;
		if (!l ||
			str_parse_u64(json_get_str(entry, "statusListIndex"), &at, NULL) !=
				ERR_OK ||
			at >= LIMIT_STATUS_LIST_ENTRIES)
			continue;
		if (str_is(status, str_is(purpose, "revocation") ? "withdrawn" : "suspended"))
			l->must[at / 8] |= (uint8_t)(0x80 >> at % 8);
		else
			l->must[at / 8] &= (uint8_t)~(0x80 >> at % 8);
	}
	return ERR_OK;
}

static enum err_code take_change(struct fsck *f, struct lists *lists, struct str body,
	struct err *e)
{
	SCOPED_STATEMENT target = NULL;
	struct json *doc;
	const struct json *subject;
	struct str id;
	char hex[32];
	uint8_t id_key[16];
	size_t len = 0;

	if (json_parse(f->work, body, &doc, NULL) != ERR_OK)
		return ERR_OK; /* told where bodies are checked */
	subject = json_get(doc, "credentialSubject");
	id = json_get_str(subject, "id");
	for (size_t i = 9; i < id.len; i++)
		if (id.at[i] != '-' && len < sizeof(hex))
			hex[len++] = id.at[i];
	if (hex_decode((struct str){ .at = hex, .len = len }, id_key, 16, NULL) != ERR_OK)
		return ERR_OK; /* as above: no statement has this id */
	TRY(fsck_query(f, "SELECT bytes FROM statement JOIN body USING (idx) WHERE id_key = ?1",
		&target, e));
	(void)sqlite3_bind_blob(
		target, 1, id_key, 16, SQLITE_STATIC); /* it only stores the pointer */
	return apply_change(f, lists, target, json_get_str(subject, "status"), e);
}

static enum err_code each_body(struct fsck *f, struct lists *lists, enum fsck_kind kind,
	struct err *e)
{
	SCOPED_STATEMENT rows = NULL;
	bool row;

	TRY(fsck_query(f, "SELECT idx, bytes FROM statement JOIN body USING (idx) WHERE kind = ?1"
		" ORDER BY idx", &rows, e));
	(void)sqlite3_bind_int64(rows, 1, kind); /* a whole number always fits */
	for (;;) {
		TRY(fsck_step(f, rows, &row, e));
		if (!row)
			return ERR_OK;
		arena_reset(f->work);
		if (kind == FSCK_STATUS_LIST)
			TRY(take_list(
				f, lists, fsck_column(rows, 1), sqlite3_column_int64(rows, 0), e));
		else
			TRY(take_change(f, lists, fsck_column(rows, 1), e));
	}
}

enum err_code fsck_status(struct fsck *f, struct err *e)
{
	struct lists *lists = ARENA_NEW(f->arena, struct lists);

	if (!lists)
		return err_set(e, ERR_TOO_LARGE, "no memory left for status lists");
	TRY(each_body(f, lists, FSCK_STATUS_LIST, e));
	TRY(each_body(f, lists, FSCK_STATUS, e));
	for (uint32_t i = 0; i < lists->count; i++) {
		const struct list *l = &lists->at[i];
		const char *where = arena_printf(f->arena, "status list " STR_FMT, STR_ARG(l->id));

		for (uint32_t at = 0; where && at < LIMIT_STATUS_LIST_ENTRIES; at++) {
			bool is = l->is[at / 8] & 0x80 >> at % 8;
			bool must = l->must[at / 8] & 0x80 >> at % 8;

			if (is != must)
				fsck_found(f, where,
					must ? "bit %u must be set" : "bit %u must not be set", at);
			f->report->statuses += is && must;
		}
	}
	return ERR_OK;
}
