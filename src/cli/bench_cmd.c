/* bench_cmd.c - `huren bench`: what this machine can do, in the few operations everything is made
 * of. */
#include "base/buf.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "cli/cli.h"
#include "crypto/digest.h"
#include "crypto/key.h"

#define BENCH_US 300000

struct bench {
	struct key key;
	uint8_t signature[KEY_SIGNATURE_BYTES];
	struct str message;
};

static enum err_code do_sign(struct bench *b, struct err *e)
{
	return key_sign(&b->key, b->message, b->signature, e);
}

static enum err_code do_verify(struct bench *b, struct err *e)
{
	return key_verify(&b->key.pub, b->message, b->signature, e);
}

static enum err_code do_hash(struct bench *b, struct err *e)
{
	struct digest d = digest_sha256_leaf(b->message);
	b->signature[0] ^= (uint8_t)(d.at[0] & 0); /* the digest is used, the signature stays */
	(void)e;
	return ERR_OK;
}

static enum err_code do_json(struct bench *b, struct err *e)
{
	static const char text[] =
		"{\"kind\":\"report\",\"id\":\"urn:uuid:0\",\"v\":1,\"list\":[1,2.5,\"x\"]}";
	SCOPED_ARENA a;
	struct json *v;
	struct str out;
	(void)b;
	arena_init(&a, 65536);
	TRY(json_parse(&a, str_of(text), &v, e));
	return json_jcs(&a, v, &out, e);
}

static enum err_code measure(const char *name, enum err_code (*run)(struct bench *b, struct err *e),
	struct bench *b, bool as_json, struct err *e)
{
	uint64_t start = instant_monotonic_us();
	uint64_t count = 0;
	uint64_t spent;
	do {
		for (int i = 0; i < 64; i++)
			TRY(run(b, e));
		count += 64;
		spent = instant_monotonic_us() - start;
	} while (spent < BENCH_US);
	double rate = (double)count * 1e6 / (double)spent;
	if (as_json)
		(void)printf("{\"bench\":\"machine\",\"metric\":\"%s\",\"unit\":\"1/s\","
			"\"value\":%.0f}\n", name, rate);
	else
		(void)printf("%-16s %12.0f /s\n", name, rate);
	return ERR_OK;
}

enum err_code bench_command(struct args *args, struct arena *a, struct err *e)
{
	bool as_json = args_flag(args, "--json");
	struct bench b = { .message = str_of("two hundred bytes of a message would be a little "
		"longer than this") };
	(void)a;
	TRY(args_end(args, e));
	TRY(key_generate(KEY_ED25519, &b.key, e));
	TRY(measure("ed25519.sign", do_sign, &b, as_json, e));
	TRY(measure("ed25519.verify", do_verify, &b, as_json, e));
	TRY(key_generate(KEY_SM2, &b.key, e));
	TRY(measure("sm2.sign", do_sign, &b, as_json, e));
	TRY(measure("sm2.verify", do_verify, &b, as_json, e));
	TRY(measure("sha256.leaf", do_hash, &b, as_json, e));
	return measure("json.canonical", do_json, &b, as_json, e);
}
