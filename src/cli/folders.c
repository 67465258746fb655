/* folders.c - where rules/ and ui/ are: as named, else as installed, else the sources. */
#include <stdlib.h>

#include "base/io.h"
#include "cli/cli.h"

/* --option, environment, then the folder this was built from or installed to. */
static const char *find_folder(struct args *args, const char *option, const char *variable,
	const char *installed, const char *source)
{
	const char *path = args_value(args, option);
	if (!path)
		path = getenv(variable);
	if (!path)
		path = io_exists(installed) ? installed : source;
	return path;
}

const char *cli_rules_folder(struct args *args)
{
	return find_folder(args, "--rules", "HUREN_RULES", HUREN_DATA_DIR "/rules",
		HUREN_SOURCE_DIR "/rules");
}

const char *cli_ui_folder(struct args *args)
{
	return find_folder(args, "--ui", "HUREN_UI", HUREN_DATA_DIR "/ui", HUREN_SOURCE_DIR "/ui");
}
