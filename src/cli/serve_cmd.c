/* serve_cmd.c - `huren serve`: opens the floors from the bottom up, waits for a signal, closes
 * them. */
#include <pthread.h>
#include <signal.h>

#include "base/diag.h"
#include "base/io.h"
#include "cli/cli.h"
#include "peer/peer.h"
#include "service/service.h"
#include "web/web.h"

/* The peers are opened after the ledger, whose writer may sign before they stand. */
struct serving {
	pthread_mutex_t lock;
	struct peer_set *peers;
};

static void on_checkpoint(void *context)
{
	struct serving *serving = context;
	(void)pthread_mutex_lock(&serving->lock);
	if (serving->peers)
		peer_checkpoint_changed(serving->peers);
	(void)pthread_mutex_unlock(&serving->lock);
}

static void set_peers(struct serving *serving, struct peer_set *peers)
{
	(void)pthread_mutex_lock(&serving->lock);
	serving->peers = peers;
	(void)pthread_mutex_unlock(&serving->lock);
}

static void wait_for_signal(const sigset_t *signals)
{
	int received;
	(void)sigwait(signals, &received);
}

static enum err_code run_web(struct service *service, struct peer_set *peers, const char *ui,
	const sigset_t *signals, struct err *e)
{
	struct web *web;
	const struct node_config *c = service_config(service);
	char listen[256];
	(void)snprintf(listen, sizeof(listen), STR_FMT, STR_ARG(c->listen));
	struct web_options options = { .service = service, .peers = peers, .listen = listen,
		.ui_dir = ui, .version = HUREN_VERSION };
	TRY(web_open(&options, &web, e));
	diag(DIAG_INFO, "serve", "node " STR_FMT " listens on %s", STR_ARG(c->domain), listen);
	wait_for_signal(signals);
	diag(DIAG_INFO, "serve", "closing");
	web_close(web);
	return ERR_OK;
}

/* First statements are signed only after the witnesses were asked for our size (peer_open). A
 * node that may not sign yet still serves what it has. */
static void issue_first(struct service *service)
{
	struct err e = { 0 };
	if (service_issue_first(service, &e) != ERR_OK)
		diag_err(DIAG_ALARM, "serve", &e);
}

static enum err_code run_peers(struct serving *serving, struct service *service, const char *ui,
	const sigset_t *signals, struct err *e)
{
	struct peer_set *peers;
	TRY(peer_open(service, &peers, e));
	set_peers(serving, peers);
	issue_first(service);
	struct service_fetcher fetcher = peer_fetcher(peers);
	enum err_code code = service_start_work(service, &fetcher, e);
	if (code == ERR_OK)
		code = run_web(service, peers, ui, signals, e);
	service_stop_work(service);
	set_peers(serving, NULL);
	peer_close(peers);
	return code;
}

enum err_code serve_command(struct args *args, struct arena *a, struct err *e)
{
	const char *dir;
	sigset_t signals;
	cli_keep_private();
	TRY(args_need(args, "--dir", &dir, e));
	const char *rules = cli_rules_folder(args);
	const char *ui = cli_ui_folder(args);
	TRY(args_end(args, e));
	const char *own_rules = arena_printf(a, "%s/rules", dir);
	if (own_rules && io_exists(own_rules))
		rules = own_rules;
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGTERM);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL); /* every thread made later inherits it */
	(void)signal(SIGPIPE, SIG_IGN);
	struct node_config *config = ARENA_NEW(a, struct node_config);
	struct serving serving = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct service_hooks hooks = { .on_checkpoint = on_checkpoint, .context = &serving };
	struct service *service;
	if (!config)
		return err_set(e, ERR_TOO_LARGE, "no memory for the configuration");
	enum err_code code = node_config_load(dir, config, e);
	if (code == ERR_OK)
		code = service_open(config, rules, &hooks, &service, e);
	if (code == ERR_OK) {
		code = run_peers(&serving, service, ui, &signals, e);
		service_close(service);
	}
	node_config_clear(config);
	return code;
}
