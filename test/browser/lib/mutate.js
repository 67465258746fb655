// Every way of changing one place of a JSON text: what a verifier must see, whatever it is that was changed.

// Paths of all values: ['parts', 0, 'index'].
export function paths(value, at = []) {
  if (value === null || typeof value !== 'object') return [at];
  const name = (word) => (Array.isArray(value) ? +word : word);
  const inner = Object.entries(value).flatMap(([word, one]) => paths(one, [...at, name(word)]));
  return at.length === 0 ? inner : [at, ...inner];
}
export const valueAt = (value, path) => path.reduce((inner, name) => inner[name], value);

// A copy with the value at `path` replaced; `undefined` takes it out.
export function replaced(value, path, by) {
  const copy = structuredClone(value);
  const holder = valueAt(copy, path.slice(0, -1));
  const name = path.at(-1);
  if (by !== undefined) holder[name] = by;
  else if (Array.isArray(holder)) holder.splice(name, 1);
  else delete holder[name];
  return copy;
}

// One letter in the middle becomes another of its alphabet, so that lengths and forms stay.
export function nudged(text) {
  const at = Math.floor(text.length / 2);
  const letter = text[at];
  const other = letter === 'a' ? 'b' : /[0-9]/.test(letter) ? String((+letter + 1) % 10) : 'a';
  return text.slice(0, at) + other + text.slice(at + 1);
}

// The changes worth trying at one place.
export function changesOf(value) {
  if (typeof value === 'string') return [nudged(value), `${value}x`, '', 7];
  if (typeof value === 'number') return [value + 1, value - 1, 0.5, String(value)];
  if (Array.isArray(value)) return value.length > 1 ? [[...value].reverse(), value.slice(1)] : [[]];
  return [{}, null];
}
