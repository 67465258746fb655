/* policy.c - the policy file, a line at a time, and the quorum. */
#include "tlog/policy.h"

#include "base/limits.h"

struct policy_reader {
	struct arena *arena;
	struct policy *policy;
	bool has_quorum;
	struct err *e;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes the next word of a line; empty at its end. */
static struct str cut_word(struct str *line)
{
	struct str word;

	while (line->len > 0 && is_blank(line->at[0]))
		*line = str_skip(*line, 1);
	word = (struct str){ line->at, 0 };
	while (line->len > 0 && !is_blank(line->at[0])) {
		*line = str_skip(*line, 1);
		word.len++;
	}
	return word;
}

static enum err_code check_characters(struct str line, struct err *e)
{
	for (size_t i = 0; i < line.len; i++) {
		uint8_t c = (uint8_t)line.at[i];
		if ((c < ' ' && c != '\t') || c == 0x7f)
			return err_set(e, ERR_INVALID,
				"trust policy holds control character 0x%02x", (unsigned)c);
	}
	return ERR_OK;
}

/* Index of a witness or group, or member_count. */
static uint32_t find_member(const struct policy *p, struct str name)
{
	uint32_t i = 0;

	while (i < p->member_count && !str_eq(p->members[i].name, name))
		i++;
	return i;
}

static enum err_code need_end(struct policy_reader *r, struct str line)
{
	struct str word = cut_word(&line);

	if (word.len > 0)
		return err_set(r->e, ERR_INVALID, "line goes on with \"%s\"",
			str_quote(r->arena, word));
	return ERR_OK;
}

static enum err_code read_vkey(struct policy_reader *r, struct str *line, struct note_key *ret)
{
	struct str word = cut_word(line);
	enum err_code code = note_vkey_parse(r->arena, word, ret, r->e);

	if (code != ERR_OK)
		(void)err_in(r->e, "verifier key \"%s\"", str_quote(r->arena, word)); /* words */
	return code;
}

static enum err_code read_log(struct policy_reader *r, struct str line)
{
	struct policy *p = r->policy;
	struct policy_log new_log;

	if (p->log_count == LIMIT_POLICY_ENTRIES)
		return err_set(r->e, ERR_TOO_LARGE, "trust policy has over %d logs",
			LIMIT_POLICY_ENTRIES);
	TRY(read_vkey(r, &line, &new_log.key));
	if (new_log.key.sig_type == NOTE_COSIGNATURE)
		return err_set(r->e, ERR_INVALID, "key of log is the key of a witness");
	for (uint32_t i = 0; i < p->log_count; i++) {
		if (key_public_eq(&p->logs[i].key.pub, &new_log.key.pub))
			return err_set(r->e, ERR_INVALID,
				"public key of log stands on another line");
	}
	new_log.url = cut_word(&line);
	TRY(need_end(r, line));
	p->logs[p->log_count++] = new_log;
	return ERR_OK;
}

/* Takes the name that a witness or group line defines. */
static enum err_code read_new_name(struct policy_reader *r, struct str *line, struct str *ret)
{
	struct str name = cut_word(line);

	if (r->policy->member_count == LIMIT_POLICY_ENTRIES)
		return err_set(r->e, ERR_TOO_LARGE, "trust policy has over %d witnesses and groups",
			LIMIT_POLICY_ENTRIES);
	if (name.len == 0)
		return err_set(r->e, ERR_INVALID, "line has no name");
	if (str_is(name, "none"))
		return err_set(r->e, ERR_INVALID, "name \"none\" cannot be defined");
	if (find_member(r->policy, name) < r->policy->member_count)
		return err_set(r->e, ERR_INVALID, "name \"%s\" is defined twice",
			str_quote(r->arena, name));
	*ret = name;
	return ERR_OK;
}

static enum err_code read_witness(struct policy_reader *r, struct str line)
{
	struct policy *p = r->policy;
	struct policy_member m = { .is_group = false };

	TRY(read_new_name(r, &line, &m.name));
	TRY(read_vkey(r, &line, &m.key));
	if (m.key.sig_type != NOTE_COSIGNATURE)
		return err_set(r->e, ERR_INVALID, "key of witness is not of type 0x04");
	for (uint32_t i = 0; i < p->member_count; i++) {
		if (!p->members[i].is_group && key_public_eq(&p->members[i].key.pub, &m.key.pub))
			return err_set(r->e, ERR_INVALID,
				"public key of witness stands on another line");
	}
	m.url = cut_word(&line);
	TRY(need_end(r, line));
	p->members[p->member_count++] = m;
	return ERR_OK;
}

static enum err_code read_threshold(struct policy_reader *r, struct str word,
	struct policy_member *m)
{
	uint64_t number = 0;

	if (str_is(word, "any"))
		number = 1;
	else if (str_is(word, "all"))
		number = m->member_count;
	else
		TRY(str_parse_u64(word, &number, r->e));
	if (number < 1 || number > m->member_count)
		return err_set(r->e, ERR_INVALID, "group of %u members cannot need \"%s\" of them",
			(unsigned)m->member_count, str_quote(r->arena, word));
	m->threshold = (uint32_t)number;
	return ERR_OK;
}

static enum err_code read_group(struct policy_reader *r, struct str line)
{
	struct policy *p = r->policy;
	struct policy_member m = { .is_group = true };
	struct str threshold, word;

	TRY(read_new_name(r, &line, &m.name));
	threshold = cut_word(&line);
	while ((word = cut_word(&line)).len > 0) {
		uint32_t i = find_member(p, word);
		if (i == p->member_count)
			return err_set(r->e, ERR_INVALID, "name \"%s\" is not defined above",
				str_quote(r->arena, word));
		if (p->members[i].has_parent)
			return err_set(r->e, ERR_INVALID,
				"name \"%s\" is member of a group already",
				str_quote(r->arena, word));
		p->members[i].has_parent = true;
		m.members[m.member_count++] = i; /* fits: no member comes twice */
	}
	TRY(read_threshold(r, threshold, &m));
	p->members[p->member_count++] = m;
	return ERR_OK;
}

static enum err_code read_quorum(struct policy_reader *r, struct str line)
{
	struct policy *p = r->policy;
	struct str name = cut_word(&line);

	if (r->has_quorum)
		return err_set(r->e, ERR_INVALID, "trust policy has two quorum lines");
	p->quorum_none = str_is(name, "none");
	p->quorum = p->quorum_none ? 0 : find_member(p, name);
	if (!p->quorum_none && p->quorum == p->member_count)
		return err_set(r->e, ERR_INVALID, "name \"%s\" is not defined above",
			str_quote(r->arena, name));
	r->has_quorum = true;
	return need_end(r, line);
}

static enum err_code read_line(struct policy_reader *r, struct str line)
{
	static const struct {
		const char *word;
		enum err_code (*read)(struct policy_reader *r, struct str line);
	} kinds[] = {
		{ "log", read_log },
		{ "witness", read_witness },
		{ "group", read_group },
		{ "quorum", read_quorum },
	};
	struct str word;

	TRY(check_characters(line, r->e));
	word = cut_word(&line);
	if (word.len == 0 || word.at[0] == '#')
		return ERR_OK;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (str_is(word, kinds[i].word))
			return kinds[i].read(r, line);
	}
	return err_set(r->e, ERR_INVALID, "line begins with \"%s\"", str_quote(r->arena, word));
}

enum err_code policy_parse(struct arena *a, struct str text, struct policy **ret, struct err *e)
{
	struct policy_reader r = { .arena = a, .policy = ARENA_NEW(a, struct policy), .e = e };
	uint32_t line_number = 0;

	if (!r.policy)
		return err_set(e, ERR_TOO_LARGE, "trust policy does not fit in memory");
	while (text.len > 0) {
		struct str line = str_cut(&text, '\n');
		enum err_code code = read_line(&r, line);
		line_number++;
		if (code != ERR_OK) {
			(void)err_at(e, line_number, 0); /* adds to the message */
			return code;
		}
	}
	if (!r.has_quorum)
		return err_set(e, ERR_INVALID, "trust policy has no quorum line");
	*ret = r.policy;
	return ERR_OK;
}

const struct policy_log *policy_find_log(const struct policy *p, struct str origin)
{
	for (uint32_t i = 0; i < p->log_count; i++) {
		if (str_eq(p->logs[i].key.name, origin))
			return &p->logs[i];
	}
	return NULL;
}

enum err_code policy_open_checkpoint(const struct policy *p, struct arena *a,
	struct str note_bytes, struct note *ret_note, struct checkpoint *ret, struct err *e)
{
	struct note n;
	struct checkpoint c;
	bool found_any = false;

	TRY(note_parse(a, note_bytes, &n, e));
	TRY(checkpoint_parse(n.text, &c, e));
	if (!policy_find_log(p, c.origin))
		return err_set(e, ERR_DENIED, "log \"%s\" is not in the trust policy",
			str_quote(a, c.origin));
	for (uint32_t i = 0; i < p->log_count; i++) {
		bool found = false;
		if (!str_eq(p->logs[i].key.name, c.origin))
			continue;
		TRY(note_verify(&n, &p->logs[i].key, &found, e));
		found_any = found_any || found;
	}
	if (!found_any)
		return err_set(e, ERR_DENIED, "checkpoint carries no signature of log \"%s\"",
			str_quote(a, c.origin));
	*ret_note = n;
	*ret = c;
	return ERR_OK;
}

static bool group_is_met(const struct policy_member *group, const bool *met)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < group->member_count; i++) {
		if (met[group->members[i]])
			count++;
	}
	return count >= group->threshold;
}

enum err_code policy_check(const struct policy *p, const struct note *n, bool *ret_met,
	uint32_t *ret_witnesses, uint64_t *ret_time, struct err *e)
{
	bool met[LIMIT_POLICY_ENTRIES];
	uint32_t witnesses = 0;
	uint64_t latest = 0;

	for (uint32_t i = 0; i < p->member_count; i++) {
		const struct policy_member *m = &p->members[i];
		uint64_t time = 0;
		if (m->is_group) {
			met[i] = group_is_met(m, met); /* I1 */
			continue;
		}
		TRY(cosignature_verify(n, &m->key, &time, e));
		met[i] = time > 0;
		if (met[i])
			witnesses++;
		if (time > latest)
			latest = time;
	}
	*ret_met = p->quorum_none || met[p->quorum];
	*ret_witnesses = witnesses;
	*ret_time = latest;
	return ERR_OK;
}
