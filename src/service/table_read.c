/* table_read.c - CSV here; workbooks by libzip and expat, in pieces that are counted. */
#include "service/table_read.h"

#include <expat.h>
#include <stdio.h>
#include <string.h>
#include <zip.h>

#include "base/instant.h"
#include "base/limits.h"
#include "base/number.h"
#include "base/scoped.h"

#define PIECE_BYTES 16384
#define DAY_S 86400
#define EXCEL_DAY_ZERO (-25569) /* 1899-12-30, in days from 1970 */

struct table {
	struct arena *a;
	struct json *rows, *row;
	struct err *e;
};

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "table needs too much memory");
}

static enum err_code begin_row(struct table *t)
{
	if (json_count(t->rows) == LIMIT_TABLE_ROWS)
		return err_set(t->e, ERR_TOO_LARGE, "table has over %d rows", LIMIT_TABLE_ROWS);
	t->row = json_new_array(t->a);
	t->rows = json_push(t->a, t->rows, t->row);
	return t->rows ? ERR_OK : full(t->e);
}

static enum err_code put_cell(struct table *t, struct str text)
{
	if (json_count(t->row) == LIMIT_TABLE_COLUMNS)
		return err_set(t->e, ERR_TOO_LARGE, "row %zu has over %d columns",
			json_count(t->rows), LIMIT_TABLE_COLUMNS);
	if (text.len > LIMIT_TABLE_CELL_BYTES)
		return err_set(t->e, ERR_TOO_LARGE, "a cell of row %zu is over %d bytes",
			json_count(t->rows), LIMIT_TABLE_CELL_BYTES);
	return json_push(t->a, t->row, json_new_str(t->a, str_copy(t->a, text))) ? ERR_OK
		: full(t->e);
}

static bool is_empty(const struct json *row)
{
	for (size_t i = 0; i < json_count(row); i++)
		if (json_str(json_at(row, i)).len > 0)
			return false;
	return true;
}

/* Without the empty rows at the end, as a list of one's own. */
static enum err_code finish(struct table *t, struct json **ret)
{
	size_t count = json_count(t->rows);
	struct json *list = json_new_array(t->a);

	while (count > 0 && is_empty(json_at(t->rows, count - 1)))
		count--;
	for (size_t i = 0; i < count; i++)
		list = json_push(t->a, list, json_copy(t->a, json_at(t->rows, i)));
	if (!list)
		return full(t->e);
	*ret = list;
	return ERR_OK;
}

/* ---- CSV ------------------------------------------------------------------------------------- */

struct csv {
	struct table *t;
	struct str text;
	size_t at;
	uint32_t line;
	char separator;
};

/* Of the first line; what stands in quotes does not count. */
static char separator_of(struct str text)
{
	size_t count[3] = { 0 };
	static const char signs[] = ",;\t";
	bool quoted = false;

	for (size_t i = 0; i < text.len && (quoted || text.at[i] != '\n'); i++) {
		quoted = quoted != (text.at[i] == '"');
		for (size_t k = 0; k < 3 && !quoted; k++)
			count[k] += text.at[i] == signs[k];
	}
	return count[1] > count[0] && count[1] > count[2] ? ';' : count[2] > count[0] ? '\t' : ',';
}

/* A field in quotes: "" stands for one. */
static enum err_code read_quoted(struct csv *c, struct str *ret)
{
	uint32_t begun = c->line;
	SCOPED_BUF b = { 0 };

	buf_init(&b, LIMIT_TABLE_CELL_BYTES + 1);
	for (c->at++;; c->at++) {
		if (c->at == c->text.len) {
			(void)err_set(c->t->e, ERR_INVALID, "a quoted field has no end");
			return err_at(c->t->e, begun, 0);
		}
		if (c->text.at[c->at] == '\n')
			c->line++;
		if (c->text.at[c->at] == '"') {
			if (c->at + 1 == c->text.len || c->text.at[c->at + 1] != '"')
				break;
			c->at++;
		}
		buf_put_char(&b, c->text.at[c->at]);
	}
	c->at++;
	TRY(buf_check(&b, "cell", c->t->e));
	*ret = str_copy(c->t->a, buf_str(&b));
	return ERR_OK;
}

static enum err_code read_plain(struct csv *c, struct str *ret)
{
	size_t from = c->at;

	while (c->at < c->text.len && c->text.at[c->at] != c->separator &&
		c->text.at[c->at] != '\n' && c->text.at[c->at] != '\r') {
		if (c->text.at[c->at] == '"') {
			(void)err_set(c->t->e, ERR_INVALID, "a quote stands inside a field that is "
				"not quoted");
			return err_at(c->t->e, c->line, 0);
		}
		c->at++;
	}
	*ret = (struct str){ c->text.at + from, c->at - from };
	return ERR_OK;
}

/* True at the end of a row; the separator or line end is passed. */
static enum err_code read_field(struct csv *c, struct str *ret, bool *ret_last)
{
	bool quoted = c->at < c->text.len && c->text.at[c->at] == '"';

	TRY(quoted ? read_quoted(c, ret) : read_plain(c, ret));
	*ret_last = true;
	if (c->at == c->text.len)
		return ERR_OK;
	if (c->text.at[c->at] == c->separator) {
		c->at++;
		*ret_last = false;
		return ERR_OK;
	}
	if (c->text.at[c->at] == '\r' && c->at + 1 < c->text.len && c->text.at[c->at + 1] == '\n')
		c->at++;
	if (c->text.at[c->at] != '\n') {
		(void)err_set(c->t->e, ERR_INVALID, "something stands behind the end of a field");
		return err_at(c->t->e, c->line, 0);
	}
	c->at++;
	c->line++;
	return ERR_OK;
}

static enum err_code read_csv(struct table *t, struct str bytes)
{
	struct csv c = { .t = t, .text = bytes, .line = 1 };

	if (str_starts(bytes, "\xef\xbb\xbf"))
		c.text = str_skip(bytes, 3);
	if (!str_is_utf8(c.text) || memchr(c.text.at, '\0', c.text.len)) {
		(void)err_set(t->e, ERR_INVALID, "the file is neither a workbook nor UTF-8 text");
		return err_hint(t->e, "Save it as \"CSV UTF-8\" or as a workbook (.xlsx).");
	}
	c.separator = separator_of(c.text);
	while (c.at < c.text.len) {
		bool last = false;
		TRY(begin_row(t));
		while (!last) {
			struct str field;
			TRY(read_field(&c, &field, &last));
			TRY(put_cell(t, field));
		}
	}
	return ERR_OK;
}

/* ---- a part of a workbook -------------------------------------------------------------------- */

enum where { NOWHERE, IN_TEXT, IN_VALUE };

struct part {
	struct table *t;
	XML_Parser parser;
	enum err_code code;
	enum where where;
	struct buf text;                   /* of the cell or string being read */
	unsigned phonetic;                 /* depth of <rPh>: readings are no text */
	bool shared;                       /* the part is the list of strings */
	struct json *strings;
	char type[12];                     /* of the cell: "s", "inlineStr" ... */
	uint32_t row, column;              /* of the cell, from 1 */
};

static void stop(struct part *p, enum err_code code)
{
	if (p->code == ERR_OK)
		p->code = code;
	(void)XML_StopParser(p->parser, XML_FALSE); /* it may have stopped already */
}

static const char *attribute(const char **attributes, const char *name)
{
	for (size_t i = 0; attributes[i]; i += 2)
		if (strcmp(attributes[i], name) == 0)
			return attributes[i + 1];
	return NULL;
}

static const char *local(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon ? colon + 1 : name;
}

/* "B3": rows and columns that are left out are empty. */
static enum err_code go_to_cell(struct part *p, const char *place)
{
	uint32_t column = 0, row = 0;

	for (; place && *place >= 'A' && *place <= 'Z' && column < 1000; place++)
		column = column * 26 + (uint32_t)(*place - 'A') + 1;
	for (; place && *place >= '0' && *place <= '9' && row < 10000000; place++)
		row = row * 10 + (uint32_t)(*place - '0');
	p->column = column > 0 ? column : (uint32_t)json_count(p->t->row) + 1;
	p->row = row > 0 ? row : p->row;
	if (p->column > LIMIT_TABLE_COLUMNS)
		return err_set(p->t->e, ERR_TOO_LARGE, "row %u has over %d columns", p->row,
			LIMIT_TABLE_COLUMNS);
	if (p->row > LIMIT_TABLE_ROWS)
		return err_set(p->t->e, ERR_TOO_LARGE, "table has over %d rows", LIMIT_TABLE_ROWS);
	while (json_count(p->t->rows) < p->row)
		TRY(begin_row(p->t));
	if (json_count(p->t->rows) > p->row || json_count(p->t->row) >= p->column)
		return err_set(p->t->e, ERR_INVALID, "cells of row %u are out of order", p->row);
	while (json_count(p->t->row) + 1 < p->column)
		TRY(put_cell(p->t, STR("")));
	return ERR_OK;
}

static void XMLCALL on_start(void *context, const char *name, const char **attributes)
{
	struct part *p = context;
	const char *type;
	enum err_code code = ERR_OK;

	name = local(name);
	if (strcmp(name, "rPh") == 0)
		p->phonetic++;
	if (strcmp(name, "t") == 0 && p->phonetic == 0)
		p->where = IN_TEXT;
	if (p->shared) {
		if (strcmp(name, "si") == 0)
			buf_reset(&p->text);
		return;
	}
	if (strcmp(name, "v") == 0)
		p->where = IN_VALUE;
	if (strcmp(name, "row") == 0) {
		p->row = (uint32_t)json_count(p->t->rows) + 1;
		p->t->row = NULL;
	}
	if (strcmp(name, "c") != 0)
		return;
	buf_reset(&p->text);
	type = attribute(attributes, "t");
	(void)snprintf(p->type, sizeof(p->type), "%s", type ? type : "n");
	code = go_to_cell(p, attribute(attributes, "r"));
	if (code != ERR_OK)
		stop(p, code);
}

/* 58.899999999999999 is how 58.9 is kept. */
static struct str number_text(struct arena *a, struct str text)
{
	double value;

	if (!number_parse(text.at, text.at + text.len, '.', &value))
		return text;
	return str_printf(a, "%.15g", value);
}

static enum err_code end_cell(struct part *p)
{
	struct str text = buf_str(&p->text);
	uint64_t index;

	TRY(buf_check(&p->text, "cell", p->t->e));
	if (strcmp(p->type, "e") == 0)
		return err_set(p->t->e, ERR_INVALID, "a formula of row %u has no result: " STR_FMT,
			p->row, STR_ARG(text));
	if (strcmp(p->type, "s") == 0) {
		if (str_parse_u64(text, &index, NULL) != ERR_OK ||
			index >= json_count(p->strings))
			return err_set(p->t->e, ERR_INVALID, "row %u names a text that the "
				"workbook lacks", p->row);
		text = json_str(json_at(p->strings, index));
	} else if (strcmp(p->type, "n") == 0 && text.len > 0) {
		text = number_text(p->t->a, text);
	}
	return put_cell(p->t, text);
}

static void XMLCALL on_end(void *context, const char *name)
{
	struct part *p = context;
	enum err_code code = ERR_OK;

	name = local(name);
	if (strcmp(name, "rPh") == 0 && p->phonetic > 0)
		p->phonetic--;
	if (strcmp(name, "t") == 0 || strcmp(name, "v") == 0)
		p->where = NOWHERE;
	if (p->shared && strcmp(name, "si") == 0) {
		code = buf_check(&p->text, "text", p->t->e);
		if (code == ERR_OK && !json_push(p->t->a, p->strings, json_new_str(p->t->a,
			str_copy(p->t->a, buf_str(&p->text)))))
			code = full(p->t->e);
	} else if (!p->shared && strcmp(name, "c") == 0) {
		code = end_cell(p);
	}
	if (code != ERR_OK)
		stop(p, code);
}

static void XMLCALL on_text(void *context, const char *text, int len)
{
	struct part *p = context;

	if (p->where != NOWHERE)
		buf_put(&p->text, text, (size_t)len);
}

static void XMLCALL on_doctype(void *context, const char *name, const char *system,
	const char *public, int subset)
{
	struct part *p = context;

	(void)name, (void)system, (void)public, (void)subset;
	stop(p, err_set(p->t->e, ERR_INVALID, "the workbook declares a document type"));
}

/* ---- the workbook ---------------------------------------------------------------------------- */

struct workbook {
	zip_t *zip;
	uint64_t left;                     /* bytes that may still be unpacked */
};

static enum err_code feed(struct part *p, zip_file_t *file, uint64_t *left)
{
	for (;;) {
		void *room = XML_GetBuffer(p->parser, PIECE_BYTES);
		zip_int64_t got = room ? zip_fread(file, room, PIECE_BYTES) : -1;
		if (got < 0)
			return err_set(p->t->e, ERR_INVALID, "the workbook is damaged");
		if ((uint64_t)got > *left)
			return err_set(p->t->e, ERR_TOO_LARGE, "the workbook unpacks to over %d "
				"bytes", LIMIT_TABLE_EXPANDED_BYTES);
		*left -= (uint64_t)got;
		if (XML_ParseBuffer(p->parser, (int)got, got == 0) != XML_STATUS_OK)
			return p->code != ERR_OK ? p->code : err_set(p->t->e, ERR_INVALID,
				"the workbook is damaged: %s",
				XML_ErrorString(XML_GetErrorCode(p->parser)));
		if (got == 0)
			return ERR_OK;
	}
}

static enum err_code read_part(struct table *t, struct workbook *w, const char *name,
	bool shared, struct json *strings)
{
	struct part p = { .t = t, .shared = shared, .strings = strings,
		.parser = XML_ParserCreate(NULL) };
	zip_file_t *file = zip_fopen(w->zip, name, 0);
	enum err_code code;

	if (!file || !p.parser) {
		code = err_set(t->e, ERR_INVALID, "the workbook lacks \"%s\", or cannot be read",
			name);
	} else {
		buf_init(&p.text, LIMIT_TABLE_CELL_BYTES + 1);
		XML_SetUserData(p.parser, &p);
		XML_SetElementHandler(p.parser, on_start, on_end);
		XML_SetCharacterDataHandler(p.parser, on_text);
		XML_SetStartDoctypeDeclHandler(p.parser, on_doctype);
		code = feed(&p, file, &w->left);
		buf_clear(&p.text);
	}
	if (file)
		(void)zip_fclose(file); /* it was only read */
	if (p.parser)
		XML_ParserFree(p.parser);
	return code;
}

/* "xl/worksheets/sheet1.xml", else the first sheet there is. */
static const char *sheet_name(struct arena *a, zip_t *zip)
{
	zip_int64_t count = zip_get_num_entries(zip, 0);

	if (zip_name_locate(zip, "xl/worksheets/sheet1.xml", 0) >= 0)
		return "xl/worksheets/sheet1.xml";
	for (zip_int64_t i = 0; i < count && i < 1000; i++) {
		const char *name = zip_get_name(zip, (zip_uint64_t)i, 0);
		if (name && strncmp(name, "xl/worksheets/", 14) == 0 && !strchr(name + 14, '/'))
			return arena_copy(a, name, strlen(name));
	}
	return NULL;
}

static enum err_code read_parts(struct table *t, struct workbook *w)
{
	static const char strings_name[] = "xl/sharedStrings.xml";
	struct json *strings = json_new_array(t->a);
	const char *sheet = sheet_name(t->a, w->zip);

	if (!sheet)
		return err_set(t->e, ERR_INVALID, "the file is no workbook, or has no sheet");
	if (zip_name_locate(w->zip, strings_name, 0) >= 0)
		TRY(read_part(t, w, strings_name, true, strings));
	return read_part(t, w, sheet, false, strings);
}

static enum err_code read_workbook(struct table *t, struct str bytes)
{
	struct workbook w = { .left = LIMIT_TABLE_EXPANDED_BYTES };
	zip_error_t problem;
	enum err_code code;

	zip_error_init(&problem);
	zip_source_t *source = zip_source_buffer_create(bytes.at, bytes.len, 0, &problem);
	w.zip = source ? zip_open_from_source(source, ZIP_RDONLY, &problem) : NULL;
	if (!w.zip) {
		if (source)
			zip_source_free(source);
		code = err_set(t->e, ERR_INVALID, "the file is no workbook: %s",
			zip_error_strerror(&problem));
	} else {
		code = read_parts(t, &w);
		zip_discard(w.zip);
	}
	zip_error_fini(&problem);
	return code;
}

/* ---- both ------------------------------------------------------------------------------------ */

enum err_code table_read(struct arena *a, struct str bytes, struct json **ret, struct err *e)
{
	struct table t = { .a = a, .rows = json_new_array(a), .e = e };

	enum err_code code = str_starts(bytes, "PK\003\004") ? read_workbook(&t, bytes)
		: read_csv(&t, bytes);

	return code == ERR_OK ? finish(&t, ret) : err_word(e, code == ERR_TOO_LARGE ?
		"table-large" : "no-table");
}

struct str table_read_day(struct arena *a, struct str text)
{
	char day[INSTANT_TEXT_BYTES];
	uint64_t days;

	/* 1954 to 2119: other numbers of five digits are no date of a test. */
	if (text.len != 5 || str_parse_u64(text, &days, NULL) != ERR_OK || days < 20000 ||
		days > 80000)
		return text;
	instant_format(((int64_t)days + EXCEL_DAY_ZERO) * DAY_S, day);
	return str_printf(a, "%.10s", day);
}
