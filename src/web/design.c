/* design.c - see design.h. */
#include "web/design.h"

#include <math.h>
#include <string.h>

#include "base/encode.h"

static const char *const colours[] = { "paper", "sheet", "well", "ink", "soft", "line", "strong",
	"act", "act-ink", "act-well", "good", "good-well", "warn", "warn-well", "bad", "bad-well" };

/* What is written on what. Text: 4.5; the edge of a field: 3. */
static const struct { const char *text, *ground; double least; } pairs[] = {
	{ "ink", "paper", 4.5 }, { "ink", "sheet", 4.5 }, { "ink", "well", 4.5 },
	{ "soft", "paper", 4.5 }, { "soft", "sheet", 4.5 }, { "soft", "well", 4.5 },
	{ "act", "paper", 4.5 }, { "act", "sheet", 4.5 }, { "act", "act-well", 4.5 },
	{ "act-ink", "act", 4.5 }, { "good", "good-well", 4.5 }, { "warn", "warn-well", 4.5 },
	{ "bad", "bad-well", 4.5 }, { "bad", "sheet", 4.5 }, { "ink", "good-well", 4.5 },
	{ "ink", "warn-well", 4.5 }, { "ink", "bad-well", 4.5 }, { "strong", "paper", 3 },
	{ "strong", "sheet", 3 },
};

/* ---- contrast -------------------------------------------------------------------------------- */

static double linear(uint8_t channel)
{
	double c = channel / 255.0;

	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static bool luminance(struct str colour, double *ret)
{
	uint8_t rgb[3];

	if (colour.len != 7 || colour.at[0] != '#' ||
		hex_decode(str_skip(colour, 1), rgb, sizeof(rgb), NULL) != ERR_OK)
		return false;
	*ret = 0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2]);
	return true;
}

double design_contrast(struct str one, struct str other)
{
	double a, b;

	if (!luminance(one, &a) || !luminance(other, &b))
		return 0;
	return a > b ? (a + 0.05) / (b + 0.05) : (b + 0.05) / (a + 0.05);
}

/* ---- the style sheet ------------------------------------------------------------------------- */

/* What stands between the braces after `selector`. */
static struct str block_of(struct str css, const char *selector)
{
	size_t at = str_find(css, str_of(selector));
	struct str rest;

	if (at == SIZE_MAX)
		return STR("");
	rest = str_skip(css, at + strlen(selector));
	return str_cut(&rest, '}');
}

static struct str colour_of(struct arena *a, struct str block, const char *name)
{
	struct str sought = str_printf(a, "--%s: #", name);
	size_t at = sought.at ? str_find(block, sought) : SIZE_MAX;

	if (at == SIZE_MAX || block.len - at < sought.len + 6)
		return STR("");
	return (struct str){ block.at + at + sought.len - 1, 7 };
}

/* To two decimals, never up: 4.497 is not 4.5. */
static double rounded(double ratio)
{
	return floor(ratio * 100) / 100;
}

static struct json *pairs_model(struct arena *a, struct str light, struct str dark)
{
	struct json *list = json_new_array(a);

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		double by_day = design_contrast(colour_of(a, light, pairs[i].text),
			colour_of(a, light, pairs[i].ground));
		double by_night = design_contrast(colour_of(a, dark, pairs[i].text),
			colour_of(a, dark, pairs[i].ground));
		struct json *v = json_set_text(a, json_new_object(a), "text", pairs[i].text);
		v = json_set_text(a, v, "ground", pairs[i].ground);
		v = json_set_number(a, v, "light", rounded(by_day));
		v = json_set_number(a, v, "dark", rounded(by_night));
		v = json_set_number(a, v, "least", pairs[i].least);
		v = json_set(a, v, "edge", json_new_bool(a, pairs[i].least < 4.5));
		v = json_set(a, v, "holds", json_new_bool(a, by_day >= pairs[i].least &&
			by_night >= pairs[i].least));
		list = json_push(a, list, v);
	}
	return list;
}

/* ---- the model ------------------------------------------------------------------------------- */

/* [{"<member>": word}] of the words in `words`. */
static struct json *words_model(struct arena *a, const char *member, const char *words)
{
	struct json *list = json_new_array(a);
	struct str rest = str_of(words);

	while (rest.len > 0)
		list = json_push(a, list, json_set_str(a, json_new_object(a), member,
			str_cut(&rest, ' ')));
	return list;
}

enum err_code design_new(struct arena *a, struct str css, struct json **ret, struct err *e)
{
	struct str light = block_of(css, ":root, .light {"), dark = block_of(css, ".dark {");
	struct json *v = json_new_object(a), *list = json_new_array(a);

	for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++) {
		struct str day = colour_of(a, light, colours[i]);
		struct str night = colour_of(a, dark, colours[i]);
		struct json *row = json_set_text(a, json_new_object(a), "colour", colours[i]);
		if (day.len == 0 || night.len == 0)
			return err_set(e, ERR_INVALID, "style sheet has no colour \"%s\"",
				colours[i]);
		row = json_set_str(a, row, "light", day);
		list = json_push(a, list, json_set_str(a, row, "dark", night));
	}
	v = json_set(a, v, "colours", list);
	v = json_set(a, v, "pairs", pairs_model(a, light, dark));
	v = json_set(a, v, "sides", words_model(a, "side", "light dark"));
	v = json_set(a, v, "verdicts", words_model(a, "verdict",
		"pass fail inconclusive invalid-run not-applicable"));
	v = json_set(a, v, "outcomes", words_model(a, "outcome",
		"recognised covered retest add-on refused"));
	v = json_set(a, v, "states", words_model(a, "state",
		"valid suspended withdrawn expired affected replaced"));
	v = json_set(a, v, "request_states", words_model(a, "state",
		"waiting-receipt waiting-body deciding decided failed"));
	v = json_set(a, v, "peer_states", words_model(a, "state",
		"fresh stale never distrusted"));
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}
