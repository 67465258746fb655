/* bodies.c - fetching the open bodies of mirrored receipts, in the order of the log.
 *
 * A body that cannot come in yet (its issuer's key is not known, the peer does not have it) is
 * tried again later and does not hold up the others. What is lacking is found again after a
 * restart. */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "peer/peer_inner.h"

#define STEP_ARENA_BYTES (64UL << 20) /* 32 answers of up to 1 MiB, parsed */
#define RETRY_FIRST_MS 200
#define RETRY_LAST_MS 60000
#define BODY_TIMEOUT_MS 15000

struct wanted {
	uint64_t index;
	uint8_t id_key[16];
	uint32_t tries;
};

void bodies_init(struct bodies *b, struct ledger *l, struct http_client *client, struct str origin,
	struct str prefix)
{
	*b = (struct bodies){ .ledger = l, .client = client, .origin = origin, .prefix = prefix };
	arena_init(&b->arena, STEP_ARENA_BYTES);
}

void bodies_clear(struct bodies *b)
{
	arena_clear(&b->arena);
}

/* ---- what to fetch --------------------------------------------------------------------------- */

/* Takes the retries that are due out of their list. */
static size_t take_due(struct bodies *b, struct wanted *ret)
{
	uint64_t now = instant_monotonic_us();
	size_t count = 0, kept = 0;
	for (size_t i = 0; i < b->retry_count; i++) {
		struct body_retry *r = &b->retries[i];
		if (r->next_us > now || count == BODIES_AT_ONCE / 2) {
			b->retries[kept++] = *r;
			continue;
		}
		ret[count] = (struct wanted){ .index = r->index, .tries = r->tries };
		memcpy(ret[count++].id_key, r->id_key, sizeof(r->id_key));
	}
	b->retry_count = kept;
	return count;
}

/* Receipts at or past the cursor whose body is lacking. */
static enum err_code take_new(struct bodies *b, struct wanted *ret, size_t max, size_t *ret_count,
	struct err *e)
{
	struct store *s;
	size_t count = 0;
	bool row = true;
	TRY(ledger_reader(b->ledger, &s, e));
	SCOPED_SQL q = sql_use(s, SQL_BODY_LACKING);
	sql_bind_str(q, 1, b->origin);
	sql_bind_i64(q, 2, (int64_t)b->cursor);
	sql_bind_i64(q, 3, (int64_t)max);
	while (count < max) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		struct str id_key = sql_str(q, 1);
		ret[count] = (struct wanted){ .index = (uint64_t)sql_i64(q, 0) };
		if (id_key.len != sizeof(ret[count].id_key))
			return err_set(e, ERR_CORRUPT, "mirrored receipt %llu has a malformed id",
				(unsigned long long)ret[count].index);
		memcpy(ret[count++].id_key, id_key.at, id_key.len);
	}
	if (count > 0)
		b->cursor = ret[count - 1].index + 1;
	*ret_count = count;
	return ERR_OK;
}

/* `failed`: the body itself did not come in; else the peer was away, which is not its fault. */
static void try_later(struct bodies *b, const struct wanted *w, bool failed)
{
	size_t at = b->retry_count;
	if (at == BODIES_RETRIED_MAX) {
		at = 0; /* full: the one tried most often goes, until the next start */
		for (size_t i = 1; i < b->retry_count; i++) {
			if (b->retries[i].tries > b->retries[at].tries)
				at = i;
		}
	} else {
		b->retry_count++;
	}
	uint64_t pause_ms = w->tries < 9 ? (uint64_t)RETRY_FIRST_MS << w->tries : RETRY_LAST_MS;
	if (pause_ms > RETRY_LAST_MS)
		pause_ms = RETRY_LAST_MS;
	if (!failed)
		pause_ms = 0;
	b->retries[at] = (struct body_retry){ .index = w->index, .tries = w->tries + failed,
		.next_us = instant_monotonic_us() + pause_ms * 1000 };
	memcpy(b->retries[at].id_key, w->id_key, sizeof(w->id_key));
}

/* A body that came in may be the key that others waited for. */
static void hurry_retries(struct bodies *b)
{
	uint64_t now = instant_monotonic_us();
	for (size_t i = 0; i < b->retry_count; i++) {
		if (b->retries[i].tries < 9)
			b->retries[i].next_us = now;
	}
}

static uint32_t next_due_ms(const struct bodies *b)
{
	uint64_t now = instant_monotonic_us(), first = UINT64_MAX;
	for (size_t i = 0; i < b->retry_count; i++) {
		if (b->retries[i].next_us < first)
			first = b->retries[i].next_us;
	}
	if (first == UINT64_MAX)
		return UINT32_MAX;
	return first <= now ? 0 : (uint32_t)((first - now) / 1000 + 1);
}

/* ---- fetching -------------------------------------------------------------------------------- */

static enum err_code prepare(struct bodies *b, const struct wanted *wanted, size_t count,
	struct http_exchange *exchanges, struct err *e)
{
	const char *url = arena_printf(&b->arena, STR_FMT "/peer/v1/body", STR_ARG(b->prefix));
	for (size_t i = 0; i < count; i++) {
		exchanges[i] = (struct http_exchange){ .url = url, .post = true,
			.body = body_exchange_request(&b->arena, wanted[i].id_key),
			.header_count = 1,
			.headers = { { STR("content-type"), STR("application/json") } },
			.answer_bytes_max = LIMIT_REQUEST_BYTES, .timeout_ms = BODY_TIMEOUT_MS,
			.gzip = true };
		if (!url || !exchanges[i].body.at)
			return err_set(e, ERR_TOO_LARGE, "no room for requests of bodies");
	}
	return ERR_OK;
}

static enum err_code admit(struct bodies *b, const struct wanted *w, const struct http_exchange *x,
	struct err *e)
{
	struct str statement = { 0 }, jws = { 0 };
	TRY(http_exchange_check(x, e));
	if (strcmp(x->content_type, "application/json") != 0)
		return err_set(e, ERR_INVALID, "\"%s\" did not answer JSON", x->url);
	TRY(body_exchange_read(&b->arena, buf_str(&x->answer), &statement, &jws, e));
	return ledger_admit(b->ledger, b->origin, w->index, statement, jws, e);
}

/* True for what no later try will change, as far as one can tell. */
static bool is_final(enum err_code code)
{
	return code == ERR_INVALID || code == ERR_CONFLICT || code == ERR_TOO_LARGE ||
		code == ERR_UNSUPPORTED;
}

/* One after the other: DID documents stand before what their keys sign. Returns the error of a peer
 * that is away, after which nothing more was tried. */
static enum err_code admit_all(struct bodies *b, const struct wanted *wanted, size_t count,
	const struct http_exchange *exchanges, struct bodies_found *found, struct err *e)
{
	enum err_code away = ERR_OK;
	for (size_t i = 0; i < count; i++) {
		struct err err = { 0 };
		if (admit(b, &wanted[i], &exchanges[i], &err) == ERR_OK) {
			found->admitted++;
			hurry_retries(b);
			continue;
		}
		try_later(b, &wanted[i], exchanges[i].err.code != ERR_BUSY);
		if (exchanges[i].err.code == ERR_BUSY && away == ERR_OK) {
			away = ERR_BUSY;
			if (e)
				*e = err;
		} else if (is_final(err.code) || (err.code == ERR_DENIED && wanted[i].tries > 3)) {
			(void)err_in(&err, "body %llu of log \"" STR_FMT "\"",
				(unsigned long long)wanted[i].index, STR_ARG(b->origin));
			found->refused = err;
		}
	}
	return away;
}

enum err_code bodies_step(struct bodies *b, struct bodies_found *ret, struct err *e)
{
	struct wanted wanted[BODIES_AT_ONCE];
	struct http_exchange exchanges[BODIES_AT_ONCE];
	struct bodies_found found = { .due_ms = UINT32_MAX };
	arena_reset(&b->arena);
	size_t due = take_due(b, wanted), new_count = 0;
	enum err_code code = take_new(b, wanted + due, BODIES_AT_ONCE - due, &new_count, e);
	size_t count = due + new_count;
	if (code == ERR_OK)
		code = prepare(b, wanted, count, exchanges, e);
	if (code == ERR_OK && count > 0) {
		http_client_run(b->client, exchanges, count);
		code = admit_all(b, wanted, count, exchanges, &found, e);
		for (size_t i = 0; i < count; i++)
			http_exchange_clear(&exchanges[i]);
	} else {
		for (size_t i = 0; i < count; i++)
			try_later(b, &wanted[i], false);
	}
	found.due_ms = next_due_ms(b);
	found.more = new_count > 0 || found.due_ms == 0;
	*ret = found;
	return code;
}
