/* functions.c - the table of functions. One row is the whole contract of a function. */
#include "base/buf.h"
#include "criteria/functions_inner.h"

#define COUNT(list) ((uint32_t)(sizeof(list) / sizeof((list)[0])))
#define ROW(name, units, unit, needs, run, help) \
	{ name, COUNT(units), units, unit, needs, run, help }

static const char *const angle[] = { "rad" };
static const char *const any[] = { "?" };
static const char *const two_alike[] = { "?", "=1" };
/* Centre, yaw, length and width of the ego box, then of the other. */
static const char *const boxes[] = { "m", "m", "rad", "m", "m", "m", "m", "rad", "m", "m" };
static const char *const velocity_along[] = { "?", "=1", "rad" };
static const char *const velocities_along[] = { "?", "=1", "=1", "=1", "rad" };
static const char *const body_point[] = { "m", "rad", "m", "m" };
static const char *const point_and_line[] = { "m", "m", "m", "m", "rad" };
static const char *const corner_and_line[] = { "m", "m", "rad", "m", "m", "m", "m", "rad" };
static const char *const gap_and_speed[] = { "m", "m/s" };
static const char *const gap_speed_braking[] = { "m", "m/s", "m/s2" };
static const char *const any_and_time[] = { "?", "const s" };
static const char *const butterworth[] = { "?", "const Hz", "const 1", "const 1", "const s",
	"const 1" };
static const char *const cfc[] = { "?", "const 1", "const s" };

const struct function functions_table[] = {
	ROW("atan2", two_alike, "rad", NEEDS_NOTHING, geometry_atan2,
		"(y, x): angle of the vector (x, y), in (-pi, pi]"),
	ROW("body_x", body_point, "m", NEEDS_NOTHING, geometry_body_x,
		"(x, yaw, ahead, left): x of the body's point that lies so far ahead and left of "
		"the reference point"),
	ROW("body_y", body_point, "m", NEEDS_NOTHING, geometry_body_y,
		"(y, yaw, ahead, left): y of that point"),
	ROW("box_gap", boxes, "m", NEEDS_NOTHING, geometry_box_gap,
		"(x, y, yaw, length, width of the one box, the same of the other): least distance "
		"of two oriented rectangles given by their centres; 0 when they touch or overlap"),
	ROW("box_gap_across", boxes, "m", NEEDS_NOTHING, geometry_box_gap_across,
		"(as box_gap): gap across the first box's heading, to either side; negative when "
		"the boxes overlap seen along it"),
	ROW("box_gap_along", boxes, "m", NEEDS_NOTHING, geometry_box_gap_along,
		"(as box_gap): gap ahead of the first box along its heading; negative when the "
		"other is beside or behind"),
	ROW("bridge", any_and_time, "?1", NEEDS_NOTHING, kinematics_bridge,
		"(x, T): missing values between two known ones at most T apart, filled on a "
		"straight line"),
	ROW("butterworth", butterworth, "?1", NEEDS_UNIFORM_GRID, filter_butterworth,
		"(x, cut-off, order, passes, padding, correction): low-pass as a cascade of "
		"second-order sections; order 1 to 12; passes 2 is forward and backward, without "
		"phase; ends are reflected over the padding; correction 1 sets -3 dB of all "
		"passes at the cut-off, 0 of each"),
	ROW("cfc", cfc, "?1", NEEDS_UNIFORM_GRID, filter_cfc,
		"(x, class, padding): channel frequency class of SAE J211, forward and backward"),
	ROW("closing_speed", velocities_along, "?1", NEEDS_NOTHING, kinematics_closing_speed,
		"(vx, vy of the one, vx, vy of the other, yaw): how fast the one nears the other "
		"along the heading yaw"),
	ROW("corner_offset", corner_and_line, "m", NEEDS_NOTHING, geometry_corner_offset,
		"(x, y, yaw, ahead, left, lane x, lane y, lane yaw): lateral_offset of a point of "
		"the body, such as the outer edge of a wheel"),
	ROW("cos", angle, "1", NEEDS_NOTHING, geometry_cos, "(angle)"),
	ROW("delayed", any_and_time, "?1", NEEDS_NOTHING, kinematics_delayed,
		"(x, T): x as it was T earlier, linear between samples; unknown in the first T"),
	ROW("derivative", any, "?1/s", NEEDS_NOTHING, kinematics_derivative,
		"(x): difference of the neighbours over their true time; one-sided beside a "
		"missing value and at the ends"),
	ROW("distance_along", point_and_line, "m", NEEDS_NOTHING, geometry_distance_along,
		"(x, y, line x, line y, line yaw): how far the point lies past the line's point, "
		"along the heading"),
	ROW("distance_to_line", point_and_line, "m", NEEDS_NOTHING, geometry_distance_to_line,
		"(x, y, line x, line y, heading): distance yet to go along the heading to a stop "
		"line across it; negative past it"),
	ROW("hypot", two_alike, "?1", NEEDS_NOTHING, geometry_hypot,
		"(x, y): length of the vector (x, y)"),
	ROW("integral", any, "?1*s", NEEDS_NOTHING, kinematics_integral,
		"(x): trapezoids from the first grid time on; unknown behind a missing value"),
	ROW("lateral_offset", point_and_line, "m", NEEDS_NOTHING, geometry_lateral_offset,
		"(x, y, lane x, lane y, lane yaw): distance of the point from a straight lane, "
		"positive to its left"),
	ROW("moving_average", any_and_time, "?1", NEEDS_UNIFORM_GRID, filter_moving_average,
		"(x, T): mean over the closed window of length T around each time; unknown where "
		"the window holds a missing value or leaves the trace"),
	ROW("sin", angle, "1", NEEDS_NOTHING, geometry_sin, "(angle)"),
	ROW("speed_along", velocity_along, "?1", NEEDS_NOTHING, kinematics_speed_along,
		"(vx, vy, yaw): part of the velocity along the heading yaw"),
	ROW("tan", angle, "1", NEEDS_NOTHING, geometry_tan, "(angle)"),
	ROW("thw", gap_and_speed, "s", NEEDS_NOTHING, kinematics_thw,
		"(gap, speed): time headway gap / speed; infinite at or below standstill, 0 "
		"without a gap"),
	ROW("ttc", gap_and_speed, "s", NEEDS_NOTHING, kinematics_ttc,
		"(gap, closing speed): time to collision gap / closing speed; infinite when "
		"nothing closes, 0 without a gap"),
	ROW("ttc_braking", gap_speed_braking, "s", NEEDS_NOTHING, kinematics_ttc_braking,
		"(gap, closing speed, closing acceleration): the first time at which gap - v t - "
		"a t^2 / 2 is 0; infinite when it never is, 0 without a gap"),
	ROW("unwrap_angle", angle, "rad", NEEDS_NOTHING, geometry_unwrap_angle,
		"(angle): without steps of a full turn, counted from the first value; unknown "
		"behind a missing one"),
	ROW("wrap_angle", angle, "rad", NEEDS_NOTHING, geometry_wrap_angle,
		"(angle): the same direction in (-pi, pi]"),
};

const uint32_t functions_count = COUNT(functions_table);

const struct function *function_find(struct str name)
{
	for (uint32_t i = 0; i < functions_count; i++) {
		if (str_is(name, functions_table[i].name))
			return &functions_table[i];
	}
	return NULL;
}

/* A unit of the table as people read it. */
static void put_unit(struct buf *b, const char *unit, const char *first)
{
	if (unit[0] == '=' || str_is(str_of(unit), "?1"))
		unit = first;
	if (unit[0] == '?' && unit[1] == '1')
		buf_printf(b, "U%s", unit + 2);
	else
		buf_put_text(b, unit[0] == '?' ? "U" : unit);
}

void functions_markdown(struct buf *b)
{
	buf_put_text(b, "# Functions\n\n"
		"What a criteria file (`criteria.md`) may call, from the table in\n"
		"`src/criteria/functions.c`. `U` is any unit, the same in the whole row; `const`\n"
		"wants a number that is the same over the run. A missing value among the\n"
		"arguments makes the result missing at that time, but for `bridge`. A function\n"
		"told to need a uniform grid wants `grid TIME` in the file. Angles past a\n"
		"million rad have no value.\n\n"
		"| function | units | result | |\n"
		"| --- | --- | --- | --- |\n");
	for (uint32_t i = 0; i < functions_count; i++) {
		const struct function *f = &functions_table[i];
		buf_printf(b, "| `%s` | ", f->name);
		for (uint32_t k = 0; k < f->argument_count; k++) {
			buf_put_text(b, k > 0 ? ", " : "");
			put_unit(b, f->argument_units[k], f->argument_units[0]);
		}
		buf_put_text(b, " | ");
		put_unit(b, f->unit, f->argument_units[0]);
		buf_printf(b, " | %s%s |\n", f->help,
			f->needs == NEEDS_UNIFORM_GRID ? "; needs a uniform grid" : "");
	}
}
