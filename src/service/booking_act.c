/* booking_act.c - what people ask of bookings: asking for one, and all that follows. */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "service/booking_inner.h"

enum booking_side booking_side_of(const struct booking *b, const struct account_who *by)
{
	if (b->owner == by->organisation && b->owner != 0)
		return by->may >> CAPABILITY_POST & 1 ? SIDE_OWNER
			: b->organisation == by->organisation ? SIDE_GUEST : SIDE_NONE;
	return b->organisation == by->organisation && by->may >> CAPABILITY_BOOK & 1 ? SIDE_GUEST
		: SIDE_NONE;
}

/* ---- what goes to the deciding node ---------------------------------------------------------- */

static enum err_code message(struct arena *a, const struct booking *b, struct str act,
	struct str reason, struct span when, struct str *ret, struct err *e)
{
	struct booking_message m = { .type = BOOKING_ASK, .act = act, .reason = reason,
		.when = when, .organisation = b->guest_name, .registered_id = b->guest_code,
		.item = b->item, .purpose = b->purpose, .contact = b->contact,
		.phone = b->phone };

	service_uuid(m.message);
	memcpy(m.booking, b->key, sizeof(m.booking));
	memcpy(m.facility, b->listing, sizeof(m.facility));
	return booking_message_text(a, &m, ret, e);
}

/* ---- asking for one -------------------------------------------------------------------------- */

struct asking {
	struct service *s;
	struct arena *a;
	const struct account_who *by;
	struct booking b;
	struct booking_change c;
};

static enum err_code audit(struct store *store, const struct asking *x, const char *action,
	struct err *e)
{
	return audit_put(store, x->c.now, &(struct audit_entry){ .action = action,
		.actor = x->by->name, .address = x->by->address, .target = x->b.title,
		.detail = x->c.act }, e);
}

/* What the other node told of its calendar spares most refusals a journey; it decides all the
 * same. */
static enum err_code ask_other(struct asking *x, struct store *store, const struct facility *f,
	struct err *e)
{
	const char *word;

	if (!f->opened) {
		x->c.field = "at";
		x->c.fault = "shut";
		return ERR_OK;
	}
	word = opening_wrong(&f->opening, x->c.now, x->b.when, f->busy.at,
		f->busy.count);
	if (word) {
		x->c.field = "at";
		x->c.fault = word;
		return ERR_OK;
	}
	x->b.origin = f->origin;
	x->b.title = f->title;
	x->b.state = STR("sending");
	x->b.created = x->c.now;
	TRY(message(x->a, &x->b, STR("request"), STR(""), x->b.when, &x->b.out, e));
	return booking_add(store, &x->b, e);
}

static enum err_code write_ask(void *context, struct store *store, struct err *e)
{
	struct asking *x = context;
	struct facility f;

	x->c.fault = x->c.field = NULL;
	TRY(facility_find(x->s, store, x->a, x->b.listing, &f, e));
	if (f.origin.len > 0)
		TRY(ask_other(x, store, &f, e));
	else
		TRY(booking_request(x->s, store, x->a, &x->b, &x->c, e));
	return x->c.fault ? ERR_OK : audit(store, x, "booking-request", e);
}

static struct str or_empty(struct str s)
{
	return s.at ? s : STR("");
}

static enum err_code check_form(struct arena *a, const struct booking_form *form,
	struct booking *b, struct json *problems, struct err *e)
{
	const char *word = booking_span(or_empty(form->day), or_empty(form->from),
		or_empty(form->to), &b->when);

	if (word)
		form_wrong(a, problems, str_is(str_of(word), "not-a-day") ? "day" : "at", word);
	b->item = or_empty(form->item);
	b->purpose = or_empty(form->purpose);
	b->contact = or_empty(form->contact);
	b->phone = or_empty(form->phone);
	form_check_prose(a, problems, "purpose", b->purpose, LIMIT_BOOKING_TEXT_BYTES);
	if (b->item.len > LIMIT_BOOKING_NAME_BYTES)
		form_wrong(a, problems, "item", "too-long");
	if (b->contact.len == 0 || b->contact.len > LIMIT_BOOKING_NAME_BYTES)
		form_wrong(a, problems, "contact", b->contact.len == 0 ? "missing" : "too-long");
	if (!phone_is_good(b->phone))
		form_wrong(a, problems, "phone", b->phone.len == 0 ? "missing" : "not-a-phone");
	return form_check(problems, e);
}

static enum err_code refused(struct arena *a, const struct booking_change *c,
	struct json *problems, struct err *e)
{
	if (c->denied)
		return err_set(e, ERR_DENIED, "this is for the other side to do");
	if (c->conflict)
		return err_set(e, ERR_CONFLICT, "this booking is not in a state for that");
	if (!c->fault)
		return ERR_OK;
	form_wrong(a, problems, c->field, c->fault);
	return form_check(problems, e);
}

enum err_code service_book(struct service *s, struct arena *a, const struct account_who *by,
	struct str listing, const struct booking_form *form, struct json **ret_problems,
	struct str *ret, struct err *e)
{
	struct asking x = { .s = s, .a = a, .by = by, .c = { .now = instant_now(),
		.side = SIDE_GUEST, .act = STR("request") } };

	CHECK(by->may >> CAPABILITY_BOOK & 1);
	*ret_problems = json_new_object(a);
	TRY(booking_uuid(a, listing, x.b.listing, e));
	TRY(check_form(a, form, &x.b, *ret_problems, e));
	service_uuid(x.b.key);
	x.b.organisation = by->organisation;
	x.b.account = by->account;
	x.b.guest = STR("");
	x.b.guest_name = by->organisation == 1 ? s->config->name_zh : by->organisation_name;
	x.b.guest_code = by->organisation == 1 ? STR("-") : by->organisation_code;
	TRY(ledger_write(s->ledger, write_ask, &x, e));
	TRY(refused(a, &x.c, *ret_problems, e));
	*ret = booking_uuid_text(a, x.b.key);
	return ret->at ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- what follows ---------------------------------------------------------------------------- */

/* What can be told without asking the deciding node: a word that is none would stand in the way of
 * all that follows until that node took it. */
static enum err_code check_act(struct arena *a, const struct booking_act *act,
	struct json *problems, struct span *ret_when, struct err *e)
{
	static const char *const acts[] = { "confirm", "decline", "propose", "accept", "keep",
		"cancel", "done", "no-show", "erase" };
	size_t i = 0;

	while (i < sizeof(acts) / sizeof(acts[0]) && !str_is(act->act, acts[i]))
		i++;
	if (i == sizeof(acts) / sizeof(acts[0]))
		return err_set(e, ERR_INVALID, "field \"act\": no such act");
	if (act->reason.len > LIMIT_BOOKING_TEXT_BYTES)
		form_wrong(a, problems, "reason", "too-long");
	if ((str_is(act->act, "cancel") || str_is(act->act, "decline")) && act->reason.len == 0)
		form_wrong(a, problems, "reason", "missing");
	if (str_is(act->act, "propose")) {
		const char *word = booking_span(or_empty(act->day), or_empty(act->from),
			or_empty(act->to), ret_when);
		if (word)
			form_wrong(a, problems, str_is(str_of(word), "not-a-day") ? "day" : "at",
				word);
	}
	return form_check(problems, e);
}

static const char *action_of(const struct asking *x)
{
	return str_is(x->c.act, "erase") ? "booking-erase" : "booking-act";
}

/* Of a facility there: what its node would refuse for sure is refused here at once. */
static bool must_wait(const struct booking *b, struct str act)
{
	bool answers = str_is(act, "accept") || str_is(act, "keep");

	return b->out.len > 0 || (answers && !str_is(b->state, "changed"));
}

static enum err_code write_act(void *context, struct store *store, struct err *e)
{
	struct asking *x = context;
	uint8_t key[16];

	memcpy(key, x->b.key, sizeof(key));
	x->c.fault = x->c.field = NULL;
	x->c.denied = x->c.conflict = false;
	TRY(booking_find(store, x->a, key, &x->b, e));
	x->c.side = booking_side_of(&x->b, x->by);
	/* on its own facility an organisation is both: what only a guest does is by that side */
	if (x->c.side == SIDE_OWNER && x->b.organisation == x->by->organisation &&
		((str_is(x->c.act, "accept") && str_is(x->b.proposer, "owner")) ||
		str_is(x->c.act, "erase")))
		x->c.side = SIDE_GUEST;
	if (x->c.side == SIDE_NONE)
		return err_set(e, ERR_NOT_FOUND, "there is no such booking here");
	if (x->b.origin.len == 0) {
		TRY(booking_change(x->s, store, x->a, &x->b, &x->c, e));
		return x->c.fault || x->c.conflict || x->c.denied ? ERR_OK
			: audit(store, x, action_of(x), e);
	}
	if (must_wait(&x->b, x->c.act)) {
		x->c.conflict = true;
		return ERR_OK;
	}
	if (str_is(x->c.act, "erase"))
		TRY(booking_erase(store, &x->b, &x->c, e));
	if (x->c.conflict || x->c.denied)
		return ERR_OK;
	TRY(message(x->a, &x->b, x->c.act, x->c.reason, x->c.when, &x->b.out, e));
	x->b.changed = x->c.now;
	TRY(booking_save(store, &x->b, e));
	return audit(store, x, action_of(x), e);
}

enum err_code service_booking_act(struct service *s, struct arena *a,
	const struct account_who *by, struct str booking, const struct booking_act *act,
	struct json **ret_problems, struct err *e)
{
	struct asking x = { .s = s, .a = a, .by = by, .c = { .now = instant_now(),
		.act = act->act, .reason = or_empty(act->reason) } };

	*ret_problems = json_new_object(a);
	TRY(booking_uuid(a, booking, x.b.key, e));
	TRY(check_act(a, act, *ret_problems, &x.c.when, e));
	TRY(ledger_write(s->ledger, write_act, &x, e));
	return refused(a, &x.c, *ret_problems, e);
}
