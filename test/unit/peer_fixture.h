/* peer_fixture.h - a ledger in a folder of its own, for the tests of peer/. */
#ifndef HUREN_TEST_PEER_FIXTURE_H
#define HUREN_TEST_PEER_FIXTURE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"
#include "ledger/ledger.h"

struct node_fixture {
	char dir[64];
	struct ledger_keys keys;
	struct ledger *ledger;
};

static inline int node_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* A failing fixture ends the program: no test could hold. */
static inline void node_start(struct node_fixture *n, const char *domain)
{
	struct err e = { 0 };
	struct ledger_options options = { .dir = n->dir, .domain = str_of(domain), .keys = n->keys };
	if (ledger_open(&options, &n->ledger, &e) != ERR_OK) {
		(void)fprintf(stderr, "could not open a ledger: %s\n", e.message);
		exit(1);
	}
}

static inline void node_open(struct node_fixture *n, const char *domain, uint8_t seed)
{
	struct key *const keys[] = { &n->keys.tlog, &n->keys.witness, &n->keys.issuer,
		&n->keys.requests };
	*n = (struct node_fixture){ .dir = "/tmp/huren-peer-XXXXXX" };
	key_library_init();
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const uint8_t secret[32] = { seed, (uint8_t)(i + 1) };
		if (key_from_secret(KEY_ED25519, secret, keys[i], NULL) != ERR_OK)
			exit(1);
	}
	if (!mkdtemp(n->dir))
		exit(1);
	node_start(n, domain);
}

static inline void node_close(struct node_fixture *n)
{
	ledger_close(n->ledger);
	(void)nftw(n->dir, node_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
