/* readers.c - one reading connection for each thread that asks, used again when the thread has
 * ended. */
#include "ledger/ledger_inner.h"

/* At the end of a thread: its connection is free for the next one. */
static void release(void *reader)
{
	struct reader *r = reader;

	atomic_store(&r->idle, true);
}

void readers_open(struct ledger *l)
{
	CHECK(pthread_mutex_init(&l->readers_lock, NULL) == 0);
	CHECK(pthread_key_create(&l->reader_key, release) == 0);
	l->has_reader_key = true;
}

void readers_close(struct ledger *l)
{
	if (!l->has_reader_key)
		return;
	CHECK(pthread_key_delete(l->reader_key) == 0);
	for (uint32_t i = 0; i < l->reader_count; i++)
		store_close(l->readers[i].store);
	(void)pthread_mutex_destroy(&l->readers_lock); /* nobody asks any more */
	l->has_reader_key = false;
}

/* An idle one, or a new slot; NULL when all are taken. Under the lock. */
static struct reader *take(struct ledger *l)
{
	for (uint32_t i = 0; i < l->reader_count; i++)
		if (atomic_exchange(&l->readers[i].idle, false))
			return &l->readers[i];
	return l->reader_count < READERS_MAX ? &l->readers[l->reader_count++] : NULL;
}

enum err_code ledger_reader(struct ledger *l, struct store **ret, struct err *e)
{
	struct reader *r = pthread_getspecific(l->reader_key);
	enum err_code code = ERR_OK;

	if (r) {
		*ret = r->store;
		return ERR_OK;
	}
	CHECK(pthread_mutex_lock(&l->readers_lock) == 0);
	r = take(l);
	if (!r)
		code = err_set(e, ERR_BUSY, "%d threads read the database already", READERS_MAX);
	else if (!r->store)
		code = store_open(l->dir, STORE_READER, &r->store, e);
	if (r && code != ERR_OK)
		atomic_store(&r->idle, true);
	CHECK(pthread_mutex_unlock(&l->readers_lock) == 0);
	if (code != ERR_OK)
		return code;
	CHECK(pthread_setspecific(l->reader_key, r) == 0);
	*ret = r->store;
	return ERR_OK;
}
