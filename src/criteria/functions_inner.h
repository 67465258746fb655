/* functions_inner.h - what the files behind functions.h share. */
#ifndef HUREN_CRITERIA_FUNCTIONS_INNER_H
#define HUREN_CRITERIA_FUNCTIONS_INNER_H

#include <math.h>

#include "criteria/functions.h"
#include "criteria/trig.h"

#define NS_PER_S 1e9

static inline double argument(const struct function_call *c, uint32_t index, uint64_t at)
{
	const struct function_column *column = &c->arguments[index];
	return column->values[column->constant ? 0 : at];
}

/* From grid time `from` to `to`, in s. */
static inline double seconds_between(const struct function_call *c, uint64_t from, uint64_t to)
{
	return (double)(c->times[to] - c->times[from]) / NS_PER_S;
}

#define FUNCTION(name) \
	MUST_USE enum err_code name(const struct function_call *c, struct err *e)

/* geometry.c */
FUNCTION(geometry_atan2);
FUNCTION(geometry_body_x);
FUNCTION(geometry_body_y);
FUNCTION(geometry_box_gap);
FUNCTION(geometry_box_gap_across);
FUNCTION(geometry_box_gap_along);
FUNCTION(geometry_corner_offset);
FUNCTION(geometry_cos);
FUNCTION(geometry_distance_along);
FUNCTION(geometry_distance_to_line);
FUNCTION(geometry_hypot);
FUNCTION(geometry_lateral_offset);
FUNCTION(geometry_sin);
FUNCTION(geometry_tan);
FUNCTION(geometry_unwrap_angle);
FUNCTION(geometry_wrap_angle);

/* kinematics.c */
FUNCTION(kinematics_bridge);
FUNCTION(kinematics_closing_speed);
FUNCTION(kinematics_delayed);
FUNCTION(kinematics_derivative);
FUNCTION(kinematics_integral);
FUNCTION(kinematics_speed_along);
FUNCTION(kinematics_thw);
FUNCTION(kinematics_ttc);
FUNCTION(kinematics_ttc_braking);

/* filter.c */
FUNCTION(filter_butterworth);
FUNCTION(filter_cfc);
FUNCTION(filter_moving_average);

#endif
