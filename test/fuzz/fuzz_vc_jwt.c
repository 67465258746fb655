/* fuzz_vc_jwt.c - the input as a whole JWS, and as the header of a JWS that is signed well: only
 * the one form of a JWS of the sample statement may pass. */
#include <stdint.h>
#include <string.h>

#include "base/encode.h"
#include "base/scoped.h"
#include "credential/proof.h"
#include "sample.h"

static struct arena kept; /* the sample, for the life of the program */
static struct sample_party party;
static struct sample_keys keys = { &party, 1 };
static struct statement statement;
static struct str payload;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_sample(void)
{
	struct json *doc;

	key_library_init();
	arena_init(&kept, 1048576);
	party = sample_party(&kept, STR("did:web:a.example"), "A", 1);
	doc = sample_doc(&kept, KIND_ACCREDITATION, 1, &party,
		sample_json(&kept, "{\"id\":\"x\"}"));
	sample_sign(&kept, doc, &party, /* sm2= */ false, SAMPLE_TIME);
	statement = sample_parse(&kept, sample_text(&kept, doc));
	payload = sample_text(&kept, json_without(&kept, doc, "proof"));
}

static bool passes(struct arena *a, struct str jwt)
{
	struct key_finder finder = sample_finder(&keys);

	return vc_jwt_verify(a, jwt, &statement, SAMPLE_TIME, &finder, NULL) == ERR_OK;
}

static void check_header(struct arena *a, struct str header)
{
	struct json *v = NULL;

	CHECK(json_parse(a, header, &v, NULL) == ERR_OK);
	CHECK(json_count(v) == 4);
	CHECK(str_is(json_get_str(v, "alg"), "EdDSA"));
	CHECK(str_is(json_get_str(v, "cty"), "vc"));
	CHECK(str_eq(json_get_str(v, "kid"), party.method));
	CHECK(str_is(json_get_str(v, "typ"), "vc+jwt"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	struct str input = { (const char *)data, size }, message, header, rest = input;
	uint8_t signature[KEY_SIGNATURE_BYTES];

	if (!payload.at)
		make_sample();
	arena_init(&a, 4194304);
	if (passes(&a, input)) {
		CHECK(base64url_decode(&a, str_cut(&rest, '.'), &header, NULL) == ERR_OK);
		check_header(&a, header);
	}
	if (size > 4096)
		return 0;
	message = str_printf(&a, STR_FMT "." STR_FMT, STR_ARG(base64url_new(&a, data, size)),
		STR_ARG(base64url_new(&a, (const uint8_t *)payload.at, payload.len)));
	CHECK(key_sign(&party.key, message, signature, NULL) == ERR_OK);
	if (passes(&a, str_printf(&a, STR_FMT "." STR_FMT, STR_ARG(message),
		STR_ARG(base64url_new(&a, signature, sizeof(signature))))))
		check_header(&a, input);
	return 0;
}
