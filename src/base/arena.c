/* arena.c - chunks in a list, the newest first. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(at, len) ASAN_POISON_MEMORY_REGION((at), (len))
#define UNPOISON(at, len) ASAN_UNPOISON_MEMORY_REGION((at), (len))
#define RED_ZONE_BYTES 16 /* so that one past the end is seen even by whole sixteens */
#else
#define POISON(at, len) ((void)(at), (void)(len))
#define UNPOISON(at, len) ((void)(at), (void)(len))
#define RED_ZONE_BYTES 0
#endif

#define ALIGN_BYTES 16                 /* what malloc promises on 64-bit machines */
#define CHUNK_BYTES_FIRST 8192         /* a parsed statement of usual size fits in two chunks */
#define CHUNK_BYTES_MAX 1048576        /* growing further would only waste the tail */

struct arena_chunk {
	struct arena_chunk *older;
	size_t size; /* with this header */
};

_Static_assert(sizeof(struct arena_chunk) % ALIGN_BYTES == 0, "content starts aligned");

void arena_init(struct arena *a, size_t cap_bytes)
{
	*a = (struct arena){ .cap_bytes = cap_bytes };
}

static void chunk_use(struct arena *a, struct arena_chunk *chunk)
{
	a->head = chunk;
	a->at = (uint8_t *)(chunk + 1);
	a->end = (uint8_t *)chunk + chunk->size;
	POISON(a->at, (size_t)(a->end - a->at));
}

static void chunk_give_back(struct arena *a, struct arena_chunk *chunk)
{
	CHECK(a->taken_bytes >= chunk->size);
	a->taken_bytes -= chunk->size;
	UNPOISON(chunk, chunk->size);
	free(chunk);
}

void arena_reset(struct arena *a)
{
	struct arena_chunk *chunk = a->head;

	if (!chunk)
		return;
	while (chunk->older) {
		struct arena_chunk *older = chunk->older;
		chunk_give_back(a, chunk);
		chunk = older;
	}
	chunk_use(a, chunk);
}

void arena_clear(struct arena *a)
{
	arena_reset(a);
	if (a->head)
		chunk_give_back(a, a->head);
	*a = (struct arena){ .cap_bytes = a->cap_bytes };
}

void arena_wipe(struct arena *a)
{
	for (struct arena_chunk *chunk = a->head; chunk; chunk = chunk->older) {
		UNPOISON(chunk, chunk->size);
		explicit_bzero(chunk + 1, chunk->size - sizeof(*chunk));
	}
	arena_clear(a);
}

/* A new head chunk with room for `need` bytes; false when the cap or the system says no. */
static bool chunk_add(struct arena *a, size_t need)
{
	size_t left = a->cap_bytes - a->taken_bytes;
	size_t size = a->head ? a->head->size * 2 : CHUNK_BYTES_FIRST;
	struct arena_chunk *chunk;

	if (left < sizeof(*chunk) || need > left - sizeof(*chunk))
		return false;
	if (size > CHUNK_BYTES_MAX)
		size = CHUNK_BYTES_MAX;
	if (size < need + sizeof(*chunk))
		size = need + sizeof(*chunk);
	if (size > left)
		size = left;
	chunk = malloc(size);
	if (!chunk)
		return false;
	chunk->older = a->head;
	chunk->size = size;
	a->taken_bytes += size;
	chunk_use(a, chunk);
	return true;
}

/* Memory as it comes, or NULL. */
static void *take(struct arena *a, size_t size)
{
	size_t step;
	uint8_t *ret;

	if (size == 0)
		size = 1;
	if (size > SIZE_MAX - ALIGN_BYTES - RED_ZONE_BYTES - sizeof(struct arena_chunk))
		return NULL;
	step = ((size + ALIGN_BYTES - 1) & ~(size_t)(ALIGN_BYTES - 1)) + RED_ZONE_BYTES;
	/* Without a chunk both pointers are NULL and nothing fits. */
	if ((size_t)(a->end - a->at) < step && !chunk_add(a, step))
		return NULL;
	ret = a->at;
	a->at += step;
	UNPOISON(ret, size);
	return ret;
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *ret = take(a, size);

	if (ret)
		memset(ret, 0, size);
	return ret;
}

void *arena_alloc_array(struct arena *a, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	return arena_alloc(a, total);
}

void *arena_alloc_column(struct arena *a, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	return take(a, total);
}

char *arena_copy(struct arena *a, const void *bytes, size_t len)
{
	char *ret = len < SIZE_MAX ? arena_alloc(a, len + 1) : NULL;

	if (ret && len > 0)
		memcpy(ret, bytes, len);
	return ret;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list args, again;
	char *ret = NULL;
	int len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	CHECK(len >= 0);
	ret = arena_alloc(a, (size_t)len + 1);
	if (ret)
		(void)vsnprintf(ret, (size_t)len + 1, format, again); /* measured above */
	va_end(again);
	return ret;
}

void *handle_new(size_t size)
{
	void *handle = calloc(1, size);
	CHECK(handle != NULL);
	return handle;
}

void handle_drop(void *handle)
{
	free(handle);
}
