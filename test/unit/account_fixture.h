/* account_fixture.h - a node with people, and a second connection that turns back time. */
#ifndef HUREN_TEST_ACCOUNT_FIXTURE_H
#define HUREN_TEST_ACCOUNT_FIXTURE_H

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "crypto/totp.h"
#include "service/account_inner.h"
#include "service_node.h"

#define PASSWORD STR("correct horse battery")

static struct service_node node;
static struct arena arena;

static inline int fixture_open(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)64 << 20);
	service_node_init(&node, "accounts.example", NULL);
	service_node_open(&node);
	return 0;
}

static inline int fixture_close(void **state)
{
	(void)state;
	service_node_clear(&node);
	arena_clear(&arena);
	return 0;
}

/* What time or a thief with a screwdriver would do. Returns the number of rows changed. */
static inline int alter(const char *sql)
{
	char path[300], *message = NULL;
	sqlite3 *db;
	int changed;

	(void)snprintf(path, sizeof(path), "%s/huren.db", node.dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	(void)sqlite3_busy_timeout(db, 5000);
	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s", message);
	changed = sqlite3_changes(db);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return changed;
}

static inline int64_t ask_number(const char *sql)
{
	return node_sql(&node, sql);
}

static inline struct account_who stranger(const char *address)
{
	return (struct account_who){ .address = str_of(address), .agent = STR("test") };
}

static inline struct account_who who_of(struct str token)
{
	struct account_who who = stranger("192.0.2.1");

	service_who(node.service, &arena, token, &who);
	return who;
}

/* The last part of the link: what opens the account. */
static inline struct str code_of(const struct json *invitation)
{
	struct str link = json_get_str(invitation, "link");
	size_t at = str_find(link, STR("/join/"));

	assert_true(at != SIZE_MAX);
	return str_skip(link, at + 6);
}

static inline uint32_t roles_of(const char *name)
{
	size_t role = role_find(str_of(name));

	assert_true(role < role_count);
	return 1u << role;
}

static inline struct str invited(const struct account_who *by, const char *name, const char *role,
	const char *organisation)
{
	struct json *problems, *answer = NULL;
	struct err e = { 0 };

	if (service_invite(node.service, &arena, by, str_of(name), STR("Name"), roles_of(role),
		    str_of(organisation), &problems, &answer, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return code_of(answer);
}

static inline struct str invited_by_node(const char *name, const char *role)
{
	struct account_who by = service_who_node(STR("127.0.0.1"));

	return invited(&by, name, role, "");
}

static inline struct signed_in join(struct str code)
{
	struct account_who by = stranger("192.0.2.1");
	struct signed_in in = { .wait_s = 0 };
	struct json *problems;
	struct err e = { 0 };

	if (service_join(node.service, &arena, &by, code, PASSWORD, PASSWORD, &problems, &in, &e) !=
		ERR_OK)
		fail_msg("%s", e.message);
	return in;
}

/* The code of a sealed factor, `ahead` steps from now. */
static inline struct str factor_code(int64_t account, struct str sealed, int ahead)
{
	struct str secret = { NULL, 0 };
	struct err e = { 0 };

	assert_int_equal(factor_open(node.service, &arena, account, sealed, &secret, &e), ERR_OK);
	return str_printf(&arena, "%06u", totp_code(secret,
		(uint64_t)(instant_now() / TOTP_STEP_S + ahead), TOTP_DIGITS));
}

/* From an invitation to a session; the recovery codes in in.codes. */
static inline struct signed_in enrolled(struct str code)
{
	struct signed_in in = join(code);
	struct account_who who = who_of(in.token);
	struct err e = { 0 };

	assert_int_equal(who.stage, STAGE_ENROL);
	if (service_enrol(node.service, &arena, &who, factor_code(who.account, who.pending, 0),
		    &in, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return in;
}

static inline struct account_who person(const char *name, const char *role)
{
	return who_of(enrolled(invited_by_node(name, role)).token);
}

static inline struct account stored(const char *name)
{
	struct store *store;
	struct account account;
	struct err e = { 0 };

	assert_int_equal(ledger_reader(node.ledger, &store, &e), ERR_OK);
	assert_int_equal(account_find(store, &arena, str_of(name), &account, &e), ERR_OK);
	return account;
}

#endif
