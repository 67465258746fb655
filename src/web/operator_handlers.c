/* operator_handlers.c - health, peers and backups for who runs the node. */
#include "base/instant.h"
#include "base/limits.h"
#include "service/operator.h"
#include "web/web_inner.h"

#define SLOWEST 8

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- health ---------------------------------------------------------------------------------- */

static struct json *route_model(struct arena *a, size_t route, const struct metrics_row *row)
{
	struct json *v = json_set_text(a, json_new_object(a), "method", routes[route].method);

	v = json_set_text(a, v, "path", routes[route].path);
	v = json_set_number(a, v, "count", (double)row->count);
	v = json_set_number(a, v, "failed", (double)row->failed);
	v = json_set_number(a, v, "mean_ms", (double)((row->mean_us + 50) / 100) / 10);
	return row->p99_us > 0 ? json_set_number(a, v, "p99_ms", (double)row->p99_us / 1000) : v;
}

/* Rows by what a mean request took, the slowest first; each of some requests. */
static struct json *slowest(struct request *r)
{
	const struct metrics *m = r->web->metrics;
	struct json *list = json_new_array(&r->arena);
	size_t order[SLOWEST], count = 0;

	for (size_t i = 0; i < route_count; i++) {
		struct metrics_row row = metrics_row(m, i);
		size_t at = count;
		if (row.count == 0)
			continue;
		for (; at > 0 && metrics_row(m, order[at - 1]).mean_us < row.mean_us; at--)
			if (at < SLOWEST)
				order[at] = order[at - 1];
		if (at == SLOWEST)
			continue;
		order[at] = i;
		count = count < SLOWEST ? count + 1 : SLOWEST;
	}
	for (size_t i = 0; i < count; i++) {
		struct metrics_row row = metrics_row(m, order[i]);
		list = json_push(&r->arena, list, route_model(&r->arena, order[i], &row));
	}
	return list;
}

enum err_code operator_model(struct request *r, struct json **ret, struct err *e)
{
	const struct metrics *m = r->web->metrics;
	struct arena *a = &r->arena;
	struct json *v, *http = json_new_object(a);
	uint64_t count = 0, failed = 0;

	TRY(service_operator(r->web->service, a, &v, e));
	for (size_t i = 0; i <= route_count; i++) {
		struct metrics_row row = metrics_row(m, i);
		count += row.count;
		failed += row.failed;
	}
	http = json_set_number(a, http, "requests", (double)count);
	http = json_set_number(a, http, "failed", (double)failed);
	http = json_set_number(a, http, "minute", (double)metrics_minute(m,
		instant_monotonic_us()));
	http = json_set_number(a, http, "connections", (double)metrics_connections(m));
	http = json_set(a, http, "slowest", slowest(r));
	json_set_text(a, v, "version", r->web->version);
	*ret = json_set(a, v, "http", http);
	return *ret ? ERR_OK : full(e);
}

/* ---- peers ----------------------------------------------------------------------------------- */

enum err_code operator_peer_model(struct request *r, struct json **ret, struct err *e)
{
	TRY(service_operator_peer(r->web->service, &r->arena, r->params[0], ret, e));
	return json_set_str(&r->arena, *ret, "reason", STR("")) ? ERR_OK : full(e);
}

static enum err_code trust_again(struct request *r, const struct json *problems,
	const struct err *problem, struct json **ret, struct err *e)
{
	TRY(operator_peer_model(r, ret, e));
	json_set_str(&r->arena, *ret, "reason", fields_get(&r->form, "reason"));
	if (json_count(problems) > 0) {
		handler_form_again(r, *ret, problems);
		return ERR_OK;
	}
	json_set_str(&r->arena, *ret, "refused", str_copy(&r->arena, str_of(problem->message)));
	r->reply.status = err_class(problem->code)->http_status;
	return ERR_OK;
}

enum err_code operator_peer_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *problems = NULL;
	struct err problem = { 0 };
	struct str path;
	enum err_code code = service_peer_trust(r->web->service, &r->arena, &r->who,
		r->params[0], fields_get(&r->form, "reason"), &problems, &problem);

	if (code == ERR_OK) {
		peer_look(r->web->peers, r->params[0]);
		path = str_printf(&r->arena, "/operator/peers/" STR_FMT, STR_ARG(r->params[0]));
		return path.at ? handler_redirect(r, path, e) : full(e);
	}
	if (code == ERR_CONFLICT || (code == ERR_INVALID && json_count(problems) > 0))
		return trust_again(r, problems, &problem, ret, e);
	*e = problem;
	return code;
}

enum err_code peer_trust_call(struct request *r, struct err *e)
{
	struct account_who node = service_who_node(r->who.address);
	struct json *request, *problems, *answer;
	struct str reason;

	TRY(handler_json_body(r, &request, e));
	TRY(json_need_str(request, "reason", &reason, e));
	TRY(service_peer_trust(r->web->service, &r->arena, &node, r->params[0], reason, &problems,
		e));
	peer_look(r->web->peers, r->params[0]);
	answer = json_set_str(&r->arena, json_new_object(&r->arena), "domain", r->params[0]);
	return reply_json(r, HTTP_OK, answer, e);
}

/* ---- backups --------------------------------------------------------------------------------- */

enum err_code backups_model(struct request *r, struct json **ret, struct err *e)
{
	return service_backups(r->web->service, &r->arena, ret, e);
}

/* The page again with the reason when the job cannot begin now. */
static enum err_code begun(struct request *r, const struct err *problem, struct json **ret,
	struct err *e)
{
	if (problem->code == ERR_OK)
		return handler_redirect(r, STR("/operator/backups"), e);
	if (problem->code != ERR_BUSY) {
		*e = *problem;
		return problem->code;
	}
	TRY(backups_model(r, ret, e));
	r->page = "backups";
	handler_form_refused(r, *ret, "job-runs", 0);
	r->reply.status = err_class(ERR_CONFLICT)->http_status;
	return ERR_OK;
}

enum err_code backup_now_post(struct request *r, struct json **ret, struct err *e)
{
	struct err problem = { 0 };
	enum err_code code = service_backup_now(r->web->service, &r->who, &problem);

	CHECK(code == problem.code);
	return begun(r, &problem, ret, e);
}

enum err_code backup_rehearse_post(struct request *r, struct json **ret, struct err *e)
{
	struct err problem = { 0 };
	enum err_code code = service_backup_rehearse(r->web->service, &r->who, r->params[0],
		&problem);

	CHECK(code == problem.code);
	return begun(r, &problem, ret, e);
}

enum err_code backup_settings_post(struct request *r, struct json **ret, struct err *e)
{
	struct str hours = fields_get(&r->form, "hours"), keep = fields_get(&r->form, "keep");
	struct json *problems = NULL;
	struct err problem = { 0 };
	enum err_code code = service_backup_settings(r->web->service, &r->arena, &r->who, hours,
		keep, &problems, &problem);

	if (code == ERR_OK)
		return handler_redirect(r, STR("/operator/backups"), e);
	if (code != ERR_INVALID || json_count(problems) == 0) {
		*e = problem;
		return code;
	}
	TRY(backups_model(r, ret, e));
	json_set_str(&r->arena, *ret, "hours", hours);
	json_set_str(&r->arena, *ret, "keep", keep);
	handler_form_again(r, *ret, problems);
	return ERR_OK;
}
