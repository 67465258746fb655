/* arena.h - memory that is given back all at once.
 *
 * Is:      a chunked bump allocator with a cap. One per request, per command, per batch.
 * Is not:  thread-safe; a place for handles (they close themselves: scoped.h).
 * Life:    arena_init -> arena_alloc* -> arena_reset* -> arena_clear. A zeroed one may be cleared.
 * I1  Memory handed out is zeroed and aligned for any type.
 * I2  Never more than `cap_bytes` is taken from the system; over it arena_alloc returns NULL, and
 *     the caller answers ERR_TOO_LARGE. No floor above base/ calls malloc itself.
 */
#ifndef HUREN_BASE_ARENA_H
#define HUREN_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/check.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *head;
	size_t cap_bytes;
	size_t taken_bytes;
	uint8_t *at;       /* next free byte of the head chunk */
	uint8_t *end;
};

void arena_init(struct arena *a, size_t cap_bytes);
/* Forgets everything handed out; keeps the first chunk. Poisoned under ASan. */
void arena_reset(struct arena *a);
void arena_clear(struct arena *a);
/* As arena_clear, but overwrites the memory first: for secrets. */
void arena_wipe(struct arena *a);
/* Zeroed memory, or NULL when the cap is reached. size 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t size);
/* count * size with overflow check. */
void *arena_alloc_array(struct arena *a, size_t count, size_t size);
/* The same without zeroing (an exception to I1): for large columns that are filled at once. */
void *arena_alloc_column(struct arena *a, size_t count, size_t size);
/* A NUL-terminated copy of `len` bytes, or NULL. */
char *arena_copy(struct arena *a, const void *bytes, size_t len);
/* printf into the arena; NULL when the cap is reached. */
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For the few handles that live as long as the program (ledger, store, web ...): zeroed memory of
 * their own, CHECKed, since they are made at start. handle_drop accepts NULL. */
void *handle_new(size_t size);
void handle_drop(void *handle);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) \
	((type *)arena_alloc_array((arena), (count), sizeof(type)))

#endif
