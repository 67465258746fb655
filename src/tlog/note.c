/* note.c - signed notes. What a signature type needs is one row of a table. */
#include "tlog/note.h"

#include <string.h>

#include "base/encode.h"
#include "base/scoped.h"
#include "crypto/digest.h"

#define EM_DASH "\xe2\x80\x94"
#define LINE_START EM_DASH " "
#define OWN_SIGNATURE_BYTES_MAX 72 /* a cosignature: time and Ed25519 */
#define MATERIAL_BYTES_MAX 128     /* type byte, identifier and a point */

struct sig_class {
	enum note_sig_type type;
	const char *identifier;   /* between type byte and key */
	enum key_type key_type;
	bool signs_text;
};

static const struct sig_class classes[] = {
	{ NOTE_ED25519, "", KEY_ED25519, true },
	{ NOTE_COSIGNATURE, "", KEY_ED25519, false },
	{ NOTE_OWN, NOTE_SM2_IDENTIFIER, KEY_SM2, true },
};

#define CLASS_COUNT (sizeof(classes) / sizeof(classes[0]))

static const struct sig_class *class_of(enum note_sig_type type)
{
	for (size_t i = 0; i < CLASS_COUNT; i++) {
		if (classes[i].type == type)
			return &classes[i];
	}
	return NULL;
}

/* The characters of White_Space above U+0020, as UTF-8. */
static bool starts_with_wide_space(struct str s)
{
	static const char *const spaces[] = {
		"\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\xa8", "\xe2\x80\xa9",
		"\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
	};

	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		if (str_starts(s, spaces[i]))
			return true;
	}
	/* U+2000 to U+200A */
	return s.len >= 3 && str_starts(s, "\xe2\x80") && (uint8_t)s.at[2] >= 0x80 &&
		(uint8_t)s.at[2] <= 0x8a;
}

bool note_name_is_valid(struct str name)
{
	if (name.len == 0 || !str_is_utf8(name))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = (uint8_t)name.at[i];
		if (c <= ' ' || c == '+')
			return false;
		if (c >= 0xc2 && starts_with_wide_space(str_skip(name, i)))
			return false;
	}
	return true;
}

/* What key id and vkey hold behind the name: type byte, identifier, key. */
static void put_key_material(struct buf *b, const struct sig_class *class,
	const struct key_public *pub)
{
	buf_put_char(b, (char)class->type);
	buf_put_text(b, class->identifier);
	buf_put(b, pub->at, pub->len);
}

enum err_code note_key_make(struct str name, enum note_sig_type type,
	const struct key_public *pub, struct note_key *ret, struct err *e)
{
	SCOPED_BUF bytes = { 0 };
	const struct sig_class *class = class_of(type);
	struct note_key k = { .name = name, .sig_type = type, .pub = *pub };
	struct digest digest;

	if (!note_name_is_valid(name))
		return err_set(e, ERR_INVALID, "key name is empty or holds a space or a plus sign");
	if (name.len > LIMIT_ID_BYTES)
		return err_set(e, ERR_TOO_LARGE, "key name is over %d bytes", LIMIT_ID_BYTES);
	if (!class || class->key_type != pub->type)
		return err_set(e, ERR_INVALID, "signature type 0x%02x does not go with this key",
			(unsigned)type);
	buf_init(&bytes, LIMIT_ID_BYTES + 1 + MATERIAL_BYTES_MAX);
	buf_put_str(&bytes, name);
	buf_put_char(&bytes, '\n');
	put_key_material(&bytes, class, pub);
	CHECK(!bytes.overflow);
	digest = digest_sha256(buf_str(&bytes));
	memcpy(k.id, digest.at, sizeof(k.id));
	*ret = k;
	return ERR_OK;
}

struct str note_vkey_text(struct arena *a, const struct note_key *k)
{
	SCOPED_BUF bytes = { 0 };
	char hex[2 * NOTE_KEY_ID_BYTES + 1];
	const struct sig_class *class = class_of(k->sig_type);
	struct str material;

	CHECK(class);
	buf_init(&bytes, MATERIAL_BYTES_MAX);
	put_key_material(&bytes, class, &k->pub);
	CHECK(!bytes.overflow);
	material = base64_new(a, (const uint8_t *)bytes.at, bytes.len);
	if (!material.at)
		return material;
	hex_encode(k->id, sizeof(k->id), hex);
	return str_printf(a, STR_FMT "+%s+" STR_FMT, STR_ARG(k->name), hex, STR_ARG(material));
}

/* The key behind the type byte of a vkey. */
static enum err_code parse_material(struct str material, const struct sig_class **ret_class,
	struct key_public *ret, struct err *e)
{
	const struct sig_class *class;
	unsigned type;

	if (material.len == 0)
		return err_set(e, ERR_INVALID, "verifier key is empty");
	type = (uint8_t)material.at[0];
	class = class_of((enum note_sig_type)type);
	if (!class || !str_starts(str_skip(material, 1), class->identifier))
		return err_set(e, ERR_UNSUPPORTED, "signature type 0x%02x is not known here", type);
	TRY(key_public_from_bytes(class->key_type,
		str_skip(material, 1 + strlen(class->identifier)), ret, e));
	*ret_class = class;
	return ERR_OK;
}

enum err_code note_vkey_parse(struct arena *a, struct str text, struct note_key *ret,
	struct err *e)
{
	struct str rest = text, name = str_cut(&rest, '+'), hex = str_cut(&rest, '+'), material;
	const struct sig_class *class = NULL;
	uint8_t id[NOTE_KEY_ID_BYTES];
	char spelled[2 * NOTE_KEY_ID_BYTES + 1];
	struct key_public pub = { 0 };
	struct note_key k;

	if (!rest.at)
		return err_set(e, ERR_INVALID, "verifier key is not name+id+key");
	TRY(hex_decode(hex, id, sizeof(id), e));
	hex_encode(id, sizeof(id), spelled);
	if (!str_is(hex, spelled))
		return err_set(e, ERR_INVALID, "key id of verifier key is not in lower case");
	TRY(base64_decode(a, rest, &material, e));
	TRY(parse_material(material, &class, &pub, e));
	TRY(note_key_make(name, class->type, &pub, &k, e));
	if (memcmp(id, k.id, sizeof(id)) != 0)
		return err_set(e, ERR_INVALID,
			"key id of verifier key does not follow from its key");
	*ret = k;
	return ERR_OK;
}

static enum err_code parse_line(struct arena *a, struct str text, struct note_line *ret,
	struct err *e)
{
	struct note_line line = { .text = text };
	struct str rest, bytes;

	if (!str_starts(text, LINE_START))
		return err_set(e, ERR_INVALID,
			"signature line does not begin with a dash and a space");
	rest = str_skip(text, strlen(LINE_START));
	line.name = str_cut(&rest, ' ');
	if (!note_name_is_valid(line.name))
		return err_set(e, ERR_INVALID, "key name of a signature line is not one");
	/* Others' lines are only passed by; a line of a known key has one spelling. */
	line.loose = base64_decode(a, rest, &bytes, NULL) != ERR_OK;
	if (line.loose)
		TRY(base64_decode_loose(a, rest, &bytes, e));
	if (bytes.len <= NOTE_KEY_ID_BYTES)
		return err_set(e, ERR_INVALID, "signature is too short");
	memcpy(line.id, bytes.at, sizeof(line.id));
	line.signature = str_skip(bytes, NOTE_KEY_ID_BYTES);
	*ret = line;
	return ERR_OK;
}

static enum err_code check_characters(struct str bytes, struct err *e)
{
	for (size_t i = 0; i < bytes.len; i++) {
		if ((uint8_t)bytes.at[i] < ' ' && bytes.at[i] != '\n')
			return err_set(e, ERR_INVALID, "signed note holds control character 0x%02x",
				(unsigned)(uint8_t)bytes.at[i]);
	}
	if (!str_is_utf8(bytes))
		return err_set(e, ERR_INVALID, "signed note is not UTF-8");
	return ERR_OK;
}

enum err_code note_parse(struct arena *a, struct str bytes, struct note *ret, struct err *e)
{
	struct note n = { .line_count = 0 };
	struct str rest;
	size_t split;

	if (bytes.len > LIMIT_NOTE_BYTES)
		return err_set(e, ERR_TOO_LARGE, "signed note is over %d bytes", LIMIT_NOTE_BYTES);
	if (bytes.len == 0 || bytes.at[bytes.len - 1] != '\n')
		return err_set(e, ERR_INVALID, "signed note does not end in a newline");
	TRY(check_characters(bytes, e));
	/* The last empty line: the text may hold empty lines of its own. */
	for (split = bytes.len - 1; split > 0; split--) {
		if (bytes.at[split] == '\n' && bytes.at[split - 1] == '\n')
			break;
	}
	if (split == 0 || split == bytes.len - 1)
		return err_set(e, ERR_INVALID, "signed note has no signature after an empty line");
	n.text = (struct str){ bytes.at, split };
	rest = str_skip(bytes, split + 1);
	while (rest.len > 0) {
		struct str line = str_cut(&rest, '\n');
		enum err_code code;
		if (n.line_count == LIMIT_NOTE_LINES)
			return err_set(e, ERR_TOO_LARGE, "signed note has over %d signature lines",
				LIMIT_NOTE_LINES);
		code = parse_line(a, line, &n.lines[n.line_count], e);
		if (code != ERR_OK) {
			(void)err_in(e, "signature line %u", (unsigned)n.line_count + 1);
			return code; /* err_in only adds to the message */
		}
		n.line_count++;
	}
	*ret = n;
	return ERR_OK;
}

bool note_line_is_of(const struct note_line *line, const struct note_key *k)
{
	return memcmp(line->id, k->id, sizeof(k->id)) == 0 && str_eq(line->name, k->name);
}

enum err_code note_line_check(const struct note_line *line, size_t signature_len, struct err *e)
{
	if (line->loose)
		return err_set(e, ERR_DENIED,
			"base64 of a known key's signature has spare bits set");
	if (line->signature.len != signature_len)
		return err_set(e, ERR_DENIED,
			"signature of a known key has %zu bytes instead of %zu",
			line->signature.len, signature_len);
	return ERR_OK;
}

static enum err_code check_signs_text(const struct note_key *k, struct err *e)
{
	const struct sig_class *class = class_of(k->sig_type);

	if (!class || !class->signs_text)
		return err_set(e, ERR_INVALID, "key of signature type 0x%02x does not sign notes",
			(unsigned)k->sig_type);
	return ERR_OK;
}

enum err_code note_verify(const struct note *n, const struct note_key *k, bool *ret_found,
	struct err *e)
{
	bool found = false;

	TRY(check_signs_text(k, e));
	for (uint32_t i = 0; i < n->line_count; i++) {
		const struct note_line *line = &n->lines[i];
		if (!note_line_is_of(line, k))
			continue;
		TRY(note_line_check(line, KEY_SIGNATURE_BYTES, e));
		TRY(key_verify(&k->pub, n->text, (const uint8_t *)line->signature.at, e));
		found = true;
	}
	*ret_found = found;
	return ERR_OK;
}

void note_put_line(struct buf *b, const struct note_key *k, struct str signature)
{
	uint8_t bytes[NOTE_KEY_ID_BYTES + OWN_SIGNATURE_BYTES_MAX];

	CHECK(signature.len <= OWN_SIGNATURE_BYTES_MAX);
	memcpy(bytes, k->id, sizeof(k->id));
	memcpy(bytes + sizeof(k->id), signature.at, signature.len);
	buf_put_text(b, LINE_START);
	buf_put_str(b, k->name);
	buf_put_char(b, ' ');
	base64_put(b, bytes, sizeof(k->id) + signature.len);
	buf_put_char(b, '\n');
}

enum err_code note_sign(struct buf *b, struct str text, const struct note_key *k,
	const struct key *secret, struct err *e)
{
	uint8_t signature[KEY_SIGNATURE_BYTES];

	TRY(check_signs_text(k, e));
	CHECK(key_public_eq(&k->pub, &secret->pub));
	CHECK(text.len > 0);
	CHECK(text.at[text.len - 1] == '\n');
	TRY(key_sign(secret, text, signature, e));
	note_put_line(b, k, (struct str){ (const char *)signature, sizeof(signature) });
	return buf_check(b, "signed note", e);
}
