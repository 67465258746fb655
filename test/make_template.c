/* make_template.c - makes the database of a new node in the folder named: see city_make_folder. */
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "store/store.h"

int main(int argc, char **argv)
{
	char path[PATH_MAX];
	struct store *s;
	struct err e = { 0 };

	if (argc != 2 ||
		(size_t)snprintf(path, sizeof(path), "%s/huren.db", argv[1]) >= sizeof(path))
		return 2;
	(void)unlink(path); /* what earlier tables there were */
	if (store_open(argv[1], STORE_WRITER, &s, &e) != ERR_OK) {
		(void)fprintf(stderr, "make_template: %s\n", e.message);
		return 1;
	}
	store_close(s);
	return 0;
}
