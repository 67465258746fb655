/* two_nodes.h - nodes of two cities that know each other, and people of the authority, for tests of
 * what both hold. */
#ifndef HUREN_TEST_TWO_NODES_H
#define HUREN_TEST_TWO_NODES_H

#include <string.h>

#include "../service_node.h"

static struct { struct service_node one, two; struct arena a; } f;

/* 5 is wang, every other zhao. */
static struct account_who who(int64_t account, uint32_t may)
{
	return (struct account_who){ .stage = STAGE_FULL, .account = account, .organisation = 1,
		.name = account == 5 ? STR("wang") : STR("zhao"), .display = STR("Name"),
		.organisation_kind = STR("authority"), .organisation_name = STR("Org"),
		.organisation_code = STR(""), .may = may, .address = STR("192.0.2.1"),
		.agent = STR("test") };
}

static int set_up(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	arena_init(&f.a, (size_t)256 << 20);
	service_node_init(&f.one, "yongchuan.huren.example", NULL);
	service_node_open(&f.one);
	service_node_init(&f.two, "longquanyi.huren.example", &f.one);
	service_node_open(&f.two);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	service_node_clear(&f.one);
	service_node_clear(&f.two);
	arena_clear(&f.a);
	return 0;
}

#endif
