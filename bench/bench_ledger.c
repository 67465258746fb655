/* bench_ledger.c - the writer, the disk, the start and the mirror. One JSON line a figure.
 *
 *     bench_ledger                    append, reports, disk and mirror, and the start of a folder
 *                                     built with BENCH_START_ENTRIES entries (10,000,000)
 *     bench_ledger append|reports|disk|mirror [COUNT]
 *     bench_ledger build DIR COUNT    a node's folder with so many entries, by the writer itself
 *     bench_ledger start DIR          opens it
 *
 * append: small statements through the queue; what the door checks (signatures: bench_verify) is
 * left out, all else is the way of a real one. reports: 6 kB each, 64 clients that wait for their
 * answer.
 */
#include <dirent.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../test/city.h"
#include "base/instant.h"
#include "stream.h"

#define DOMAIN "bench.huren.example"
#define IN_FLIGHT 3000       /* under the queue's limit */
#define CLIENTS 64
#define MIRROR_BATCH 4096
#define PLACES_MAX 8

static void must(enum err_code code, const struct err *e)
{
	if (code == ERR_OK)
		return;
	(void)fprintf(stderr, "bench_ledger: %s\n", e->message);
	exit(1);
}

static void print(const char *bench, const char *metric, double value, const char *unit)
{
	(void)printf("{\"bench\":\"%s\",\"metric\":\"%s\",\"value\":%.1f,\"unit\":\"%s\"}\n", bench,
		metric, value, unit);
	(void)fflush(stdout);
}

/* ---- statements ------------------------------------------------------------------------------ */

/* One canonical statement whose id is written anew for each copy. */
struct model {
	char *text;
	size_t len;
	size_t id_count;
	size_t id_at[PLACES_MAX];  /* of its UUID's 36 characters */
};

static struct model model_of(struct arena *a, struct str text)
{
	struct model m = { .text = str_z(a, text), .len = text.len };
	struct statement s = sample_parse(a, text);
	size_t at = 0, found;

	CHECK(m.text);
	while ((found = str_find(str_skip(text, at), s.id)) != SIZE_MAX) {
		CHECK(m.id_count < PLACES_MAX);
		at += found + 9;
		m.id_at[m.id_count++] = at;
	}
	return m;
}

static struct str copy_model(struct arena *a, const struct model *m, uint64_t number)
{
	char *text = arena_copy(a, m->text, m->len);
	uint8_t id_key[16];

	CHECK(text);
	stream_id(number, id_key);
	for (size_t i = 0; i < m->id_count; i++)
		stream_write_id(text + m->id_at[i], id_key);
	return (struct str){ text, m->len };
}

/* ---- append ---------------------------------------------------------------------------------- */

/* Entries first .. first+count-1; gives the seconds it took. */
static double append(struct city *c, const struct model *m, uint64_t first, uint64_t count)
{
	struct stream *s = stream_open(c->ledger, IN_FLIGHT, 1 << 20);
	uint64_t start = instant_monotonic_us();

	for (uint64_t i = 0; i < count; i++) {
		struct arena *a = stream_next(s);
		stream_put(s, copy_model(a, m, first + i));
		if (i > 0 && i % 1000000 == 0)
			(void)fprintf(stderr, "bench_ledger: %llu entries, %.0f/s\n",
				(unsigned long long)i,
				(double)i * 1e6 / (double)(instant_monotonic_us() - start));
	}
	stream_close(s);
	return (double)(instant_monotonic_us() - start) / 1e6;
}

/* A founded city, opened, and a small statement of it. */
static struct model open_city(struct city *c, const char *dir)
{
	struct arena *a = &c->arena;

	if (dir)
		city_init_at(c, dir, DOMAIN, 10);
	else
		city_init(c, DOMAIN, 10);
	city_open(c);
	city_found(c);
	return model_of(a, city_decision(c, a));
}

static void print_writer(struct city *c, const char *bench, double seconds, uint64_t count)
{
	struct ledger_figures f;

	ledger_figures(c->ledger, &f);
	print(bench, "writer_us_per_entry", (double)(f.busy_us - f.commit_us) / (double)count,
		"us");
	print(bench, "commit_share", 100.0 * (double)f.commit_us / (seconds * 1e6), "%");
	print(bench, "entries_per_commit", (double)f.statements / (double)f.batches, "1");
}

static void bench_append(uint64_t count)
{
	struct city c;
	struct model m = open_city(&c, NULL);
	double seconds = append(&c, &m, 1, count);

	print("append", "append.per_s", (double)count / seconds, "1/s");
	print_writer(&c, "append", seconds, count);
	city_clear(&c);
}

/* ---- reports: clients that wait -------------------------------------------------------------- */

struct client {
	struct city *city;
	const struct model *model;
	sem_t answered;
	struct publication p;
	struct arena arena;
	uint64_t first, count;
	pthread_t thread;
	uint64_t worst_us;
};

static void client_done(struct publication *p)
{
	struct client *c = p->context;

	CHECK(sem_post(&c->answered) == 0);
}

static void *client_run(void *context)
{
	struct client *c = context;
	struct err e;

	for (uint64_t i = 0; i < c->count; i++) {
		uint64_t start = instant_monotonic_us(), us;
		arena_reset(&c->arena);
		c->p = (struct publication){ .arena = &c->arena, .done = client_done,
			.context = c };
		must(ledger_prepare_unchecked(c->city->ledger, &c->p,
			copy_model(&c->arena, c->model, c->first + i), &e), &e);
		must(ledger_publish(c->city->ledger, &c->p, &e), &e);
		while (sem_wait(&c->answered) != 0)
			continue;
		CHECK(c->p.err.code == ERR_OK);
		us = instant_monotonic_us() - start;
		c->worst_us = us > c->worst_us ? us : c->worst_us;
	}
	digest_thread_clear();
	return NULL;
}

static void bench_reports(uint64_t count)
{
	static struct client clients[CLIENTS];
	struct city c;
	struct model m;
	uint64_t start, worst = 0;
	struct arena a;
	double seconds;

	(void)open_city(&c, NULL);
	arena_init(&a, 64 << 20);
	m = model_of(&a, city_report(&c, &a, 2));
	start = instant_monotonic_us();
	for (size_t i = 0; i < CLIENTS; i++) {
		clients[i] = (struct client){ .city = &c, .model = &m, .first = i * count + 1,
			.count = count / CLIENTS };
		arena_init(&clients[i].arena, 4 << 20);
		CHECK(sem_init(&clients[i].answered, 0, 0) == 0);
		CHECK(pthread_create(&clients[i].thread, NULL, client_run, &clients[i]) == 0);
	}
	for (size_t i = 0; i < CLIENTS; i++) {
		CHECK(pthread_join(clients[i].thread, NULL) == 0);
		worst = clients[i].worst_us > worst ? clients[i].worst_us : worst;
		arena_clear(&clients[i].arena);
	}
	seconds = (double)(instant_monotonic_us() - start) / 1e6;
	count = count / CLIENTS * CLIENTS;
	print("append.reports", "append.reports.per_s", (double)count / seconds, "1/s");
	print("append.reports", "bytes", (double)m.len, "bytes");
	print("append.reports", "worst_ms", (double)worst / 1e3, "ms");
	print_writer(&c, "append.reports", seconds, count);
	arena_clear(&a);
	city_clear(&c);
}

/* ---- disk ------------------------------------------------------------------------------------ */

/* What the folder takes on the disk, and what its files hold. */
static void add_folder(const char *path, uint64_t *ret_taken, int depth)
{
	const struct dirent *entry;
	DIR *dir = opendir(path);
	char child[1024];
	struct stat st;

	CHECK(dir && depth < 12);
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		CHECK((size_t)snprintf(child, sizeof(child), "%s/%s", path, entry->d_name) <
			sizeof(child));
		CHECK(lstat(child, &st) == 0);
		*ret_taken += (uint64_t)st.st_blocks * 512;
		if (S_ISDIR(st.st_mode))
			add_folder(child, ret_taken, depth + 1);
	}
	(void)closedir(dir); /* read only */
}

/* Lets the filer finish. */
static void wait_for_files(struct ledger *l)
{
	struct ledger_figures f;

	do {
		(void)usleep(20000); /* a signal only shortens it */
		ledger_figures(l, &f);
	} while (f.size - f.files_size >= TILE_WIDTH);
}

/* Of a closed folder, what it takes beside the bodies. */
static void print_disk(const char *bench, const char *dir, const struct model *m, uint64_t count)
{
	uint64_t taken = 0;

	add_folder(dir, &taken, 0);
	print(bench, "disk.bytes_per_entry", ((double)taken - (double)(m->len * count)) /
		(double)count, "bytes");
	print(bench, "body_bytes", (double)m->len, "bytes");
}

static void bench_disk(uint64_t count)
{
	struct city c;
	struct model m = open_city(&c, NULL);

	(void)append(&c, &m, 1, count);
	wait_for_files(c.ledger);
	city_close(&c);
	print_disk("disk", c.dir, &m, count);
	city_clear(&c);
}

/* ---- start ----------------------------------------------------------------------------------- */

static double status_mb(const char *name)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	double kb = 0;

	while (f && fgets(line, sizeof(line), f)) {
		uint64_t value = 0;
		struct str text = str_of(line);
		if (!str_starts(text, name))
			continue;
		text = str_trim(str_skip(text, strlen(name)));
		CHECK(str_parse_u64(str_cut(&text, ' '), &value, NULL) == ERR_OK);
		kb = (double)value;
	}
	if (f)
		(void)fclose(f); /* read only */
	return kb / 1024;
}

static void bench_start(const char *dir)
{
	struct merkle_proof proof;
	struct str note;
	uint64_t size, start;
	struct arena a;
	struct city c;
	struct err e;

	arena_init(&a, 1 << 20);
	city_init_at(&c, dir, DOMAIN, 10);
	start = instant_monotonic_us();
	city_open(&c);
	must(ledger_checkpoint(c.ledger, &a, &note, &size, &e), &e);
	must(ledger_prove_inclusion(c.ledger, STR(""), size / 3, size, &proof, &e), &e);
	print("start", size >= 10000000 ? "start.10m.ms" : "start.ms",
		(double)(instant_monotonic_us() - start) / 1e3, "ms");
	print("start", size >= 10000000 ? "start.10m.rss_mb" : "start.rss_mb", status_mb("VmRSS:"),
		"MB");
	print("start", "entries", (double)size, "1");
	city_close(&c);
	arena_clear(&c.arena);
	arena_clear(&a);
}

static void build(const char *dir, uint64_t count)
{
	struct city c;
	struct model m = open_city(&c, dir);
	double seconds = append(&c, &m, 1, count);

	(void)fprintf(stderr, "bench_ledger: %.0f entries/s\n", (double)count / seconds);
	print_writer(&c, "build", seconds, count);
	print("build", "peak_rss_mb", status_mb("VmHWM:"), "MB");
	wait_for_files(c.ledger);
	city_close(&c);
	print_disk("build", dir, &m, count);
	arena_clear(&c.arena);
}

/* ---- mirror ---------------------------------------------------------------------------------- */

/* Entries of `from`'s log as a peer would have fetched and proven them. */
static void mirror_some(struct city *from, struct city *to, uint64_t first, uint64_t size,
	struct str note, double *ret_seconds)
{
	uint32_t count = size - first < MIRROR_BATCH ? (uint32_t)(size - first) : MIRROR_BATCH;
	static struct str entries[MIRROR_BATCH];
	static struct digest leaves[MIRROR_BATCH];
	struct ledger_mirror_batch batch = { .origin = ledger_origin(from->ledger),
		.first_index = first, .count = count, .entries = entries, .leaf_hashes = leaves,
		.size = size, .checkpoint = note };
	struct arena a;
	struct err e;

	arena_init(&a, 64 << 20);
	for (uint32_t i = 0; i < count; i += TILE_WIDTH) {
		uint32_t width = count - i < TILE_WIDTH ? count - i : TILE_WIDTH;
		struct tile_id t = { .entries = true, .index = (first + i) / TILE_WIDTH,
			.width = width };
		struct str bytes;
		must(ledger_tile(from->ledger, &a, STR(""), &t, false, &bytes, NULL, &e), &e);
		must(tile_bundle_split(bytes, width, &entries[i], &e), &e);
	}
	for (uint32_t i = 0; i < count; i++)
		leaves[i] = digest_sha256_leaf(entries[i]);
	uint64_t start = instant_monotonic_us();
	must(ledger_mirror(to->ledger, &batch, &e), &e);
	*ret_seconds += (double)(instant_monotonic_us() - start) / 1e6;
	arena_clear(&a);
}

static void bench_mirror(uint64_t count)
{
	struct city from, to;
	struct model m = open_city(&from, NULL);
	double seconds = 0;
	struct str note;
	struct arena a;
	struct err e;
	uint64_t size;

	(void)append(&from, &m, 1, count);
	arena_init(&a, 1 << 20);
	must(ledger_checkpoint(from.ledger, &a, &note, &size, &e), &e);
	city_init(&to, "other.huren.example", 40);
	city_open(&to);
	for (uint64_t i = 0; i < size; i += MIRROR_BATCH)
		mirror_some(&from, &to, i, size, note, &seconds);
	print("mirror", "mirror.store.per_s", (double)size / seconds, "1/s");
	city_clear(&to);
	city_clear(&from);
	arena_clear(&a);
}

/* ---- which ----------------------------------------------------------------------------------- */

static uint64_t number(const char *text, uint64_t fallback)
{
	uint64_t ret = fallback;

	if (text && str_parse_u64(str_of(text), &ret, NULL) != ERR_OK) {
		(void)fprintf(stderr, "bench_ledger: \"%s\" is not a number\n", text);
		exit(2);
	}
	return ret;
}

/* In a process of its own, so that its memory is only its own. */
static void bench_start_apart(const char *program)
{
	uint64_t entries = number(getenv("BENCH_START_ENTRIES"), 10000000);
	const char *parent = getenv("TMPDIR");
	char dir[1024];
	pid_t child;
	int status;

	CHECK((size_t)snprintf(dir, sizeof(dir), "%s/huren-bench-XXXXXX",
		parent ? parent : "/tmp") < sizeof(dir));
	CHECK(mkdtemp(dir));
	build(dir, entries);
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		(void)execl(program, program, "start", dir, (char *)NULL);
		_exit(127);
	}
	CHECK(waitpid(child, &status, 0) == child);
	city_remove_folder(dir);
}

static void all(const char *program)
{
	bench_append(200000);
	bench_reports(50000);
	bench_disk(1000000);
	bench_mirror(500000);
	bench_start_apart(program);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "all";
	const char *argument = argc > 2 ? argv[2] : NULL;

	if (strcmp(what, "all") == 0)
		all(argv[0]);
	else if (strcmp(what, "append") == 0)
		bench_append(number(argument, 200000));
	else if (strcmp(what, "reports") == 0)
		bench_reports(number(argument, 50000));
	else if (strcmp(what, "disk") == 0)
		bench_disk(number(argument, 1000000));
	else if (strcmp(what, "mirror") == 0)
		bench_mirror(number(argument, 500000));
	else if (strcmp(what, "build") == 0 && argc == 4)
		build(argument, number(argv[3], 0));
	else if (strcmp(what, "start") == 0 && argc == 3)
		bench_start(argument);
	else
		return 2;
	return 0;
}
