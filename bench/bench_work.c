/* bench_work.c - a node as full as after years of work, and people who work in it.
 *
 *     bench_work build DIR REPORTS ACCOUNTS    fills a folder that "huren init" made
 *     bench_work sessions DIR USERS            signs so many of them in; their cookies go to stdout
 *     bench_work ask ADDRESS COOKIES SECONDS THINK_MS REPORTS   they ask; a JSON line a figure
 *
 * build: reports and decisions go through the writer without the door's checks (their signatures do
 * not hold), as they would stand there; accounts, audit lines and words as services write them.
 * ask: a connection a person, who reads an answer, thinks (THINK_MS on average, evenly from none to
 * twice that) and asks again. Times are from the first byte sent to the last received.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/io.h"
#include "base/scoped.h"
#include "credential/statement.h"
#include "recognition/report_draft.h"
#include "service/account_inner.h"
#include "service/list.h"
#include "stream.h"

#define LABS 24
#define TITLES 6
#define APPLICANTS 276
#define IN_FLIGHT 2000
#define DECISION_EACH 50     /* a decision on every fiftieth report */
#define AUDIT_EACH 10        /* audit lines of an account */
#define AUTHORITY 100        /* accounts of the authority: half of those who ask */

static const char *const places[] = { "永川", "龙泉驿", "渝北", "天府", "两江", "西部科学城" };
static const char *const houses[] = { "智能网联汽车检验检测中心", "车辆测试研究院",
	"机动车质量检验所", "自动驾驶试验场" };
static const char *const titles[] = { "智能网联汽车道路测试安全检验报告",
	"自动驾驶功能场地试验报告", "城市道路自动驾驶检测报告", "高速公路领航辅助检验报告",
	"无人驾驶清扫车安全检测报告", "低速配送车场地检验报告" };
static const char *const family[] = { "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴" };
static const char *const given[] = { "伟", "芳", "娜", "敏", "静", "建国", "丽娟", "志强", "晓明",
	"雨欣" };

static void must(enum err_code code, const struct err *e)
{
	if (code == ERR_OK)
		return;
	(void)fprintf(stderr, "bench_work: %s\n", e->message);
	exit(1);
}

static void die(const char *what)
{
	(void)fprintf(stderr, "bench_work: %s\n", what);
	exit(1);
}

static uint64_t number_of(const char *text)
{
	uint64_t n = 0;

	if (str_parse_u64(str_of(text), &n, NULL) != ERR_OK || n == 0)
		die("a number is malformed");
	return n;
}

/* ---- build: organisations -------------------------------------------------------------------- */

struct node {
	struct node_config config;
	struct service *service;
	struct ledger *ledger;
	struct arena arena;
	struct str labs[LABS], lab_names[LABS], applicants[APPLICANTS];
};

static void node_open(struct node *n, const char *dir)
{
	const char *source = getenv("HUREN_SOURCE");
	struct err e = { 0 };

	arena_init(&n->arena, (size_t)256 << 20);
	must(node_config_load(dir, &n->config, &e), &e);
	must(service_open(&n->config, arena_printf(&n->arena, "%s/rules", source ? source : "."),
		NULL, &n->service, &e), &e);
	n->ledger = service_ledger(n->service);
}

static void node_close(struct node *n)
{
	service_close(n->service);
	node_config_clear(&n->config);
	arena_clear(&n->arena);
}

static struct str add_organisation(struct node *n, struct str name, const char *role, unsigned i)
{
	struct arena *a = &n->arena;
	struct json *request = json_new_object(a), *keys = json_new_array(a), *answer;
	struct err e = { 0 };
	struct key k;

	must(key_generate(KEY_ED25519, &k, &e), &e);
	json_push(a, keys, json_new_str(a, key_public_multikey(a, &k.pub)));
	json_set_str(a, request, "name", name);
	json_set_str(a, request, "registeredId", str_printf(a, "91500118MA5YB%05u", i));
	json_set_text(a, request, "role", role);
	json_set(a, request, "keys", keys);
	must(service_organisation_add(n->service, a, request, &answer, &e), &e);
	key_clear(&k);
	return json_get_str(answer, "did");
}

static void accredit(struct node *n, struct str lab, unsigned i)
{
	struct arena *a = &n->arena;
	struct json *request, *answer;
	struct err e = { 0 };

	must(json_parse(a, STR("{\"validFrom\":\"2020-01-01\",\"validUntil\":\"2039-12-31\","
		"\"scope\":[{\"scheme\":\"gbt-41798\",\"edition\":\"2022\",\"items\":[\"6.1.1\","
		"\"6.1.4\",\"6.2.2\"]}]}"), &request, &e), &e);
	json_set_str(a, request, "lab", lab);
	json_set_str(a, request, "certificateNumber", str_printf(a, "CMA-%04u", i));
	must(service_accredit(n->service, a, request, &answer, &e), &e);
}

static void add_organisations(struct node *n)
{
	struct arena *a = &n->arena;

	for (unsigned i = 0; i < LABS; i++) {
		n->lab_names[i] = str_printf(a, "%s%s", places[i % 6], houses[i / 6]);
		n->labs[i] = add_organisation(n, n->lab_names[i], "lab", i);
		accredit(n, n->labs[i], i);
	}
	for (unsigned i = 0; i < APPLICANTS; i++)
		n->applicants[i] = add_organisation(n, str_printf(a, "%s第%u智能汽车有限公司",
			places[i % 6], i), "applicant", LABS + i);
}

/* ---- build: statements ----------------------------------------------------------------------- */

struct model {
	struct str text;
	struct str id, number;     /* to be replaced by texts as long as they */
};

/* Same kind and number, same id. */
static void id_of(uint64_t number, bool decision, uint8_t ret[16])
{
	stream_id(2 * number + decision, ret);
}

static struct model report_model(struct node *n, struct str draft_text, unsigned lab,
	const char *title)
{
	struct arena *a = &n->arena;
	struct json *draft, *kept = json_new_array(a), *subject, *doc;
	struct model m = { .number = STR("YC-2026-#######") };
	uint8_t uuid[16] = { 0xfe, 0xfe, 0xfe, 0xfe };
	struct err e = { 0 };
	struct key k;

	must(json_parse(a, draft_text, &draft, &e), &e);
	for (uint32_t i = 0; i < 3; i++)
		json_push(a, kept, json_copy(a, json_at(json_get(draft, "items"), i)));
	json_set(a, draft, "items", kept);
	json_set_str(a, draft, "number", m.number);
	json_set_text(a, draft, "title", title);
	statement_uuid_shape(uuid);
	m.id = statement_id_text(a, uuid);
	must(report_subject_from_draft(a, draft, m.id, n->labs[lab], &subject, &e), &e);
	doc = statement_new(a, KIND_REPORT, uuid, n->labs[lab], n->lab_names[lab], instant_now(),
		subject);
	must(key_generate(KEY_ED25519, &k, &e), &e);
	must(proof_add(a, doc, &k, str_printf(a, STR_FMT "#key-1", STR_ARG(n->labs[lab])),
		instant_now(), &e), &e);
	must(json_jcs(a, doc, &m.text, &e), &e);
	key_clear(&k);
	return m;
}

static struct str copy_model(struct arena *a, const struct model *m, uint64_t number)
{
	char *text = arena_copy(a, m->text.at, m->text.len), digits[16];
	uint8_t id_key[16];
	size_t at = 0, found;

	CHECK(text);
	id_of(number, false, id_key);
	while ((found = str_find(str_skip(m->text, at), m->id)) != SIZE_MAX) {
		at += found + m->id.len;
		stream_write_id(text + at - 36, id_key);
	}
	(void)snprintf(digits, sizeof(digits), "%07u", (unsigned)(number % 10000000));
	for (at = 0; (found = str_find(str_skip(m->text, at), m->number)) != SIZE_MAX;) {
		at += found + m->number.len;
		memcpy(text + at - 7, digits, 7);
	}
	return (struct str){ text, m->text.len };
}

static struct str decision_text(struct node *n, struct arena *a, uint64_t number)
{
	static const char form[] = "{\"type\":\"RecognitionDecision\",\"inputs\":{\"reports\":"
		"[{}],\"accreditations\":[],\"agreement\":{\"id\":"
		"\"urn:uuid:aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa\"}},\"outcome\":{\"items\":[],"
		"\"documents\":[],\"summary\":{\"counts\":{\"recognised\":2,\"covered\":0,"
		"\"retest\":1,\"add-on\":0,\"refused\":0},\"open\":0,\"documentsOpen\":0}}}";
	struct json *subject, *doc;
	uint8_t id_key[16];
	struct err e = { 0 };
	struct str text;

	must(json_parse(a, str_of(form), &subject, &e), &e);
	json_set_str(a, subject, "id", n->applicants[number % APPLICANTS]);
	json_set_str(a, subject, "destination", n->config.did);
	id_of(number, false, id_key);
	/* json_path is for reading; the tree is ours. */
	json_set_str(a, json_get(json_get(subject, "inputs"), "reports")->items[0], "id",
		statement_id_text(a, id_key));
	id_of(number, true, id_key);
	doc = statement_new(a, KIND_DECISION, id_key, n->config.did, n->config.name_zh,
		instant_now(), subject);
	must(proof_add(a, doc, &n->config.keys.issuer, str_printf(a, STR_FMT "#key-1",
		STR_ARG(n->config.did)), instant_now(), &e), &e);
	must(json_jcs(a, doc, &text, &e), &e);
	return text;
}

static void add_statements(struct node *n, uint64_t reports)
{
	struct stream *s = stream_open(n->ledger, IN_FLIGHT, 4 << 20);
	struct model *models = ARENA_ARRAY(&n->arena, struct model, LABS * TITLES);
	struct str draft;
	struct err e = { 0 };

	CHECK(models);
	must(io_read_file(&n->arena, arena_printf(&n->arena,
		"%s/rules/samples/report-yongchuan.json", getenv("HUREN_SOURCE")), 1 << 20, &draft,
		&e), &e);
	for (unsigned i = 0; i < LABS * TITLES; i++)
		models[i] = report_model(n, draft, i / TITLES, titles[i % TITLES]);
	(void)fprintf(stderr, "bench_work: a report has %zu bytes\n", models[0].text.len);
	for (uint64_t i = 0; i < reports; i++) {
		struct arena *a = stream_next(s);
		stream_put(s, copy_model(a, &models[i * 31 % (LABS * TITLES)], i));
		if (i % DECISION_EACH == 0)
			stream_put(s, decision_text(n, stream_next(s), i));
		if (i > 0 && i % 100000 == 0)
			(void)fprintf(stderr, "bench_work: %llu reports\n", (unsigned long long)i);
	}
	stream_close(s);
}

/* ---- build: people --------------------------------------------------------------------------- */

struct part {
	unsigned from, until;
	int64_t now;
};

static const char *role_for(unsigned i)
{
	static const char *const roles[] = { "officer", "approver", "audit-admin",
		"security-admin", "system-admin" };

	return i < AUTHORITY ? roles[i % 5] : "org-admin";
}

/* The first work for the authority, the rest for two hundred organisations. */
static enum err_code add_people(void *context, struct store *store, struct err *e)
{
	const struct part *p = context;

	for (unsigned i = p->from; i < p->until; i++) {
		int64_t organisation = i < AUTHORITY ? 1 : 2 + (int64_t)(i % 200), id;
		char name[32], display[64];
		size_t role = role_find(str_of(role_for(i)));
		(void)snprintf(name, sizeof(name), "user%05u", i);
		(void)snprintf(display, sizeof(display), "%s%s", family[i % 10],
			given[i / 10 % 10]);
		TRY(account_make(store, str_of(name), str_of(display), organisation, p->now, &id,
			e));
		CHECK(role < role_count);
		TRY(account_set_roles(store, id, organisation, 1u << role, STR("node"), p->now, e));
		for (unsigned k = 0; k < AUDIT_EACH; k++)
			TRY(audit_put(store, p->now, &(struct audit_entry){
				.action = k % 3 == 0 ? "sign-in" : k % 3 == 1 ? "second-factor" :
				"access", .refused = k % 7 == 6, .actor = str_of(name),
				.address = STR("192.0.2.1"), .target = STR("/reports") }, e));
	}
	return ERR_OK;
}

static enum err_code add_employers(void *context, struct store *store, struct err *e)
{
	const struct part *p = context;

	for (unsigned i = 0; i < 200; i++) {
		char code[32], name[64];
		bool row;
		(void)snprintf(code, sizeof(code), "91500118MA5YC%05u", i);
		(void)snprintf(name, sizeof(name), "%s第%u智能汽车有限公司", places[i % 6], i);
		{
			SCOPED_SQL q = sql_use(store, SQL_ORGANISATION_APPLY);
			sql_bind_str(q, 1, str_of(code));
			sql_bind_str(q, 2, str_of(name));
			sql_bind_str(q, 3, STR("applicant"));
			sql_bind_i64(q, 4, 1);
			sql_bind_i64(q, 5, p->now);
			TRY(sql_run(q, e));
		}
		SCOPED_SQL q = sql_use(store, SQL_ORGANISATION_DECIDE);
		sql_bind_i64(q, 1, 2 + (int64_t)i);
		sql_bind_str(q, 2, STR("confirmed"));
		sql_bind_str(q, 3, STR(""));
		sql_bind_i64(q, 4, p->now);
		sql_bind_str(q, 5, STR("node"));
		TRY(sql_step(q, &row, e));
	}
	return ERR_OK;
}

static void build(const char *dir, uint64_t reports, unsigned accounts)
{
	static struct node n;
	struct part part = { .now = instant_now() };
	struct err e = { 0 };

	node_open(&n, dir);
	must(service_issue_first(n.service, &e), &e);
	add_organisations(&n);
	must(ledger_write(n.ledger, add_employers, &part, &e), &e);
	for (unsigned i = 0; i < accounts; i += 500) {
		part.from = i;
		part.until = i + 500 < accounts ? i + 500 : accounts;
		must(ledger_write(n.ledger, add_people, &part, &e), &e);
	}
	add_statements(&n, reports);
	for (uint64_t i = 0; i < reports / 10000 + 4; i++)
		list_index_work(n.service);
	node_close(&n);
}

/* ---- sessions -------------------------------------------------------------------------------- */

struct sign_ins {
	struct arena *a;
	unsigned users;
};

static enum err_code sign_in(void *context, struct store *store, struct err *e)
{
	const struct sign_ins *s = context;
	struct account_who nobody = { .address = STR("192.0.2.1"), .agent = STR("bench") };

	for (unsigned i = 0; i < s->users; i++) {
		struct session_new session = { .by = &nobody, .now = instant_now(),
			.stage = STAGE_FULL, .token = secret_token(s->a), .pending = STR("") };
		struct account account;
		char name[32];
		(void)snprintf(name, sizeof(name), "user%05u", i % 2 == 0 ? i / 2 % AUTHORITY :
			AUTHORITY + i);
		TRY(account_find(store, s->a, str_of(name), &account, e));
		session.account = account.id;
		TRY(session_put(store, &session, e));
		(void)printf("huren-session=" STR_FMT "\n", STR_ARG(session.token));
	}
	return ERR_OK;
}

static void sessions(const char *dir, unsigned users)
{
	static struct node n;
	struct sign_ins s = { &n.arena, users };
	struct err e = { 0 };

	node_open(&n, dir);
	must(ledger_write(n.ledger, sign_in, &s, &e), &e);
	node_close(&n);
}

/* ---- ask ------------------------------------------------------------------------------------- */

#define USERS_MAX 1024
#define ANSWER_BYTES_MAX 1048576
#define TIMES_MAX 2000000

enum what { PAGE, SEARCH, WHAT_COUNT };

struct user {
	int fd;
	char cookie[96], request[512];
	unsigned number;
	bool asking;
	enum what what;
	const char *kind;          /* for the table of kinds */
	uint64_t due_us, begun_us;
	size_t got, want;          /* of the answer; want 0: the header is not whole */
	char head[4096];
};

static struct {
	unsigned count;
	struct user users[USERS_MAX];
	uint64_t seed, reports, think_us, bytes;
	size_t time_count[WHAT_COUNT];
	uint32_t *times[WHAT_COUNT];
	struct { const char *name; uint64_t count, sum, worst; } kinds[32];
} load;

static uint64_t dice(uint64_t sides)
{
	load.seed ^= load.seed << 13;
	load.seed ^= load.seed >> 7;
	load.seed ^= load.seed << 17;
	return load.seed % sides;
}

/* What people do: look at lists, go on in them, open a report, look for one. */
static void choose(struct user *u, char *path, size_t room)
{
	static const char *const words[] = { "永川", "清扫车", "龙泉驿 领航", "场地试验", "YC-2026",
		"%E8%BD%A6", "安全检测 研究院", "西部科学城" };
	uint64_t n = dice(load.reports), what = dice(100);
	uint8_t id_key[16];
	char id[40] = "00000000-0000-0000-0000-000000000000";

	u->what = what < 20 ? SEARCH : PAGE;
	id_of(n, false, id_key);
	stream_write_id(id, id_key);
	if (what < 6)
		u->kind = "search number", (void)snprintf(path, room, "/reports?q=YC-2026-%07u",
			(unsigned)n);
	else if (what < 17)
		u->kind = "search words", (void)snprintf(path, room, "/reports?q=%s%s",
			words[dice(8)], dice(3) == 0 ? "&state=valid" : "");
	else if (what < 20)
		u->kind = "search organisations", (void)snprintf(path, room,
			"/organisations?q=第%u", (unsigned)dice(270));
	else if (what < 30)
		u->kind = "home", (void)snprintf(path, room, "/");
	else if (what < 40)
		u->kind = "reports", (void)snprintf(path, room, "/reports");
	else if (what < 52)
		u->kind = "reports further", (void)snprintf(path, room, "/reports?after=%llu",
			(unsigned long long)n + 1);
	else if (what < 58)
		u->kind = "reports filtered", (void)snprintf(path, room,
			"/reports?state=%s&city=own", dice(2) ? "valid" : "withdrawn");
	else if (what < 62)
		u->kind = "reports sorted", (void)snprintf(path, room, "/reports?sort=%s%s",
			dice(2) ? "-" : "", dice(2) ? "lab" : "number");
	else if (what < 77)
		u->kind = "statement", (void)snprintf(path, room, "/statements/%s", id);
	else if (what < 82)
		u->kind = "decisions", (void)snprintf(path, room, "/decisions");
	else if (what < 86)
		u->kind = "organisations", (void)snprintf(path, room, "/organisations");
	else if (what < 90)
		u->kind = "schemes", (void)snprintf(path, room, "/schemes");
	else if (what < 95 || (u->number % 2 == 0 && u->number / 2 % 5 < 2))
		u->kind = "account", (void)snprintf(path, room, "/account");
	else if (u->number % 2 == 0 && u->number / 2 % 5 == 2)
		u->kind = "audit", (void)snprintf(path, room, "/audit?result=refused");
	else if (u->number % 2 == 0 && u->number / 2 % 5 == 4)
		u->kind = "roles", (void)snprintf(path, room, "/roles");
	else
		u->kind = "people", (void)snprintf(path, room, "/people");
}

static void connect_user(struct user *u, const char *address)
{
	struct str rest = str_of(address), host = str_cut(&rest, ':');
	struct sockaddr_in to = { .sin_family = AF_INET };
	char text[64];
	int on = 1;

	to.sin_port = htons((uint16_t)number_of(rest.at));
	(void)snprintf(text, sizeof(text), STR_FMT, STR_ARG(host));
	u->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (inet_pton(AF_INET, text, &to.sin_addr) != 1 || u->fd < 0 ||
		connect(u->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		die("could not connect to the node");
	(void)setsockopt(u->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* only speed */
}

/* %-escapes what is not plain. */
static void put_path(char *to, size_t room, const char *path)
{
	size_t at = 0;

	for (; *path && at + 4 < room; path++) {
		unsigned char c = (unsigned char)*path;
		if (c > ' ' && c < 0x7f)
			to[at++] = (char)c;
		else
			at += (size_t)snprintf(to + at, room - at, "%%%02X", c);
	}
	to[at] = '\0';
}

static void ask_one(struct user *u)
{
	char path[160], escaped[300], cookie[sizeof(u->cookie)];
	int len;

	choose(u, path, sizeof(path));
	put_path(escaped, sizeof(escaped), path);
	memcpy(cookie, u->cookie, sizeof(cookie)); /* it stands in what is written to */
	len = snprintf(u->request, sizeof(u->request), "GET %s HTTP/1.1\r\nHost: bench\r\n"
		"Accept: text/html\r\nCookie: %s\r\n\r\n", escaped, cookie);
	u->begun_us = instant_monotonic_us();
	u->asking = true;
	u->got = u->want = 0;
	if (send(u->fd, u->request, (size_t)len, MSG_NOSIGNAL) != len)
		die("the node closed a connection while it was written to");
}

static void note_time(struct user *u)
{
	uint64_t now = instant_monotonic_us(), took = now - u->begun_us;
	size_t k = 0;

	if (load.time_count[u->what] < TIMES_MAX)
		load.times[u->what][load.time_count[u->what]++] = (uint32_t)took;
	while (load.kinds[k].name && load.kinds[k].name != u->kind)
		k++;
	load.kinds[k].name = u->kind;
	load.kinds[k].count++;
	load.kinds[k].sum += took;
	load.kinds[k].worst = took > load.kinds[k].worst ? took : load.kinds[k].worst;
	load.bytes += u->got;
	u->asking = false;
	u->due_us = now + (load.think_us > 0 ? dice(2 * load.think_us) : 0);
}

/* Reads what is there; the body is thrown away. */
static void hear(struct user *u)
{
	static char body[262144];
	bool in_head = u->want == 0;
	ssize_t n = in_head ? recv(u->fd, u->head + u->got, sizeof(u->head) - 1 - u->got,
		MSG_DONTWAIT) : recv(u->fd, body, sizeof(body), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		die("the node closed a connection");
	u->got += (size_t)n;
	if (in_head) {
		const char *end, *length;
		struct str rest;
		uint64_t bytes;
		u->head[u->got < sizeof(u->head) ? u->got : sizeof(u->head) - 1] = '\0';
		end = strstr(u->head, "\r\n\r\n");
		length = strstr(u->head, "Content-Length: ");
		if (!end || !length)
			return;
		if (strncmp(u->head, "HTTP/1.1 200", 12) != 0) {
			(void)fprintf(stderr, "%s%s", u->request, u->head);
			die("an answer is not 200");
		}
		rest = str_of(length + 16);
		if (str_parse_u64(str_cut(&rest, '\r'), &bytes, NULL) != ERR_OK)
			die("an answer has a malformed Content-Length");
		u->want = (size_t)(end + 4 - u->head) + bytes;
	}
	if (u->want > 0 && u->got >= u->want)
		note_time(u);
}

static int by_time(const void *left, const void *right)
{
	uint32_t l = *(const uint32_t *)left, r = *(const uint32_t *)right;

	return (l > r) - (l < r);
}

static void print_figure(const char *name, const char *metric, double value, const char *unit)
{
	(void)printf("{\"bench\":\"work\",\"metric\":\"%s.%s\",\"value\":%.2f,\"unit\":\"%s\"}\n",
		name, metric, value, unit);
}

static void print_times(const char *name, enum what what)
{
	size_t count = load.time_count[what];
	uint32_t *times = load.times[what];

	if (count == 0)
		return;
	qsort(times, count, sizeof(*times), by_time);
	print_figure(name, "p50_ms", times[count / 2] / 1e3, "ms");
	print_figure(name, "p99_ms", times[count * 99 / 100] / 1e3, "ms");
	print_figure(name, "count", (double)count, "1");
}

static void read_cookies(const char *path, const char *address)
{
	struct arena a = { 0 };
	struct str text, line;
	struct err e = { 0 };

	arena_init(&a, 1 << 20);
	must(io_read_file(&a, path, 262144, &text, &e), &e);
	while (text.len > 0 && load.count < USERS_MAX) {
		struct user *u = &load.users[load.count];
		line = str_cut(&text, '\n');
		if (line.len == 0)
			break;
		(void)snprintf(u->cookie, sizeof(u->cookie), STR_FMT, STR_ARG(line));
		u->number = load.count++;
		connect_user(u, address);
	}
	arena_clear(&a);
}

static void ask(const char *address, const char *cookies, uint64_t seconds)
{
	struct epoll_event events[256];
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	uint64_t start, now;

	for (int w = 0; w < WHAT_COUNT; w++)
		load.times[w] = handle_new(TIMES_MAX * sizeof(uint32_t));
	read_cookies(cookies, address);
	start = instant_monotonic_us();
	for (unsigned i = 0; i < load.count; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = &load.users[i] };
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, load.users[i].fd, &event) != 0)
			die("could not watch a socket");
		load.users[i].due_us = start + (load.think_us > 0 ? dice(2 * load.think_us) : 0);
	}
	for (now = start; now < start + seconds * 1000000; now = instant_monotonic_us()) {
		uint64_t next = now + 100000;
		int count;
		for (unsigned i = 0; i < load.count; i++) {
			struct user *u = &load.users[i];
			if (!u->asking && u->due_us <= now)
				ask_one(u);
			else if (!u->asking && u->due_us < next)
				next = u->due_us;
		}
		count = epoll_wait(epoll, events, 256, (int)((next - now + 999) / 1000));
		for (int i = 0; i < count; i++)
			hear(events[i].data.ptr);
	}
	for (size_t k = 0; load.kinds[k].name; k++)
		(void)fprintf(stderr, "%-24s %6llu  mean %7.2f ms  worst %7.2f ms\n",
			load.kinds[k].name, (unsigned long long)load.kinds[k].count,
			(double)load.kinds[k].sum / 1e3 / (double)load.kinds[k].count,
			(double)load.kinds[k].worst / 1e3);
	print_times("page", PAGE);
	print_times("search", SEARCH);
}

int main(int argc, char **argv)
{
	key_library_init();
	if (argc == 5 && strcmp(argv[1], "build") == 0) {
		build(argv[2], number_of(argv[3]), (unsigned)number_of(argv[4]));
	} else if (argc == 4 && strcmp(argv[1], "sessions") == 0) {
		sessions(argv[2], (unsigned)number_of(argv[3]));
	} else if (argc == 7 && strcmp(argv[1], "ask") == 0) {
		load.seed = 88172645463325252u;
		load.think_us = strcmp(argv[5], "0") == 0 ? 0 : number_of(argv[5]) * 1000;
		load.reports = number_of(argv[6]);
		ask(argv[2], argv[3], number_of(argv[4]));
	} else {
		die("see the top of bench/bench_work.c");
	}
	return 0;
}
