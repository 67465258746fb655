/* embed.c - build tool: writes files as C arrays, so that the program carries its migrations.
 *
 *     embed OUT.c IN.sql...      defines store_migrations[] (store/migration.h)
 */
#include <stdio.h>
#include <string.h>

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int write_bytes(FILE *out, const char *path, int number)
{
	FILE *in = fopen(path, "rb");
	int c;
	unsigned long count = 0;

	if (!in) {
		(void)fprintf(stderr, "embed: could not open \"%s\"\n", path);
		return -1;
	}
	(void)fprintf(out, "static const char file_%d[] = {", number);
	while ((c = fgetc(in)) != EOF)
		(void)fprintf(out, "%s%d,", count++ % 24 == 0 ? "\n" : "", c > 127 ? c - 256 : c);
	(void)fprintf(out, "\n0};\n");
	return fclose(in);
}

int main(int argc, char **argv)
{
	FILE *out = argc > 2 ? fopen(argv[1], "wb") : NULL;

	if (!out) {
		(void)fprintf(stderr, "usage: embed OUT.c IN.sql...\n");
		return 1;
	}
	(void)fprintf(out, "#include \"store/migration.h\"\n");
	for (int i = 2; i < argc; i++)
		if (write_bytes(out, argv[i], i) != 0)
			return 1;
	(void)fprintf(out, "const struct migration store_migrations[] = {\n");
	for (int i = 2; i < argc; i++)
		(void)fprintf(out, "{ \"%s\", file_%d },\n", base_name(argv[i]), i);
	(void)fprintf(out, "};\nconst unsigned store_migration_count = %d;\n", argc - 2);
	return fclose(out) == 0 ? 0 : 1;
}
