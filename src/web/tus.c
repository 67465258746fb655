/* tus.c - see tus.h. */
#include "web/tus.h"

#include "base/encode.h"

#define NUMBER_MAX ((uint64_t)1 << 53)

/* Printable ASCII without space and comma: what a header may repeat as it came. */
static bool is_key(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] <= ' ' || s.at[i] >= 0x7f || s.at[i] == ',')
			return false;
	return s.len > 0;
}

static void keep(struct tus_metadata *m, struct str key, struct str value)
{
	if (str_is(key, "filename") || (str_is(key, "name") && !m->name.at))
		m->name = value;
	if (str_is(key, "filetype") || (str_is(key, "type") && !m->type.at))
		m->type = value;
}

enum err_code tus_metadata_read(struct arena *a, struct str header, struct tus_metadata *ret,
	struct err *e)
{
	struct tus_metadata m = { .name = { NULL, 0 } };
	struct str keys[LIMIT_UPLOAD_METADATA_KEYS], rest = header;
	size_t count = 0;

	if (header.len > LIMIT_UPLOAD_METADATA_BYTES)
		return err_set(e, ERR_TOO_LARGE, "metadata of the upload is over %d bytes",
			LIMIT_UPLOAD_METADATA_BYTES);
	while (rest.len > 0) {
		struct str value = str_trim(str_cut(&rest, ',')), key = str_cut(&value, ' '), text;
		if (!is_key(key) || (rest.at && rest.len == 0))
			return err_set(e, ERR_INVALID, "pair %zu of \"upload-metadata\" has no key",
				count + 1);
		for (size_t i = 0; i < count; i++)
			if (str_eq(keys[i], key))
				return err_set(e, ERR_INVALID, "key \"" STR_FMT
					"\" of \"upload-metadata\" stands twice", STR_ARG(key));
		if (count == LIMIT_UPLOAD_METADATA_KEYS)
			return err_set(e, ERR_TOO_LARGE, "\"upload-metadata\" has more than %d "
				"keys", LIMIT_UPLOAD_METADATA_KEYS);
		keys[count++] = key;
		TRY(base64_decode(a, value.at ? value : STR(""), &text, e));
		if (!str_is_utf8(text))
			return err_set(e, ERR_INVALID, "value of \"" STR_FMT
				"\" in \"upload-metadata\" is not UTF-8", STR_ARG(key));
		keep(&m, key, text);
	}
	*ret = m;
	return ERR_OK;
}

enum err_code tus_checksum_read(struct str header, struct checksum *ret, struct err *e)
{
	struct checksum c = { .kind = CHECKSUM_NONE };
	struct str rest = header, name = str_cut(&rest, ' ');

	if (header.len == 0) {
		*ret = c;
		return ERR_OK;
	}
	c.kind = checksum_find(name);
	c.len = checksum_len(c.kind);
	if (c.kind == CHECKSUM_NONE)
		return err_set(e, ERR_INVALID, "\"upload-checksum\" names an algorithm other than "
			TUS_CHECKSUMS);
	if (!rest.at || base64_decode_fixed(rest, c.at, c.len, NULL) != ERR_OK)
		return err_set(e, ERR_INVALID, "\"upload-checksum\" is not %zu bytes in base64",
			c.len);
	*ret = c;
	return ERR_OK;
}

enum err_code tus_number_read(struct str header, const char *name, uint64_t *ret, struct err *e)
{
	uint64_t number;

	if (str_parse_u64(header, &number, NULL) != ERR_OK || number > NUMBER_MAX)
		return err_set(e, ERR_INVALID, "header \"%s\" is no whole number", name);
	*ret = number;
	return ERR_OK;
}
