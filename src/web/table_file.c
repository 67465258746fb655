/* table_file.c - see table_file.h. */
#include "web/table_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <xlsxwriter.h>

#include "base/instant.h"
#include "base/io.h"
#include "base/scoped.h"

#define PIECE_BYTES 65536
#define CELL_BYTES_MAX 32000   /* a cell of Excel has 32,767 characters */
#define SHEET_NAME_BYTES 24    /* under the 31 characters that Excel takes */
#define UTF8_MARK "\xef\xbb\xbf"

struct table_file {
	char path[512];
	char dir[480];
	bool failed;               /* a write: told by table_file_finish */
	uint16_t column;
	uint32_t row;
	/* CSV */
	int fd;
	struct buf b;
	/* XLSX */
	lxw_workbook *workbook;
	lxw_worksheet *sheet;
	lxw_format *head, *day, *minute;
};

/* ---- CSV ------------------------------------------------------------------------------------- */

/* Also the wide forms: a spreadsheet in Chinese takes them for the same. */
static bool looks_like_formula(struct str s)
{
	static const char *const wide[] = { "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
		"\xef\xbc\xa0" };

	if (s.len > 0 && strchr("=+-@\t\r\n", s.at[0]) && s.at[0] != '\0')
		return true;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (str_starts(s, wide[i]))
			return true;
	return false;
}

void table_file_csv_cell(struct buf *b, struct str text)
{
	bool quote = false;

	for (size_t i = 0; i < text.len && !quote; i++)
		quote = text.at[i] == ',' || text.at[i] == '"' || text.at[i] == '\n' ||
			text.at[i] == '\r';
	if (quote)
		buf_put_char(b, '"');
	if (looks_like_formula(text))
		buf_put_char(b, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '"')
			buf_put_char(b, '"');
		buf_put_char(b, text.at[i]);
	}
	if (quote)
		buf_put_char(b, '"');
}

static void write_out(struct table_file *s)
{
	struct err e = { 0 };

	if (s->b.overflow || (s->b.len > 0 && !s->failed &&
		io_append(s->fd, s->path, buf_str(&s->b), &e) != ERR_OK))
		s->failed = true;
	buf_reset(&s->b);
}

static struct buf *csv_cell(struct table_file *s)
{
	if (s->column++ > 0)
		buf_put_char(&s->b, ',');
	return &s->b;
}

/* ---- both ------------------------------------------------------------------------------------ */

static enum err_code open_workbook(struct table_file *s, struct str title, struct err *e)
{
	lxw_workbook_options options = { .constant_memory = LXW_TRUE, .tmpdir = s->dir };
	char name[SHEET_NAME_BYTES + 1];
	size_t len = title.len < SHEET_NAME_BYTES ? title.len : SHEET_NAME_BYTES;

	while (len > 0 && len < title.len && ((uint8_t)title.at[len] & 0xc0) == 0x80)
		len--;
	memcpy(name, title.at, len);
	name[len] = '\0';
	s->workbook = workbook_new_opt(s->path, &options);
	s->sheet = s->workbook ? workbook_add_worksheet(s->workbook, name) : NULL;
	if (!s->sheet)
		return err_set(e, ERR_IO, "could not begin a workbook");
	s->head = workbook_add_format(s->workbook);
	s->day = workbook_add_format(s->workbook);
	s->minute = workbook_add_format(s->workbook);
	if (!s->head || !s->day || !s->minute)
		return err_set(e, ERR_IO, "could not begin a workbook");
	format_set_bold(s->head);
	format_set_num_format(s->day, "yyyy-mm-dd");
	format_set_num_format(s->minute, "yyyy-mm-dd hh:mm");
	worksheet_freeze_panes(s->sheet, 1, 0);
	return ERR_OK;
}

static enum err_code open_csv(struct table_file *s, struct err *e)
{
	s->fd = open(s->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (s->fd < 0)
		return err_set(e, ERR_IO, "could not make \"%s\": %s", s->path, err_errno());
	buf_put_text(&s->b, UTF8_MARK);
	return ERR_OK;
}

enum err_code table_file_open(const char *dir, bool xlsx, struct str title, struct table_file **ret,
	struct err *e)
{
	struct table_file *s = handle_new(sizeof(*s));
	enum err_code code;

	s->fd = -1;
	buf_init(&s->b, PIECE_BYTES * 16);
	if (snprintf(s->dir, sizeof(s->dir), "%s", dir) >= (int)sizeof(s->dir))
		code = err_set(e, ERR_IO, "path of the folder for files is too long");
	else
		code = io_make_dirs(dir, e);
	/* What a crash left under this name is written over. */
	(void)snprintf(s->path, sizeof(s->path), "%s/list.%s", s->dir, xlsx ? "xlsx" : "csv");
	if (code == ERR_OK)
		code = xlsx ? open_workbook(s, title, e) : open_csv(s, e);
	if (code != ERR_OK) {
		table_file_close(s);
		return code;
	}
	*ret = s;
	return ERR_OK;
}

void table_file_close(struct table_file *s)
{
	if (!s)
		return;
	if (s->workbook)
		(void)workbook_close(s->workbook); /* nobody asked for the file */
	if (s->fd >= 0)
		(void)close(s->fd); /* as above */
	(void)unlink(s->path); /* it may never have been made */
	buf_clear(&s->b);
	handle_drop(s);
}

/* A NUL at the end, cut to what a cell holds, between two characters. */
static void put_workbook_text(struct table_file *s, struct str text, lxw_format *format)
{
	char cell[CELL_BYTES_MAX + 1];
	size_t len = text.len < CELL_BYTES_MAX ? text.len : CELL_BYTES_MAX;

	while (len > 0 && len < text.len && ((uint8_t)text.at[len] & 0xc0) == 0x80)
		len--;
	memcpy(cell, text.at, len);
	cell[len] = '\0';
	if (worksheet_write_string(s->sheet, s->row, s->column++, cell, format) != LXW_NO_ERROR)
		s->failed = true;
}

void table_file_head(struct table_file *s, struct str text, unsigned width)
{
	if (!s->workbook) {
		table_file_csv_cell(csv_cell(s), text);
		return;
	}
	(void)worksheet_set_column(s->sheet, s->column, s->column, width, NULL); /* only looks */
	put_workbook_text(s, text, s->head);
}

void table_file_text(struct table_file *s, struct str text)
{
	if (text.len == 0)
		table_file_empty(s);
	else if (s->workbook)
		put_workbook_text(s, text, NULL);
	else
		table_file_csv_cell(csv_cell(s), text);
}

void table_file_number(struct table_file *s, double number)
{
	if (!s->workbook)
		buf_printf(csv_cell(s), "%.15g", number);
	else if (worksheet_write_number(s->sheet, s->row, s->column++, number, NULL) !=
		LXW_NO_ERROR)
		s->failed = true;
}

void table_file_time(struct table_file *s, int64_t local, bool minutes)
{
	char text[INSTANT_TEXT_BYTES];
	/* Days since 1899-12-30, as Excel counts them. */
	double days = (double)local / 86400.0 + 25569.0;

	if (s->workbook) {
		if (worksheet_write_number(s->sheet, s->row, s->column++,
			minutes ? days : (double)(int64_t)days, minutes ? s->minute : s->day) !=
			LXW_NO_ERROR)
			s->failed = true;
		return;
	}
	instant_format(local, text);
	buf_printf(csv_cell(s), minutes ? "%.10s %.5s" : "%.10s", text, text + 11);
}

void table_file_empty(struct table_file *s)
{
	if (s->workbook)
		s->column++;
	else
		(void)csv_cell(s);
}

void table_file_end_row(struct table_file *s)
{
	s->row++;
	s->column = 0;
	if (s->workbook)
		return;
	buf_put_text(&s->b, "\r\n");
	if (s->b.len > PIECE_BYTES)
		write_out(s);
}

enum err_code table_file_finish(struct table_file *s, int *ret_fd, uint64_t *ret_bytes,
	struct err *e)
{
	SCOPED_FD fd = -1;
	struct stat st;

	if (s->workbook) {
		if (workbook_close(s->workbook) != LXW_NO_ERROR)
			s->failed = true;
		s->workbook = NULL;
	} else {
		write_out(s);
	}
	fd = open(s->path, O_RDONLY | O_CLOEXEC);
	if (s->failed || fd < 0 || fstat(fd, &st) != 0)
		return err_set(e, ERR_IO, "could not write the file of a list: %s", err_errno());
	*ret_bytes = (uint64_t)st.st_size;
	*ret_fd = fd_take(&fd);
	return ERR_OK;
}
