/* test_picture.c - the picture shows what the document says, and no document breaks it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "criteria/picture.h"
#include "evaluation_fixture.h"

#define PICTURE_BYTES (1 << 20)

static struct evaluation_fixture f;

static struct str draw(const struct json *doc, uint32_t run, const struct picture_words *words)
{
	struct buf b;
	struct err e = { 0 };
	buf_init(&b, PICTURE_BYTES);
	if (picture_draw(&f.a, doc, run, words, &b, &e) != ERR_OK)
		fail_msg("%s", e.message);
	struct str text = str_copy(&f.a, buf_str(&b));
	buf_clear(&b);
	return text;
}

static bool has(struct str text, const char *part)
{
	return str_find(text, str_of(part)) != SIZE_MAX;
}

static size_t count(struct str text, const char *part)
{
	size_t n = 0, at;
	while ((at = str_find(text, str_of(part))) != SIZE_MAX) {
		text = str_skip(text, at + strlen(part));
		n++;
	}
	return n;
}

static struct json *judged(void)
{
	enum verdict verdict;
	fixture_open(&f);
	f.input.plots = true;
	f.gap[8] = 1.75;
	return fixture_judge(&f, &verdict);
}

static void picture_tells_the_verdict_in_words_shape_and_colour(void **state)
{
	(void)state;
	struct json *doc = judged();
	struct str en = draw(doc, 0, &picture_words_en);
	assert_true(has(en, "<title>Approach</title>"));
	assert_true(has(en, "lang=\"en\""));
	assert_true(has(en, "<text class=\"verdict bad\" text-anchor=\"end\" x=\"898\" y=\"44\">"
		"fail</text>"));
	assert_true(has(en, "Keeps its gap"));
	assert_true(has(en, "margin \xe2\x88\x92" "0.25 m"));
	assert_true(has(en, "0.80 s"));
	struct str zh = draw(doc, 0, &picture_words_zh);
	assert_true(has(zh, "<title>接近目标</title>"));
	assert_true(has(zh, "不通过"));
	assert_true(has(zh, "保持车距"));
	assert_true(has(zh, "裕度 \xe2\x88\x92" "0.25 m"));
	fixture_close(&f);
}

static void picture_describes_itself_for_readers_without_eyes(void **state)
{
	(void)state;
	struct str en = draw(judged(), 0, &picture_words_en);
	assert_true(has(en, "role=\"img\""));
	assert_true(has(en, "<desc>fail; Keeps its gap: margin \xe2\x88\x92" "0.25 m, 0.80 s; "));
	fixture_close(&f);
}

static void picture_shows_limit_interval_and_moment(void **state)
{
	(void)state;
	struct str en = draw(judged(), 0, &picture_words_en);
	/* "distance >= $gap-min": a steady limit over the whole run */
	assert_int_equal(count(en, "class=\"limit\""), 1);
	assert_true(has(en, "limit 2"));
	assert_true(has(en, "<rect class=\"shade bad\" x=\"76\""));
	assert_true(has(en, "<circle class=\"moment bad\" cx=\"757.6\""));
	assert_true(has(en, "1.75</text>"));
	/* "abs(ego_speed - ...) <= ...": the limit is not one of the line's own values */
	assert_true(has(en, "<circle class=\"moment good\""));
	/* the event, and the bands of flag and light */
	assert_int_equal(count(en, "class=\"event\""), 4); /* name, two panels, bands */
	assert_true(has(en, ">lit</text>"));
	assert_true(has(en, "class=\"band good\"") && has(en, "class=\"band bad\""));
	fixture_close(&f);
}

static void picture_of_a_moving_limit_is_a_mark(void **state)
{
	struct json *doc = judged();
	(void)state;
	struct json *outcome = fixture_parse(&f.a,
		"{\"id\":\"keeps-gap\",\"state\":\"violated\",\"margin\":\"-1\",\"unit\":\"m\","
		"\"time\":\"0.8\",\"from\":\"0\",\"to\":\"1\",\"limit\":\"2.75\","
		"\"predicate\":\"distance >= needed\",\"values\":["
		"{\"name\":\"distance\",\"value\":\"1.75\",\"unit\":\"m\"},"
		"{\"name\":\"needed\",\"value\":\"2.75\",\"unit\":\"m\"}]}");
	struct json *run = json_copy(&f.a, json_at(json_get(doc, "runs"), 0));
	struct json *runs = json_new_array(&f.a), *list = json_new_array(&f.a);
	run = json_set(&f.a, run, "criteria", json_push(&f.a, list, outcome));
	doc = json_set(&f.a, doc, "runs", json_push(&f.a, runs, run));
	struct str en = draw(doc, 0, &picture_words_en);
	assert_int_equal(count(en, "class=\"limit\""), 1);
	assert_false(has(en, "limit 2.75</text>")); /* no line over the interval, no label */
	assert_true(has(en, "<line class=\"limit\" x1=\"748.6\""));
	fixture_close(&f);
}

static void picture_says_why_something_is_unknown(void **state)
{
	enum verdict verdict;
	(void)state;
	fixture_open(&f);
	f.input.plots = true;
	fixture_choose(&f, "heavy");
	struct json *doc = fixture_judge(&f, &verdict);
	assert_true(has(draw(doc, 0, &picture_words_en), "limit not entered: gap-min"));
	assert_true(has(draw(doc, 0, &picture_words_zh), "限值待录入: gap-min"));
	fixture_close(&f);
}

static void picture_escapes_every_name(void **state)
{
	enum verdict verdict;
	(void)state;
	fixture_open(&f);
	f.input.plots = true;
	f.labels[0] = STR("<b>&\"'");
	f.files[0][0].name = STR("</svg><script>alert(1)</script>.mf4");
	struct str en = draw(fixture_judge(&f, &verdict), 0, &picture_words_en);
	assert_false(has(en, "<script"));
	assert_false(has(en, "<b>"));
	assert_int_equal(count(en, "</svg>"), 1);
	assert_true(has(en, "&lt;/svg&gt;&lt;script&gt;"));
	assert_true(has(en, "&lt;b&gt;&amp;&quot;&#39;"));
	fixture_close(&f);
}

static void picture_without_plots_lists_the_criteria(void **state)
{
	enum verdict verdict;
	(void)state;
	fixture_open(&f);
	struct str en = draw(fixture_judge(&f, &verdict), 1, &picture_words_en);
	assert_int_equal(count(en, "class=\"series\""), 0);
	assert_true(has(en, "Keeps its gap"));
	assert_true(has(en, "Least gap"));
	assert_true(has(en, "2.5 m"));
	fixture_close(&f);
}

static void picture_refuses_what_is_no_evaluation(void **state)
{
	struct buf b;
	struct err e = { 0 };
	(void)state;
	struct json *doc = judged();
	buf_init(&b, PICTURE_BYTES);
	assert_int_equal(picture_draw(&f.a, fixture_parse(&f.a, "{\"kind\":\"scheme\"}"), 0,
		&picture_words_en, &b, &e), ERR_INVALID);
	assert_string_equal(e.message, "not an evaluation");
	assert_int_equal(picture_draw(&f.a, doc, 7, &picture_words_en, &b, &e), ERR_INVALID);
	assert_string_equal(e.message, "the evaluation has no run 8");
	buf_clear(&b);
	buf_init(&b, 4096);
	assert_int_equal(picture_draw(&f.a, doc, 0, &picture_words_en, &b, &e), ERR_TOO_LARGE);
	buf_clear(&b);
	fixture_close(&f);
}

static void picture_draws_nonsense_without_breaking(void **state)
{
	static const char *const documents[] = {
		"{\"kind\":\"evaluation\",\"runs\":[{}]}",
		"{\"kind\":\"evaluation\",\"runs\":[1]}",
		"{\"kind\":\"evaluation\",\"runs\":[{\"begin\":\"5\",\"end\":\"1\",\"criteria\":["
		"{\"id\":\"x\",\"time\":\"inf\",\"from\":\"-inf\",\"to\":\"nan\","
		"\"limit\":\"1e300\"}],"
		"\"plots\":[{\"name\":1,\"unit\":[],\"times\":[\"0\",\"1e99\"],"
		"\"values\":[\"inf\"]}],"
		"\"states\":[{\"spans\":[{\"from\":\"1\",\"to\":\"0\",\"is\":\"x\"},3]}],"
		"\"events\":[{\"name\":\"e\",\"time\":\"-1e11\"}],\"measures\":[{}]}]}",
		"{\"kind\":\"evaluation\",\"runs\":[{\"begin\":\"0\",\"end\":\"1e12\","
		"\"criteria\":[{"
		"\"id\":\"x\",\"state\":\"holds\",\"time\":\"1\",\"limit\":\"999999999999\","
		"\"from\":\"0\","
		"\"to\":\"1\",\"predicate\":\"a<=\",\"values\":[{\"name\":\"a\","
		"\"value\":\"-1e12\"}]}],"
		"\"plots\":[{\"name\":\"a\",\"unit\":\"1\",\"times\":[\"0\",\"1\",\"2\"],"
		"\"values\":"
		"[\"-1e12\",null,\"1e12\"]}]}]}",
	};
	(void)state;
	fixture_open(&f);
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		struct str text = draw(fixture_parse(&f.a, documents[i]), 0, &picture_words_zh);
		assert_true(str_ends(text, "</svg>\n"));
	}
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(picture_tells_the_verdict_in_words_shape_and_colour),
		cmocka_unit_test(picture_describes_itself_for_readers_without_eyes),
		cmocka_unit_test(picture_shows_limit_interval_and_moment),
		cmocka_unit_test(picture_of_a_moving_limit_is_a_mark),
		cmocka_unit_test(picture_says_why_something_is_unknown),
		cmocka_unit_test(picture_escapes_every_name),
		cmocka_unit_test(picture_without_plots_lists_the_criteria),
		cmocka_unit_test(picture_refuses_what_is_no_evaluation),
		cmocka_unit_test(picture_draws_nonsense_without_breaking),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
