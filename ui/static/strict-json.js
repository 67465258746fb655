/* strict-json.js - strict I-JSON (RFC 7493) and its canonical form (RFC 8785), as doc/formats/statements.md asks.
 *
 * JSON.parse keeps the last of two members of one name and takes lone surrogates, so it cannot tell that a text says
 * two things at once. Objects are Maps here: no member name can reach a prototype. */

const DEPTH_MAX = 32;
const INTEGER_MAX = 2 ** 53;
const PLAIN_MAX = 1e21; /* from here on the canonical form has an exponent */
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPES = { "\"": "\"", "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/* A finding about what was handed in. `why` names a text of the catalogues, `values` fill its places. */
export class Finding extends Error {
  constructor(why, values = {}) {
    super(`${why} ${JSON.stringify(values)}`);
    this.why = why;
    this.values = values;
  }
}

const utf8 = new TextEncoder();
export const bytesOf = (text) => utf8.encode(text);
/* Strict UTF-8; a byte order mark stays, and is then refused like any other letter. */
export function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Finding("utf8");
  }
}

const isNoncharacter = (c) => (c & 0xfffe) === 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.depth = 0;
    this.places = new WeakMap(); /* object -> where it stands in the text */
  }

  fail(what) {
    const before = this.text.slice(0, this.at).split("\n");
    throw new Finding("json", { what, line: before.length, column: [...before.at(-1)].length + 1 });
  }

  space() {
    while (" \n\t\r".includes(this.text[this.at] ?? "x"))
      this.at++;
  }

  take(letter) {
    this.space();
    if (this.text[this.at] !== letter)
      return false;
    this.at++;
    return true;
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found)
      this.at = pattern.lastIndex;
    return found;
  }

  hex() {
    const digits = this.text.slice(this.at, this.at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits))
      this.fail("\\u");
    this.at += 4;
    return parseInt(digits, 16);
  }

  escape() {
    const letter = this.text[this.at++];
    if (letter !== "u")
      return Object.hasOwn(ESCAPES, letter ?? "") ? ESCAPES[letter] : this.fail("\\");
    let c = this.hex();
    if (c >= 0xd800 && c < 0xdc00) {
      if (this.text.slice(this.at, this.at + 2) !== "\\u")
        this.fail("surrogate");
      this.at += 2;
      const low = this.hex();
      if (low < 0xdc00 || low > 0xdfff)
        this.fail("surrogate");
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    } else if (c >= 0xdc00 && c < 0xe000) {
      this.fail("surrogate");
    }
    if (c === 0 || isNoncharacter(c))
      this.fail("U+" + c.toString(16).toUpperCase().padStart(4, "0"));
    return String.fromCodePoint(c);
  }

  string() {
    if (!this.take("\""))
      this.fail("\"");
    let value = "";
    for (;;) {
      value += this.match(PLAIN)[0];
      const letter = this.text[this.at++];
      if (letter === "\"")
        break;
      if (letter !== "\\")
        this.fail("string");
      value += this.escape();
    }
    for (const letter of value.match(/[\ufdd0-\ufdef\ufffe\uffff]|[\ud800-\udbff][\udc00-\udfff]/g) ?? [])
      if (isNoncharacter(letter.codePointAt(0)))
        this.fail("U+" + letter.codePointAt(0).toString(16).toUpperCase());
    return value;
  }

  number() {
    const found = this.match(NUMBER);
    if (!found || /[0-9]/.test(this.text[this.at] ?? ""))
      this.fail("value");
    const value = Number(found[0]);
    const size = Math.abs(value);
    const isInteger = found[1] === undefined && found[2] === undefined;
    /* As a double 2^53 + 1 would look like 2^53. */
    if (size === Infinity || (size > INTEGER_MAX && (size < PLAIN_MAX || isInteger)) ||
      (isInteger && size === INTEGER_MAX && BigInt(found[0].replace("-", "")) > BigInt(INTEGER_MAX)))
      this.fail("number");
    return value;
  }

  word(text, value) {
    if (!this.text.startsWith(text, this.at))
      this.fail("value");
    this.at += text.length;
    return value;
  }

  object() {
    const from = this.at - 1;
    const value = new Map();
    if (!this.take("}")) {
      do {
        this.space();
        const name = this.string();
        if (value.has(name))
          throw new Finding("twice", { name });
        if (!this.take(":"))
          this.fail(":");
        value.set(name, this.value());
      } while (this.take(","));
      if (!this.take("}"))
        this.fail("}");
    }
    this.places.set(value, [from, this.at]);
    return value;
  }

  array() {
    const value = [];
    if (this.take("]"))
      return value;
    do
      value.push(this.value());
    while (this.take(","));
    if (!this.take("]"))
      this.fail("]");
    return value;
  }

  container(letter) {
    if (this.depth === DEPTH_MAX)
      this.fail("depth");
    this.depth++;
    this.at++;
    const value = letter === "{" ? this.object() : this.array();
    this.depth--;
    return value;
  }

  value() {
    this.space();
    const letter = this.text[this.at];
    switch (letter) {
    case "{":
    case "[": return this.container(letter);
    case "\"": return this.string();
    case "t": return this.word("true", true);
    case "f": return this.word("false", false);
    case "n": return this.word("null", null);
    default: return this.number();
    }
  }
}

/* The value of a JSON text, and `size`: the bytes that an object of it takes in the text. Throws a Finding. */
export function parse(bytes) {
  const reader = new Reader(textOf(bytes));
  const value = reader.value();
  reader.space();
  if (reader.at < reader.text.length)
    reader.fail("end");
  return { value, size: (object) => bytesOf(reader.text.slice(...reader.places.get(object))).length };
}

/* RFC 8785: members by their UTF-16 code units, numbers and strings as ECMAScript writes them. */
export function canonical(value) {
  if (Array.isArray(value))
    return `[${value.map(canonical).join(",")}]`;
  if (!(value instanceof Map))
    return JSON.stringify(value);
  const names = [...value.keys()].sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value.get(name))}`).join(",")}}`;
}

/* ---- looking into a value; all take any value and answer undefined where nothing is ---- */

export const isObject = (value) => value instanceof Map;
export const get = (value, ...names) =>
  names.reduce((inner, name) => (isObject(inner) ? inner.get(name) : undefined), value);
export const getText = (value, ...names) => {
  const found = get(value, ...names);
  return typeof found === "string" ? found : undefined;
};
export const hasType = (value, type) => value === type || (Array.isArray(value) && value.includes(type));
export const without = (object, name) => new Map([...object].filter(([key]) => key !== name));

const TYPES = { string: (v) => typeof v === "string", object: isObject, array: Array.isArray,
  whole: (v) => Number.isInteger(v) && v >= 0 && v <= INTEGER_MAX };
/* A member that must be there. */
export function need(object, name, type) {
  const value = get(object, name);
  if (value === undefined || !TYPES[type](value))
    throw new Finding("member", { name });
  return value;
}
