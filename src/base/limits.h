/* limits.h - every bound of the program, in one table.
 *
 * X(name, value, unit, what the user sees when it is hit, why this value)
 * generates the LIMIT_ constants, `huren limits`, doc/limits.md, and the list against which
 * tools/tidy asks for a test named limit_<name>.
 */
#ifndef HUREN_BASE_LIMITS_H
#define HUREN_BASE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#define LIMITS_TABLE(X)                                                                          \
	X(JSON_DEPTH, 32, "levels", "JSON nested too deeply",                                    \
		"the parser uses a fixed stack; our deepest format has 9 levels")                \
	X(STATEMENT_BYTES, 262144, "bytes", "statement too large",                               \
		"a report of 200 items with values is 120 kB")                                   \
	X(PROOFS, 4, "proofs", "too many proofs on one statement",                               \
		"two parties with two suites each")                                              \
	X(RECEIPT_BYTES, 2048, "bytes", "receipt too large",                                     \
		"kind, id, issuer, time, digest; far under the 65535 of the tile format")        \
	X(ID_BYTES, 512, "bytes", "identifier too long", "a URL a person could still paste")     \
	X(ORGANISATION_NAME_BYTES, 240, "bytes", "name of an organisation too long",             \
		"80 Chinese characters")                                                         \
	X(ORGANISATION_CODE_BYTES, 18, "bytes", "code of an organisation too long",              \
		"a unified social credit code, GB 32100-2015")                                   \
	X(PHONE_BYTES, 32, "bytes", "not a telephone number",                                    \
		"15 digits of ITU-T E.164 with room between them")                               \
	X(FILE_NAME_BYTES, 255, "bytes", "not the name of a file",                               \
		"what file systems take")                                                        \
	X(MEDIA_TYPE_BYTES, 127, "bytes", "not a media type in lower case",                      \
		"RFC 6838 allows as much of each half")                                          \
	X(FEE_YUAN, 1000000000, "yuan", "price too high",                                        \
		"no test costs as much; a JSON number holds its fen")                            \
	X(REQUEST_BYTES, 1048576, "bytes", "request body too large",                             \
		"a submission with its JWS, or a bundle")                                        \
	X(BUNDLE_BYTES, 1048576, "bytes", "bundle too large",                                    \
		"a statement plus 32 supporting statements of usual size")                       \
	X(BUNDLE_STATEMENTS, 64, "statements", "too many statements in a bundle",                \
		"keys and accreditations of both cities")                                        \
	X(NOTE_BYTES, 131072, "bytes", "signed note too large",                                  \
		"16 ML-DSA lines of 3.3 kB each, as the field does")                             \
	X(NOTE_LINES, 32, "lines", "too many signature lines", "C2SP asks for at least 16")      \
	X(PROOF_HASHES, 63, "hashes", "Merkle proof too long", "C2SP caps proofs at 63 lines")   \
	X(EVIDENCE_FILE_GB, 256, "GB", "measurement file too large",                             \
		"a day of all sensors' signals; the worker maps it whole")                       \
	X(SANDBOX_MEMORY_MB, 1024, "MB", "channels need too much memory",                        \
		"the listing of 100,000 channels takes 100 MB")                                  \
	X(SANDBOX_OUTPUT_MB, 2048, "MB", "channels wanted are too large",                        \
		"30 signals at 1 kHz for two hours")                                             \
	X(SANDBOX_CPU_S, 600, "seconds", "reading stopped: it computed too long",                \
		"20 GB of deflate at 100 MB/s take 200 s")                                       \
	X(SANDBOX_WALL_MS, 1800000, "ms", "reading stopped: it took too long",                   \
		"20 GB from a slow disk at 20 MB/s")                                             \
	X(POLICY_ENTRIES, 64, "entries", "trust policy too large",                               \
		"C2SP asks for at least 32 logs, witnesses and groups")                          \
	X(REPORT_ITEMS, 256, "items", "too many items in a report",                              \
		"GB/T 41798 has under 40; room for every scenario as an item")                   \
	X(RUNS, 1000, "runs", "too many runs in an evaluation", "a scenario asks for 3")         \
	X(RUN_FILES, 8, "files", "too many files in a run", "vehicle, target, light, video index") \
	X(EVALUATION_NOTES, 256, "notes", "(none: the evaluation counts the notes left out)",    \
		"a file of 200 channels with a note each")                                       \
	X(PLOTS, 12, "plots", "(none: further signals are not drawn)",                           \
		"what fits on a page; what decided comes first")                                 \
	X(PLOT_POINTS, 400, "points", "(none: plots are thinned)",                               \
		"a column of a picture shows no more")                                           \
	X(PLOT_SPANS, 100, "spans", "(none: the plot counts the spans left out)",                \
		"a light or flag changes some ten times in a run")                               \
	X(RULES_FILE_BYTES, 1048576, "bytes", "rules file too large", "the largest is 60 kB")    \
	X(CALENDAR_YEARS, 64, "years", "too many years of holidays",                             \
		"a notice a year for longer than a node will live")                              \
	X(FACILITY_CLOSURES, 64, "periods", "too many closures",                                 \
		"a year of weeks, and some days")                                                \
	X(BOOKING_AHEAD_DAYS, 366, "days", "booked too far ahead",                               \
		"opening hours are set for a year")                                              \
	X(BOOKING_TEXT_BYTES, 600, "bytes", "text of a booking too long",                        \
		"200 Chinese characters")                                                        \
	X(BOOKING_NAME_BYTES, 120, "bytes", "name of a contact or item too long",                \
		"40 Chinese characters")                                                         \
	X(BOOKINGS_ASKED, 200, "bookings", "too many bookings of one organisation",              \
		"nobody can hold all slots of a facility")                                       \
	X(CALENDAR_SPANS, 1000, "bookings", "(none: a calendar tells the next ones)",            \
		"a year of three bookings a day; 30 kB to the other node")                       \
	X(REQUEST_TEXT_BYTES, 4096, "bytes", "message of a request too long",                    \
		"two pages of reasons")                                                          \
	X(REQUEST_DOCUMENTS, 64, "files", "too many files handed in with a request",             \
		"twelve documents, each handed in anew some times")                              \
	X(REQUEST_REPORTS, 16, "reports", "too many reports in one request",                     \
		"a configuration has one a scheme, some of them amended")                        \
	X(REQUEST_EVENTS, 1000, "entries", "too many messages in a request",                     \
		"a request that is argued about for a year has under 200")                       \
	X(REQUEST_DRAFTS, 20, "drafts", "too many drafts of requests",                           \
		"a company writes some at a time; the oldest can be dropped")                    \
	X(CLOCKS, 64, "clocks", "too many clocks", "the law names under twenty for us")          \
	X(SLICE_LEAVES, 1048576, "leaves", "too many blocks to commit to",                       \
		"three hours of 96 channels in blocks of a second")                              \
	X(SLICE_BYTES, 16777216, "bytes", "slice too large",                                     \
		"ten channels at 100 Hz for five minutes are 10 MB")                             \
	X(EVIDENCE_MB, 65536, "MB", "evidence file too large",                                   \
		"three times the largest recording of a test day")                               \
	X(EVIDENCE_WANTED, 4096, "files", "too many evidence files to fetch",                    \
		"four reports of 1,000 files")                                                   \
	X(STATUS_LIST_ENTRIES, 131072, "entries", "status list full",                            \
		"the W3C minimum for herd privacy; a node opens a new list when one is full")    \
	X(STATUS_LIST_EXPANDED, 16777216, "bytes", "status list expands too far",                \
		"stops gzip bombs")                                                              \
	X(LISTING_FIELDS, 64, "fields", "too many fields in a kind of listing",                  \
		"the largest of ours has 16")                                                    \
	X(LISTING_CHOICES, 64, "choices", "too many choices in a field of a listing",            \
		"more than fit on a page are a text")                                            \
	X(LISTING_VALUES, 32, "values", "too many values in a field of a listing",               \
		"whoever names more industries means all")                                       \
	X(LISTING_LIFE_DAYS, 1826, "days", "listing's life too long",                            \
		"five years, for a member's profile; an offer has one")                          \
	X(LISTING_BYTES, 131072, "bytes", "listing too long",                                    \
		"title, text and fields in two languages")                                       \
	X(LISTING_TRANSLATIONS, 8, "languages", "listing in too many languages",                 \
		"English and those of a few neighbours")                                         \
	X(LISTING_FEES, 16, "rows", "too many rows in a fee table",                              \
		"a test track's price list has ten; four fields of a form each")                 \
	X(LISTING_FILES, 8, "files", "too many files attached to a listing",                     \
		"a data sheet, a certificate and some pictures")                                 \
	X(LISTING_FILE_MB, 20, "MB", "file attached to a listing too large",                     \
		"a catalogue of a hundred pages with pictures")                                  \
	X(LISTING_COPIES, 1000, "files", "(none: the oldest copy makes room)",                   \
		"files of the other city's listings that were asked for here")                   \
	X(LISTING_COPIES_MB, 4096, "MB", "(none: the oldest copy makes room)",                   \
		"a thousand files of 4 MB")                                                      \
	X(LISTINGS_OF_KIND, 500, "listings", "an organisation has too many listings of a kind",  \
		"a lab's whole catalogue has some 200")                                          \
	X(MATCH_WORDS, 4096, "words", "(none: later words of a listing do not count)",           \
		"a full text of 12,000 bytes has some 4,000 pairs of characters")                \
	X(SEARCH_WORDS, 24, "words", "(none: later words of a query do not count)",              \
		"a sentence of thirty characters")                                               \
	X(SEARCH_SYNONYMS, 8, "words", "(none: further synonyms of a query do not count)",       \
		"two words of a query with four others each")                                    \
	X(SYNONYMS, 500, "words", "too many synonyms in the rules",                              \
		"looking for each in a query takes 10 us")                                       \
	X(SEARCH_RANKED, 1500, "rows", "(none: words in more rows are listed newest first)",     \
		"ranking that many takes some 20 ms")                                            \
	X(SEARCH_WINDOW, 50000, "rows", "(none: the next page looks further back)",              \
		"looking through that many for words takes some 20 ms")                          \
	X(MATCH_PROBED, 32, "words", "(none: later words find no candidates)",                   \
		"title and the beginning of the text; the score takes all words")                \
	X(MATCH_CANDIDATES, 2000, "rows", "(none: words in more rows find no candidates)",       \
		"ranking that many takes some 10 ms")                                            \
	X(MATCH_PAIRS, 120, "listings", "(none: only the nearest are compared)",                 \
		"comparing takes 0.3 ms each, and nobody reads more")                            \
	X(POLICIES_COMPARED, 500, "policies", "(none: the newest are compared)",                 \
		"both cities together have under 200 in force")                                  \
	X(SAVED_SEARCHES, 50, "searches", "too many saved searches",                             \
		"each may give a notice a day")                                                  \
	X(SAVED_SEARCH_BYTES, 600, "bytes", "saved search too long",                             \
		"the words of a query and its filters")                                          \
	X(LISTING_TITLE_BYTES, 300, "bytes", "title of a listing too long",                      \
		"a hundred Chinese characters")                                                  \
	X(LISTING_TEXT_BYTES, 12000, "bytes", "text of a listing too long",                      \
		"four thousand Chinese characters")                                              \
	X(ALLIANCE_REASON_BYTES, 600, "bytes", "reason too long",                                \
		"200 Chinese characters")                                                        \
	X(ALLIANCE_MEMBERS, 400, "members", "the alliance is full",                              \
		"a motion names each, in at most 400 bytes: 160 kB")                             \
	X(ALLIANCE_NODES, 16, "nodes", "votes of more nodes than that are refused",              \
		"as many as a node has peers")                                                   \
	X(ALLIANCE_CHARTERS, 16, "versions", "more charters than that among the rules",          \
		"one a year")                                                                    \
	X(ALLIANCE_VOTE_MINUTES, 129600, "minutes", "rules refused: a vote is open too long",    \
		"three months")                                                                  \
	X(ALLIANCE_MOTIONS_OPEN, 3, "motions", "your organisation has enough open votes",        \
		"more are not read by anybody")                                                  \
	X(ALLIANCE_POINTS, 50, "points", "minutes have too many points",                         \
		"a long day")                                                                    \
	X(ALLIANCE_GROUPS, 5, "groups", "your organisation has founded enough groups",           \
		"who founds more chairs none")                                                   \
	X(ALLIANCE_DRAFTS, 10, "drafts", "too many minutes are not published yet",               \
		"a quarter of a busy group")                                                     \
	X(DEAL_TEXT_BYTES, 6000, "bytes", "text of an interest too long",                        \
		"two thousand Chinese characters an answer")                                     \
	X(DEAL_AMOUNT, 100000000, "10,000 CNY", "member \"amount\" is no amount of a deal",      \
		"a million million; sums of all deals stay whole numbers")                       \
	X(DEAL_EVENTS, 500, "entries", "too many entries in a contact log",                      \
		"two a week for five years")                                                     \
	X(DEALS_PER_DAY, 50, "interests", "your organisation has asked enough today",            \
		"who writes to more each day does not read the answers")                         \
	X(DEAL_CONTACTS, 2000, "contacts", "(none: the export ends)",                            \
		"a person in forty talks a week for a year")                                     \
	X(DEAL_MESSAGE_BYTES, 65536, "bytes", "message of another node too long",                \
		"three answers and the names around them, escaped")                              \
	X(MAPPING_SIGNALS, 256, "signals", "too many signals in a mapping",                      \
		"our largest scenario has under 30")                                             \
	X(TEXT_LINE_BYTES, 1048576, "bytes", "a line of the text file is too long",              \
		"a row of 4,096 columns has under 100 kB")                                       \
	X(TEXT_COLUMNS, 4096, "columns", "too many columns in the text file",                    \
		"a simulator's log of 100 vehicles has 2,700")                                   \
	X(CHANNEL_LABELS, 4096, "texts", "(none: later texts of the channel become missing)",    \
		"a channel of states has under 100; one of free text is no evidence")            \
	X(OSI_OBJECTS, 1024, "objects", "(none: later objects are left out, with a note)",       \
		"a scene has under 200 vehicles")                                                \
	X(OSI_MESSAGE_BYTES, 67108864, "bytes", "message of the trace too large",                \
		"a scene with its whole road network is 10 MB")                                  \
	X(MCAP_CHANNELS, 256, "channels", "too many channels in the trace",                      \
		"a recording of a test car has under 100 topics")                                \
	X(MCAP_CHUNK_BYTES, 67108864, "bytes", "chunk of the trace too large",                   \
		"writers take 768 kB to 4 MB")                                                   \
	X(MCAP_EXPANSION, 1024, "times", "trace expands too far",                                \
		"stops bombs; the best trace of ours shrinks to a thirtieth")                    \
	X(DBC_BYTES, 33554432, "bytes", "DBC file too large", "the largest of a vehicle is 5 MB") \
	X(DBC_MESSAGES, 16384, "messages", "too many messages in the DBC file",                  \
		"a vehicle has under 2,000")                                                     \
	X(DBC_SIGNALS, 131072, "signals", "too many signals in the DBC file",                    \
		"a vehicle has under 20,000")                                                    \
	X(DBC_CHOICES, 1024, "values", "a multiplexor of the DBC file has too many values",      \
		"eight bits choose 256")                                                         \
	X(SIGNATURE_SKEW_S, 300, "seconds", "signed request is stale or from the future",        \
		"RFC 9421 profile of this project")                                              \
	X(NONCES, 65536, "requests", "too many signed requests within ten minutes",              \
		"100 a second from peers, at 16 bytes each twice over")                          \
	X(FUTURE_SKEW_S, 300, "seconds", "statement from the future",                            \
		"clocks of two cities differ by less")                                           \
	X(WRITER_QUEUE, 4096, "commands", "node is busy", "push-back, as Tessera does")          \
	X(WRITER_BATCH, 1024, "commands", "(none: the rest goes into the next batch)",           \
		"keeps one commit under some 50 ms")                                             \
	X(CONNECTIONS, 4096, "connections", "connection refused", "memory per connection")       \
	X(DIRECTORY_BYTES, 100663296, "bytes", "too many DID documents and accreditations",      \
		"some 40,000 organisations, half of the 200 MB a node may take")                 \
	X(DISK_FREE_BYTES, 67108864, "bytes", "node refuses new statements: disk nearly full",   \
		"room to finish a batch, its tiles and a checkpoint")                            \
	X(PAGE_ROWS, 100, "rows", "(none: lists are paged)", "a page stays under 60 kB")         \
	X(SEARCH_LOOK, 1000, "matches", "(none: the list goes on from there)",                   \
		"of a search with a filter; a page of a thousand looked at takes 5 ms")          \
	X(EXPORT_ROWS, 100000, "rows", "(said in the last line of the file)",                    \
		"half a minute of reading; more is asked for in parts")                          \
	X(PEERS, 16, "peers", "too many peers", "each has a thread")                             \
	X(TEMPLATE_DEPTH, 32, "levels", "page template nested too deeply",                       \
		"the renderer uses a fixed stack; our deepest page has 9 levels")                \
	X(TEMPLATE_STEPS, 1000000, "steps", "page too long to draw",                             \
		"a list of 100 rows takes some 20,000")                                          \
	X(PAGE_BYTES, 2097152, "bytes", "page too large",                                        \
		"a statement of the largest size, escaped")                                      \
	X(REQUEST_ARENA_BYTES, 33554432, "bytes", "request needs too much memory",               \
		"a bundle of 1 MB as a JSON tree, twice")                                        \
	X(QUERY_FIELDS, 128, "fields", "too many fields in the address or form",                 \
		"an accreditation ticks the items of every scheme: some 60")                     \
	X(MULTIPART_PARTS, 8, "parts", "too many parts in the form", "the largest has 5")        \
	X(MULTIPART_BYTES, 1056768, "bytes", "form too large", "a bundle and 8 kB around it")    \
	X(TABLE_ROWS, 1000, "rows", "table has too many rows",                                   \
		"a year's reports of a lab; a row is the result of an item")                     \
	X(TABLE_COLUMNS, 64, "columns", "table has too many columns",                            \
		"a draft has 45 fields")                                                         \
	X(TABLE_CELL_BYTES, 16384, "bytes", "a cell of the table is too long",                   \
		"200 measured values, a line each")                                              \
	X(TABLE_EXPANDED_BYTES, 16777216, "bytes", "workbook expands too far",                   \
		"1,000 rows of all fields are 5 MB; stops zip bombs")                            \
	X(DRAFT_REASON_BYTES, 2000, "bytes", "reason too long",                                  \
		"six hundred Chinese characters")                                                \
	X(EVALUATIONS_WAITING, 16, "evaluations", "node is busy: too many of the lab's wait",    \
		"each may take minutes")                                                         \
	X(HEADER_S, 5, "seconds", "connection closed: header too slow",                          \
		"a header is one packet; stops clients that drip")                               \
	X(BODY_BYTES_PER_S, 1024, "bytes/s", "connection closed: body too slow",                 \
		"the slowest mobile link still does ten times that")                             \
	X(ANSWER_S, 60, "seconds", "connection closed: answer read too slowly",                  \
		"the largest answer is 2 MB")                                                    \
	X(IDLE_S, 30, "seconds", "connection closed: nothing asked", "keep-alive of a browser")  \
	X(CONNECTIONS_PER_ADDRESS, 2048, "connections", "connection refused",                    \
		"half of all; a proxy has one address")                                          \
	X(WORKER_QUEUE, 64, "requests", "node is busy", "rare writes; each waits for a commit")  \
	X(CRITERIA_BYTES, 131072, "bytes", "criteria file too large",                            \
		"the largest of ours is under 10 kB")                                            \
	X(CRITERIA_NODES, 4096, "operations", "criteria file has too many operations",           \
		"each holds a column of the run; a scenario of 20 criteria has some 200")        \
	X(CRITERIA_NAMES, 512, "names", "criteria file declares too many names",                 \
		"a scenario names some 60")                                                      \
	X(CRITERIA_DEPTH, 64, "levels", "formula nested too deeply",                             \
		"compiler and evaluator use a fixed stack; people write under 12")               \
	X(CRITERIA_SAMPLES, 16777216, "times", "too many sample times in a run",                 \
		"four hours at 1 kHz; a column of it takes 128 MB")                              \
	X(MDF_CHANNELS, 131072, "channels", "measurement file has too many channels",            \
		"a bus with every signal decoded has some 10,000")                               \
	X(MDF_GROUPS, 65536, "groups", "measurement file has too many groups",                   \
		"a group a CAN message or a channel; see MDF_CHANNELS")                          \
	X(MDF_DEPTH, 8, "levels", "channels of a measurement file nested too deeply",            \
		"a frame and its parts have two")                                                \
	X(MDF_FORMULA_DEPTH, 16, "levels", "channel with a deeply nested formula is not read",   \
		"the parser recurses; usual formulas have two")                                  \
	X(MDF_TEXT_BYTES, 4096, "bytes", "(none: longer texts are cut, longer values missing)",  \
		"names, units and states are shorter than a line")                               \
	X(MDF_BLOCK_BYTES, 33554432, "bytes", "compressed block of a measurement file too large", \
		"writers use 4 MB; two such buffers stay under the 200 MB a reader may take")    \
	X(MDF_LABELS, 65536, "texts", "(none: values with further texts are missing)",           \
		"a text channel of states has some ten")                                         \
	X(EVIDENCE_NOTES, 4096, "notes", "(none: further ones are only counted)",                \
		"a note a channel that cannot be read; more help nobody")                        \
	X(MDF_STREAM_BYTES, 1048576, "bytes", "(none: texts further away are missing)",          \
		"how far a record of an unsorted file may stand from its text")                  \
	X(PASSWORD_PASSES, 3, "passes", "(none: sign-in takes as long)",                         \
		"Argon2id over 32 MB: some 60 ms here, far over the 19 MB that OWASP asks for")  \
	X(PASSWORD_MEMORY_BYTES, 33554432, "bytes", "(none: sign-in takes as much)",             \
		"one password is hashed at a time")                                              \
	X(PASSWORD_CHARACTERS, 12, "characters", "password too short",                           \
		"GB/T 22239 asks for strength, NIST for length; nothing else is asked")          \
	X(PASSWORD_BYTES, 256, "bytes", "password too long",                                     \
		"a sentence of eighty Chinese characters")                                       \
	X(SESSION_S, 43200, "seconds", "signed out: the session is too old",                     \
		"a working day")                                                                 \
	X(SESSION_IDLE_S, 1800, "seconds", "signed out: nothing was asked",                      \
		"GB/T 22239 asks for a time-out; a phone call is shorter")                       \
	X(SESSION_HALF_S, 600, "seconds", "sign-in begins anew: second factor took too long",    \
		"time to install an authenticator")                                              \
	X(SESSION_CONFIRMED_S, 600, "seconds", "password is asked again before a dangerous act", \
		"a stolen session gives away neither factors nor roles")                         \
	X(SESSIONS_PER_ACCOUNT, 16, "sessions", "(none: the oldest is ended)",                   \
		"a person has fewer devices")                                                    \
	X(SESSION_TOUCHES, 1024, "sessions", "(none: a later request notes it)",                 \
		"noted every two seconds, a session once a minute")                              \
	X(ATTEMPTS_FREE, 5, "attempts", "(none: later ones must wait)",                          \
		"typing errors; from one address on one account")                                \
	X(ATTEMPTS_ADDRESS_FREE, 30, "attempts", "(none: later ones must wait)",                 \
		"an office behind one address mistypes less in an hour")                         \
	X(ATTEMPT_DELAY_S, 900, "seconds", "wait before the next attempt",                       \
		"doubles up to this; nobody is locked out for good by a stranger")               \
	X(ATTEMPT_MEMORY_S, 3600, "seconds", "(none: older failures are forgotten)",             \
		"four times the longest delay")                                                  \
	X(REGISTRATIONS_PER_ADDRESS, 5, "registrations", "wait before registering another",      \
		"an hour, from one address")                                                     \
	X(INVITATION_S, 604800, "seconds", "invitation is too old",                              \
		"a week of holidays")                                                            \
	X(RECOVERY_CODES, 10, "codes", "(none: new ones can be made)",                           \
		"what people are used to; one is used up when a phone is lost")                  \
	X(ORGANISATIONS_WAITING, 1000, "organisations", "registration is closed for now",        \
		"an officer reads them one by one")                                              \
	X(AUDIT_KEEP_DAYS, 1100, "days", "(none: older lines are taken off the beginning)",      \
		"the law asks for six months; three years cover an assessment of each year")     \
	X(AUDIT_QUEUE, 1024, "lines", "(none: the rest is counted in one line)",                 \
		"denied accesses of two seconds; a flood must not fill the disk")                \
	X(EVENT_BYTES, 1024, "bytes", "(none: such an event is not sent)",                       \
		"a receipt takes 150; the page has the rest")                                    \
	X(EVENTS_KEPT, 256, "events", "(none: who was away longer reads the page again)",        \
		"a busy minute; 280 kB in memory")                                               \
	X(EVENTS_LISTENERS, 1024, "listeners", "page shows nothing live: the node is busy",      \
		"a quarter of all connections; each holds 40 kB")                                \
	X(EVENTS_BEAT_S, 15, "seconds", "(none: a heartbeat is sent)",                           \
		"half of what proxies close after")                                              \
	X(EVENTS_SESSION_S, 60, "seconds", "(none: the browser asks again)",                     \
		"so long a session that was ended may still see its own events")                 \
	X(CBOR_DEPTH, 8, "levels", "passkey's answer nested too deeply",                         \
		"an attestation has three")                                                      \
	X(PASSKEYS, 10, "passkeys", "too many passkeys on one account",                          \
		"a person has fewer devices")                                                    \
	X(PASSKEY_CHALLENGE_S, 300, "seconds", "passkey is asked again: it took too long",       \
		"what the standard advises")                                                     \
	X(PASSKEY_CLIENT_BYTES, 2048, "bytes", "passkey refused: client data too large",         \
		"type, challenge and origin take 200")                                           \
	X(PASSKEY_ID_BYTES, 1023, "bytes", "passkey refused: its id is too long",                \
		"the standard's own bound")                                                      \
	X(PASSKEY_DATA_BYTES, 4096, "bytes", "passkey refused: authenticator data too large",    \
		"an id of 1 kB, a key of 500 bytes and extensions")                              \
	X(PASSKEY_ATTESTATION_BYTES, 16384, "bytes", "passkey refused: attestation too large",   \
		"authenticator data and a chain of certificates")                                \
	X(AUDIT_EXPORT_LINES, 20000, "lines", "(none: the answer names the next part)",          \
		"6 MB of text")                                                                  \
	X(BACKUP_LIST_BYTES, 134217728, "bytes", "too many files in a backup",                   \
		"800,000 files at 150 bytes each")                                               \
	X(BACKUPS, 512, "backups", "(none: later ones are not listed)",                          \
		"one a day for a year and a half")                                               \
	X(TRUST_REASON_BYTES, 400, "bytes", "reason too long",                                   \
		"130 Chinese characters, a line of the audit trail")                             \
	X(RATE_PER_S, 30, "pages/s", "429 too many pages from one address",                      \
		"an office behind one address, a page each every two seconds, is 60 people")     \
	X(RATE_BURST, 1000, "pages", "429 too many pages from one address",                      \
		"a class that opens its browsers at once")                                       \
	X(RATE_ACCOUNT_PER_S, 50, "pages/s", "429 too many pages of one account",                \
		"a person with a script of their own")                                           \
	X(RATE_ACCOUNT_BURST, 2000, "pages", "429 too many pages of one account",                \
		"a bulk import looked through")                                                  \
	X(RATE_SEARCH_COST, 5, "pages", "(none: a search counts as so many)",                    \
		"it reads an index, a page a few rows; a paper or list file counts as it")       \
	X(RATE_ROWS, 8192, "clients", "(none: the one longest silent is forgotten)",             \
		"256 kB; who asks often stays known")                                            \
	X(REHEARSED_DAYS, 90, "days", "the page warns: not rehearsed lately",                    \
		"a quarter; rules, disks and programs change")                                   \
	X(PEER_JUDGED_S, 90, "seconds", "trust cannot be restored: look at the peer's log again", \
		"a follower looks every few seconds; what it saw before may not hold any more")  \
	X(NOTICES_PER_ACCOUNT, 1000, "notices", "(none: the oldest are taken off)",              \
		"ten pages; whoever has more unread will not read them")                         \
	X(NOTICE_KEEP_DAYS, 400, "days", "(none: older notices are taken off)",                  \
		"what it was about is in the statements and the audit trail")                    \
	X(MAIL_ADDRESS_BYTES, 254, "bytes", "mail address too long", "RFC 5321")                 \
	X(MAIL_CODE_S, 3600, "seconds", "code of the mail is too old",                           \
		"mail may take half an hour")                                                    \
	X(MAIL_CODE_TRIES, 5, "attempts", "ask for a new code",                                  \
		"typing errors; one in 20 million to guess eight digits")                        \
	X(MAIL_CODES_PER_DAY, 5, "codes", "no more codes today",                                 \
		"an account must not flood a stranger's letterbox")                              \
	X(MAIL_GIVE_UP_S, 259200, "seconds", "(none: an audit line tells)",                      \
		"a long weekend without a mail server")                                          \
	X(MAIL_PAUSE_S, 21600, "seconds", "(none: later attempts are as far apart)",             \
		"doubles up to this, so that a day has four attempts")                           \
	X(ACTS_WAITING, 200, "acts", "too many acts wait to be confirmed",                       \
		"an approver reads them one by one")                                             \
	X(ACT_DAYS, 30, "days", "act has lapsed: prepare it again",                              \
		"what was true when it was prepared may not be any more")                        \
	X(ORGANISATION_KEYS, 4, "keys", "too many public keys at a time",                        \
		"two algorithms, and the next key of each")                                      \
	X(UPLOAD_MB, 50000, "MB", "file too large to upload",                                    \
		"twice the largest recording of a test day")                                     \
	X(UPLOADS_OPEN, 256, "uploads", "node is busy",                                          \
		"each holds a file descriptor and the state of its digest")                      \
	X(UPLOADS_PER_ORGANISATION, 64, "uploads", "too many uploads under way",                 \
		"a test day has under 40 files; those given up go when they expire")             \
	X(UPLOAD_KEEP_S, 604800, "seconds", "upload has expired: begin anew",                    \
		"a week of holidays; node.json may say less")                                    \
	X(UPLOAD_METADATA_BYTES, 4096, "bytes", "metadata of the upload too large",              \
		"a name of 255 bytes in base64, and the type")                                   \
	X(UPLOAD_METADATA_KEYS, 16, "keys", "metadata of the upload has too many keys",          \
		"clients send four: name and type, under two names each")                        \
	X(UPLOAD_SYNC_MB, 64, "MB", "(none: what came later may have to be sent again)",         \
		"lost in a power cut at most; a second of a fast link")                          \
	X(FILES_QUOTA_MB, 200000, "MB", "the organisation has no room left",                     \
		"a month of test days; node.json may say otherwise")                             \
	X(FILES_QUOTAS, 256, "organisations", "too many quotas in node.json",                    \
		"exceptions; the rest has the usual one")                                        \
	X(SCAN_WORDS, 16, "words", "command of the virus scan too long",                         \
		"a scanner and its options")                                                     \
	X(SCAN_S, 1800, "seconds", "(none: the file counts as not scanned)",                     \
		"50 GB at 30 MB/s; node.json may say otherwise")                                 \
	X(FORM_FILE_PART_BYTES, 4096, "bytes", "form refused: a field is too long",              \
		"the token and a part's header")                                                 \
	X(PAPER_SHEET_BYTES, 8388608, "bytes", "413 paper too large to print",                   \
		"twelve pictures of signals and the largest statement")                          \
	X(PAPER_PAGES, 200, "pages", "413 paper has too many pages",                             \
		"a report of a thousand items has sixty")                                        \
	X(PAPER_ROWS, 5000, "rows", "413 table of a paper has too many rows",                    \
		"of one table; 200 pages hold no more")                                          \
	X(PAPER_OUTPUT_MB, 16, "MB", "413 paper too large",                                      \
		"200 pages take 3 MB")                                                           \
	X(PAPER_MEMORY_MB, 256, "MB", "paper not printed: its process was ended",                \
		"six times what a usual paper takes")                                            \
	X(PAPER_CPU_S, 5, "seconds", "paper not printed: its process was ended",                 \
		"200 pages take one")                                                            \
	X(PAPER_WALL_MS, 10000, "ms", "paper not printed: its process was ended",                \
		"for a busy machine")

enum {
#define X(name, value, unit, seen, why) LIMIT_##name = (value),
	LIMITS_TABLE(X)
#undef X
};

struct limit {
	const char *name;   /* lower case: "json_depth" */
	uint64_t value;
	const char *unit;
	const char *seen;
	const char *why;
};
extern const struct limit limits_table[];
extern const size_t limits_count;

struct buf;

/* The text of doc/limits.md. */
void limits_markdown(struct buf *b);

#endif
