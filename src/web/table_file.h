/* table_file.h - a table as a file, row by row: CSV or an Excel workbook.
 *
 * Is:      CSV after RFC 4180 in UTF-8 with its mark (Excel opens it as such), texts that a
 *          spreadsheet would take for a formula made harmless; XLSX by libxlsxwriter with each row
 *          written out before the next (its constant-memory mode), dates as dates.
 * Is not:  able to hold a table in memory: what was written is on disk.
 * Life:    table_file_open -> (cells, table_file_end_row)* -> table_file_finish ->
 *          table_file_close.
 */
#ifndef HUREN_WEB_TABLE_FILE_H
#define HUREN_WEB_TABLE_FILE_H

#include "base/err.h"
#include "base/str.h"

struct table_file;

/* Writes into the folder `dir`, which is made. `title` names the only sheet of a workbook. One at a
 * time in a folder. ERR_IO. */
MUST_USE enum err_code table_file_open(const char *dir, bool xlsx, struct str title,
	struct table_file **ret, struct err *e);
void table_file_close(struct table_file *s);

/* The next cell of the row. A head is bold in a workbook. */
void table_file_head(struct table_file *s, struct str text, unsigned width);
void table_file_text(struct table_file *s, struct str text);
void table_file_number(struct table_file *s, double number);
/* Seconds since 1970 as the local day, with the time of day when `minutes`. */
void table_file_time(struct table_file *s, int64_t local, bool minutes);
void table_file_empty(struct table_file *s);
void table_file_end_row(struct table_file *s);

/* The whole file, open for reading and without a name. ERR_IO when any write failed. */
MUST_USE enum err_code table_file_finish(struct table_file *s, int *ret_fd, uint64_t *ret_bytes,
	struct err *e);

/* A cell as CSV writes it, for tests and its own use. Pure. */
struct buf;
void table_file_csv_cell(struct buf *b, struct str text);

#endif
