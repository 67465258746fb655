/* csv.h - reader of text files with columns: plain CSV, VBOX .vbo, the forms of OxTS and esmini.
 *
 * Is:      lists the columns with their units and streams those asked for, row by row, in memory
 *          that does not grow with the file. What is told by content, what a mapping states and
 *          what is dropped with a note stands in doc/formats/csv.md.
 * Is not:  a guesser of units: a column without one in the file has none.
 * Life:    pure apart from reading the bytes given; the arena owns what comes back.
 */
#ifndef HUREN_EVIDENCE_CSV_H
#define HUREN_EVIDENCE_CSV_H

#include "evidence/evidence.h"

/* Rows of the format table (evidence_inner.h). Any text is recognised: ask the others before. */
bool csv_recognises(const struct evidence_file *file);
MUST_USE enum err_code csv_list(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e);
MUST_USE enum err_code csv_read(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
	struct err *e);

#endif
