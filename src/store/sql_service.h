/* sql_service.h - SQL of service/: its projections, requests, access trail (tables in sql/002-*.sql).
 *
 * Append rows at the end, one blank comment line between capabilities. Do not include this file;
 * include store/store.h. */
#ifndef HUREN_STORE_SQL_SERVICE_H
#define HUREN_STORE_SQL_SERVICE_H

#define SQL_SERVICE(X)

#endif
