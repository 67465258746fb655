/* osi_inner.h - OSI messages as frames, and frames as channels: what .osi files and MCAP share.
 *
 * Is not:  for use outside evidence/.
 */
#ifndef HUREN_EVIDENCE_OSI_INNER_H
#define HUREN_EVIDENCE_OSI_INNER_H

#include "evidence/protobuf.h"
#include "evidence/reader_inner.h"

enum osi_type { OSI_SENSOR_VIEW, OSI_GROUND_TRUTH };

/* Values of a moving object or a traffic light. A light has x, y, z, COLOR and MODE only. */
enum osi_value {
	OSI_X, OSI_Y, OSI_Z, OSI_SPEED, OSI_VX, OSI_VY, OSI_VZ, OSI_AX, OSI_AY, OSI_AZ, OSI_ROLL,
	OSI_PITCH, OSI_YAW, OSI_YAW_RATE, OSI_LENGTH, OSI_WIDTH, OSI_HEIGHT, OSI_TYPE, OSI_COLOR,
	OSI_MODE, OSI_VALUE_COUNT
};

struct osi_object {
	uint64_t id;
	bool has_id, is_light;
	uint32_t mask;             /* bit of each value that is there */
	double values[OSI_VALUE_COUNT];  /* enums as numbers */
};
struct osi_frame {
	bool has_time, has_host;
	int64_t time_ns;
	uint64_t host_id;
	uint32_t object_count, dropped;  /* dropped: past LIMIT_OSI_OBJECTS */
	uint32_t bad_values;       /* infinite */
	struct osi_object *objects;      /* LIMIT_OSI_OBJECTS of them */
};

/* Room for the objects of one message, used again and again. ERR_TOO_LARGE: arena. */
MUST_USE enum err_code osi_frame_new(struct arena *a, struct osi_frame *ret, struct err *e);
/* False when the message is broken. */
bool osi_frame_parse(struct osi_frame *f, enum osi_type type, struct protobuf message);

/* ---- listing --------------------------------------------------------------------------------- */

struct osi_seen {
	uint64_t id;
	bool is_light;
	uint32_t mask;
	uint64_t message;          /* where it was last, to find doubles */
};
struct osi_lister {
	struct arena *a;
	struct osi_frame frame;
	struct osi_seen *seen;     /* in order of first appearance */
	uint32_t seen_count;
	uint32_t *slots;
	uint32_t host_mask;
	uint64_t messages, rows, broken, first_broken, timeless, doubles, dropped, bad_values,
		hostless;
};
MUST_USE enum err_code osi_lister_new(struct arena *a, struct osi_lister *ret, struct err *e);
MUST_USE enum err_code osi_lister_add(struct osi_lister *l, enum osi_type type,
	struct protobuf message, struct err *e);
/* Adds the group, its channels and its notes. */
MUST_USE enum err_code osi_lister_finish(struct osi_lister *l, struct listing_draft *d,
	struct str group, struct err *e);

/* ---- reading --------------------------------------------------------------------------------- */

struct osi_wanted;

/* The wanted channels of one group. */
struct osi_picker {
	struct arena *a;
	const struct evidence_sink *sink;
	struct osi_frame frame;
	struct rows rows;
	uint32_t wanted_count;     /* of this group; 0: messages need not be looked at */
	struct osi_wanted *wanted;
	uint32_t *slots;           /* hash of object -> first wanted + 1 */
	uint32_t slot_mask;
};
MUST_USE enum err_code osi_picker_new(struct arena *a, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, uint32_t group,
	const struct evidence_sink *sink, struct osi_picker *ret, struct err *e);
MUST_USE enum err_code osi_picker_add(struct osi_picker *p, enum osi_type type,
	struct protobuf message, struct err *e);
MUST_USE enum err_code osi_picker_end(struct osi_picker *p, struct err *e);

#endif
