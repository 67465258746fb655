/* multipart.c - cuts a body at its delimiters and reads each part's header. */
#include "web/multipart.h"

#include <string.h>

#include "web/http_text.h"

#define BOUNDARY_BYTES 70      /* RFC 2046 */
#define PART_HEADER_LINES 8
#define PART_HEADER_BYTES 2048

/* What RFC 2046 lists; so it needs no quoting in messages. */
bool multipart_boundary_holds(struct str s)
{
	if (s.len == 0 || s.len > BOUNDARY_BYTES || s.at[s.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c && strchr("'()+_,-./:=? ", c))))
			return false;
	}
	return true;
}

static bool header_is(struct str line, const char *name, struct str *ret_value)
{
	size_t len = strlen(name);

	if (line.len <= len || line.at[len] != ':' || strncasecmp(line.at, name, len) != 0)
		return false;
	*ret_value = str_trim(str_skip(line, len + 1));
	return true;
}

static enum err_code read_disposition(struct arena *a, struct str value, size_t number,
	struct part *p, struct err *e)
{
	if (!media_type_is(value, "form-data"))
		return err_set(e, ERR_INVALID, "form part %zu is no form data", number);
	p->name = parameter_get(a, value, "name");
	p->filename = parameter_get(a, value, "filename");
	if (!p->name.at || p->name.len == 0)
		return err_set(e, ERR_INVALID, "form part %zu has no name", number);
	if (!str_is_utf8(p->name) || (p->filename.at && !str_is_utf8(p->filename)))
		return err_set(e, ERR_INVALID, "form part %zu has a name that is not UTF-8",
			number);
	return ERR_OK;
}

enum err_code multipart_read_header(struct arena *a, struct str *s, size_t number, struct part *ret,
	struct err *e)
{
	struct part found = { .name = { NULL, 0 } }, *p = &found;
	size_t start_len = s->len;

	for (unsigned lines = 0;; lines++) {
		size_t end = str_find(*s, STR("\r\n"));
		struct str line = { s->at, end }, value;
		if (end == SIZE_MAX || start_len - s->len + end > PART_HEADER_BYTES ||
			lines > PART_HEADER_LINES)
			return err_set(e, ERR_INVALID, "form part %zu has no proper header",
				number);
		*s = str_skip(*s, end + 2);
		if (end == 0)
			break;
		if (header_is(line, "content-transfer-encoding", &value) &&
			!media_type_is(value, "binary") && !media_type_is(value, "8bit") &&
			!media_type_is(value, "7bit"))
			return err_set(e, ERR_INVALID, "form part %zu is encoded", number);
		if (!header_is(line, "content-disposition", &value))
			continue;
		if (p->name.at)
			return err_set(e, ERR_INVALID, "form part %zu is named twice", number);
		TRY(read_disposition(a, value, number, p, e));
	}
	if (!p->name.at)
		return err_set(e, ERR_INVALID, "form part %zu has no name", number);
	*ret = found;
	return ERR_OK;
}

/* After a delimiter: CRLF begins a part, "--" ends the form. */
static enum err_code read_turn(struct str *rest, bool *ret_end, struct err *e)
{
	if (str_starts(*rest, "--") && (rest->len == 2 || str_is(*rest, "--\r\n"))) {
		*ret_end = true;
		return ERR_OK;
	}
	if (!str_starts(*rest, "\r\n"))
		return err_set(e, ERR_INVALID,
			"form has a delimiter that is not followed by a line end");
	*rest = str_skip(*rest, 2);
	*ret_end = false;
	return ERR_OK;
}

enum err_code multipart_parse(struct arena *a, struct str body, struct str boundary,
	struct multipart *ret, struct err *e)
{
	struct multipart m = { 0 };
	struct str delimiter;

	if (!multipart_boundary_holds(boundary))
		return err_set(e, ERR_INVALID, "form has no proper boundary");
	delimiter = str_printf(a, "\r\n--" STR_FMT, STR_ARG(boundary));
	if (!delimiter.at)
		return err_set(e, ERR_TOO_LARGE, "form needs too much memory");
	if (!str_starts(body, delimiter.at + 2))
		return err_set(e, ERR_INVALID, "form does not begin with its boundary");
	body = str_skip(body, delimiter.len - 2);
	for (;;) {
		struct part p = { 0 };
		size_t end;
		bool last = false;
		TRY(read_turn(&body, &last, e));
		if (last)
			break;
		if (m.count == LIMIT_MULTIPART_PARTS)
			return err_set(e, ERR_TOO_LARGE, "form has more than %d parts",
				LIMIT_MULTIPART_PARTS);
		TRY(multipart_read_header(a, &body, m.count + 1, &p, e));
		end = str_find(body, delimiter);
		if (end == SIZE_MAX)
			return err_set(e, ERR_INVALID, "form part %zu does not end", m.count + 1);
		p.body = (struct str){ body.at, end };
		body = str_skip(body, end + delimiter.len);
		m.parts[m.count++] = p;
	}
	*ret = m;
	return ERR_OK;
}

const struct part *multipart_get(const struct multipart *m, const char *name)
{
	for (size_t i = 0; i < m->count; i++)
		if (str_is(m->parts[i].name, name))
			return &m->parts[i];
	return NULL;
}
