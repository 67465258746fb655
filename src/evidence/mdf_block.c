/* mdf_block.c - blocks and texts. Offsets are compared by subtraction only: sums of two numbers of
 * a file may overflow. */
#include "evidence/mdf_inner.h"

#define HEAD_BYTES 24
#define WORK_PER_BYTE 64         /* channels share units and conversions; ten times is usual */
#define WORK_MIN 16777216        /* a small file may share a few long texts widely */

void mdf_source_init(struct mdf_source *s, const struct evidence_file *file)
{
	s->file = file;
	s->work_left = file->size > (UINT64_MAX - WORK_MIN) / WORK_PER_BYTE ? UINT64_MAX :
		file->size * WORK_PER_BYTE + WORK_MIN;
}

static enum err_code work(struct mdf_source *s, uint64_t bytes, struct err *e)
{
	if (bytes > s->work_left)
		return err_set(e, ERR_TOO_LARGE,
			"blocks of the file are linked to again and again");
	s->work_left -= bytes;
	return ERR_OK;
}

enum err_code mdf_block_any(struct mdf_source *s, uint64_t at, struct mdf_block *ret,
	struct err *e)
{
	uint64_t size = s->file->size;
	const uint8_t *p;
	struct mdf_block b = { .at = at };

	if (at > size || size - at < HEAD_BYTES)
		return err_set(e, ERR_INVALID, "link to byte %llu leads past the end of the file",
			(unsigned long long)at);
	p = s->file->at + at;
	if (p[0] != '#' || p[1] != '#')
		return err_set(e, ERR_INVALID, "there is no block at byte %llu",
			(unsigned long long)at);
	b.length = mdf_u64(p + 8);
	b.link_count = mdf_u64(p + 16);
	if (b.length < HEAD_BYTES || b.link_count > (b.length - HEAD_BYTES) / 8)
		return err_set(e, ERR_INVALID, "block at byte %llu is too short for its links",
			(unsigned long long)at);
	if (b.link_count > (size - at - HEAD_BYTES) / 8)
		return err_set(e, ERR_INVALID, "links of the block at byte %llu end past the file",
			(unsigned long long)at);
	TRY(work(s, HEAD_BYTES + 8 * b.link_count, e));
	b.links = p + HEAD_BYTES;
	b.data = b.links + 8 * b.link_count;
	b.data_len = b.length - HEAD_BYTES - 8 * b.link_count;
	*ret = b;
	return ERR_OK;
}

bool mdf_block_is(const struct mdf_source *s, const struct mdf_block *b, const char *id)
{
	const uint8_t *p = s->file->at + b->at;

	return p[2] == (uint8_t)id[0] && p[3] == (uint8_t)id[1];
}

enum err_code mdf_block_of(struct mdf_source *s, uint64_t at, const char *id, uint64_t links,
	uint64_t data_bytes, struct mdf_block *ret, struct err *e)
{
	struct mdf_block b;

	TRY(mdf_block_any(s, at, &b, e));
	if (!mdf_block_is(s, &b, id))
		return err_set(e, ERR_INVALID, "block at byte %llu is no %s block",
			(unsigned long long)at, id);
	if (b.length > s->file->size - at)
		return err_set(e, ERR_INVALID, "%s block at byte %llu ends past the file", id,
			(unsigned long long)at);
	if (b.link_count < links || b.data_len < data_bytes)
		return err_set(e, ERR_INVALID, "%s block at byte %llu is too short", id,
			(unsigned long long)at);
	*ret = b;
	return ERR_OK;
}

uint64_t mdf_link(const struct mdf_block *b, uint64_t index)
{
	return index < b->link_count ? mdf_u64(b->links + 8 * index) : 0;
}

/* ---- text ------------------------------------------------------------------------------------ */

static size_t put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* Bytes of the valid sequence that begins here, 0 when there is none. */
static size_t sequence_len(const uint8_t *p, size_t len)
{
	size_t want = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (want > len || !str_is_utf8((struct str){ (const char *)p, want }))
		return 0;
	return want;
}

static struct str clean_utf8(struct arena *a, const uint8_t *p, size_t len)
{
	struct str whole = { (const char *)p, len };
	size_t used = 0;
	char *to;

	if (str_is_utf8(whole))
		return str_copy(a, whole);
	to = arena_alloc(a, 3 * len + 1);
	if (!to)
		return (struct str){ NULL, 0 };
	for (size_t i = 0; i < len;) {
		size_t step = sequence_len(p + i, len - i);
		if (step == 0) {
			used += put_utf8(to + used, 0xfffd);
			i++;
			continue;
		}
		memcpy(to + used, p + i, step);
		used += step;
		i += step;
	}
	return (struct str){ to, used };
}

static size_t until_zero(const uint8_t *p, size_t len)
{
	const uint8_t *zero = len > 0 ? memchr(p, 0, len) : NULL;

	return zero ? (size_t)(zero - p) : len;
}

static struct str decode_latin1(struct arena *a, const uint8_t *p, size_t len)
{
	char *to = arena_alloc(a, 2 * len + 1);
	size_t used = 0;

	if (!to)
		return (struct str){ NULL, 0 };
	for (size_t i = 0; i < len; i++)
		used += put_utf8(to + used, p[i]);
	return (struct str){ to, used };
}

static uint32_t unit16(const uint8_t *p, bool big)
{
	return big ? (uint32_t)(p[0] << 8 | p[1]) : mdf_u16(p);
}

static struct str decode_utf16(struct arena *a, const uint8_t *p, size_t len, bool big)
{
	char *to = arena_alloc(a, 3 * (len / 2) + 1);
	size_t used = 0;

	if (!to)
		return (struct str){ NULL, 0 };
	for (size_t i = 0; i + 1 < len; i += 2) {
		uint32_t c = unit16(p + i, big);
		if (c == 0)
			break;
		if (c >= 0xd800 && c < 0xdc00 && i + 3 < len) {
			uint32_t low = unit16(p + i + 2, big);
			if (low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				i += 2;
			}
		}
		if (c >= 0xd800 && c < 0xe000)
			c = 0xfffd;
		used += put_utf8(to + used, c);
	}
	return (struct str){ to, used };
}

struct str mdf_decode_text(struct arena *a, uint8_t data_type, const uint8_t *bytes, size_t len)
{
	if (data_type == MDF_TYPE_UTF16 || data_type == MDF_TYPE_UTF16_BE)
		return decode_utf16(a, bytes, len, data_type == MDF_TYPE_UTF16_BE);
	len = until_zero(bytes, len);
	return data_type == MDF_TYPE_LATIN1 ? decode_latin1(a, bytes, len) :
		clean_utf8(a, bytes, len);
}

/* The five entities XML has; others stay as they are: nothing is looked up. */
static struct str resolve_entities(struct arena *a, struct str s)
{
	static const struct {
		const char *name;
		char c;
	} entities[] = { { "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&apos;", '\'' },
		{ "&quot;", '"' } };
	char *to = arena_alloc(a, s.len + 1);
	size_t used = 0;

	if (!to)
		return (struct str){ NULL, 0 };
	while (s.len > 0) {
		size_t step = 1;
		char c = s.at[0];
		for (size_t i = 0; c == '&' && i < sizeof(entities) / sizeof(entities[0]); i++) {
			if (str_starts(s, entities[i].name)) {
				step = strlen(entities[i].name);
				c = entities[i].c;
				break;
			}
		}
		to[used++] = c;
		s = str_skip(s, step);
	}
	return (struct str){ to, used };
}

/* What stands in the first TX element: the one place of an MD block where names and units are. */
static struct str element_text(struct arena *a, struct str xml)
{
	size_t from = str_find(xml, STR("<TX")), end;
	struct str rest;

	if (from == SIZE_MAX)
		return STR("");
	rest = str_skip(xml, from + 3);
	if (rest.len == 0 || (rest.at[0] != '>' && rest.at[0] != ' '))
		return STR("");
	end = str_find(rest, STR(">"));
	if (end == SIZE_MAX || (end > 0 && rest.at[end - 1] == '/'))
		return STR("");
	rest = str_skip(rest, end + 1);
	end = str_find(rest, STR("<"));
	if (end == SIZE_MAX)
		return STR("");
	return resolve_entities(a, (struct str){ rest.at, end });
}

enum err_code mdf_text(struct mdf_source *s, struct arena *a, uint64_t at, struct str *ret,
	struct err *e)
{
	struct mdf_block b;
	struct str text = STR("");
	bool is_xml;

	if (at == 0) {
		*ret = text;
		return ERR_OK;
	}
	TRY(mdf_block_any(s, at, &b, e));
	is_xml = mdf_block_is(s, &b, "MD");
	TRY(mdf_block_of(s, at, is_xml ? "MD" : "TX", 0, 0, &b, e));
	/* Comments may be long; names and units stand at their beginning. */
	if (b.data_len > LIMIT_MDF_TEXT_BYTES)
		b.data_len = LIMIT_MDF_TEXT_BYTES;
	TRY(work(s, b.data_len, e));
	text = mdf_decode_text(a, MDF_TYPE_UTF8, b.data, b.data_len);
	if (text.at && is_xml)
		text = element_text(a, text);
	if (!text.at)
		return mdf_too_large(e);
	*ret = text;
	return ERR_OK;
}
