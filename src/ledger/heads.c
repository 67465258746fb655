/* heads.c - the own log's checkpoints: signing, publishing, cosignatures, the ban on signing. */
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "ledger/ledger_inner.h"

enum err_code heads_sign(struct ledger *l, struct batch *b, struct err *e)
{
	struct checkpoint c = { .origin = l->origin };
	bool has_sm2 = l->keys.tlog_sm2.pub.type == KEY_SM2;
	struct buf note;
	enum err_code code;

	state_read(l);
	c.size = l->state.edge.range.size;
	c.root = merkle_range_root(&l->state.edge.range);
	state_unlock(l);
	CHECK(c.size == b->first_index + b->leaf_count); /* I2 */
	buf_init(&note, NOTE_ROOM);
	code = checkpoint_sign(&note, &c, &l->note_key, &l->keys.tlog,
		has_sm2 ? &l->note_key_sm2 : NULL, has_sm2 ? &l->keys.tlog_sm2 : NULL, e);
	if (code == ERR_OK)
		code = buf_check(&note, "checkpoint", e);
	if (code == ERR_OK) {
		memcpy(b->note, note.at, note.len);
		b->note_len = (uint32_t)note.len;
		b->root = c.root;
	}
	buf_clear(&note);
	return code;
}

void heads_publish(struct ledger *l, const struct batch *b)
{
	struct state *s = &l->state;
	struct kept_note *kept = &s->notes[s->note_count % NOTES_KEPT];

	s->size = b->first_index + b->leaf_count;
	s->root = b->root;
	s->time = b->time;
	kept->size = s->size;
	kept->len = b->note_len;
	memcpy(kept->at, b->note, b->note_len);
	s->note_count++;
}

/* The newest one kept, or NULL. */
static const struct kept_note *newest(const struct state *s)
{
	return s->note_count == 0 ? NULL : &s->notes[(s->note_count - 1) % NOTES_KEPT];
}

uint32_t heads_note(const struct ledger *l, char *ret)
{
	const struct kept_note *kept = newest(&l->state);

	if (!kept)
		return 0;
	memcpy(ret, kept->at, kept->len);
	return kept->len;
}

enum err_code ledger_checkpoint(struct ledger *l, struct arena *a, struct str *ret_note,
	uint64_t *ret_size, struct err *e)
{
	const struct kept_note *kept;
	struct str note = { NULL, 0 };
	uint64_t size = 0;

	state_read(l);
	kept = newest(&l->state);
	if (kept) {
		size = kept->size;
		note = l->state.cosigned_size == size ? buf_str(&l->state.cosigned)
			: (struct str){ kept->at, kept->len };
		note = str_copy(a, note);
	}
	state_unlock(l);
	if (!kept)
		return err_set(e, ERR_NOT_FOUND, "nothing has been published yet");
	if (!note.at)
		return err_set(e, ERR_TOO_LARGE, "no memory for a checkpoint");
	*ret_note = note;
	*ret_size = size;
	return ERR_OK;
}

enum err_code ledger_cosigned_checkpoint(struct ledger *l, struct arena *a,
	struct str *ret_note, uint64_t *ret_size, struct err *e)
{
	struct str note;
	uint64_t size;

	state_read(l);
	size = l->state.cosigned_size;
	note = size == 0 ? (struct str){ NULL, 0 } : str_copy(a, buf_str(&l->state.cosigned));
	state_unlock(l);
	if (size == 0)
		return err_set(e, ERR_NOT_FOUND, "no witness has cosigned a checkpoint yet");
	if (!note.at)
		return err_set(e, ERR_TOO_LARGE, "no memory for a checkpoint");
	*ret_note = note;
	*ret_size = size;
	return ERR_OK;
}

/* ---- cosignatures ---------------------------------------------------------------------------- */

/* The note that a cosignature of `size` belongs to: with lines so far, or bare. Empty: unknown. */
static struct str note_of(const struct state *s, uint64_t size)
{
	uint64_t kept = s->note_count < NOTES_KEPT ? s->note_count : NOTES_KEPT;

	if (size == s->cosigned_size)
		return buf_str(&s->cosigned);
	for (uint64_t i = 1; i <= kept; i++) {
		const struct kept_note *n = &s->notes[(s->note_count - i) % NOTES_KEPT];
		if (n->size == size)
			return (struct str){ n->at, n->len };
	}
	return (struct str){ NULL, 0 };
}

static bool has_key(const struct note_line *line, const struct note *n)
{
	for (uint32_t i = 0; i < n->line_count; i++)
		if (str_eq(n->lines[i].name, line->name) &&
			memcmp(n->lines[i].id, line->id, sizeof(line->id)) == 0)
			return true;
	return false;
}

/* Old note with its lines, except those of keys that sign anew, then the new lines. */
static enum err_code merge_lines(struct arena *a, struct str note, struct str lines,
	struct buf *ret, struct err *e)
{
	struct note *old = ARENA_NEW(a, struct note), *new = ARENA_NEW(a, struct note);
	struct str fresh;

	if (!old || !new)
		return err_set(e, ERR_TOO_LARGE, "no memory for a checkpoint");
	TRY(note_parse(a, note, old, e));
	fresh = str_printf(a, STR_FMT "\n" STR_FMT, STR_ARG(old->text), STR_ARG(lines));
	TRY(note_parse(a, fresh, new, e));
	buf_put_str(ret, old->text);
	buf_put_char(ret, '\n');
	for (uint32_t i = 0; i < old->line_count; i++) {
		if (has_key(&old->lines[i], new))
			continue;
		buf_put_str(ret, old->lines[i].text);
		buf_put_char(ret, '\n');
	}
	buf_put_str(ret, lines);
	return buf_check(ret, "checkpoint", e);
}

/* Under the write lock: stores `merged` unless something newer came meanwhile. */
static bool adopt(struct state *s, uint64_t size, struct str before, const struct buf *merged)
{
	if (size < s->cosigned_size || !str_eq(note_of(s, size), before))
		return false;
	buf_reset(&s->cosigned);
	buf_put_str(&s->cosigned, buf_str(merged));
	s->cosigned_size = size;
	s->cosigned_dirty = true;
	return true;
}

static enum err_code add_lines(struct ledger *l, struct arena *a, uint64_t size, struct str lines,
	bool *ret_again, struct err *e)
{
	struct str before;
	struct buf merged;
	bool older, done;
	enum err_code code;

	state_read(l);
	older = size < l->state.cosigned_size;
	before = note_of(&l->state, size);
	before = before.at ? str_copy(a, before) : before;
	state_unlock(l);
	*ret_again = false;
	if (older)
		return ERR_OK;
	if (!before.at)
		return err_set(e, ERR_NOT_FOUND, "no own checkpoint of size %llu is kept",
			(unsigned long long)size);
	buf_init(&merged, LIMIT_NOTE_BYTES);
	code = merge_lines(a, before, lines, &merged, e);
	if (code == ERR_OK) {
		state_write(l);
		done = adopt(&l->state, size, before, &merged);
		*ret_again = !done && size >= l->state.cosigned_size;
		state_unlock(l);
	}
	buf_clear(&merged);
	return code;
}

enum err_code ledger_add_cosignature(struct ledger *l, uint64_t size, struct str lines,
	struct err *e)
{
	enum err_code code;
	bool again = true;
	struct arena a;

	if (size == 0)
		return err_set(e, ERR_INVALID, "an empty log is not cosigned");
	if (lines.len == 0 || lines.len > LIMIT_NOTE_BYTES / 2)
		return err_set(e, ERR_INVALID, "cosignature of %zu bytes", lines.len);
	arena_init(&a, 4 * LIMIT_NOTE_BYTES + 65536);
	do {
		arena_reset(&a);
		code = add_lines(l, &a, size, lines, &again, e);
	} while (code == ERR_OK && again); /* another witness's line came between */
	arena_clear(&a);
	if (code == ERR_OK)
		writer_nudge(l);
	return code;
}

/* ---- the ban on signing ---------------------------------------------------------------------- */

enum err_code writer_may_sign(struct ledger *l, struct err *e)
{
	char alarm[ALARM_ROOM];
	bool restored;

	state_read(l);
	memcpy(alarm, l->state.alarm, sizeof(alarm));
	restored = l->state.restored;
	state_unlock(l);
	if (alarm[0])
		return err_set(e, ERR_BUSY, "signing has stopped: %s", alarm);
	if (l->no_sign)
		return err_set(e, ERR_BUSY, "this node was opened for reading only");
	if (!restored)
		return ERR_OK;
	(void)err_set(e, ERR_BUSY, "this node was restored from a backup and no witness has "
		"confirmed the size of its log yet");
	(void)err_hint(e, "Start the peer, or any witness of this log; signing goes on by itself.");
	return ERR_BUSY;
}

void ledger_alarm(struct ledger *l, const char *reason)
{
	state_write(l);
	if (!l->state.alarm[0]) { /* the first reason is the one to act on */
		(void)snprintf(l->state.alarm, sizeof(l->state.alarm), "%s",
			reason[0] ? reason : "no reason given");
		l->state.alarm_dirty = true;
	}
	state_unlock(l);
	writer_nudge(l);
}

struct str ledger_alarm_text(struct ledger *l, struct arena *a)
{
	char alarm[ALARM_ROOM];

	state_read(l);
	memcpy(alarm, l->state.alarm, sizeof(alarm));
	state_unlock(l);
	return alarm[0] ? str_copy(a, str_of(alarm)) : (struct str){ NULL, 0 };
}

bool ledger_is_restored(struct ledger *l)
{
	bool ret;

	state_read(l);
	ret = l->state.restored;
	state_unlock(l);
	return ret;
}

static enum err_code drop_restored(void *context, struct store *s, struct err *e)
{
	(void)context;
	SCOPED_SQL q = sql_use(s, SQL_META_DROP);
	sql_bind_str(q, 1, STR("restored"));
	return sql_run(q, e);
}

enum err_code ledger_confirm_size(struct ledger *l, uint64_t size_seen, struct err *e)
{
	struct job job = { .run = drop_restored };
	char reason[ALARM_ROOM];
	uint64_t size;
	bool restored;

	state_read(l);
	size = l->state.size;
	restored = l->state.restored;
	state_unlock(l);
	if (size_seen > size) {
		(void)snprintf(reason, sizeof(reason), "a witness has cosigned this log at %llu "
			"entries, this folder holds %llu: signing would fork the log",
			(unsigned long long)size_seen, (unsigned long long)size);
		ledger_alarm(l, reason);
		(void)err_set(e, ERR_CONFLICT, "%s", reason);
		(void)err_hint(e,
			"Stop the node and restore a newer backup, or the missing entries "
			"from the peer's mirror; the last resort is a new log under a new name.");
		return ERR_CONFLICT;
	}
	if (!restored)
		return ERR_OK;
	TRY(writer_do(l, &job, e));
	state_write(l);
	l->state.restored = false;
	state_unlock(l);
	return ERR_OK;
}
