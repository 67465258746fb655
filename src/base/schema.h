/* schema.h - a subset of JSON Schema 2020-12, for files that people write.
 *
 * Is:      type, properties, required, additionalProperties (false or a schema), items, enum,
 *          const, format, minimum, maximum, minLength, maxLength, minItems, maxItems, uniqueItems,
 *          oneOf and $ref to "#/$defs/<name>"; annotations $schema, $id, $defs, title, description,
 *          $comment. The first fault is told with its JSON path, line, column and reason.
 * Is not:  the whole standard: an unknown keyword or format is refused when the schema is read, so
 *          that nothing a schema asks for is ever left unchecked. Lengths count characters.
 * Life:    the schema lives in the arena given; the schema text must outlive it.
 * Formats: asserted, not annotations: uuid, date, date-time, decimal, did, digest (base64url of 32
 *          bytes), word (lower-case letters, digits and . : _ -, beginning with a letter or digit).
 */
#ifndef HUREN_BASE_SCHEMA_H
#define HUREN_BASE_SCHEMA_H

#include "base/json.h"

struct schema;

/* Reads a schema. ERR_INVALID with line and column: malformed, unknown keyword or format, a $ref
 * that points nowhere or in a circle without consuming input. ERR_TOO_LARGE: arena. */
MUST_USE enum err_code schema_new(struct arena *a, struct str text, struct schema **ret,
	struct err *e);
/* Checks `v`, which json_parse made of `text`. ERR_INVALID: the message begins with the JSON path
 * ("/items/3/limit: ..."), line and column are set. ERR_TOO_LARGE: nested over LIMIT_JSON_DEPTH. */
MUST_USE enum err_code schema_check(const struct schema *s, const struct json *v, struct str text,
	struct err *e);

#endif
