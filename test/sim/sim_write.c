/* sim_write.c - the same samples in three formats. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/scoped.h"
#include "mdf_write.h"
#include "sim/sim.h"
#include "trace_write.h"

#define RECORD_BYTES_MAX (8 * (SIM_COLUMNS_MAX + 1))

/* ---- MDF ------------------------------------------------------------------------------------- */

/* A record is its time in seconds and a double a column; a text is the number of its label. */
static void put_records(struct buf *b, const struct sim_run *run)
{
	for (uint32_t r = 0; r < run->rows; r++) {
		double t = (double)run->times_ns[r] / 1e9;
		buf_put(b, &t, sizeof(t));
		for (uint32_t i = 0; i < run->column_count; i++)
			buf_put(b, &run->columns[i].values[r], sizeof(double));
	}
}

void sim_put_mdf(struct buf *b, const struct sim_run *run)
{
	static const double keys[] = { 0, 1, 2, 3 };
	struct mdf_write_ref refs[4] = { 0 };
	struct mdf_write_conversion texts = { .type = 7, .values = keys, .refs = refs };
	struct mdf_write_channel channels[SIM_COLUMNS_MAX + 1] = { { .name = "time", .unit = "s",
		.type = 2, .sync = 1, .data_type = 4, .bit_count = 64 } };
	uint32_t count = 1;
	SCOPED_BUF records;

	buf_init(&records, (size_t)SIM_ROWS_MAX * RECORD_BYTES_MAX);
	put_records(&records, run);
	for (uint32_t i = 0; i < run->column_count; i++) {
		const struct sim_column *c = &run->columns[i];
		channels[count] = (struct mdf_write_channel){ .name = c->name,
			.unit = c->unit[0] ? c->unit : NULL, .data_type = 4, .bit_count = 64,
			.byte_offset = 8 * count };
		count++;
		if (!c->labels)
			continue;
		for (uint32_t k = 0; k < c->label_count; k++)
			refs[k].text = c->labels[k];
		texts.value_count = c->label_count;
		texts.ref_count = c->label_count + 1; /* the last is for other numbers: none */
		channels[count - 1].conversion = &texts;
	}
	const struct mdf_write_group group = { .name = "run",
		.record_bytes = 8 * count, .rows = run->rows,
		.records = (const uint8_t *)records.at, .channel_count = count,
		.channels = channels };
	const struct mdf_write_data data = { .group_count = 1, .groups = &group,
		.storage = { .container = MDF_DT } };
	const struct mdf_write_file file = { .start_ns = (uint64_t)run->start_ns, .data_count = 1,
		.data = &data };
	mdf_write(b, &file);
}

/* ---- CSV ------------------------------------------------------------------------------------- */

static void put_number(struct buf *b, double value)
{
	char text[40];

	(void)snprintf(text, sizeof(text), "%.4f", value); /* finer than any instrument here */
	buf_put_text(b, text);
}

void sim_put_csv(struct buf *b, const struct sim_run *run)
{
	buf_put_text(b, "time [s]");
	for (uint32_t i = 0; i < run->column_count; i++) {
		const struct sim_column *c = &run->columns[i];
		buf_printf(b, c->unit[0] ? ",%s [%s]" : ",%s", c->name, c->unit);
	}
	buf_put_char(b, '\n');
	for (uint32_t r = 0; r < run->rows; r++) {
		buf_printf(b, "%lld.%06lld", (long long)(run->times_ns[r] / 1000000000),
			(long long)(run->times_ns[r] % 1000000000 / 1000));
		for (uint32_t i = 0; i < run->column_count; i++) {
			const struct sim_column *c = &run->columns[i];
			buf_put_char(b, ',');
			if (c->labels)
				buf_put_text(b, c->labels[(int)c->values[r]]);
			else
				put_number(b, c->values[r]);
		}
		buf_put_char(b, '\n');
	}
}

/* ---- OSI ------------------------------------------------------------------------------------- */

#define EGO_ID 1
#define OTHER_ID 2

static double value_of(const struct sim_run *run, const char *name, uint32_t row)
{
	for (uint32_t i = 0; i < run->column_count; i++) {
		if (strcmp(run->columns[i].name, name) == 0)
			return run->columns[i].values[row];
	}
	return NAN;
}

static struct trace_object object_of(const struct sim_run *run, uint32_t row, bool ego)
{
	return (struct trace_object){ .id = ego ? EGO_ID : OTHER_ID, .type = 2,
		.x = value_of(run, ego ? "ego_x" : "lead_x", row),
		.y = value_of(run, ego ? "ego_y" : "lead_y", row), .z = 0,
		.vx = value_of(run, ego ? "ego_speed" : "lead_speed", row) / 3.6, .vy = 0, .vz = 0,
		.ax = ego ? value_of(run, "ego_accel", row) : NAN, .ay = ego ? 0 : NAN,
		.az = ego ? 0 : NAN, .yaw = value_of(run, ego ? "ego_yaw" : "lead_yaw", row),
		.yaw_rate = NAN, .length = ego ? 4.8 : 4.5, .width = ego ? 1.9 : 1.8,
		.height = 1.5 };
}

bool sim_put_osi(struct buf *b, const struct sim_run *run)
{
	SCOPED_BUF message = { 0 };

	if (run->scenario != SIM_CUT_IN)
		return false;
	buf_init(&message, 65536);
	for (uint32_t r = 0; r < run->rows; r++) {
		const struct trace_object objects[] = { object_of(run, r, true),
			object_of(run, r, false) };
		const struct trace_frame frame = { .time_ns = run->times_ns[r],
			.host_id = EGO_ID, .object_count = 2, .objects = objects };
		buf_reset(&message);
		trace_put_sensor_view(&message, &frame);
		trace_put_osi(b, buf_str(&message));
	}
	return true;
}
