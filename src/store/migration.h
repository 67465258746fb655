/* migration.h - sql/NNN-words.sql, compiled in: the schema as numbered steps.
 *
 * Rule:    a step that was released is never changed; a new one is a new file, listed in
 *          src/store/meson.build in order. PRAGMA user_version counts the steps taken.
 */
#ifndef HUREN_STORE_MIGRATION_H
#define HUREN_STORE_MIGRATION_H

struct migration {
	const char *name;          /* "001-core.sql" */
	const char *text;
};
extern const struct migration store_migrations[];
extern const unsigned store_migration_count;

#endif
