/* bench_mdf.c - how fast MDF files become columns, on one core. Prints one JSON line a figure.
 *
 *   bench_mdf            mdf.decode.*: an uncompressed file in memory to columns, as a share of the
 *                        bandwidth with which memcpy copies the same bytes in the same run: a file
 *                        of doubles, and one of mixed fields with conversions and invalidation
 *                        bits. mdf.deflate.*: a compressed file, as a multiple of the time zlib
 *                        takes to inflate its blocks; plain and transposed.
 *   bench_mdf stream     stream.20g.rss_mb: peak memory of a process that reads a file of 20 GB
 *
 * Columns and copies go to memory that was touched before. Times are those of the process on a
 * processor; the best of RUNS counts.
 */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "evidence/evidence.h"
#include "mdf_write.h"

#define RUNS 5
#define ARENA_CAP (1u << 30)
#define FILE_MAX (1u << 30)
#define DOUBLES 40             /* a test run's file: 40 channels of doubles and a time */
#define BLOCK_BYTES (1u << 20)
#define STREAM_BYTES (UINT64_C(20) << 30)
#define STREAM_ROWS_AT_ONCE 4096

static void print(const char *metric, double value, const char *unit)
{
	(void)printf("{\"bench\":\"mdf\",\"metric\":\"%s\",\"value\":%.3f,\"unit\":\"%s\"}\n",
		metric, value, unit);
}

static void must(enum err_code code, const struct err *e)
{
	if (code == ERR_OK)
		return;
	(void)fprintf(stderr, "bench_mdf: %s\n", e->message);
	exit(1);
}

/* Time of this process on a processor: others that run meanwhile do not count. */
static double cpu_us(void)
{
	struct timespec t;

	CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- a sink of columns ----------------------------------------------------------------------- */

/* Columns as long as the file, or a small block that is used again and again. */
struct columns {
	uint32_t count;
	uint64_t capacity, used, rows;
	bool again;
	int64_t *times;
	double **columns, **at;
	double sum;
};

static enum err_code room(void *context, uint32_t group, uint64_t rows_left,
	struct evidence_block *ret, struct err *e)
{
	struct columns *c = context;

	(void)rows_left;
	if (c->again)
		c->used = 0;
	if (c->used == c->capacity)
		return err_set(e, ERR_TOO_LARGE, "more rows than were written");
	for (uint32_t k = 0; k < c->count; k++)
		c->at[k] = c->columns[k] + c->used;
	*ret = (struct evidence_block){ .group = group, .capacity = c->capacity - c->used,
		.times = c->times + c->used, .values = c->at };
	return ERR_OK;
}

static enum err_code filled(void *context, const struct evidence_block *block, uint64_t count,
	struct err *e)
{
	struct columns *c = context;

	(void)e;
	if (c->again && count > 0)
		c->sum += block->values[0][count - 1];
	c->used += count;
	c->rows += count;
	return ERR_OK;
}

static enum err_code label(void *context, uint32_t wanted, uint32_t index, struct str text,
	struct err *e)
{
	(void)context, (void)wanted, (void)index, (void)text, (void)e;
	return ERR_OK;
}

static enum err_code note(void *context, enum note_code code, struct str where, struct str text,
	struct err *e)
{
	(void)context, (void)where;
	return err_set(e, ERR_INVALID, "%s: " STR_FMT, note_name(code), STR_ARG(text));
}

static void *touched(size_t size)
{
	void *at = malloc(size);

	CHECK(at != NULL);
	memset(at, 1, size);
	return at;
}

static void columns_open(struct columns *c, uint32_t count, uint64_t rows, bool again)
{
	*c = (struct columns){ .count = count, .capacity = rows, .again = again };
	c->times = touched(rows * 8);
	c->columns = touched(count * sizeof(*c->columns));
	c->at = touched(count * sizeof(*c->at));
	for (uint32_t k = 0; k < count; k++)
		c->columns[k] = touched(rows * 8);
}

static void columns_close(struct columns *c)
{
	for (uint32_t k = 0; k < c->count; k++)
		free(c->columns[k]);
	free(c->columns);
	free(c->times);
	free(c->at);
}

/* Reads all channels of the file but its time axis, which every reading brings along. */
static void read_into(struct columns *c, const struct evidence_file *f)
{
	SCOPED_ARENA a = { 0 };
	struct evidence_sink sink = { room, filled, label, note, c };
	uint32_t wanted[DOUBLES + 1], count = 0;
	struct evidence_listing l;
	struct err e = { 0 };

	arena_init(&a, ARENA_CAP);
	must(evidence_list(&a, f, NULL, &l, &e), &e);
	for (uint32_t i = 1; i < l.channel_count; i++)
		wanted[count++] = i;
	CHECK(count == c->count);
	c->used = c->rows = 0;
	must(evidence_read(&a, f, NULL, &l, wanted, count, &sink, &e), &e);
}

/* ---- decoding -------------------------------------------------------------------------------- */

static double best_copy_us(const struct buf *file, uint8_t *to)
{
	double best = INFINITY;

	for (int run = 0; run < RUNS; run++) {
		double start = cpu_us();
		memcpy(to, file->at, file->len);
		best = fmin(best, cpu_us() - start);
	}
	return best;
}

static double best_read_us(struct columns *c, const struct evidence_file *f, uint64_t rows)
{
	double best = INFINITY;

	for (int run = 0; run < RUNS; run++) {
		double start = cpu_us();
		read_into(c, f);
		best = fmin(best, cpu_us() - start);
		CHECK(c->rows == rows);
	}
	return best;
}

static struct evidence_file file_of(const struct buf *b)
{
	return (struct evidence_file){ .name = STR("bench.mf4"), .at = (const uint8_t *)b->at,
		.size = b->len };
}

static void print_ratio(const char *name, const struct buf *b, uint32_t columns, uint64_t rows)
{
	struct evidence_file f = file_of(b);
	uint8_t *copy = touched(b->len);
	struct columns c;
	char metric[64];
	double copy_us, read_us;

	columns_open(&c, columns, rows, false);
	copy_us = best_copy_us(b, copy);
	read_us = best_read_us(&c, &f, rows);
	columns_close(&c);
	free(copy);
	(void)snprintf(metric, sizeof(metric), "mdf.decode%s.memcpy_ratio", name);
	print(metric, copy_us / read_us, "1");
	(void)snprintf(metric, sizeof(metric), "mdf.decode%s.mb_per_s", name);
	print(metric, (double)b->len / read_us, "MB/s");
}

/* Channels of doubles, as a simulation or a measuring computer writes them. */
static struct mdf_write_channel *double_channels(void)
{
	struct mdf_write_channel *ch = calloc(DOUBLES + 1, sizeof(*ch));

	CHECK(ch != NULL);
	ch[0] = (struct mdf_write_channel){ .name = "t", .unit = "s", .type = 2, .sync = 1,
		.data_type = 4, .bit_count = 64 };
	for (uint32_t i = 1; i <= DOUBLES; i++)
		ch[i] = (struct mdf_write_channel){ .name = "x", .data_type = 4, .bit_count = 64,
			.byte_offset = 8 * i };
	return ch;
}

static void write_doubles(struct buf *b, uint64_t rows, struct mdf_write_storage storage)
{
	size_t size = 8 * (DOUBLES + 1);
	double *records = calloc(rows, size);
	struct mdf_write_channel *ch = double_channels();
	struct mdf_write_group g = { .record_bytes = (uint32_t)size, .rows = rows,
		.records = (const uint8_t *)records, .channel_count = DOUBLES + 1,
		.channels = ch };
	struct mdf_write_data d = { .group_count = 1, .groups = &g, .storage = storage };
	struct mdf_write_file f = { .data_count = 1, .data = &d };

	CHECK(records != NULL);
	for (uint64_t r = 0; r < rows; r++) {
		records[r * (DOUBLES + 1)] = (double)r * 0.01;
		/* Rounded to what an instrument resolves, so that it can be compressed. */
		for (uint32_t i = 1; i <= DOUBLES; i++)
			records[r * (DOUBLES + 1) + i] =
				floor((double)((r * i) % 1000) * 0.37 + (double)i) * 0.01;
	}
	mdf_write(b, &f);
	CHECK(!b->overflow);
	free(records);
	free(ch);
}

/* A record of a bus logger after decoding: integers with factors, floats, flags. */
static void write_mixed(struct buf *b, uint64_t rows)
{
	static const double factor[] = { -10, 0.01 };
	static const struct mdf_write_conversion linear = { .type = 1, .value_count = 2,
		.values = factor };
	static const struct mdf_write_channel ch[] = {
		{ .name = "t", .unit = "s", .type = 2, .sync = 1, .data_type = 4, .bit_count = 64 },
		{ .name = "a", .bit_count = 16, .byte_offset = 8, .conversion = &linear },
		{ .name = "b", .data_type = 2, .bit_count = 16, .byte_offset = 10,
			.conversion = &linear },
		{ .name = "c", .data_type = 3, .bit_count = 16, .byte_offset = 12,
			.conversion = &linear },
		{ .name = "d", .data_type = 4, .bit_count = 32, .byte_offset = 14, .flags = 2 },
		{ .name = "e", .data_type = 4, .bit_count = 32, .byte_offset = 18 },
		{ .name = "f", .bit_count = 3, .bit_offset = 3, .byte_offset = 22 },
		{ .name = "g", .data_type = 4, .bit_count = 64, .byte_offset = 24 },
		{ .name = "h", .data_type = 4, .bit_count = 64, .byte_offset = 32 } };
	enum { SIZE = 41, COUNT = sizeof(ch) / sizeof(ch[0]) };
	uint8_t *records = calloc(rows, SIZE);
	struct mdf_write_group g = { .record_bytes = SIZE - 1, .inval_bytes = 1, .rows = rows,
		.records = records, .channel_count = COUNT, .channels = ch };
	struct mdf_write_data d = { .group_count = 1, .groups = &g };
	struct mdf_write_file f = { .data_count = 1, .data = &d };

	CHECK(records != NULL);
	for (uint64_t r = 0; r < rows; r++) {
		double t = (double)r * 0.001;
		memcpy(records + r * SIZE, &t, 8);
		for (int i = 8; i < 24; i++)
			records[r * SIZE + i] = (uint8_t)(r * i >> 3);
		memcpy(records + r * SIZE + 24, &t, 8);
		memcpy(records + r * SIZE + 32, &t, 8);
	}
	mdf_write(b, &f);
	CHECK(!b->overflow);
	free(records);
}

/* ---- deflate --------------------------------------------------------------------------------- */

/* Inflates every DZ block of the file into one buffer, as a reader must at least. */
static void inflate_all(const struct buf *b, uint8_t *to)
{
	z_stream z = { 0 };

	CHECK(inflateInit(&z) == Z_OK);
	for (size_t at = 168; at + 48 <= b->len;) {
		const uint8_t *p = (const uint8_t *)b->at + at;
		uint64_t length, out, in;
		memcpy(&length, p + 8, 8);
		memcpy(&out, p + 32, 8);
		memcpy(&in, p + 40, 8);
		if (memcmp(p, "##DZ", 4) == 0) {
			CHECK(inflateReset(&z) == Z_OK);
			z.next_in = (z_const Bytef *)(uintptr_t)(p + 48);
			z.avail_in = (uInt)in;
			z.next_out = to;
			z.avail_out = (uInt)out;
			CHECK(inflate(&z, Z_FINISH) == Z_STREAM_END);
		}
		at += (length + 7) & ~UINT64_C(7);
	}
	(void)inflateEnd(&z); /* only gives memory back */
}

static void print_deflate(const char *metric, enum mdf_zip zip)
{
	struct mdf_write_storage s = { .container = MDF_HL_DL_DZ, .zip = zip,
		.block_bytes = BLOCK_BYTES / (8 * (DOUBLES + 1)) * (8 * (DOUBLES + 1)) };
	enum { ROWS = 200000 };
	SCOPED_BUF b = { 0 };
	uint8_t *block = touched(BLOCK_BYTES);
	struct evidence_file f;
	struct columns c;
	double inflate_us = INFINITY, read_us;

	buf_init(&b, FILE_MAX);
	write_doubles(&b, ROWS, s);
	f = file_of(&b);
	columns_open(&c, DOUBLES, ROWS, false);
	for (int run = 0; run < RUNS; run++) {
		double start = cpu_us();
		inflate_all(&b, block);
		inflate_us = fmin(inflate_us, cpu_us() - start);
	}
	read_us = best_read_us(&c, &f, ROWS);
	columns_close(&c);
	free(block);
	print(metric, read_us / inflate_us, "1");
}

/* ---- a file of 20 GB ------------------------------------------------------------------------- */

static uint64_t passed_bytes;

static void drop_pages(void *context, uint64_t offset)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), from = passed_bytes / page * page;

	if (offset > from)
		(void)madvise((uint8_t *)context + from, offset - from, MADV_DONTNEED); /* a hint */
	passed_bytes = offset;
}

static void stream_file(const char *path)
{
	SCOPED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	struct columns c;
	struct evidence_file f = { .name = STR("stream.mf4"), .passed = drop_pages };
	void *at;

	CHECK(fd >= 0);
	CHECK(fstat(fd, &st) == 0);
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(at != MAP_FAILED);
	f.at = at;
	f.context = at;
	f.size = (uint64_t)st.st_size;
	columns_open(&c, DOUBLES, STREAM_ROWS_AT_ONCE, true);
	read_into(&c, &f);
	CHECK(c.rows == (STREAM_BYTES - 24) / (8 * (DOUBLES + 1)));
	columns_close(&c);
}

/* A file with one DT block that reaches to its end; the records are a hole, read as zeros. */
static void write_sparse(const char *path)
{
	SCOPED_FD fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	SCOPED_BUF b = { 0 };
	uint8_t head[24] = "##DT";
	uint64_t length = STREAM_BYTES, rows = (STREAM_BYTES - 24) / (8 * (DOUBLES + 1)), at;
	size_t dg, cg;

	CHECK(fd >= 0);
	buf_init(&b, FILE_MAX);
	write_doubles(&b, 1, (struct mdf_write_storage){ .container = MDF_DT });
	while (b.len % 8 != 0)
		buf_put_char(&b, 0);
	at = b.len;
	dg = str_find(buf_str(&b), STR("##DG"));
	cg = str_find(buf_str(&b), STR("##CG"));
	memcpy(b.at + dg + 40, &at, 8);
	memcpy(b.at + cg + 24 + 48 + 8, &rows, 8);
	memcpy(head + 8, &length, 8);
	buf_put(&b, head, sizeof(head));
	CHECK(write(fd, b.at, b.len) == (ssize_t)b.len);
	CHECK(ftruncate(fd, (off_t)(at + STREAM_BYTES)) == 0);
}

static void bench_stream(void)
{
	char folder[] = "/tmp/huren-bench-XXXXXX", path[64];
	struct rusage usage;
	uint64_t start = instant_monotonic_us();
	pid_t child;
	int status;

	CHECK(mkdtemp(folder) != NULL);
	(void)snprintf(path, sizeof(path), "%s/20g.mf4", folder);
	write_sparse(path);
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		stream_file(path);
		exit(0);
	}
	CHECK(wait4(child, &status, 0, &usage) == child);
	(void)unlink(path);   /* only cleaning up */
	(void)rmdir(folder);  /* as above */
	CHECK(WIFEXITED(status));
	CHECK(WEXITSTATUS(status) == 0);
	print("stream.20g.rss_mb", (double)usage.ru_maxrss / 1024, "MB");
	print("stream.20g.s", (double)(instant_monotonic_us() - start) / 1e6, "s");
}

static void bench_decode(void)
{
	enum { ROWS = 400000, MIXED_ROWS = 3000000 };
	SCOPED_BUF doubles = { 0 };
	SCOPED_BUF mixed = { 0 };

	buf_init(&doubles, FILE_MAX);
	write_doubles(&doubles, ROWS, (struct mdf_write_storage){ .container = MDF_DT });
	print_ratio("", &doubles, DOUBLES, ROWS);
	buf_clear(&doubles);
	buf_init(&mixed, FILE_MAX);
	write_mixed(&mixed, MIXED_ROWS);
	print_ratio(".mixed", &mixed, 8, MIXED_ROWS);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "stream") == 0) {
		bench_stream();
		return 0;
	}
	bench_decode();
	print_deflate("mdf.deflate.zlib_ratio", MDF_DEFLATE);
	print_deflate("mdf.deflate.transposed.zlib_ratio", MDF_DEFLATE_TRANSPOSED);
	return 0;
}
