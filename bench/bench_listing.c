/* bench_listing.c - search and matches among many listings. One JSON line a figure.
 *
 *     bench_listing build DIR COUNT    a node's folder with so many published listings
 *     bench_listing ask DIR [TIMES]    listing.search and match on it, by so many questions
 *
 * The listings are made of phrases of the trade with frequencies as in a language (the n-th is n
 * times rarer than the first) and of names that stand in few. Each figure is told as time on the
 * clock and as processor time of the thread: on a machine that does other work too the second one
 * is what the program needs.
 */
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../test/service_node.h"
#include "base/instant.h"
#include "service/listing_inner.h"
#include "service/match.h"
#include "stream.h"

#define IN_FLIGHT 256
#define TIMES_MAX 20000

static const char *const phrases[] = {
	"自动驾驶", "测试服务", "智能网联汽车", "检测报告", "封闭测试场",
	"仿真平台", "激光雷达", "数据采集", "毫米波雷达", "摄像头模组",
	"域控制器", "道路测试", "场景库", "功能安全", "信息安全",
	"高精度地图", "组合定位", "车路协同", "路侧设备", "线控底盘",
	"动力电池", "电池管理系统", "热失控试验", "电磁兼容",
	"环境可靠性", "一体压铸", "高压线束", "汽车座椅", "内外饰件",
	"焊接机器人", "产线改造", "设备校准", "融资租赁", "贷款贴息",
	"股权投资", "天使轮", "人才培训", "安全员考核", "测试工程师",
	"算法工程师", "实习岗位", "校企合作", "联合研发", "专利许可",
	"技术转让", "成果转化", "标准制定", "质量体系", "出口认证",
	"型式试验", "驾驶模拟器", "硬件在环", "整车在环", "雨雾模拟",
	"隧道路段", "低附着路面", "噪声振动", "碰撞试验", "假人标定",
	"无人配送", "无人清扫", "自动驾驶小巴", "干线物流", "港口运输",
	"智慧停车", "信号灯推送", "绿波通行", "数据标注", "点云处理",
	"数据脱敏", "数据交易", "云端算力", "模型训练", "语音座舱",
	"抬头显示", "热管理系统", "减速器", "驱动电机", "电控单元",
	"充电设施", "换电站", "氢燃料电池", "固态电池", "电池回收",
	"轻量化材料", "铝合金型材", "复合材料", "涂装工艺", "模具加工",
	"三维扫描", "机器视觉", "在线检测", "仓储物流", "冷链运输",
	"供应链金融", "应收账款", "税收优惠", "稳岗补贴", "住房补贴",
	"首台套奖励", "专精特新", "高新技术企业", "知识产权", "法律咨询",
	"会展活动", "供需对接", "路演大赛", "开放日", "参观考察",
	"产业基金", "园区厂房", "政务服务", "碳排放核算", "能源管理",
};
static const char *const links[] = {
	"提供", "需要", "支持", "面向两地企业", "可按需定制",
	"已在多家企业应用", "周期三个月", "具备资质", "价格面议",
	"欢迎联系", "长期有效", "可到现场", "包含安装与培训", "按月结算",
	"质保两年",
};
static const char *const kinds[] = { "demand", "supply", "technology-offer", "technology-request",
	"facility", "talent", "training", "policy", "event", "opportunity", "financing-need",
	"investor", "member", "project-call" };
static const char *const industries[] = { "C36", "C3670", "C38", "C39", "I65", "I6513", "M74",
	"M7320", "G54", "J66", "L72", "P83" };
static const char *const regions[] = { "500118", "510112", "500112", "510104", "500153", "510100" };
#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static void must(enum err_code code, const struct err *e)
{
	if (code == ERR_OK)
		return;
	(void)fprintf(stderr, "bench_listing: %s\n", e->message);
	exit(1);
}

static void print(const char *metric, double value, const char *unit)
{
	(void)printf("{\"bench\":\"listing\",\"metric\":\"%s\",\"value\":%.3f,\"unit\":\"%s\"}\n",
		metric, value, unit);
	(void)fflush(stdout);
}

/* ---- made-up listings ------------------------------------------------------------------------ */

static uint64_t seed;

static uint32_t dice(uint32_t sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed * 0x2545F4914F6CDD1Dull) >> 33) % sides;
}

/* The n-th is n times rarer than the first. */
static const char *phrase(void)
{
	double x = pow((double)COUNT_OF(phrases), (double)dice(1 << 20) / (double)(1 << 20));

	return phrases[(size_t)x - 1 < COUNT_OF(phrases) ? (size_t)x - 1 : 0];
}

/* Two or three characters of some 3,000: a name that stands in few. */
static void put_name(struct buf *b)
{
	for (uint32_t i = 0; i < 2 + dice(2); i++) {
		uint32_t c = 0x4e00 + dice(3000);
		buf_put_char(b, (char)(0xe0 | c >> 12));
		buf_put_char(b, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_put_char(b, (char)(0x80 | (c & 0x3f)));
	}
}

static struct json *one_of(struct arena *a, const char *const *list, size_t count)
{
	return json_push(a, json_new_array(a), json_new_str(a,
		str_of(list[dice((uint32_t)count)])));
}

static const struct listing_kind *make(struct arena *a, const struct listing_kind *all,
	uint64_t number, struct listing *ret, uint64_t *ret_bytes)
{
	const struct listing_kind *k;
	struct buf title = { 0 }, text = { 0 }, name = { 0 };

	seed = (number + 1) * 0x9E3779B97F4A7C15ull;
	k = listing_kind_find(all, str_of(kinds[dice(COUNT_OF(kinds))]));
	CHECK(k);
	buf_init(&title, 1024);
	buf_init(&text, 8192);
	buf_init(&name, 256);
	put_name(&name);
	buf_printf(&title, "%s%s", phrase(), phrase());
	if (dice(2) == 0)
		put_name(&title);
	for (uint32_t i = 0; i < 5 + dice(8); i++) {
		buf_printf(&text, "%s%s%s", links[dice(COUNT_OF(links))], phrase(), dice(3) == 0 ?
			"。" : "，");
		if (dice(4) == 0)
			put_name(&text);
	}
	buf_put_text(&name, "科技有限公司");
	*ret = (struct listing){ .version = 1, .kind = k->id, .rules = k->digest,
		.organisation = str_copy(a, buf_str(&name)),
		.organisation_code = str_printf(a, "9150%014llu",
			(unsigned long long)number % 40000),
		.organisation_kind = STR("enterprise"), .title = str_copy(a, buf_str(&title)),
		.summary = str_copy(a, buf_str(&text)), .fields = json_set(a, json_set(a,
			json_new_object(a), "industries", one_of(a, industries,
			COUNT_OF(industries))), "regions", one_of(a, regions, COUNT_OF(regions))) };
	*ret_bytes += ret->title.len + ret->summary.len + ret->organisation.len;
	buf_clear(&title);
	buf_clear(&text);
	buf_clear(&name);
	return k;
}

/* ---- publishing ------------------------------------------------------------------------------ */

static struct str text_of(struct service_node *n, struct arena *a, struct json *proof,
	uint64_t number, uint64_t *bytes)
{
	struct listing l;
	struct err e = { 0 };
	struct json *doc;
	struct str text;
	uint8_t uuid[16];

	(void)make(a, service_listing_kinds(n->service), number, &l, bytes);
	stream_id(2 * number, uuid);
	l.id = statement_id_text(a, uuid);
	stream_id(2 * number + 1, uuid);
	doc = statement_new(a, KIND_LISTING, uuid, n->config.did, STR("样例市"), instant_now(),
		listing_subject(a, &l));
	doc = json_set_text(a, doc, "validUntil", "2039-12-31T00:00:00Z");
	doc = json_set(a, doc, "proof", proof);
	must(json_jcs(a, doc, &text, &e), &e);
	return text;
}

/* A real proof; what the door checks is measured elsewhere. */
static struct json *proof_of(struct service_node *n, struct arena *a)
{
	struct json *doc, *signed_doc;
	struct listing l;
	struct err e = { 0 };
	uint64_t index, bytes = 0;
	struct str text;
	uint8_t uuid[16];

	(void)make(a, service_listing_kinds(n->service), UINT32_MAX, &l, &bytes);
	service_uuid(uuid);
	l.id = statement_id_text(a, uuid);
	service_uuid(uuid);
	doc = statement_new(a, KIND_LISTING, uuid, n->config.did, STR("样例市"), instant_now(),
		listing_subject(a, &l));
	doc = json_set_text(a, doc, "validUntil", "2039-12-31T00:00:00Z");
	must(ledger_issue(n->ledger, a, doc, &text, &index, &e), &e);
	must(json_parse(a, text, &signed_doc, &e), &e);
	return (struct json *)(uintptr_t)json_get(signed_doc, "proof");
}

static double number_of(const char *dir, const char *sql)
{
	char path[400];
	sqlite3_stmt *q;
	sqlite3 *db;
	double ret;

	(void)snprintf(path, sizeof(path), "%s/huren.db", dir);
	CHECK(sqlite3_open(path, &db) == SQLITE_OK);
	CHECK(sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK);
	CHECK(sqlite3_step(q) == SQLITE_ROW);
	ret = sqlite3_column_double(q, 0);
	CHECK(sqlite3_finalize(q) == SQLITE_OK);
	CHECK(sqlite3_close(db) == SQLITE_OK);
	return ret;
}

static void build(const char *place, uint64_t count)
{
	struct service_node n;
	struct arena a = { 0 };
	struct json *proof;
	struct stream *s;
	uint64_t start, bytes = 0;
	double index;

	service_node_init(&n, "listings.huren.example", NULL);
	service_node_open(&n);
	arena_init(&a, 4 << 20);
	proof = proof_of(&n, &a);
	s = stream_open(n.ledger, IN_FLIGHT, 4 << 20);
	start = instant_monotonic_us();
	for (uint64_t i = 0; i < count; i++) {
		struct arena *room = stream_next(s);
		stream_put(s, text_of(&n, room, proof, i, &bytes));
		if (i > 0 && i % 50000 == 0)
			(void)fprintf(stderr, "bench_listing: %llu, %.0f/s\n",
				(unsigned long long)i, (double)i * 1e6 /
				(double)(instant_monotonic_us() - start));
	}
	stream_close(s);
	service_node_close(&n);
	index = number_of(n.dir, "SELECT sum(length(block)) FROM listing_words_data") +
		number_of(n.dir, "SELECT sum(length(sz) + 8) FROM listing_words_docsize");
	print("listing.index.bytes", index, "bytes");
	print("listing.text.bytes", (double)bytes, "bytes");
	print("listing.index.ratio", index / (double)bytes, "1");
	arena_clear(&a);
	arena_clear(&n.arena);
	CHECK(rename(n.dir, place) == 0);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static double thread_ms(clockid_t clock)
{
	struct timespec t;

	CHECK(clock_gettime(clock, &t) == 0);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_size(const void *one, const void *other)
{
	double a = *(const double *)one, b = *(const double *)other;

	return (a > b) - (a < b);
}

static double share(double *all, size_t count, double part)
{
	qsort(all, count, sizeof(*all), by_size);
	return all[(size_t)((double)(count - 1) * part)];
}

struct times { double clock[TIMES_MAX], cpu[TIMES_MAX]; size_t count; double begun, cpu_begun; };

static void begin(struct times *t)
{
	t->begun = thread_ms(CLOCK_MONOTONIC);
	t->cpu_begun = thread_ms(CLOCK_THREAD_CPUTIME_ID);
}

static void end(struct times *t)
{
	CHECK(t->count < TIMES_MAX);
	t->clock[t->count] = thread_ms(CLOCK_MONOTONIC) - t->begun;
	t->cpu[t->count++] = thread_ms(CLOCK_THREAD_CPUTIME_ID) - t->cpu_begun;
}

static void tell(struct times *t, const char *name)
{
	char metric[80];

	(void)snprintf(metric, sizeof(metric), "%s.p99_ms", name);
	print(metric, share(t->clock, t->count, 0.99), "ms");
	(void)snprintf(metric, sizeof(metric), "%s.p50_ms", name);
	print(metric, share(t->clock, t->count, 0.5), "ms");
	(void)snprintf(metric, sizeof(metric), "%s.cpu_p99_ms", name);
	print(metric, share(t->cpu, t->count, 0.99), "ms");
	(void)snprintf(metric, sizeof(metric), "%s.cpu_p50_ms", name);
	print(metric, share(t->cpu, t->count, 0.5), "ms");
}

/* What people type: a phrase, two, a phrase and a name, a name, with a filter or without. */
static struct str question(struct arena *a, uint32_t kind)
{
	struct buf name = { 0 };
	struct str ret;

	buf_init(&name, 256);
	put_name(&name);
	switch (kind % 6) {
	case 0:
		ret = str_of(phrase());
		break;
	case 1:
		ret = str_printf(a, "%s%s", phrase(), phrase());
		break;
	case 2:
		ret = str_printf(a, "%s " STR_FMT, phrase(), STR_ARG(buf_str(&name)));
		break;
	case 3:
		ret = str_copy(a, buf_str(&name));
		break;
	case 4:
		ret = str_printf(a, "%s %s %s", phrase(), phrase(), links[dice(COUNT_OF(links))]);
		break;
	default:
		ret = STR("");
		break;
	}
	buf_clear(&name);
	return ret;
}

static void ask_search(struct service *s, struct arena *a, struct times *t, uint64_t times)
{
	for (uint64_t i = 0; i < times; i++) {
		struct listing_query q = { 0 };
		struct json *v;
		struct err e = { 0 };
		seed = (i + 7) * 0x9E3779B97F4A7C15ull;
		q.text = question(a, (uint32_t)i);
		if (dice(3) == 0)
			q.kind = str_of(kinds[dice(COUNT_OF(kinds))]);
		if (dice(4) == 0)
			q.region = str_of(regions[dice(COUNT_OF(regions))]);
		if (dice(6) == 0)
			q.industry = str_of(industries[dice(COUNT_OF(industries))]);
		begin(t);
		must(service_listings(s, a, &q, &v, &e), &e);
		end(t);
		q.after = json_get_str(v, "next");
		if (q.after.at) {
			begin(t);
			must(service_listings(s, a, &q, &v, &e), &e);
			end(t);
		}
		arena_reset(a);
	}
}

static void ask_match(struct service *s, struct arena *a, struct times *t, uint64_t times,
	uint64_t listings)
{
	for (uint64_t i = 0; i < times; i++) {
		struct match_query q = { 0 };
		struct json *v;
		struct err e = { 0 };
		uint8_t uuid[16];
		seed = (i + 7) * 0x9E3779B97F4A7C15ull;
		stream_id(2 * (uint64_t)dice((uint32_t)listings), uuid);
		begin(t);
		must(service_matches(s, a, statement_id_text(a, uuid), &q, &v, &e), &e);
		end(t);
		arena_reset(a);
	}
}

static void ask(const char *dir, uint64_t times)
{
	static struct times search, match;
	const char *source = getenv("HUREN_SOURCE");
	struct node_config config;
	struct service *s;
	struct arena a = { 0 };
	struct err e = { 0 };
	uint64_t listings = (uint64_t)number_of(dir, "SELECT max(seq) FROM listing");

	key_library_init();
	arena_init(&a, 64 << 20);
	must(node_config_load(dir, &config, &e), &e);
	must(service_open(&config, arena_printf(&config.arena, "%s/rules", source ? source : "."),
		NULL, &s, &e), &e);
	ask_search(s, &a, &search, 100); /* what stays in memory is there */
	search.count = 0;
	ask_search(s, &a, &search, times);
	ask_match(s, &a, &match, times / 4, listings - 1);
	print("listings", (double)listings, "1");
	tell(&search, "listing.search");
	tell(&match, "match");
	service_close(s);
	node_config_clear(&config);
	arena_clear(&a);
}

int main(int argc, char **argv)
{
	uint64_t number = 1200;

	if (argc > 3 && str_parse_u64(str_of(argv[3]), &number, NULL) != ERR_OK)
		return 2;
	if (argc == 4 && strcmp(argv[1], "build") == 0)
		build(argv[2], number);
	else if (argc >= 3 && strcmp(argv[1], "ask") == 0)
		ask(argv[2], number);
	else
		return 2;
	return 0;
}
