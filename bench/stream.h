/* stream.h - statements through the writer's queue, many under way at a time; for the benches.
 *
 * Is:      a set of places with an arena each: stream_next waits for a free one, stream_put
 *          publishes what was written into it without the door's checks. Whatever fails ends the
 *          program.
 * Life:    stream_open -> (stream_next, stream_put)* -> stream_close.
 */
#ifndef HUREN_BENCH_STREAM_H
#define HUREN_BENCH_STREAM_H

#include "ledger/ledger_inner.h"

struct stream;

/* At most `places` under way, each with an arena of so many bytes. */
struct stream *stream_open(struct ledger *l, unsigned places, size_t arena_bytes);
/* The arena for the next statement's text, empty. */
struct arena *stream_next(struct stream *s);
/* Publishes a text that lies in the arena that stream_next gave. */
void stream_put(struct stream *s, struct str text);
/* Waits for the last answer. */
void stream_close(struct stream *s);

/* The id of a made-up statement: same number, same id; as random as UUIDs are. */
void stream_id(uint64_t number, uint8_t ret[16]);
/* Writes its 36 characters. */
void stream_write_id(char *at, const uint8_t id_key[16]);

#endif
