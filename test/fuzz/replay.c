/* replay.c - runs a fuzz target over the files of a folder, without libFuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t data[1048576]; /* seeds are small */

int main(int argc, char **argv)
{
	struct dirent *entry;
	unsigned count = 0;
	char path[4096];
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;

	while (dir && (entry = readdir(dir))) {
		FILE *file;
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		file = fopen(path, "rb");
		if (!file)
			return EXIT_FAILURE;
		(void)LLVMFuzzerTestOneInput(data, fread(data, 1, sizeof(data), file));
		(void)fclose(file); /* it was only read */
		count++;
	}
	if (dir)
		(void)closedir(dir); /* as above */
	(void)printf("%u inputs\n", count);
	/* A corpus that went missing must be seen. */
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
