/* attempt.c - what failures cost: waiting, longer with each, never for good.
 *
 * A row counts failures of one account from one address, so that a stranger elsewhere slows down
 * only himself; a second row counts all failures of an address over all names; wrong second factors
 * count by account, since only who knows the password gets there.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include "service/account_inner.h"

static_assert(ACCOUNT_NETWORK_BYTES >= INET6_ADDRSTRLEN, "every address fits");

struct str account_network(struct str address, char room[ACCOUNT_NETWORK_BYTES])
{
	struct in6_addr v6;
	char text[INET6_ADDRSTRLEN];

	if (address.len == 0 || address.len >= sizeof(text))
		return STR("");
	memcpy(text, address.at, address.len);
	text[address.len] = '\0';
	if (inet_pton(AF_INET6, text, &v6) != 1)
		return address;
	if (!IN6_IS_ADDR_V4MAPPED(&v6))
		memset(v6.s6_addr + 8, 0, 8);
	return str_of(inet_ntop(AF_INET6, &v6, room, ACCOUNT_NETWORK_BYTES));
}

struct digest attempt_key(enum attempt_kind kind, struct str name, struct str address)
{
	static const char *const purposes[] = { "attempt-pair", "attempt-address", "attempt-code",
		"attempt-register" };
	char room[ACCOUNT_NETWORK_BYTES];
	struct str network = account_network(address, room);
	struct digest of_name = secret_digest("name", name), key;
	char both[DIGEST_BYTES + INET6_ADDRSTRLEN + 1];
	size_t len = network.len < INET6_ADDRSTRLEN ? network.len : INET6_ADDRSTRLEN;

	if (kind == ATTEMPT_ADDRESS || kind == ATTEMPT_REGISTER)
		return secret_digest(purposes[kind], network);
	if (kind == ATTEMPT_CODE)
		return secret_digest(purposes[kind], name);
	memcpy(both, of_name.at, DIGEST_BYTES);
	memcpy(both + DIGEST_BYTES, network.at, len);
	key = secret_digest(purposes[kind], (struct str){ both, DIGEST_BYTES + len });
	return key;
}

uint32_t attempt_delay(enum attempt_kind kind, uint64_t count)
{
	static const uint64_t free_of[] = { LIMIT_ATTEMPTS_FREE, LIMIT_ATTEMPTS_ADDRESS_FREE,
		LIMIT_ATTEMPTS_FREE, LIMIT_REGISTRATIONS_PER_ADDRESS };
	uint64_t over;

	if (count < free_of[kind])
		return 0;
	if (kind == ATTEMPT_REGISTER)
		return LIMIT_ATTEMPT_DELAY_S;
	over = count - free_of[kind];
	return over >= 8 ? LIMIT_ATTEMPT_DELAY_S : 4u << over;
}

struct attempt_row {
	int64_t count, last, free_at;
};

static enum err_code get_row(struct store *store, const struct digest *key, int64_t now,
	struct attempt_row *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ATTEMPT_GET);
	bool row;

	*ret = (struct attempt_row){ 0 };
	sql_bind_blob(q, 1, key->at, DIGEST_BYTES);
	TRY(sql_step(q, &row, e));
	if (row && sql_i64(q, 1) > now - LIMIT_ATTEMPT_MEMORY_S)
		*ret = (struct attempt_row){ sql_i64(q, 0), sql_i64(q, 1), sql_i64(q, 2) };
	return ERR_OK;
}

enum err_code attempt_wait(struct store *store, enum attempt_kind kind, struct str name,
	struct str address, int64_t now, uint32_t *ret, struct err *e)
{
	struct digest key = attempt_key(kind, name, address);
	struct attempt_row row;

	TRY(get_row(store, &key, now, &row, e));
	*ret = 0;
	/* A clock that was set back must not keep anyone waiting longer than the longest delay. */
	if (row.free_at > now)
		*ret = row.free_at - now > LIMIT_ATTEMPT_DELAY_S ? LIMIT_ATTEMPT_DELAY_S :
			(uint32_t)(row.free_at - now);
	return ERR_OK;
}

enum err_code attempt_failed(struct store *store, enum attempt_kind kind, struct str name,
	struct str address, int64_t now, struct err *e)
{
	struct digest key = attempt_key(kind, name, address);
	struct attempt_row row;

	TRY(get_row(store, &key, now, &row, e));
	row.count++;
	SCOPED_SQL q = sql_use(store, SQL_ATTEMPT_PUT);
	sql_bind_blob(q, 1, key.at, DIGEST_BYTES);
	sql_bind_i64(q, 2, row.count);
	sql_bind_i64(q, 3, now);
	sql_bind_i64(q, 4, now + attempt_delay(kind, (uint64_t)row.count));
	return sql_run(q, e);
}

enum err_code attempt_forget(struct store *store, enum attempt_kind kind, struct str name,
	struct str address, struct err *e)
{
	struct digest key = attempt_key(kind, name, address);
	SCOPED_SQL q = sql_use(store, SQL_ATTEMPT_DROP);

	sql_bind_blob(q, 1, key.at, DIGEST_BYTES);
	return sql_run(q, e);
}
