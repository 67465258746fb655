/* bench_mirror.c - mirror.entries_per_s: a whole log of receipts over HTTP on loopback, fetched,
 * proven and made durable in a ledger. The log is served from memory by a thread of this program,
 * so both sides share the two cores, as two nodes on one machine do.
 *
 * Arguments: --quick, or the number of entries. */
#include <ftw.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "peer/http_client.h"
#include "peer/mirror_ledger.h"
#include "peer/peer_http.h"

#define ORIGIN "bench.huren.example/tlog"
#define ENTRIES 500000
#define ENTRIES_QUICK 20000
#define ARENA_BYTES (2UL << 30)

/* A log in memory: level-0 hashes, and bundles as they are served. */
struct log_served {
	struct arena arena;
	uint64_t size;
	struct digest *leaves;
	struct str *bundles;               /* gzip */
	struct key secret;
	struct note_key key;
	struct str note;
};

static void must(enum err_code code, const struct err *e)
{
	if (code == ERR_OK)
		return;
	(void)fprintf(stderr, "%s\n", e->message);
	exit(1);
}

static void put_receipt(struct buf *b, struct arena *a, uint64_t i)
{
	struct receipt r = { .kind = KIND_REPORT, .disclosure = DISCLOSURE_CONDITIONAL,
		.issuer = STR("did:web:bench.huren.example:org:91500118MA5YLAB01X"),
		.time = 1795489445 + (int64_t)(i / 1000) };
	key_random(r.id_key, sizeof(r.id_key));
	statement_uuid_shape(r.id_key);
	key_random(r.digest.at, sizeof(r.digest.at));
	r.id = statement_id_text(a, r.id_key);
	receipt_put(b, &r);
}

static struct str gzip(struct arena *a, struct str bytes)
{
	z_stream stream = { 0 };
	CHECK(deflateInit2(&stream, 4, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK);
	size_t room = deflateBound(&stream, (uLong)bytes.len);
	char *at = arena_alloc(a, room);
	CHECK(at != NULL);
	stream.next_in = (z_const Bytef *)(uintptr_t)bytes.at;
	stream.avail_in = (uInt)bytes.len;
	stream.next_out = (Bytef *)at;
	stream.avail_out = (uInt)room;
	CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
	size_t len = room - stream.avail_out;
	CHECK(deflateEnd(&stream) == Z_OK);
	return (struct str){ at, len };
}

static void log_make(struct log_served *g, uint64_t size)
{
	struct err e;
	struct merkle_range range;
	SCOPED_ARENA scratch = { 0 };
	SCOPED_BUF bundle = { 0 };
	SCOPED_BUF entry = { 0 };
	arena_init(&g->arena, ARENA_BYTES);
	arena_init(&scratch, 1 << 20);
	buf_init(&bundle, 1 << 20);
	buf_init(&entry, LIMIT_RECEIPT_BYTES);
	g->size = size;
	g->leaves = ARENA_ARRAY(&g->arena, struct digest, size);
	g->bundles = ARENA_ARRAY(&g->arena, struct str, size / TILE_WIDTH + 1);
	CHECK(g->leaves && g->bundles);
	merkle_range_init(&range);
	for (uint64_t i = 0; i < size; i++) {
		buf_reset(&entry);
		put_receipt(&entry, &scratch, i);
		g->leaves[i] = digest_sha256_leaf(buf_str(&entry));
		merkle_range_append(&range, &g->leaves[i]);
		must(tile_bundle_put(&bundle, buf_str(&entry), &e), &e);
		if ((i + 1) % TILE_WIDTH == 0 || i + 1 == size) {
			g->bundles[i / TILE_WIDTH] = gzip(&g->arena, buf_str(&bundle));
			buf_reset(&bundle);
			arena_reset(&scratch);
		}
	}
	struct checkpoint c = { .origin = STR(ORIGIN), .size = size,
		.root = merkle_range_root(&range) };
	must(key_generate(KEY_ED25519, &g->secret, &e), &e);
	must(note_key_make(STR(ORIGIN), NOTE_ED25519, &g->secret.pub, &g->key, &e), &e);
	buf_reset(&bundle);
	must(checkpoint_sign(&bundle, &c, &g->key, &g->secret, NULL, NULL, &e), &e);
	g->note = str_copy(&g->arena, buf_str(&bundle));
}

/* ---- serving --------------------------------------------------------------------------------- */

static struct digest element(const struct log_served *g, uint32_t level, uint64_t index)
{
	struct merkle_range range;
	uint64_t leaves = 1ULL << (8 * level);
	merkle_range_init(&range);
	for (uint64_t i = index * leaves; i < (index + 1) * leaves; i++)
		merkle_range_append(&range, &g->leaves[i]);
	return merkle_range_root(&range);
}

static struct MHD_Response *answer_tile(const struct log_served *g, const struct tile_id *t)
{
	if (t->entries) {
		struct str b = g->bundles[t->index];
		struct MHD_Response *r = MHD_create_response_from_buffer(b.len,
			(void *)(uintptr_t)b.at, MHD_RESPMEM_PERSISTENT);
		CHECK(MHD_add_response_header(r, "Content-Encoding", "gzip") == MHD_YES);
		return r;
	}
	struct digest hashes[TILE_WIDTH];
	for (uint32_t i = 0; i < t->width; i++)
		hashes[i] = element(g, t->level, t->index * TILE_WIDTH + i);
	return MHD_create_response_from_buffer(t->width * sizeof(hashes[0]), hashes,
		MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *body, size_t *body_len, void **request)
{
	const struct log_served *g = context;
	struct tile_id t;
	struct MHD_Response *r;
	(void)method;
	(void)version;
	(void)body;
	(void)body_len;
	(void)request;
	if (strcmp(url, "/tlog/checkpoint") == 0) {
		r = MHD_create_response_from_buffer(g->note.len, (void *)(uintptr_t)g->note.at,
			MHD_RESPMEM_PERSISTENT);
	} else {
		struct err e;
		must(tile_path_parse(str_skip(str_of(url), strlen("/tlog/")), &t, &e), &e);
		r = answer_tile(g, &t);
	}
	enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, r);
	MHD_destroy_response(r);
	return result;
}

/* ---- following ------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void ledger_make(const char *dir, struct ledger **ret)
{
	struct err e;
	struct ledger_options options = { .dir = dir, .domain = STR("copy.huren.example") };
	struct key *const keys[] = { &options.keys.tlog, &options.keys.witness,
		&options.keys.issuer, &options.keys.requests };
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		must(key_generate(KEY_ED25519, keys[i], &e), &e);
	must(ledger_open(&options, ret, &e), &e);
}

/* Processor time of all threads, the one that serves the log too. */
static double cpu_us(void)
{
	struct timespec t;
	CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Seconds that one whole copy takes. */
static double copy_once(const struct log_served *g, unsigned port, const char *dir,
	double *ret_cpu_us)
{
	struct err e;
	struct ledger *l;
	struct mirror_ledger *copy;
	struct mirror_result result = { 0 };
	char prefix[64];
	SCOPED_ARENA a = { 0 };
	arena_init(&a, 4 << 20);
	ledger_make(dir, &l);
	(void)snprintf(prefix, sizeof(prefix), "http://127.0.0.1:%u/tlog", port);
	struct log_link link = { .prefix = str_of(prefix) };
	must(http_client_open(&link.client, &e), &e);
	must(mirror_ledger_open(l, STR(ORIGIN), &copy, &e), &e);
	struct mirror_source source = log_link_source(&link);
	struct mirror_copy target = mirror_ledger_copy(copy);
	uint64_t begin = instant_monotonic_us();
	double cpu = cpu_us();
	must(mirror_follow(&a, &g->key, &source, &target, &result, &e), &e);
	double seconds = (double)(instant_monotonic_us() - begin) / 1e6;
	*ret_cpu_us = cpu_us() - cpu;
	CHECK(result.outcome == MIRROR_GREW);
	CHECK(result.size == g->size);
	mirror_ledger_close(copy);
	http_client_close(link.client);
	ledger_close(l);
	return seconds;
}

int main(int argc, char **argv)
{
	static struct log_served served;
	uint64_t count = ENTRIES;
	char dir[] = "/tmp/huren-bench-XXXXXX";
	if (argc > 1 && strcmp(argv[1], "--quick") == 0)
		count = ENTRIES_QUICK;
	else if (argc > 1 && str_parse_u64(str_of(argv[1]), &count, NULL) != ERR_OK)
		return 2;
	key_library_init();
	if (!mkdtemp(dir))
		return 1;
	log_make(&served, count);
	struct MHD_Daemon *server = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL,
		answer, &served, MHD_OPTION_END);
	CHECK(server != NULL);
	unsigned port = MHD_get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT)->port;
	double cpu = 0, seconds = copy_once(&served, port, dir, &cpu);
	(void)printf("{\"bench\":\"mirror\",\"metric\":\"mirror.entries_per_s\",\"value\":%.0f,"
		"\"unit\":\"1/s\"}\n", (double)count / seconds);
	(void)printf("{\"bench\":\"mirror\",\"metric\":\"mirror.cpu_us_per_entry\",\"value\":%.2f,"
		"\"unit\":\"us\"}\n", cpu / (double)count);
	MHD_stop_daemon(server);
	arena_clear(&served.arena);
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}
