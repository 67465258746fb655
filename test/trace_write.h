/* trace_write.h - small writers of the text and trace formats the readers take, for tests and for
 * the simulator of sample runs.
 *
 * Is:      the fewest records a reader must understand, with the numbers given and nothing else.
 * Is not:  a library for others: a broken call is a CHECK, a full buffer shows as `overflow`.
 */
#ifndef HUREN_TEST_TRACE_WRITE_H
#define HUREN_TEST_TRACE_WRITE_H

#include "base/buf.h"

/* ---- CSV ------------------------------------------------------------------------------------- */

struct trace_csv {
	char delimiter;            /* ',' ';' '\t' */
	char decimal;              /* '.' or ','; not the delimiter */
	const char *newline;       /* "\n" or "\r\n" */
	uint32_t column_count;
	const char *const *names;  /* as they stand in the header: "speed [km/h]" */
	const char *const *units;  /* a row of its own below the header; NULL for none */
};

void trace_put_csv_header(struct buf *b, const struct trace_csv *f);
/* One row; a NaN becomes an empty field. Numbers are written so that they read back the same. */
void trace_put_csv_row(struct buf *b, const struct trace_csv *f, const double *values);

/* ---- OSI ------------------------------------------------------------------------------------- */

/* A NaN leaves the field out. Metres, seconds, radians, in the global frame. */
struct trace_object {
	uint64_t id;
	uint32_t type;             /* 2 vehicle, 3 pedestrian */
	double x, y, z, vx, vy, vz, ax, ay, az;
	double yaw, yaw_rate, length, width, height;
};
struct trace_light {
	uint64_t id;
	uint32_t color;            /* 2 red, 3 yellow, 4 green */
	uint32_t mode;             /* 2 off, 3 constant, 4 flashing */
	double x, y, z;
};
struct trace_frame {
	int64_t time_ns;           /* not negative */
	uint64_t host_id;
	uint32_t object_count;
	const struct trace_object *objects;
	uint32_t light_count;
	const struct trace_light *lights;
};

/* The bare messages. */
void trace_put_ground_truth(struct buf *b, const struct trace_frame *f);
void trace_put_sensor_view(struct buf *b, const struct trace_frame *f);
/* As they stand in a .osi file: behind their length. */
void trace_put_osi(struct buf *b, struct str message);

/* ---- MCAP ------------------------------------------------------------------------------------ */

enum trace_compression { TRACE_NONE, TRACE_ZSTD, TRACE_LZ4 };

/* mcap_begin -> (chunk_begin -> message* -> chunk_end)* -> mcap_end. */
struct trace_mcap {
	struct buf *out;
	enum trace_compression compression;
	struct buf records;        /* of the chunk that is open */
	uint32_t sequence;
	uint64_t first_ns, last_ns;
};

/* One channel, id 1: `topic` carries messages of `schema` ("osi3.SensorView"). */
void trace_mcap_begin(struct trace_mcap *m, struct buf *out, enum trace_compression compression,
	const char *topic, const char *schema);
void trace_mcap_message(struct trace_mcap *m, uint64_t time_ns, struct str message);
void trace_mcap_chunk(struct trace_mcap *m);  /* closes the chunk and begins the next */
void trace_mcap_end(struct trace_mcap *m);

#endif
