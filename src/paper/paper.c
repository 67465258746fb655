/* paper.c - pages and their frame, and the blocks of a sheet one below the other. */
#include "paper/paper.h"

#include <cairo-pdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "paper/paper_inner.h"

#define BAND 10.0              /* of the city's colour, on top of every page */
#define HEAD_LINE 45.0         /* baseline of the head */
#define TOP 66.0
#define FOOT_LINE (PAPER_HEIGHT - 34.0)
#define BOTTOM (PAPER_HEIGHT - PAPER_MARGIN)
#define STATE_BAND 24.0
#define CHECK_LINES 3
#define CHECK_MARKS 4
#define CODE 79.4              /* 28 mm */
#define LABEL 112.0            /* of the number beside it */
#define GAP 14.0
#define FACT_NAME 92.0
#define OUTLINE_TOP 80.0

void paper_fail(struct paper *p, enum err_code code, const char *what)
{
	if (p->code == ERR_OK)
		p->code = err_set(p->e, code, "%s", what);
}

/* ---- tags ------------------------------------------------------------------------------------ */

void paper_tag(struct paper *p, const char *tag)
{
	CHECK(p->tag_count < PAPER_TAGS);
	p->tags[p->tag_count++] = tag;
	if (p->cr)
		cairo_tag_begin(p->cr, tag, NULL);
}

void paper_untag(struct paper *p)
{
	CHECK(p->tag_count > 0);
	p->tag_count--;
	if (p->cr)
		cairo_tag_end(p->cr, p->tags[p->tag_count]);
}

/* An address that could end the attribute it stands in is left out. */
static bool is_address(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] <= ' ' || s.at[i] >= 0x7f || strchr("'\\\"()<>", s.at[i]))
			return false;
	}
	return s.len > 0 && s.len < 1024;
}

void paper_link(struct paper *p, struct str address)
{
	char attributes[1100];

	if (!p->cr || !is_address(address))
		return;
	(void)snprintf(attributes, sizeof(attributes), "uri='" STR_FMT "'", STR_ARG(address));
	cairo_tag_begin(p->cr, CAIRO_TAG_LINK, attributes);
}

void paper_unlink(struct paper *p, struct str address)
{
	if (p->cr && is_address(address))
		cairo_tag_end(p->cr, CAIRO_TAG_LINK);
}

/* ---- the frame ------------------------------------------------------------------------------- */

static const struct json *head_of(const struct paper *p)
{
	return json_get(p->sheet, "head");
}

static struct str put_number(struct paper *p, struct str format, const char *what, uint32_t n)
{
	size_t at = str_find(format, str_of(what));
	struct str ret;

	if (at == SIZE_MAX)
		return format;
	ret = str_printf(p->a, "%.*s%u" STR_FMT, (int)at, format.at, n,
		STR_ARG(str_skip(format, at + strlen(what))));
	return ret.at ? ret : STR("");
}

/* What became of the statement, across the page. */
static void draw_state_band(struct paper *p)
{
	const struct json *band = json_get(p->sheet, "band");
	const struct pen pen = { FACE_BOLD, 11, colour_paper };
	struct str text = text_of(p, band, "text");
	double top = p->page == 1 ? TOP - 8 : HEAD_LINE + 13;

	if (text.len == 0)
		return;
	shape_rect(p, colour_of_tone(json_get_str(band, "tone"), colour_ink), 0, top, PAPER_WIDTH,
		STATE_BAND);
	paper_tag(p, "P");
	text_show(p, &pen, PAPER_LEFT, top + 16, text_fit(p, &pen, PAPER_ROOM, text));
	paper_untag(p);
	p->y = top + STATE_BAND + 14;
}

static void draw_head(struct paper *p)
{
	const struct pen name = { FACE_BOLD, 8.5, colour_ink };
	const struct pen soft = { FACE_REGULAR, 8, colour_soft };
	const struct json *head = head_of(p);
	struct str right = p->page == 1 ? text_of(p, head, "place")
		: str_printf(p->a, STR_FMT "  " STR_FMT, STR_ARG(text_of(p, head, "kind")),
			STR_ARG(text_of(p, head, "number")));
	double width;

	shape_rect(p, p->band, 0, 0, PAPER_WIDTH, BAND);
	right = right.at ? text_fit(p, &soft, PAPER_ROOM * 0.55, right) : STR("");
	width = text_width(p, &soft, right);
	paper_tag(p, "P");
	text_show(p, &name, PAPER_LEFT, HEAD_LINE, text_fit(p, &name, PAPER_ROOM - width - 16,
		text_of(p, head, "issuer")));
	text_show(p, &soft, PAPER_RIGHT - width, HEAD_LINE, right);
	paper_untag(p);
	shape_rule(p, colour_rule, 0.6, PAPER_LEFT, HEAD_LINE + 7, PAPER_RIGHT, HEAD_LINE + 7);
}

static void draw_foot(struct paper *p)
{
	const struct pen soft = { FACE_REGULAR, SIZE_SMALL, colour_soft };
	struct str number = put_number(p, put_number(p, text_of(p, p->sheet, "page"), "{page}",
		p->page), "{pages}", p->pages);
	double width = text_width(p, &soft, number);

	shape_rule(p, colour_rule, 0.6, PAPER_LEFT, FOOT_LINE - 12, PAPER_RIGHT, FOOT_LINE - 12);
	paper_tag(p, "P");
	text_show(p, &soft, PAPER_LEFT, FOOT_LINE, text_fit(p, &soft, PAPER_ROOM - width - 16,
		text_of(p, p->sheet, "foot")));
	text_show(p, &soft, PAPER_RIGHT - width, FOOT_LINE, number);
	paper_untag(p);
}

static void draw_code(struct paper *p, const struct json *qr, double top)
{
	double size = json_number_or(json_get(qr, "size"), 0), x = PAPER_RIGHT - CODE;
	struct str link = json_get_str(qr, "link");
	bool good = true;

	if (!p->cr || !(size >= 8))
		return;
	paper_link(p, link);
	cairo_save(p->cr);
	cairo_translate(p->cr, x, top);
	cairo_scale(p->cr, CODE / size, CODE / size);
	shape_colour(p, colour_ink);
	good = shape_path(p->cr, json_get_str(qr, "path"));
	cairo_fill(p->cr);
	cairo_restore(p->cr);
	paper_unlink(p, link);
	if (!good)
		paper_fail(p, ERR_INVALID, "the code of the sheet is no path");
}

static double draw_check_words(struct paper *p, const struct json *qr, double top)
{
	const struct json *marks = json_get(qr, "marks");
	const struct pen title = { FACE_BOLD, SIZE_BODY, colour_ink };
	const struct pen soft = { FACE_REGULAR, SIZE_SMALL, colour_soft };
	double room = PAPER_ROOM - CODE - LABEL - 14, y = top, height = 0;
	struct lines text = text_wrap(p, &soft, room, text_of(p, qr, "text"));

	paper_tag(p, "P");
	text_show(p, &title, PAPER_LEFT, y + text_base(&title), text_of(p, qr, "title"));
	y += text_height(&title) + 1;
	for (size_t i = 0; i < text.count && i < CHECK_LINES; i++, y += text_height(&soft))
		text_show(p, &soft, PAPER_LEFT, y + text_base(&soft), text.at[i]);
	y += 3;
	for (size_t i = 0; i < json_count(marks) && i < CHECK_MARKS; i++) {
		double x = PAPER_LEFT + (i % 2 ? room / 2 : 0);
		height = fmax(i % 2 ? height : 0, cell_draw(p, json_at(marks, i), x, y,
			room / 2 - 8));
		y += i % 2 ? height + 1 : 0;
	}
	paper_untag(p);
	return y - top;
}

/* At the end of page one: what was checked, how to check again, the code with its number. */
static void draw_check(struct paper *p)
{
	const struct json *qr = json_get(p->sheet, "qr");
	const struct pen number = { FACE_BOLD, SIZE_BODY, colour_ink };
	struct lines words = text_wrap(p, &number, LABEL, text_of(p, qr, "number"));
	cairo_t *cr = p->cr;
	double top, y;

	if (!qr)
		return;
	p->cr = NULL; /* measured first */
	top = BOTTOM - fmax(draw_check_words(p, qr, 0), CODE);
	p->cr = cr;
	shape_rule(p, p->band, 1.2, PAPER_LEFT, top - 7, PAPER_RIGHT, top - 7);
	(void)draw_check_words(p, qr, top);
	draw_code(p, qr, top);
	paper_tag(p, "P");
	y = top + CODE - text_height(&number) * (double)words.count;
	for (size_t i = 0; i < words.count && i < CHECK_LINES; i++, y += text_height(&number))
		text_show_end(p, &number, PAPER_RIGHT - CODE - 6, y + text_base(&number),
			words.at[i]);
	paper_untag(p);
	p->bottom = top - 16;
}

static void begin_page(struct paper *p)
{
	p->page++;
	if (p->page > LIMIT_PAPER_PAGES)
		paper_fail(p, ERR_TOO_LARGE, "paper has too many pages");
	p->y = TOP;
	p->bottom = BOTTOM;
	draw_head(p);
	draw_state_band(p);
	draw_foot(p);
	if (p->page == 1)
		draw_check(p);
}

void paper_turn(struct paper *p)
{
	const char *open[PAPER_TAGS];
	size_t count = p->tag_count;

	memcpy(open, p->tags, sizeof(open));
	while (p->tag_count > 0)
		paper_untag(p);
	if (p->cr)
		cairo_show_page(p->cr);
	begin_page(p);
	for (size_t i = 0; i < count; i++)
		paper_tag(p, open[i]);
}

void paper_need(struct paper *p, double height)
{
	if (p->code == ERR_OK && p->y + height > p->bottom && p->y > TOP + STATE_BAND)
		paper_turn(p);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static void put_lines(struct paper *p, const struct pen *pen, double x, double width,
	struct str text)
{
	struct lines lines = text_wrap(p, pen, width, text);

	paper_tag(p, "P");
	for (size_t i = 0; i < lines.count && p->code == ERR_OK; i++) {
		paper_need(p, text_height(pen));
		text_show(p, pen, x, p->y + text_base(pen), lines.at[i]);
		p->y += text_height(pen);
	}
	paper_untag(p);
}

static void put_outline(struct paper *p, struct str text)
{
	char attributes[64], *name = str_z(p->a, text);

	if (!p->cr || !name)
		return;
	(void)snprintf(attributes, sizeof(attributes), "page=%u pos=[%d %d]", p->page,
		(int)PAPER_LEFT, (int)(p->y > OUTLINE_TOP ? p->y - 8 : 0));
	(void)cairo_pdf_surface_add_outline(p->surface, CAIRO_PDF_OUTLINE_ROOT, name, attributes,
		0);
}

static void heading_block(struct paper *p, const struct json *block)
{
	const struct pen pen = { FACE_BOLD, SIZE_HEADING, colour_ink };
	struct str text = text_of(p, block, "text");

	p->y += GAP;
	paper_need(p, 96); /* a heading with the beginning of what it heads */
	put_outline(p, text);
	paper_tag(p, "H2");
	shape_rect(p, p->band, PAPER_LEFT, p->y + 3, 3, 11);
	text_show(p, &pen, PAPER_LEFT + 9, p->y + text_base(&pen),
		text_fit(p, &pen, PAPER_ROOM - 9, text));
	paper_untag(p);
	p->y += text_height(&pen) + 5;
}

static void text_block(struct paper *p, const struct json *block)
{
	const struct pen pen = { FACE_REGULAR, json_true(json_get(block, "small")) ? SIZE_SMALL
		: SIZE_BODY, colour_of_tone(json_get_str(block, "tone"), colour_ink) };

	put_lines(p, &pen, PAPER_LEFT, PAPER_ROOM, text_lines_of(p, block,
		json_is(block, JSON_STRING) ? NULL : "text"));
	p->y += 4;
}

static void notice_block(struct paper *p, const struct json *block)
{
	struct rgb tone = colour_of_tone(json_get_str(block, "tone"), colour_soft);
	const struct pen title = { FACE_BOLD, SIZE_BODY, tone };
	const struct pen pen = { FACE_REGULAR, SIZE_BODY, colour_ink };
	double from;

	paper_need(p, 48);
	from = p->y;
	p->y += 3;
	put_lines(p, &title, PAPER_LEFT + 12, PAPER_ROOM - 24, text_of(p, block, "title"));
	put_lines(p, &pen, PAPER_LEFT + 12, PAPER_ROOM - 24, text_of(p, block, "text"));
	p->y += 4;
	if (p->y > from) /* on one page */
		shape_rect(p, tone, PAPER_LEFT, from, 3, p->y - from);
	p->y += 8;
}

static void facts_block(struct paper *p, const struct json *block)
{
	const struct pen pen = { FACE_REGULAR, SIZE_BODY, colour_soft };
	const struct json *rows = json_get(block, "rows");

	for (size_t i = 0; i < json_count(rows) && p->code == ERR_OK; i++) {
		const struct json *row = json_at(rows, i), *value = json_get(row, "value");
		struct lines name = text_wrap(p, &pen, FACT_NAME - 10, text_of(p, row, "name"));
		double height, names = (double)name.count * text_height(&pen);
		cairo_t *cr = p->cr;
		p->cr = NULL; /* measured first */
		height = cell_draw(p, value, 0, 0, PAPER_ROOM - FACT_NAME);
		p->cr = cr;
		height = (height > names ? height : names) + 3;
		if (height > p->bottom - TOP - STATE_BAND) {
			put_lines(p, &pen, PAPER_LEFT, PAPER_ROOM, text_of(p, row, "name"));
			text_block(p, value);
			continue;
		}
		paper_need(p, height);
		paper_tag(p, "P");
		for (size_t k = 0; k < name.count; k++)
			text_show(p, &pen, PAPER_LEFT, p->y + text_base(&pen) + (double)k *
				text_height(&pen), name.at[k]);
		(void)cell_draw(p, value, PAPER_LEFT + FACT_NAME, p->y, PAPER_ROOM - FACT_NAME);
		paper_untag(p);
		p->y += height;
	}
	p->y += 4;
}

static void draw_block(struct paper *p, const struct json *block)
{
	struct str is = json_get_str(block, "is");

	if (str_is(is, "heading"))
		heading_block(p, block);
	else if (str_is(is, "text"))
		text_block(p, block);
	else if (str_is(is, "notice"))
		notice_block(p, block);
	else if (str_is(is, "facts"))
		facts_block(p, block);
	else if (str_is(is, "table"))
		table_draw(p, block);
	else if (str_is(is, "picture"))
		picture_place(p, block);
	else if (!str_is(is, "page"))
		paper_fail(p, ERR_INVALID, "the sheet has a block of an unknown kind");
	else if (p->y > TOP + STATE_BAND)
		paper_turn(p);
}

/* Kind in both languages, what it is about, its number and state. */
static void draw_title(struct paper *p)
{
	const struct json *head = head_of(p), *state = json_get(head, "state");
	const struct pen kind = { FACE_BOLD, SIZE_TITLE, colour_ink };
	const struct pen other = { FACE_REGULAR, SIZE_BODY, colour_soft };
	const struct pen name = { FACE_REGULAR, 11, colour_ink };
	const struct pen number = { FACE_BOLD, 11, colour_ink };
	struct str text = text_of(p, head, "number");
	double width = text_width(p, &number, text), room = PAPER_ROOM - 170;

	p->y += 4;
	put_outline(p, text_of(p, p->sheet, "title"));
	text_show_end(p, &number, PAPER_RIGHT, p->y + text_base(&kind), width < 165 ? text
		: text_fit(p, &number, 165, text));
	paper_tag(p, "H1");
	text_show(p, &kind, PAPER_LEFT, p->y + text_base(&kind), text_fit(p, &kind, room,
		text_of(p, head, "kind")));
	paper_untag(p);
	p->y += text_height(&kind);
	if (state) {
		const struct pen pen = { FACE_BOLD, SIZE_BODY, colour_ink };
		double wide = text_width(p, &pen, text_of(p, state, "text")) + 12.1;
		(void)cell_draw(p, state, PAPER_RIGHT - wide, p->y, wide + 0.1);
	}
	text_show(p, &other, PAPER_LEFT, p->y + text_base(&other), text_fit(p, &other, room,
		text_of(p, head, "kind_other")));
	p->y += text_height(&other) + 6;
	put_lines(p, &name, PAPER_LEFT, PAPER_ROOM, text_of(p, head, "name"));
	p->y += 6;
}

/* ---- the document ---------------------------------------------------------------------------- */

static void set_all(struct paper *p)
{
	const struct json *blocks = json_get(p->sheet, "blocks");

	p->page = 0;
	begin_page(p);
	draw_title(p);
	for (size_t i = 0; i < json_count(blocks) && p->code == ERR_OK; i++)
		draw_block(p, json_at(blocks, i));
	CHECK(p->tag_count == 0);
}

static cairo_status_t take_bytes(void *context, const unsigned char *bytes, unsigned len)
{
	struct buf *b = context;

	buf_put(b, bytes, len);
	return b->overflow ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void set_metadata(struct paper *p)
{
	static const struct { cairo_pdf_metadata_t which; const char *name; } all[] = {
		{ CAIRO_PDF_METADATA_TITLE, "title" }, { CAIRO_PDF_METADATA_AUTHOR, "author" },
		{ CAIRO_PDF_METADATA_SUBJECT, "subject" },
		{ CAIRO_PDF_METADATA_KEYWORDS, "keywords" },
		/* The moment of the sheet, not of printing: the same sheet, the same bytes. */
		{ CAIRO_PDF_METADATA_CREATE_DATE, "created" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		char *text = str_z(p->a, text_of(p, p->sheet, all[i].name));
		if (text)
			cairo_pdf_surface_set_metadata(p->surface, all[i].which, text);
	}
	cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_CREATOR, "Huren");
}

static cairo_status_t print(struct paper *p, struct buf *b)
{
	cairo_font_options_t *options = cairo_font_options_create();
	cairo_status_t status;

	p->surface = cairo_pdf_surface_create_for_stream(take_bytes, b, PAPER_WIDTH, PAPER_HEIGHT);
	cairo_pdf_surface_restrict_to_version(p->surface, CAIRO_PDF_VERSION_1_5);
	set_metadata(p);
	p->cr = cairo_create(p->surface);
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	cairo_set_font_options(p->cr, options);
	cairo_font_options_destroy(options);
	set_all(p);
	cairo_show_page(p->cr);
	status = cairo_status(p->cr);
	cairo_destroy(p->cr);
	cairo_surface_finish(p->surface);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_status(p->surface);
	cairo_surface_destroy(p->surface);
	return status;
}

enum err_code paper_draw(struct arena *a, const struct json *sheet, struct paper_fonts *fonts,
	struct buf *b, struct err *e)
{
	struct paper p = { .a = a, .fonts = fonts, .sheet = sheet, .e = e };
	cairo_status_t status;

	if (!json_is(json_get(sheet, "blocks"), JSON_ARRAY))
		return err_set(e, ERR_INVALID, "not a sheet");
	p.band = colour_parse(json_get_str(sheet, "colour"));
	set_all(&p); /* counts */
	if (p.code != ERR_OK)
		return p.code;
	p.pages = p.page;
	status = print(&p, b);
	if (p.code != ERR_OK)
		return p.code;
	TRY(buf_check(b, "paper", e));
	if (status == CAIRO_STATUS_NO_MEMORY)
		return err_set(e, ERR_TOO_LARGE, "paper needs too much memory");
	if (status != CAIRO_STATUS_SUCCESS)
		return err_set(e, ERR_INTERNAL, "could not print: %s",
			cairo_status_to_string(status));
	return ERR_OK;
}
