/* test_evaluation_binding.c - what an evaluation says stands in the item, number by number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/encode.h"
#include "base/scoped.h"
#include "recognition/evaluation_binding.h"

#define D "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
#define E "LJI2u0PAG02rO7VVpR_pXVZUyrilXWVNjw1q8KRk8Mo"
#define RUN(number, verdict, margin, file) \
	"{\"run\":" number ",\"verdict\":\"" verdict "\",\"files\":[{\"name\":\"run" number \
	".mf4\",\"digest\":\"" file "\",\"bytes\":7,\"format\":\"mdf\"}],\"criteria\":[" \
	"{\"id\":\"steady\",\"state\":\"holds\",\"margin\":\"2\",\"unit\":\"km/h\"}," \
	"{\"id\":\"no-contact\",\"state\":\"holds\",\"margin\":\"" margin "\",\"unit\":\"m\"," \
	"\"limit\":\"0.5\",\"values\":[{\"name\":\"x\",\"value\":\"9\"},{\"name\":\"gap\"," \
	"\"value\":\"0.75\"}]}],\"measures\":[{\"id\":\"least-gap\",\"unit\":\"m\",\"value\":" \
	"\"1.5\"},{\"id\":\"unknown\",\"unit\":\"m\"}]}"
#define DOCUMENT "{\"kind\":\"evaluation\",\"version\":1,\"program\":\"huren 0.1.0\"," \
	"\"scheme\":{\"id\":\"s\",\"edition\":\"1\",\"digest\":\"" D "\"}," \
	"\"scenario\":\"cut-in\"," \
	"\"criteria\":{\"name\":\"c\",\"digest\":\"" D "\"}," \
	"\"mapping\":{\"id\":\"m\",\"digest\":\"" \
	D "\"},\"judged\":[{\"id\":\"steady\",\"role\":\"valid\"},{\"id\":\"no-contact\"," \
	"\"role\":\"pass\",\"title\":{\"zh-CN\":\"无接触\",\"en\":\"no contact\"}}],\"verdict\":" \
	"\"pass\",\"runs\":[" RUN("1", "pass", "0.25", D) "," RUN("2", "pass", "0.125", E) "]}"

static struct json *parse(struct arena *a, const char *text)
{
	struct json *v = NULL;
	struct err e = { 0 };
	if (json_parse(a, str_of(text), &v, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return v;
}

static struct str at(const struct json *v, const char *path)
{
	return json_str(json_path(v, path));
}

static void evaluation_fills_an_item(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct json *item;
	(void)state;
	arena_init(&a, 1 << 20);
	struct json *old = parse(&a,
		"{\"item\":\"5.1\",\"conditions\":\"dry\",\"verdict\":\"fail\"}");
	assert_int_equal(evaluation_fill_item(&a, old, parse(&a, DOCUMENT), &item, NULL), ERR_OK);
	assert_true(str_is(at(item, "item"), "5.1"));
	assert_true(str_is(at(item, "conditions"), "dry"));
	assert_true(str_is(at(item, "verdict"), "pass"));
	assert_true(str_is(at(old, "verdict"), "fail"));
	assert_int_equal(json_count(json_get(item, "runs")), 2);
	/* Validity is told by the run's verdict; what must hold has its margin here. */
	assert_int_equal(json_count(json_get(item, "measurements")), 4);
	assert_true(str_is(at(item, "measurements/0/name"), "无接触"));
	assert_true(str_is(at(item, "measurements/0/value"), "0.75"));
	assert_true(str_is(at(item, "measurements/0/limit"), "0.5"));
	assert_true(str_is(at(item, "measurements/0/margin"), "0.25"));
	assert_true(str_is(at(item, "measurements/1/name"), "least-gap"));
	/* No value lies 0.125 from the limit: the distance itself is told. */
	assert_true(str_is(at(item, "measurements/2/value"), "0.125"));
	assert_null(json_path(item, "measurements/2/limit"));
	assert_int_equal(json_number_or(json_path(item, "measurements/2/run"), 0), 2);
}

static void evaluation_binding_reads_what_it_wrote(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct json *v, *list;
	struct evaluation_binding b;
	struct err e = { 0 };
	(void)state;
	arena_init(&a, 1 << 20);
	list = json_new_array(&a);
	assert_int_equal(evaluation_add_evidence(&a, list, parse(&a, DOCUMENT), NULL), ERR_OK);
	assert_int_equal(json_count(list), 3);
	assert_int_equal(evaluation_add_evidence(&a, list, parse(&a, DOCUMENT), NULL), ERR_OK);
	assert_int_equal(json_count(list), 3);
	assert_true(str_is(at(list, "2/mediaType"), EVALUATION_MEDIA_TYPE));
	assert_int_equal(evaluation_binding_json(&a, parse(&a, DOCUMENT), &v, NULL), ERR_OK);
	assert_int_equal(evaluation_binding_parse(v, list, &b, &e), ERR_OK);
	assert_true(str_eq(base64url_new(&a, b.document.at, DIGEST_BYTES), at(list, "2/digest")));
	assert_false(b.has_limits);
	assert_true(str_is(b.program, "huren 0.1.0"));
	assert_int_equal(evaluation_binding_parse(v, json_new_array(&a), &b, &e), ERR_INVALID);
	assert_string_equal(e.message, "its document is not among the evidence");
	struct json *only = json_push(&a, json_new_array(&a), json_copy(&a, json_at(list, 2)));
	assert_int_equal(evaluation_binding_parse(v, only, &b, &e), ERR_INVALID);
	assert_string_equal(e.message, "run 1: file 1 is not among the evidence");
}

static void evaluation_binding_refuses_what_is_no_evaluation(void **state)
{
	static const char *const wrong[] = { "{}", "[]", "{\"kind\":\"evaluation\",\"version\":2}",
		"{\"kind\":\"evaluation\",\"version\":1,\"runs\":[]}",
		"{\"kind\":\"evaluation\",\"version\":1,\"runs\":[{}]}" };
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		SCOPED_ARENA a = { 0 };
		struct json *ret = NULL;
		arena_init(&a, 1 << 20);
		assert_int_equal(evaluation_fill_item(&a, json_new_object(&a), parse(&a, wrong[i]),
			&ret, NULL), ERR_INVALID);
		assert_null(ret);
	}
}

/* With more than a report takes, the worst run of each criterion stands for it. */
static void evaluation_of_many_runs_tells_the_least_margins(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct json *item, *runs;
	(void)state;
	arena_init(&a, 16 << 20);
	struct json *doc = json_copy(&a, parse(&a, DOCUMENT));
	runs = json_new_array(&a);
	for (int i = 1; i <= 100; i++) {
		struct json *run = json_copy(&a, json_path(doc, i == 57 ? "runs/1" : "runs/0"));
		json_push(&a, runs, json_set_number(&a, run, "run", i));
	}
	json_set(&a, doc, "runs", runs);
	assert_int_equal(evaluation_fill_item(&a, json_new_object(&a), doc, &item, NULL), ERR_OK);
	assert_int_equal(json_count(json_get(item, "runs")), 100);
	assert_int_equal(json_count(json_get(item, "measurements")), 200);
	struct json *longer = json_new_array(&a);
	for (int i = 0; i < 3; i++)
		json_push(&a, longer, json_set_str(&a, json_copy(&a, json_path(doc,
			"runs/0/measures/0")), "id", str_printf(&a, "m%d", i)));
	json_set(&a, runs->items[0], "measures", longer);
	assert_int_equal(evaluation_fill_item(&a, json_new_object(&a), doc, &item, NULL), ERR_OK);
	assert_int_equal(json_count(json_get(item, "measurements")), 1);
	assert_true(str_is(at(item, "measurements/0/margin"), "0.125"));
	assert_int_equal(json_number_or(json_path(item, "measurements/0/run"), 0), 57);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evaluation_fills_an_item),
		cmocka_unit_test(evaluation_binding_reads_what_it_wrote),
		cmocka_unit_test(evaluation_binding_refuses_what_is_no_evaluation),
		cmocka_unit_test(evaluation_of_many_runs_tells_the_least_margins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
