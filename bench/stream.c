/* stream.c - see stream.h. */
#include "stream.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"

struct place {
	struct publication p;
	struct arena arena;
	struct stream *stream;
	struct place *next;
};
struct stream {
	struct ledger *ledger;
	pthread_mutex_t lock;
	pthread_cond_t freed;
	struct place *free;
	struct place *given;       /* by stream_next, until stream_put */
	uint64_t sent, done;
	unsigned count;
	struct place places[];
};

static void must(enum err_code code, const struct err *e)
{
	if (code == ERR_OK)
		return;
	(void)fprintf(stderr, "bench: %s\n", e->message);
	exit(1);
}

struct stream *stream_open(struct ledger *l, unsigned places, size_t arena_bytes)
{
	struct stream *s = handle_new(sizeof(*s) + places * sizeof(struct place));

	s->ledger = l;
	s->count = places;
	CHECK(pthread_mutex_init(&s->lock, NULL) == 0);
	CHECK(pthread_cond_init(&s->freed, NULL) == 0);
	for (unsigned i = 0; i < places; i++) {
		arena_init(&s->places[i].arena, arena_bytes);
		s->places[i].stream = s;
		s->places[i].next = s->free;
		s->free = &s->places[i];
	}
	return s;
}

static void published(struct publication *p)
{
	struct place *place = p->context;
	struct stream *s = place->stream;

	must(p->err.code, &p->err);
	CHECK(pthread_mutex_lock(&s->lock) == 0);
	s->done++;
	place->next = s->free;
	s->free = place;
	CHECK(pthread_cond_signal(&s->freed) == 0);
	CHECK(pthread_mutex_unlock(&s->lock) == 0);
}

struct arena *stream_next(struct stream *s)
{
	CHECK(!s->given);
	CHECK(pthread_mutex_lock(&s->lock) == 0);
	while (!s->free)
		CHECK(pthread_cond_wait(&s->freed, &s->lock) == 0);
	s->given = s->free;
	s->free = s->given->next;
	CHECK(pthread_mutex_unlock(&s->lock) == 0);
	arena_reset(&s->given->arena);
	return &s->given->arena;
}

void stream_put(struct stream *s, struct str text)
{
	struct place *place = s->given;
	struct err e = { 0 };

	CHECK(place);
	s->given = NULL;
	place->p = (struct publication){ .arena = &place->arena, .done = published,
		.context = place };
	must(ledger_prepare_unchecked(s->ledger, &place->p, text, &e), &e);
	s->sent++;
	must(ledger_publish(s->ledger, &place->p, &e), &e);
}

void stream_close(struct stream *s)
{
	CHECK(pthread_mutex_lock(&s->lock) == 0);
	while (s->done < s->sent)
		CHECK(pthread_cond_wait(&s->freed, &s->lock) == 0);
	CHECK(pthread_mutex_unlock(&s->lock) == 0);
	for (unsigned i = 0; i < s->count; i++)
		arena_clear(&s->places[i].arena);
	(void)pthread_cond_destroy(&s->freed);
	(void)pthread_mutex_destroy(&s->lock);
	handle_drop(s);
}

void stream_id(uint64_t number, uint8_t ret[16])
{
	struct digest d = digest_sha256((struct str){ (const char *)&number, sizeof(number) });

	statement_uuid_shape(d.at);
	memcpy(ret, d.at, 16);
}

void stream_write_id(char *at, const uint8_t id_key[16])
{
	char hex[33];

	hex_encode(id_key, 16, hex);
	memcpy(at, hex, 8);
	memcpy(at + 9, hex + 8, 4);
	memcpy(at + 14, hex + 12, 4);
	memcpy(at + 19, hex + 16, 4);
	memcpy(at + 24, hex + 20, 12);
}
