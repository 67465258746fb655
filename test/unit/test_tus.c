/* test_tus.c - the headers of the tus protocol. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/scoped.h"
#include "web/http_text.h"
#include "web/tus.h"

static void check(const char *header, enum err_code code, const char *name, const char *type)
{
	struct tus_metadata m = { .name = STR("untouched") };
	SCOPED_ARENA a = { 0 };

	arena_init(&a, 65536);
	assert_int_equal(tus_metadata_read(&a, str_of(header), &m, NULL), code);
	if (code != ERR_OK) {
		assert_true(str_is(m.name, "untouched"));
		return;
	}
	assert_true(str_is(m.name.at ? m.name : STR(""), name));
	assert_true(str_is(m.type.at ? m.type : STR(""), type));
}

static void tus_metadata_is_read_strictly(void **state)
{
	(void)state;
	check("", ERR_OK, "", "");
	check("filename YS5jc3Y=", ERR_OK, "a.csv", "");
	check("filename YS5jc3Y=,filetype dGV4dC9jc3Y=", ERR_OK, "a.csv", "text/csv");
	check("name Yg==,filename YQ==,type eA==,filetype eQ==", ERR_OK, "a", "y");
	check("filename YQ==, other", ERR_OK, "a", "");
	check("filename", ERR_OK, "", "");
	check("filename YQ", ERR_INVALID, NULL, NULL);
	check("filename YQ== ", ERR_OK, "a", "");
	check("filename  YQ==", ERR_INVALID, NULL, NULL);
	check("filename YQ==,", ERR_INVALID, NULL, NULL);
	check(",", ERR_INVALID, NULL, NULL);
	check("a YQ==,a Yg==", ERR_INVALID, NULL, NULL);
	check("filename /w==", ERR_INVALID, NULL, NULL);
	check("file\x01name YQ==", ERR_INVALID, NULL, NULL);
}

static void limit_upload_metadata_keys(void **state)
{
	(void)state;
	assert_int_equal(LIMIT_UPLOAD_METADATA_KEYS, 16);
	check("a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p", ERR_OK, "", "");
	check("a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", ERR_TOO_LARGE, NULL, NULL);
}

static void limit_upload_metadata_bytes(void **state)
{
	char header[LIMIT_UPLOAD_METADATA_BYTES + 2];

	(void)state;
	assert_int_equal(LIMIT_UPLOAD_METADATA_BYTES, 4096);
	memset(header, 'k', sizeof(header));
	header[LIMIT_UPLOAD_METADATA_BYTES] = '\0';
	check(header, ERR_OK, "", "");
	header[LIMIT_UPLOAD_METADATA_BYTES] = 'k';
	header[LIMIT_UPLOAD_METADATA_BYTES + 1] = '\0';
	check(header, ERR_TOO_LARGE, NULL, NULL);
}

static void tus_checksum_has_the_bytes_of_its_algorithm(void **state)
{
	struct checksum c = { .kind = CHECKSUM_SHA256 };

	(void)state;
	assert_int_equal(tus_checksum_read(STR(""), &c, NULL), ERR_OK);
	assert_int_equal(c.kind, CHECKSUM_NONE);
	assert_int_equal(tus_checksum_read(STR("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="), &c, NULL),
		ERR_OK);
	assert_int_equal(c.kind, CHECKSUM_SHA1);
	assert_int_equal(c.len, 20);
	assert_int_equal(c.at[0], 0x2a);
	assert_int_equal(tus_checksum_read(STR("sha256 Kq5sNclPz7QV2+lfQIuc6R7oRu0="), &c, NULL),
		ERR_INVALID);
	assert_int_equal(tus_checksum_read(STR("sha1"), &c, NULL), ERR_INVALID);
	assert_int_equal(tus_checksum_read(STR("md5 AAAA"), &c, NULL), ERR_INVALID);
	assert_int_equal(c.kind, CHECKSUM_SHA1);
}

static void tus_numbers_are_whole_and_exact_in_json(void **state)
{
	uint64_t n = 7;

	(void)state;
	assert_int_equal(tus_number_read(STR("9007199254740992"), "x", &n, NULL), ERR_OK);
	assert_true(n == (uint64_t)1 << 53);
	assert_int_equal(tus_number_read(STR("9007199254740993"), "x", &n, NULL), ERR_INVALID);
	assert_int_equal(tus_number_read(STR(""), "x", &n, NULL), ERR_INVALID);
	assert_int_equal(tus_number_read(STR("-1"), "x", &n, NULL), ERR_INVALID);
}

static void http_date_is_as_rfc_9110_shows_it(void **state)
{
	char date[HTTP_DATE_BYTES];

	(void)state;
	http_date(784111777, date);
	assert_string_equal(date, "Sun, 06 Nov 1994 08:49:37 GMT");
	http_date(0, date);
	assert_string_equal(date, "Thu, 01 Jan 1970 00:00:00 GMT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tus_metadata_is_read_strictly),
		cmocka_unit_test(limit_upload_metadata_bytes),
		cmocka_unit_test(limit_upload_metadata_keys),
		cmocka_unit_test(tus_checksum_has_the_bytes_of_its_algorithm),
		cmocka_unit_test(tus_numbers_are_whole_and_exact_in_json),
		cmocka_unit_test(http_date_is_as_rfc_9110_shows_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
