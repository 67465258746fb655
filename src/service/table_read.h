/* table_read.h - an uploaded table: CSV (RFC 4180, UTF-8) or an Excel workbook's first sheet.
 *
 * Is:      bytes from outside to rows of texts, everything bounded by limits.h; told by content.
 *          The separator of CSV (comma, semicolon or tab) is the one that its first line has.
 * Is not:  for measurements (evidence/csv.h); formats and dates of a workbook: a number is its
 *          shortest text, a date the number that Excel keeps (days since 1899-12-30). Nothing is
 *          computed: a formula is the result that was saved with it, and refused where that is an
 *          error.
 */
#ifndef HUREN_SERVICE_TABLE_READ_H
#define HUREN_SERVICE_TABLE_READ_H

#include "base/json.h"

/* Rows of cells, as an array of arrays of strings; empty rows at the end are left out. ERR_INVALID
 * with the line (CSV); ERR_TOO_LARGE: rows, columns, a cell, or what a workbook unpacks to. */
MUST_USE enum err_code table_read(struct arena *a, struct str bytes, struct json **ret,
	struct err *e);
/* The number of days that a workbook keeps for a date as "2026-07-06"; `text` itself when it is
 * none. */
struct str table_read_day(struct arena *a, struct str text);

#endif
