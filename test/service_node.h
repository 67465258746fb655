/* service_node.h - a whole node without HTTP in a temporary folder: configuration, keys, ledger and
 * services, for tests of service/. Functions end the program when they cannot do their work: tests
 * only. */
#ifndef HUREN_TEST_SERVICE_NODE_H
#define HUREN_TEST_SERVICE_NODE_H

#include "service/service.h"

struct service_node {
	char dir[256];
	struct node_config config;
	struct service *service;
	struct ledger *ledger;
	struct str lab;                    /* DID, after service_node_lab */
	struct key lab_key;
	struct arena arena;
};

/* A folder with keys, token and node.json; `peer` may be NULL, else its keys are pinned. */
void service_node_init(struct service_node *n, const char *domain, const struct service_node *peer);
/* Opens the services and issues the first statements. */
void service_node_open(struct service_node *n);
void service_node_close(struct service_node *n);
/* Closes and removes the folder. */
void service_node_clear(struct service_node *n);

/* Runs SQL on a connection of its own; the number that its last row begins with, 0 without one. */
int64_t node_sql(const struct service_node *n, const char *sql);

/* A JSON file of the source folder. */
struct json *service_node_read(struct arena *a, const char *path);
/* Adds a lab with a key of its own and accredits it for the items of the sample draft. */
void service_node_lab(struct service_node *n, const char *draft);
/* Signs and publishes the report of a sample draft; its id. `number` replaces the draft's, or
 * NULL. */
struct str service_node_report(struct service_node *n, struct arena *a, const char *draft,
	const char *number);
/* The signed report as text, not published. */
struct str service_node_report_text(struct service_node *n, struct arena *a, const char *draft,
	const char *number);
/* Agreement of the two, published in both logs. */
void service_node_agree(struct service_node *one, struct service_node *other);
/* Mirrors `from` into `to`, and admits every open body. */
void service_node_mirror(struct service_node *from, struct service_node *to);
/* Hands any body over, as the peers' exchange would. */
enum err_code service_node_hand_over(struct service_node *from, struct service_node *to,
	const uint8_t id_key[16], struct err *e);

#endif
