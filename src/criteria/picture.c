/* picture.c - the whole picture: heading, panels, time axis, events, and the list of criteria. */
#include "criteria/picture.h"

#include <math.h>
#include <string.h>

#include "criteria/picture_inner.h"

#define HEADING 96.0
#define EVENT_ROW 14.0
#define EVENT_ROWS 2
#define AXIS 34.0
#define ROW 24.0
#define LETTER 6.4
#define FOOT 20.0
#define CRITERIA_MAX 64
#define MEASURES_MAX 32
#define LIMIT_COLUMN 680.0
#define RESULT_COLUMN 840.0
#define OTHERS_MAX 3           /* panels on which nothing was decided */
#define DOT "  \xc2\xb7  "

/* What has a colour, for one set of the pages' colours. */
#define COLOURED(ink, soft, line, paper, well, good, warn, bad, act)                            \
	".huren text{fill:" ink "}.huren .tick,.huren .soft,.huren .unit{fill:" soft "}"        \
	".huren text.good{fill:" good "}.huren text.warn{fill:" warn "}"                        \
	".huren text.bad{fill:" bad "}.huren .halo{stroke:" paper "}"                           \
	".huren .paper{fill:" paper "}.huren .field{fill:" well "}"                             \
	".huren .grid,.huren .rule{stroke:" line "}.huren .series{stroke:" act "}"              \
	".huren .other,.huren .event{stroke:" soft "}.huren .limit{stroke:" ink "}"             \
	".huren .shade.good{fill:" good "}.huren .shade.warn{fill:" warn "}"                    \
	".huren .shade.bad{fill:" bad "}.huren .moment{fill:" paper "}"                         \
	".huren .moment.good{stroke:" good "}.huren .moment.warn{stroke:" warn "}"              \
	".huren .moment.bad{stroke:" bad "}.huren .band{fill:" soft "}"                         \
	".huren .band.good{fill:" good "}.huren .band.warn{fill:" warn "}"                      \
	".huren .band.bad{fill:" bad "}.huren .shape.good{stroke:" good "}"                     \
	".huren .shape.warn{stroke:" warn "}.huren .shape.bad{stroke:" bad "}"                  \
	".huren .shape.soft{stroke:" soft ";fill:none}"

static const char style[] =
	".huren{font-family:system-ui,'PingFang SC','Noto Sans CJK SC','Microsoft YaHei',"
	"sans-serif;font-variant-numeric:tabular-nums}"
	".huren text{font-size:13px}.huren text.title{font-size:21px;font-weight:600}"
	".huren text.verdict{font-size:17px;font-weight:600}"
	".huren text.name{font-size:14px;font-weight:600}"
	".huren tspan.unit{font-weight:400}.huren text.small{font-size:12.5px}"
	".huren text.tick{font-size:11.5px}.huren text.value{font-size:12.5px;font-weight:600}"
	".huren .halo{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}"
	".huren .series{fill:none;stroke-width:1.75;stroke-linejoin:round}"
	".huren .other{stroke-dasharray:1 3;stroke-linecap:round}"
	".huren .limit{stroke-width:1.5;stroke-dasharray:6 4}.huren .shade{opacity:.1}"
	".huren .moment{stroke-width:1.25}.huren circle.moment{stroke-width:2}"
	".huren .event{stroke-dasharray:2 3}"
	".huren .band{opacity:.3}.huren .band.off{opacity:.5}"
	".huren .shape{fill:none;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}"
	COLOURED("#1a2023", "#566067", "#dcdfda", "#fff", "#f7f8f6", "#1c6b3c", "#855200",
		"#ad2418", "#0b6a70")
	"@media (prefers-color-scheme:dark){"
	COLOURED("#e6eae9", "#a3aeb1", "#333c40", "#191f22", "#14191c", "#79cf98", "#e7b55c",
		"#f5958a", "#62c6c8")
	"}";

/* ---- reading the document -------------------------------------------------------------------- */

static struct str title_of(const struct picture *p, const struct json *titles, struct str id)
{
	const struct json *title = json_get(titles, "title");
	struct str text = json_get_str(title, p->words->language);
	return text.len > 0 ? text : id;
}

static const struct json *judged_of(const struct json *doc, struct str id)
{
	const struct json *list = json_get(doc, "judged");
	for (size_t i = 0; i < json_count(list); i++) {
		if (str_eq(json_get_str(json_at(list, i), "id"), id))
			return json_at(list, i);
	}
	return NULL;
}

static const struct json *plot_of(const struct json *run, struct str name)
{
	const struct json *plots = json_get(run, "plots");
	for (size_t i = 0; i < json_count(plots); i++) {
		if (str_eq(json_get_str(json_at(plots, i), "name"), name))
			return json_at(plots, i);
	}
	return NULL;
}

/* Whether the comparison has `name` alone on its left side; then what is right of it is its limit.
 * *ret_right is the right side's text. */
static bool is_left_side(struct str predicate, struct str name, struct str *ret_right)
{
	struct str rest;
	if (name.len == 0 || predicate.len <= name.len ||
		memcmp(predicate.at, name.at, name.len) != 0)
		return false;
	rest = str_trim(str_skip(predicate, name.len));
	if (rest.len == 0 || !strchr("<>=!", rest.at[0]))
		return false;
	while (rest.len > 0 && strchr("<>=!", rest.at[0]))
		rest = str_skip(rest, 1);
	*ret_right = rest;
	return true;
}

static bool is_word_part(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

bool picture_has_word(struct str text, struct str word)
{
	while (word.len > 0 && text.len >= word.len) {
		size_t at = str_find(text, word);
		if (at == SIZE_MAX)
			return false;
		bool begins = at == 0 || !is_word_part(text.at[at - 1]);
		text = str_skip(text, at + word.len);
		if (begins && (text.len == 0 || !is_word_part(text.at[0])))
			return true;
	}
	return false;
}

static bool is_parameter(const struct json *run, struct str name)
{
	const struct json *list = json_get(run, "parameters");
	for (size_t i = 0; i < json_count(list); i++) {
		if (str_eq(json_get_str(json_at(list, i), "name"), name))
			return true;
	}
	return false;
}

/* A right side of numbers ("$id" is one of the scheme) and parameters stays the same. */
static bool is_steady(const struct json *run, const struct json *values, struct str right)
{
	if (str_find(right, STR("(")) != SIZE_MAX)
		return false;
	for (size_t i = 0; i < json_count(values); i++) {
		struct str name = json_get_str(json_at(values, i), "name");
		bool fixed = name.len > 0 && name.at[0] == '$';
		if (!fixed && !is_parameter(run, name) && picture_has_word(right, name))
			return false;
	}
	return true;
}

/* The line on which to show a criterion: the one its comparison names first. */
static void find_subject(const struct picture *p, struct shown *s)
{
	const struct json *values = json_get(s->outcome, "values");
	struct str predicate = json_get_str(s->outcome, "predicate");
	for (size_t i = 0; i < json_count(values) && !s->plot; i++) {
		const struct json *v = json_at(values, i);
		s->subject = json_get_str(v, "name");
		s->plot = plot_of(p->run, s->subject);
		s->value = scale_read_member(v, "value");
	}
	if (!s->plot) {
		s->subject = json_count(values) > 0 ?
			json_get_str(json_at(values, 0), "name") : predicate;
		return;
	}
	s->on_axis = is_left_side(predicate, s->subject, &s->right);
	s->steady = s->on_axis && is_steady(p->run, values, s->right);
}

static int role_of(const struct json *judged)
{
	struct str role = json_get_str(judged, "role");
	return str_is(role, "pass") ? 0 : str_is(role, "valid") ? 1 : 2;
}

static enum err_code read_criteria(struct picture *p, struct err *e)
{
	const struct json *list = json_get(p->run, "criteria");
	p->shown = ARENA_ARRAY(p->work, struct shown, CRITERIA_MAX);
	if (!p->shown)
		return err_set(e, ERR_TOO_LARGE, "picture needs too much memory");
	for (int role = 0; role < 3; role++) {
		for (size_t i = 0; i < json_count(list) && p->shown_count < CRITERIA_MAX; i++) {
			struct str id = json_get_str(json_at(list, i), "id");
			struct shown s = { .outcome = json_at(list, i), .value = NAN };
			s.judged = judged_of(p->doc, id);
			s.role = role_of(s.judged);
			if (s.role != role)
				continue;
			s.title = title_of(p, s.judged, id);
			s.state = json_get_str(s.outcome, "state");
			s.from = scale_read_time(s.outcome, "from");
			s.to = scale_read_time(s.outcome, "to");
			s.time = scale_read_time(s.outcome, "time");
			s.limit = scale_read_member(s.outcome, "limit");
			find_subject(p, &s);
			p->shown[p->shown_count++] = s;
		}
	}
	return ERR_OK;
}

static enum verdict verdict_read(struct str word)
{
	for (int v = 0; v < VERDICT_COUNT; v++) {
		if (str_is(word, verdict_name((enum verdict)v)))
			return (enum verdict)v;
	}
	return VERDICT_INCONCLUSIVE;
}

/* ---- what a criterion came to, in words ------------------------------------------------------ */

static const char *why_word(const struct picture *p, struct str why)
{
	for (int i = 1; i < WHY_COUNT; i++) {
		if (str_is(why, eval_why_name((enum eval_why)i)))
			return p->words->whys[i];
	}
	return p->words->unknown;
}

static struct str result_text(const struct picture *p, const struct shown *s)
{
	struct str margin = json_get_str(s->outcome, "margin");
	struct str name = json_get_str(s->outcome, "whyName");
	struct str unit = json_get_str(s->outcome, "unit");
	if (!str_is(s->state, "holds") && !str_is(s->state, "violated"))
		return str_printf(p->work, "%s%s" STR_FMT, why_word(p,
			json_get_str(s->outcome, "why")), name.len > 0 ? ": " : "",
			STR_ARG(name));
	if (margin.len == 0)
		return str_of(str_is(s->state, "holds") ? p->words->holds : p->words->violated);
	unit = scale_unit(p->work, unit);
	return str_printf(p->work, "%s " STR_FMT "%s" STR_FMT, p->words->margin,
		STR_ARG(scale_short(p->work, scale_read(margin))), unit.len > 0 ? " " : "",
		STR_ARG(unit));
}

static struct str limit_text(const struct picture *p, const struct shown *s)
{
	struct str unit = scale_unit(p->work, json_get_str(s->outcome, "unit"));
	if (isnan(s->limit) || (!str_is(s->state, "holds") && !str_is(s->state, "violated")))
		return STR(""); /* the reason takes its room */
	return str_printf(p->work, "%s " STR_FMT "%s" STR_FMT, p->words->limit,
		STR_ARG(scale_short(p->work, s->limit)), unit.len > 0 ? " " : "", STR_ARG(unit));
}

static struct str time_text(const struct picture *p, const struct shown *s)
{
	if (isnan(s->time))
		return STR("");
	return str_printf(p->work, "%.2f s", s->time);
}

/* ---- parts ----------------------------------------------------------------------------------- */

static struct str subtitle(const struct picture *p)
{
	const struct json *files = json_get(p->run, "files");
	struct str file = json_get_str(json_at(files, 0), "name");
	return str_printf(p->work, STR_FMT " " STR_FMT DOT STR_FMT DOT "%s%.0f%s%s" STR_FMT "%s",
		STR_ARG(json_get_str(json_get(p->doc, "scheme"), "id")),
		STR_ARG(json_get_str(json_get(p->doc, "scheme"), "edition")),
		STR_ARG(json_get_str(p->doc, "item")), p->words->run_before,
		json_number_or(json_get(p->run, "run"), 0), p->words->run_after,
		file.len > 0 ? DOT : "", STR_ARG(file),
		json_count(files) > 1 ? " ..." : "");
}

static void draw_heading(struct picture *p)
{
	enum verdict v = verdict_read(json_get_str(p->run, "verdict"));
	static const char *const class[VERDICT_COUNT] = { "verdict good", "verdict bad",
		"verdict warn", "verdict warn", "verdict soft" };
	struct str title = json_get_str(json_get(p->doc, "title"), p->words->language);
	put_text(p, "title", NULL, PICTURE_MARGIN, 44, title);
	put_text(p, "small soft", NULL, PICTURE_MARGIN, 68, subtitle(p));
	put_text(p, class[v], "end", PICTURE_RIGHT - 30, 44, str_of(p->words->verdicts[v]));
	shape_verdict(p, v, PICTURE_RIGHT - 11, 38, 24);
	put_line(p, "rule", PICTURE_MARGIN, 84.5, PICTURE_RIGHT, 84.5);
}

/* Names of events stand above the panels, in two rows when they are near each other. */
static void draw_event_names(struct picture *p, double top)
{
	const struct json *events = json_get(p->run, "events");
	double free_from[EVENT_ROWS] = { 0, 0 };
	for (size_t i = 0; i < json_count(events); i++) {
		struct str name = json_get_str(json_at(events, i), "name");
		double time = scale_read_time(json_at(events, i), "time");
		if (isnan(time) || time < p->time.low || time > p->time.high)
			continue;
		double x = picture_x(p, time);
		double half = LETTER * (double)name.len / 2;
		int row = x - half >= free_from[0] ? 0 : 1;
		double y = top - EVENT_ROW * (EVENT_ROWS - 1 - row);
		if (x - half < free_from[row])
			continue; /* no room in either row: the line alone */
		put_text(p, "tick", "middle", x, y - 2, name);
		put_line(p, "event", x, y + 2, x, y + 8);
		free_from[row] = x + half + 8;
	}
}

void picture_events(struct picture *p, double top, double bottom)
{
	const struct json *events = json_get(p->run, "events");
	for (size_t i = 0; i < json_count(events); i++) {
		double time = scale_read_time(json_at(events, i), "time");
		if (!isnan(time) && time >= p->time.low && time <= p->time.high)
			put_line(p, "event", picture_x(p, time), top, picture_x(p, time), bottom);
	}
}

static void draw_axis(struct picture *p)
{
	double ticks[PICTURE_TICKS];
	double step;
	size_t count = scale_ticks(p->time, 10, ticks, &step);
	for (size_t i = 0; i < count; i++) {
		double x = picture_x(p, ticks[i]);
		put_line(p, "rule", x, p->y - 14, x, p->y - 9);
		put_text(p, "tick", "middle", x, p->y + 4, scale_text(p->work, ticks[i], step));
	}
	put_text(p, "tick", NULL, PICTURE_MARGIN, p->y + 4,
		str_printf(p->work, "%s  s", p->words->time));
	p->y += AXIS;
}

static void draw_list(struct picture *p)
{
	int role = -1;
	for (uint32_t i = 0; i < p->shown_count; i++) {
		const struct shown *s = &p->shown[i];
		if (s->role != role) {
			put_line(p, "rule", PICTURE_MARGIN, p->y - 0.5, PICTURE_RIGHT, p->y - 0.5);
			put_text(p, "tick", NULL, PICTURE_MARGIN, p->y + 16,
				str_of(p->words->roles[s->role]));
			role = s->role;
		}
		shape_state(p, s->state, 150, p->y + 12, 15);
		put_text(p, "small", NULL, 166, p->y + 16, s->title);
		put_text(p, "small soft", "end", LIMIT_COLUMN, p->y + 16, limit_text(p, s));
		put_text(p, "small", "end", RESULT_COLUMN, p->y + 16, result_text(p, s));
		put_text(p, "small soft", "end", PICTURE_RIGHT, p->y + 16, time_text(p, s));
		p->y += ROW;
	}
}

static const struct json *measured_of(const struct json *doc, struct str id)
{
	const struct json *list = json_get(doc, "measured");
	for (size_t i = 0; i < json_count(list); i++) {
		if (str_eq(json_get_str(json_at(list, i), "id"), id))
			return json_at(list, i);
	}
	return NULL;
}

static void draw_measures(struct picture *p)
{
	const struct json *list = json_get(p->run, "measures");
	for (size_t i = 0; i < json_count(list) && i < MEASURES_MAX; i++) {
		const struct json *v = json_at(list, i);
		struct str id = json_get_str(v, "id");
		double value = scale_read_member(v, "value");
		double time = scale_read_time(v, "time");
		struct str unit = scale_unit(p->work, json_get_str(v, "unit"));
		if (i == 0) {
			put_line(p, "rule", PICTURE_MARGIN, p->y - 0.5, PICTURE_RIGHT, p->y - 0.5);
			put_text(p, "tick", NULL, PICTURE_MARGIN, p->y + 16,
				str_of(p->words->measured));
		}
		put_text(p, "small", NULL, 166, p->y + 16,
			title_of(p, measured_of(p->doc, id), id));
		put_text(p, "small", "end", RESULT_COLUMN, p->y + 16, isnan(value) ?
			str_of(p->words->unknown) : str_printf(p->work, STR_FMT " " STR_FMT,
			STR_ARG(scale_short(p->work, value)), STR_ARG(unit)));
		if (!isnan(time) && time > p->time.low) /* at the begin: no moment of its own */
			put_text(p, "small soft", "end", PICTURE_RIGHT, p->y + 16,
				str_printf(p->work, "%.2f s", time));
		p->y += ROW;
	}
}

static double list_height(const struct picture *p)
{
	size_t measures = json_count(json_get(p->run, "measures"));
	return ((double)p->shown_count +
		(double)(measures < MEASURES_MAX ? measures : MEASURES_MAX)) * ROW;
}

static struct str description(const struct picture *p)
{
	struct str text = str_of(p->words->verdicts[verdict_read(
		json_get_str(p->run, "verdict"))]);
	for (uint32_t i = 0; i < p->shown_count; i++) {
		struct str time = time_text(p, &p->shown[i]);
		text = str_printf(p->work, STR_FMT "; " STR_FMT ": " STR_FMT "%s" STR_FMT,
			STR_ARG(text), STR_ARG(p->shown[i].title),
			STR_ARG(result_text(p, &p->shown[i])), time.len > 0 ? ", " : "",
			STR_ARG(time));
	}
	return text;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* The panels: what decided, in the order of the criteria, then what else was measured. */
static size_t choose_panels(const struct picture *p, const struct json *ret[PICTURE_PANELS])
{
	const struct json *plots = json_get(p->run, "plots");
	size_t count = 0, others = 0;
	for (size_t i = 0; i < p->shown_count + json_count(plots); i++) {
		const struct json *plot = i < p->shown_count ? p->shown[i].plot :
			json_at(plots, i - p->shown_count);
		bool there = !plot || count == PICTURE_PANELS || others == OTHERS_MAX;
		for (size_t k = 0; k < count; k++)
			there = there || ret[k] == plot || (i >= p->shown_count &&
				panel_has_companion(p, ret[k], plot));
		if (there)
			continue;
		ret[count++] = plot;
		others += i >= p->shown_count;
	}
	return count;
}

static void open_picture(struct picture *p, double height)
{
	struct str title = json_get_str(json_get(p->doc, "title"), p->words->language);
	markup_open(&p->m, "svg");
	markup_attribute_text(&p->m, "xmlns", "http://www.w3.org/2000/svg");
	markup_attribute_text(&p->m, "class", "huren");
	markup_attribute_text(&p->m, "lang", p->words->language);
	markup_attribute_text(&p->m, "role", "img");
	markup_attribute_number(&p->m, "width", PICTURE_WIDTH);
	markup_attribute_number(&p->m, "height", height);
	markup_attribute(&p->m, "viewBox", str_printf(p->work, "0 0 %.0f %.0f", PICTURE_WIDTH,
		height));
	markup_element(&p->m, "title", title);
	markup_element(&p->m, "desc", description(p));
	markup_element(&p->m, "style", str_of(style));
	put_rect(p, "paper", 0, 0, PICTURE_WIDTH, height);
}

static void draw_all(struct picture *p)
{
	const struct json *panels[PICTURE_PANELS];
	size_t count = choose_panels(p, panels);
	double top = HEADING + EVENT_ROWS * EVENT_ROW + 6;
	double bottom = top;
	for (size_t i = 0; i < count; i++)
		bottom += panel_height(p, panels[i]);
	bottom += states_height(p);
	open_picture(p, bottom + AXIS + list_height(p) + FOOT);
	draw_heading(p);
	draw_event_names(p, top - 4);
	p->y = top;
	for (size_t i = 0; i < count; i++)
		panel_draw(p, panels[i]);
	states_draw(p);
	draw_axis(p);
	draw_list(p);
	draw_measures(p);
	markup_close(&p->m);
}

enum err_code picture_draw(struct arena *work, const struct json *evaluation, uint32_t run,
	const struct picture_words *words, struct buf *b, struct err *e)
{
	struct picture p = { .work = work, .words = words, .doc = evaluation };
	if (!str_is(json_get_str(evaluation, "kind"), "evaluation"))
		return err_set(e, ERR_INVALID, "not an evaluation");
	p.run = json_at(json_get(evaluation, "runs"), run);
	if (!p.run)
		return err_set(e, ERR_INVALID, "the evaluation has no run %u", run + 1);
	p.time.low = scale_read_time(p.run, "begin");
	p.time.high = scale_read_time(p.run, "end");
	if (!(p.time.high - p.time.low > 1e-9))
		p.time = (struct span){ 0, 1 };
	TRY(read_criteria(&p, e));
	markup_init(&p.m, b);
	draw_all(&p);
	return markup_check(&p.m, e);
}
