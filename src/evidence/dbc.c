/* dbc.c - statements of a DBC file.
 *
 * A statement begins with its word; those not known are passed over to their semicolon. The few
 * without one (VERSION, NS_, BS_, BU_, BO_, SG_) are known.
 */
#include "evidence/dbc.h"

#include <math.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/number.h"
#include "evidence/dbc_lex.h"
#include "evidence/reader_inner.h"

#define MESSAGE_BYTES_MIN 10   /* "BO_ 1 M:8\n" */
#define SIGNAL_BYTES_MIN 24    /* "SG_ S:0|1@1+(1,0)[0|0]\"\"" */
#define EXTENDED_BIT UINT32_C(0x80000000)
#define ID_EXTENDED_MAX UINT32_C(0x1fffffff)
#define ID_STANDARD_MAX UINT32_C(0x7ff)
#define ID_NO_MESSAGE UINT32_C(0xc0000000) /* signals that belong to none */
#define BITS_MAX (8 * DBC_FRAME_BYTES)

struct parser {
	struct arena *a;
	struct dbc_lexer lexer;
	struct dbc_token token;        /* the next one */
	struct dbc d;
	uint32_t message_capacity, signal_capacity;
	uint32_t *signal_slots;        /* hash of message and name -> index + 1 */
	uint32_t *name_slots;          /* hash of a message's name -> index + 1 */
	uint32_t signal_mask;
};

/* ---- tokens ---------------------------------------------------------------------------------- */

static enum err_code wrong(const struct parser *p, const char *expected, struct err *e)
{
	(void)err_set(e, ERR_INVALID, "expected %s", expected);
	return err_at(e, p->token.line, p->token.column);
}

static enum err_code advance(struct parser *p, struct err *e)
{
	return dbc_lex_next(&p->lexer, &p->token, e);
}

static bool is_sign(const struct parser *p, char sign)
{
	return p->token.kind == DBC_SIGN && *p->token.text.at == sign;
}

static enum err_code take_sign(struct parser *p, char sign, struct err *e)
{
	char expected[] = "\"x\"";

	expected[1] = sign;
	if (!is_sign(p, sign))
		return wrong(p, expected, e);
	return advance(p, e);
}

static enum err_code take_word(struct parser *p, struct str *ret, struct err *e)
{
	if (p->token.kind != DBC_WORD)
		return wrong(p, "a name", e);
	if (p->token.text.len > LIMIT_ID_BYTES)
		return err_set(e, ERR_TOO_LARGE, "line %u: a name over %d bytes",
			(unsigned)p->token.line, LIMIT_ID_BYTES);
	*ret = p->token.text;
	return advance(p, e);
}

static enum err_code take_double(struct parser *p, double *ret, struct err *e)
{
	struct str s = p->token.text;

	if (p->token.kind != DBC_NUMBER || number_parse(s.at, s.at + s.len, '.', ret) !=
		s.at + s.len || !isfinite(*ret))
		return wrong(p, "a number", e);
	return advance(p, e);
}

static enum err_code take_integer(struct parser *p, int64_t *ret, struct err *e)
{
	struct str s = p->token.text;

	if (p->token.kind != DBC_NUMBER || number_parse_scaled(s.at, s.at + s.len, '.', 1, ret) !=
		s.at + s.len)
		return wrong(p, "an integer", e);
	return advance(p, e);
}

static enum err_code take_unsigned(struct parser *p, uint64_t max, uint64_t *ret, struct err *e)
{
	if (p->token.kind != DBC_NUMBER || str_parse_u64(p->token.text, ret, NULL) != ERR_OK ||
		*ret > max)
		return wrong(p, "an integer in range", e);
	return advance(p, e);
}

/* Older files are in Latin-1: "°C" there is no valid UTF-8. */
static enum err_code take_string(struct parser *p, struct str *ret, struct err *e)
{
	if (p->token.kind != DBC_STRING)
		return wrong(p, "a string", e);
	*ret = reader_utf8(p->a, p->token.text);
	if (!ret->at)
		return reader_full(e);
	return advance(p, e);
}

static enum err_code skip_statement(struct parser *p, struct err *e)
{
	while (p->token.kind != DBC_END && !is_sign(p, ';'))
		TRY(advance(p, e));
	return p->token.kind == DBC_END ? ERR_OK : advance(p, e);
}

static enum err_code skip_line(struct parser *p, uint32_t line, struct err *e)
{
	while (p->token.kind != DBC_END && p->token.line == line)
		TRY(advance(p, e));
	return ERR_OK;
}

/* ---- finding --------------------------------------------------------------------------------- */

static uint32_t hash_id(uint32_t id, bool extended)
{
	return (id ^ (extended ? EXTENDED_BIT : 0)) * 2654435761u >> 8;
}

static uint32_t *message_slot(const struct dbc *d, uint32_t id, bool extended)
{
	uint32_t slot = hash_id(id, extended) & d->slot_mask;

	for (; d->slots[slot]; slot = (slot + 1) & d->slot_mask) {
		const struct dbc_message *m = &d->messages[d->slots[slot] - 1];
		if (m->id == id && m->extended == extended)
			break;
	}
	return &d->slots[slot];
}

const struct dbc_message *dbc_message(const struct dbc *d, uint32_t id, bool extended)
{
	uint32_t found = *message_slot(d, id, extended);

	return found ? &d->messages[found - 1] : NULL;
}

static uint32_t hash_name(uint32_t h, struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		h = (h ^ (uint8_t)name.at[i]) * 16777619u;
	return h ^ h >> 15;
}

static uint32_t *name_slot(const struct parser *p, struct str name)
{
	uint32_t h = hash_name(2166136261u, name) & p->d.slot_mask;

	while (p->name_slots[h] && !str_eq(p->d.messages[p->name_slots[h] - 1].name, name))
		h = (h + 1) & p->d.slot_mask;
	return &p->name_slots[h];
}

static uint32_t *signal_slot(const struct parser *p, uint32_t message, struct str name)
{
	uint32_t h = hash_name(message * 2654435761u, name) & p->signal_mask;

	for (; p->signal_slots[h]; h = (h + 1) & p->signal_mask) {
		const struct dbc_signal *s = &p->d.signals[p->signal_slots[h] - 1];
		if (s->message == message && str_eq(s->name, name))
			break;
	}
	return &p->signal_slots[h];
}

/* The signal a later statement speaks of: identifier and name. NULL when there is none. */
static enum err_code take_signal(struct parser *p, struct dbc_signal **ret, struct err *e)
{
	uint64_t id;
	struct str name;
	uint32_t message, found = 0;

	TRY(take_unsigned(p, UINT32_MAX, &id, e));
	TRY(take_word(p, &name, e));
	message = *message_slot(&p->d, (uint32_t)id & ~EXTENDED_BIT, (id & EXTENDED_BIT) != 0);
	if (message)
		found = *signal_slot(p, message - 1, name);
	*ret = found ? &p->d.signals[found - 1] : NULL;
	return ERR_OK;
}

/* ---- statements ------------------------------------------------------------------------------ */

static enum err_code take_message(struct parser *p, struct err *e)
{
	struct dbc_message m = { .first = DBC_NONE, .last = DBC_NONE };
	struct dbc_message *messages;
	uint64_t id, length;
	uint32_t line = p->token.line, *slot, *name;

	TRY(advance(p, e));
	if (p->token.kind != DBC_NUMBER || str_parse_u64(p->token.text, &id, NULL) != ERR_OK ||
		id > UINT32_MAX || (id & EXTENDED_BIT ?
		(id & ~EXTENDED_BIT) > ID_EXTENDED_MAX && id != ID_NO_MESSAGE :
		id > ID_STANDARD_MAX))
		return wrong(p, "an identifier of 11 bits, or of 29 and the bit that says so", e);
	m.id = (uint32_t)id & ~EXTENDED_BIT;
	m.extended = (id & EXTENDED_BIT) != 0;
	slot = message_slot(&p->d, m.id, m.extended);
	if (*slot)
		return wrong(p, "an identifier that is not taken", e);
	TRY(advance(p, e));
	name = name_slot(p, p->token.text);
	if (*name)
		return wrong(p, "a message name that is not taken", e);
	TRY(take_word(p, &m.name, e));
	TRY(take_sign(p, ':', e));
	TRY(take_unsigned(p, UINT16_MAX, &length, e));
	m.length = (uint16_t)length;
	TRY(skip_line(p, line, e));
	if (p->d.message_count == LIMIT_DBC_MESSAGES)
		return err_set(e, ERR_TOO_LARGE, "more than %d messages", LIMIT_DBC_MESSAGES);
	messages = reader_grow(p->a, p->d.messages, p->d.message_count, &p->message_capacity,
		sizeof(*messages));
	if (!messages)
		return reader_full(e);
	p->d.messages = messages;
	messages[p->d.message_count++] = m;
	*slot = *name = p->d.message_count;
	return ERR_OK;
}

/* "M", "m3", "m3M" behind the signal's name. */
static enum err_code take_multiplexing(struct parser *p, struct dbc_signal *s, struct err *e)
{
	struct str word = p->token.text;
	uint64_t value;

	if (p->token.kind != DBC_WORD)
		return ERR_OK;
	s->multiplexor = str_ends(word, "M");
	if (s->multiplexor)
		word.len--;
	if (word.len > 0) {
		if (*word.at != 'm' || str_parse_u64(str_skip(word, 1), &value, NULL) != ERR_OK)
			return wrong(p, "\":\", \"M\" or \"m\" and a number", e);
		s->ranges = ARENA_NEW(p->a, struct dbc_range);
		if (!s->ranges)
			return reader_full(e);
		*s->ranges = (struct dbc_range){ value, value };
		s->range_count = 1;
	}
	return advance(p, e);
}

/* ": 7|16@0+ (0.01,-40) [0|100] "km/h" */
static enum err_code take_layout(struct parser *p, struct dbc_signal *s, struct err *e)
{
	uint64_t start, length, order;
	double ignored;

	TRY(take_sign(p, ':', e));
	TRY(take_unsigned(p, UINT16_MAX, &start, e));
	TRY(take_sign(p, '|', e));
	TRY(take_unsigned(p, UINT16_MAX, &length, e));
	TRY(take_sign(p, '@', e));
	TRY(take_unsigned(p, 1, &order, e));
	s->start = (uint16_t)start;
	s->length = (uint16_t)length;
	s->big_endian = order == 0;
	if (!is_sign(p, '+') && !is_sign(p, '-'))
		return wrong(p, "\"+\" or \"-\"", e);
	s->number = is_sign(p, '-') ? DBC_SIGNED : DBC_UNSIGNED;
	TRY(advance(p, e));
	TRY(take_sign(p, '(', e));
	TRY(take_double(p, &s->factor, e));
	TRY(take_sign(p, ',', e));
	TRY(take_double(p, &s->offset, e));
	TRY(take_sign(p, ')', e));
	TRY(take_sign(p, '[', e));
	TRY(take_double(p, &ignored, e));
	TRY(take_sign(p, '|', e));
	TRY(take_double(p, &ignored, e));
	TRY(take_sign(p, ']', e));
	TRY(take_string(p, &s->unit, e));
	s->unit = str_trim(s->unit);
	return ERR_OK;
}

static enum err_code add_signal(struct parser *p, const struct dbc_signal *s, struct err *e)
{
	struct dbc_message *m = &p->d.messages[s->message];
	struct dbc_signal *signals;

	if (p->d.signal_count == LIMIT_DBC_SIGNALS)
		return err_set(e, ERR_TOO_LARGE, "more than %d signals", LIMIT_DBC_SIGNALS);
	signals = reader_grow(p->a, p->d.signals, p->d.signal_count, &p->signal_capacity,
		sizeof(*signals));
	if (!signals)
		return reader_full(e);
	p->d.signals = signals;
	if (m->last == DBC_NONE)
		m->first = p->d.signal_count;
	else
		signals[m->last].next = p->d.signal_count;
	m->last = p->d.signal_count;
	signals[p->d.signal_count++] = *s;
	return ERR_OK;
}

static enum err_code take_signal_row(struct parser *p, struct err *e)
{
	struct dbc_signal s = { .message = p->d.message_count - 1, .parent = DBC_NONE,
		.next = DBC_NONE };
	uint32_t line = p->token.line, *slot;

	if (p->d.message_count == 0)
		return wrong(p, "a message before its signals", e);
	TRY(advance(p, e));
	slot = signal_slot(p, s.message, p->token.text);
	if (*slot)
		return wrong(p, "a name the message has not used yet", e);
	TRY(take_word(p, &s.name, e));
	TRY(take_multiplexing(p, &s, e));
	TRY(take_layout(p, &s, e));
	TRY(skip_line(p, line, e)); /* who receives it */
	TRY(add_signal(p, &s, e));
	*slot = p->d.signal_count;
	return ERR_OK;
}

static int compare_labels(const void *a, const void *b)
{
	const struct dbc_label *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static enum err_code take_label_value(struct parser *p, int64_t *ret, struct err *e)
{
	uint64_t value;

	if (p->token.kind != DBC_NUMBER || str_parse_u64(p->token.text, &value, NULL) != ERR_OK)
		return take_integer(p, ret, e); /* below zero, or with a point */
	*ret = (int64_t)value;
	return advance(p, e);
}

/* VAL_ 100 Gear 0 "N" 1 "D" ; */
static enum err_code take_labels(struct parser *p, struct err *e)
{
	struct dbc_signal *s;
	struct dbc_label label, *labels = NULL;
	uint32_t count = 0, capacity = 0;

	TRY(advance(p, e));
	if (p->token.kind != DBC_NUMBER)
		return skip_statement(p, e); /* of an environment variable */
	TRY(take_signal(p, &s, e));
	while (!is_sign(p, ';')) {
		TRY(take_label_value(p, &label.value, e));
		TRY(take_string(p, &label.text, e));
		label.order = count;
		labels = reader_grow(p->a, labels, count, &capacity, sizeof(*labels));
		if (!labels)
			return reader_full(e);
		labels[count++] = label;
	}
	if (s && count > 0) {
		qsort(labels, count, sizeof(*labels), compare_labels);
		s->labels = labels;
		s->label_count = count;
	}
	return advance(p, e);
}

/* SIG_VALTYPE_ 100 Speed : 1; */
static enum err_code take_number_type(struct parser *p, struct err *e)
{
	struct dbc_signal *s;
	uint64_t type;

	TRY(advance(p, e));
	TRY(take_signal(p, &s, e));
	if (is_sign(p, ':'))
		TRY(advance(p, e));
	TRY(take_unsigned(p, 3, &type, e));
	if (s && type == 1)
		s->number = DBC_FLOAT;
	else if (s && type == 2)
		s->number = DBC_DOUBLE;
	else if (s && type == 3)
		s->broken = "the DBC file gives it an unknown type";
	return skip_statement(p, e);
}

/* "3-5" comes as the numbers 3 and -5. */
static enum err_code take_range(struct parser *p, struct dbc_range *ret, struct err *e)
{
	TRY(take_unsigned(p, UINT64_MAX, &ret->from, e));
	if (is_sign(p, '-'))
		TRY(advance(p, e));
	else if (p->token.kind == DBC_NUMBER && *p->token.text.at == '-')
		p->token.text = str_skip(p->token.text, 1);
	else
		return wrong(p, "\"-\"", e);
	TRY(take_unsigned(p, UINT64_MAX, &ret->to, e));
	if (ret->to < ret->from)
		return wrong(p, "a range that goes up", e);
	return ERR_OK;
}

/* SG_MUL_VAL_ 100 Signal Multiplexor 0-0, 3-5; */
static enum err_code take_multiplexor(struct parser *p, struct err *e)
{
	struct dbc_signal *s;
	struct dbc_range range, *ranges = NULL;
	uint32_t count = 0, capacity = 0, parent = 0;
	struct str name;

	TRY(advance(p, e));
	TRY(take_signal(p, &s, e));
	TRY(take_word(p, &name, e));
	if (s)
		parent = *signal_slot(p, s->message, name);
	while (!is_sign(p, ';')) {
		TRY(take_range(p, &range, e));
		if (is_sign(p, ','))
			TRY(advance(p, e));
		ranges = reader_grow(p->a, ranges, count, &capacity, sizeof(*ranges));
		if (!ranges)
			return reader_full(e);
		ranges[count++] = range;
	}
	if (s) {
		s->ranges = ranges;
		s->range_count = count;
		s->parent = parent ? parent - 1 : DBC_NONE;
		if (!parent || count == 0)
			s->broken = "its multiplexor is not in the DBC file";
	}
	return advance(p, e);
}

/* Lists of words that no semicolon ends: on to the next of these statements. */
static enum err_code skip_words(struct parser *p, struct err *e)
{
	static const char *const next[] = { "BS_", "BU_", "BO_", "VAL_TABLE_", "BO_TX_BU_", "EV_",
		"CM_", "BA_DEF_", "VAL_" };
	bool names = str_is(p->token.text, "NS_");

	TRY(advance(p, e));
	while (p->token.kind != DBC_END) {
		/* NS_ names most statements without meaning any. */
		for (size_t i = 0; i < (names ? 3 : sizeof(next) / sizeof(next[0])); i++) {
			if (p->token.kind == DBC_WORD && str_is(p->token.text, next[i]))
				return ERR_OK;
		}
		TRY(advance(p, e));
	}
	return ERR_OK;
}

static enum err_code take_statement(struct parser *p, struct err *e)
{
	struct str word = p->token.text;

	if (is_sign(p, ';'))
		return advance(p, e);
	if (p->token.kind != DBC_WORD)
		return wrong(p, "a statement", e);
	if (str_is(word, "BO_"))
		return take_message(p, e);
	if (str_is(word, "SG_"))
		return take_signal_row(p, e);
	if (str_is(word, "VAL_"))
		return take_labels(p, e);
	if (str_is(word, "SIG_VALTYPE_"))
		return take_number_type(p, e);
	if (str_is(word, "SG_MUL_VAL_"))
		return take_multiplexor(p, e);
	if (str_is(word, "NS_") || str_is(word, "BS_") || str_is(word, "BU_"))
		return skip_words(p, e);
	if (!str_is(word, "VERSION"))
		return skip_statement(p, e);
	TRY(advance(p, e));
	return p->token.kind == DBC_STRING ? advance(p, e) : ERR_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static const char *check_bits(const struct dbc_signal *s)
{
	uint32_t from = s->start;

	if (s->length == 0 || s->length > 64)
		return "the DBC file gives it no length from 1 to 64 bits";
	if (s->big_endian)
		from = from / 8 * 8 + 7 - from % 8;
	if (from + s->length > BITS_MAX)
		return "the DBC file lets it end past the longest frame";
	if ((s->number == DBC_FLOAT && s->length != 32) ||
		(s->number == DBC_DOUBLE && s->length != 64))
		return "the DBC file gives it a length no float has";
	return NULL;
}

/* The plain "M" of a message, DBC_NONE when there is none or the choice is not told. */
static uint32_t only_multiplexor(const struct dbc *d, const struct dbc_message *m)
{
	uint32_t found = DBC_NONE;

	for (uint32_t i = m->first; i != DBC_NONE; i = d->signals[i].next) {
		if (!d->signals[i].multiplexor)
			continue;
		if (found != DBC_NONE)
			return DBC_NONE;
		found = i;
	}
	return found;
}

static void check_parents(struct dbc *d, struct dbc_signal *s)
{
	uint32_t parent = s->parent;

	for (int depth = 0; parent != DBC_NONE && !s->broken; depth++) {
		const struct dbc_signal *m = &d->signals[parent];
		if (depth == DBC_MULTIPLEX_DEPTH)
			s->broken = "its multiplexors depend on each other too deeply";
		else if (check_bits(m) || m->number == DBC_FLOAT || m->number == DBC_DOUBLE)
			s->broken = "its multiplexor cannot be decoded";
		parent = m->parent;
	}
}

static void finish(struct dbc *d)
{
	for (uint32_t k = 0; k < d->message_count; k++) {
		const struct dbc_message *m = &d->messages[k];
		uint32_t only = only_multiplexor(d, m);
		for (uint32_t i = m->first; i != DBC_NONE; i = d->signals[i].next) {
			struct dbc_signal *s = &d->signals[i];
			if (s->range_count > 0 && s->parent == DBC_NONE && only != i)
				s->parent = only;
			if (s->range_count > 0 && s->parent == DBC_NONE && !s->broken)
				s->broken = "its multiplexor is not told";
			if (s->range_count > DBC_RANGES)
				s->broken = "its multiplexor has too many ranges for it";
			if (!s->broken)
				s->broken = check_bits(s);
		}
	}
	for (uint32_t i = 0; i < d->signal_count; i++)
		check_parents(d, &d->signals[i]);
}

/* A table at most half full with as many rows as so long a text can hold. */
static uint32_t *slots_new(struct arena *a, size_t text_len, size_t row_bytes, uint32_t limit,
	uint32_t *ret_mask)
{
	uint64_t rows = text_len / row_bytes + 1, slots = 16;

	while (slots < 2 * rows && slots < 2 * (uint64_t)limit)
		slots *= 2;
	*ret_mask = (uint32_t)(slots - 1);
	return ARENA_ARRAY(a, uint32_t, slots);
}

enum err_code dbc_parse(struct arena *a, struct str text, struct dbc *ret, struct err *e)
{
	struct parser p = { .a = a };

	if (text.len > LIMIT_DBC_BYTES)
		return err_set(e, ERR_TOO_LARGE, "DBC file is over %d bytes", LIMIT_DBC_BYTES);
	if (str_starts(text, "\xef\xbb\xbf"))
		text = str_skip(text, 3);
	p.d.slots = slots_new(a, text.len, MESSAGE_BYTES_MIN, LIMIT_DBC_MESSAGES, &p.d.slot_mask);
	p.name_slots = slots_new(a, text.len, MESSAGE_BYTES_MIN, LIMIT_DBC_MESSAGES,
		&p.d.slot_mask);
	p.signal_slots = slots_new(a, text.len, SIGNAL_BYTES_MIN, LIMIT_DBC_SIGNALS,
		&p.signal_mask);
	if (!p.d.slots || !p.signal_slots || !p.name_slots)
		return reader_full(e);
	dbc_lex_open(&p.lexer, text);
	TRY(advance(&p, e));
	while (p.token.kind != DBC_END)
		TRY(take_statement(&p, e));
	if (p.d.message_count == 0)
		return err_set(e, ERR_INVALID, "DBC file describes no message");
	finish(&p.d);
	*ret = p.d;
	return ERR_OK;
}
