/* osi_frame.c - SensorView and GroundTruth messages of OSI 3 as frames.
 *
 * Each level of nesting is a function of its own that knows its fields, so the depth is that of the
 * format. Repeated scalars overwrite, repeated messages merge, as proto2 asks.
 */
#include <math.h>

#include "base/limits.h"
#include "evidence/osi_inner.h"

#define NANOS_MAX 999999999u
#define SECOND_NS INT64_C(1000000000)

enum err_code osi_frame_new(struct arena *a, struct osi_frame *ret, struct err *e)
{
	struct osi_object *objects = ARENA_ARRAY(a, struct osi_object, LIMIT_OSI_OBJECTS);

	if (!objects)
		return reader_full(e);
	*ret = (struct osi_frame){ .objects = objects };
	return ERR_OK;
}

static bool parse_time(struct osi_frame *f, struct protobuf p)
{
	struct protobuf_field field;
	enum protobuf_step step;
	int64_t seconds = 0, ns;
	uint64_t nanos = 0;

	while ((step = protobuf_next(&p, &field)) == PROTOBUF_FIELD) {
		if (protobuf_is(&field, 1, PROTOBUF_VARINT))
			seconds = (int64_t)field.value;
		else if (protobuf_is(&field, 2, PROTOBUF_VARINT))
			nanos = field.value;
	}
	f->has_time = nanos <= NANOS_MAX &&
		!__builtin_mul_overflow(seconds, SECOND_NS, &ns) &&
		!__builtin_add_overflow(ns, (int64_t)nanos, &f->time_ns) &&
		f->time_ns != CHANNEL_TIME_UNKNOWN;
	return step == PROTOBUF_END;
}

static bool parse_id(struct protobuf p, uint64_t *ret, bool *ret_has)
{
	struct protobuf_field field;
	enum protobuf_step step;

	while ((step = protobuf_next(&p, &field)) == PROTOBUF_FIELD) {
		if (protobuf_is(&field, 1, PROTOBUF_VARINT)) {
			*ret = field.value;
			*ret_has = true;
		}
	}
	return step == PROTOBUF_END;
}

static void set(struct osi_frame *f, struct osi_object *o, enum osi_value value, double number)
{
	/* A NaN is a missing value, whoever wrote it. */
	if (isnan(number))
		return;
	if (isinf(number)) {
		f->bad_values++;
		return;
	}
	o->values[value] = number;
	o->mask |= 1u << value;
}

/* Vector3d, Dimension3d, Orientation3d: fields 1 to 3 to their values (OSI_VALUE_COUNT: none). */
static bool parse_vector(struct osi_frame *f, struct osi_object *o, struct protobuf p,
	const enum osi_value values[3])
{
	struct protobuf_field field;
	enum protobuf_step step;

	while ((step = protobuf_next(&p, &field)) == PROTOBUF_FIELD) {
		if (field.number >= 1 && field.number <= 3 && field.type == PROTOBUF_FIXED64 &&
			values[field.number - 1] != OSI_VALUE_COUNT)
			set(f, o, values[field.number - 1], protobuf_double(&field));
	}
	return step == PROTOBUF_END;
}

/* BaseMoving and, as far as it goes, BaseStationary. */
static bool parse_base(struct osi_frame *f, struct osi_object *o, struct protobuf p)
{
	static const enum osi_value vectors[][3] = {
		{ OSI_LENGTH, OSI_WIDTH, OSI_HEIGHT }, { OSI_X, OSI_Y, OSI_Z },
		{ OSI_ROLL, OSI_PITCH, OSI_YAW }, { OSI_VX, OSI_VY, OSI_VZ },
		{ OSI_AX, OSI_AY, OSI_AZ }, { OSI_VALUE_COUNT, OSI_VALUE_COUNT, OSI_YAW_RATE },
	};
	uint32_t last = o->is_light ? 3 : 6;
	struct protobuf_field field;
	enum protobuf_step step;

	while ((step = protobuf_next(&p, &field)) == PROTOBUF_FIELD) {
		if (field.number >= 1 && field.number <= last && field.type == PROTOBUF_BYTES &&
			!parse_vector(f, o, field.bytes, vectors[field.number - 1]))
			return false;
	}
	return step == PROTOBUF_END;
}

static bool parse_classification(struct osi_frame *f, struct osi_object *o, struct protobuf p)
{
	struct protobuf_field field;
	enum protobuf_step step;

	while ((step = protobuf_next(&p, &field)) == PROTOBUF_FIELD) {
		if (protobuf_is(&field, 1, PROTOBUF_VARINT))
			set(f, o, OSI_COLOR, (double)(uint32_t)field.value);
		else if (protobuf_is(&field, 3, PROTOBUF_VARINT))
			set(f, o, OSI_MODE, (double)(uint32_t)field.value);
	}
	return step == PROTOBUF_END;
}

static bool parse_object(struct osi_frame *f, struct osi_object *o, struct protobuf p)
{
	struct protobuf_field field;
	enum protobuf_step step;

	while ((step = protobuf_next(&p, &field)) == PROTOBUF_FIELD) {
		bool whole = true;
		if (protobuf_is(&field, 1, PROTOBUF_BYTES))
			whole = parse_id(field.bytes, &o->id, &o->has_id);
		else if (protobuf_is(&field, 2, PROTOBUF_BYTES))
			whole = parse_base(f, o, field.bytes);
		else if (o->is_light && protobuf_is(&field, 3, PROTOBUF_BYTES))
			whole = parse_classification(f, o, field.bytes);
		else if (!o->is_light && protobuf_is(&field, 3, PROTOBUF_VARINT))
			set(f, o, OSI_TYPE, (double)(uint32_t)field.value);
		if (!whole)
			return false;
	}
	/* In the plane: what a speedometer shows. */
	if ((o->mask & 1u << OSI_VX) && (o->mask & 1u << OSI_VY)) {
		double vx = o->values[OSI_VX], vy = o->values[OSI_VY];
		set(f, o, OSI_SPEED, sqrt(vx * vx + vy * vy));
	}
	return step == PROTOBUF_END;
}

static bool add_object(struct osi_frame *f, struct protobuf p, bool is_light)
{
	struct osi_object *o;

	if (f->object_count == LIMIT_OSI_OBJECTS) {
		f->dropped++;
		return true;
	}
	o = &f->objects[f->object_count];
	o->has_id = false;
	o->is_light = is_light;
	o->mask = 0;
	if (!parse_object(f, o, p))
		return false;
	f->object_count += o->has_id; /* without one it is nobody's */
	return true;
}

static bool parse_ground_truth(struct osi_frame *f, struct protobuf p)
{
	struct protobuf_field field;
	enum protobuf_step step;

	while ((step = protobuf_next(&p, &field)) == PROTOBUF_FIELD) {
		bool whole = true;
		if (field.type != PROTOBUF_BYTES)
			continue;
		if (field.number == 2)
			whole = parse_time(f, field.bytes);
		else if (field.number == 3 && !f->has_host)
			whole = parse_id(field.bytes, &f->host_id, &f->has_host);
		else if (field.number == 5 || field.number == 7)
			whole = add_object(f, field.bytes, field.number == 7);
		if (!whole)
			return false;
	}
	return step == PROTOBUF_END;
}

/* Its own time and host come first; those of the ground truth inside overrule the time. */
static bool parse_sensor_view(struct osi_frame *f, struct protobuf p)
{
	struct protobuf again = p;
	struct protobuf_field field;
	enum protobuf_step step;

	while ((step = protobuf_next(&p, &field)) == PROTOBUF_FIELD) {
		bool whole = true;
		if (protobuf_is(&field, 2, PROTOBUF_BYTES))
			whole = parse_time(f, field.bytes);
		else if (protobuf_is(&field, 8, PROTOBUF_BYTES))
			whole = parse_id(field.bytes, &f->host_id, &f->has_host);
		if (!whole)
			return false;
	}
	if (step != PROTOBUF_END)
		return false;
	while ((step = protobuf_next(&again, &field)) == PROTOBUF_FIELD) {
		if (protobuf_is(&field, 7, PROTOBUF_BYTES) && !parse_ground_truth(f, field.bytes))
			return false;
	}
	return step == PROTOBUF_END;
}

bool osi_frame_parse(struct osi_frame *f, enum osi_type type, struct protobuf message)
{
	*f = (struct osi_frame){ .objects = f->objects };
	return type == OSI_SENSOR_VIEW ? parse_sensor_view(f, message) :
		parse_ground_truth(f, message);
}
