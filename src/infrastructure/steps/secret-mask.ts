/** What stands in the place of a secret in whatever is recorded or printed. */
const MASK = '***';

/** The shortest line of a secret of several lines that is masked by itself. */
const MIN_LINE = 4;

/** What JSON may hold as a number. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Takes the values of secrets out of texts: as they are, as they stand in JSON and in URLs, in Base64, and the lines of
 * those that have several.
 */
export class SecretMask {
  readonly #texts: readonly string[];
  /** The secrets that are numbers where they stand in JSON without quotes. */
  readonly #numbers: ReadonlySet<number>;
  /** The length of the longest text that is masked. */
  readonly longest: number;

  constructor(values: readonly string[]) {
    this.#texts = [...new Set(values.flatMap(formsOf))];
    this.#numbers = new Set(
      values
        .map((value) => value.trim())
        .filter((value) => DECIMAL.test(value))
        .map(Number),
    );
    this.longest = Math.max(0, ...this.#texts.map((text) => text.length));
  }

  /** The text without secrets. */
  hide(text: string): string {
    return this.hideFrom(text, 0);
  }

  /** The text from `start` without secrets. One that begins before `start` is hidden as a whole. */
  hideFrom(text: string, start: number): string {
    let result = '';
    let at = start;
    for (const [from, to] of this.#secretsIn(text)) {
      if (to <= at) continue;
      if (from >= at) result += `${text.slice(at, from)}${MASK}`;
      at = to;
    }
    return result + text.slice(at);
  }

  /** Where secrets stand, in order. Those that overlap are one: what was left of the second would tell of it. */
  #secretsIn(text: string): readonly (readonly [from: number, to: number])[] {
    const found = this.#texts.flatMap((secret) => placesOf(secret, text)).toSorted(([a], [b]) => a - b);
    const merged: [from: number, to: number][] = [];
    for (const [from, to] of found) {
      const last = merged.at(-1);
      if (last !== undefined && from < last[1]) last[1] = Math.max(last[1], to);
      else merged.push([from, to]);
    }
    return merged;
  }

  /** A value of JSON without secrets: in keys and in strings, and as numbers. */
  hideIn(value: unknown): unknown {
    if (this.#texts.length === 0) return value;
    if (typeof value === 'string') return this.hide(value);
    if (Array.isArray(value)) return value.map((item) => this.hideIn(item));
    // Once parsed a number is not as it was written: 1.50 is 1.5, and one of many digits is rounded.
    if (typeof value === 'number') {
      const isHidden = this.#numbers.has(value) || this.hide(String(value)) !== String(value);
      return isHidden ? MASK : value;
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.hide(key), this.hideIn(item)]));
  }
}

/** A text in JSON, or a number in it of which a part was masked. */
const JSON_TOKEN = /"(?:[^"\\]|\\.)*"|[-+\d.eE]*\*\*\*[-+\d.eE*]*/g;

/** A text of JSON out of which secrets were taken, as JSON again: a number that was one is a text then. */
export function asMaskedJson(text: string): string {
  if (!text.includes(MASK)) return text;
  return text.replaceAll(JSON_TOKEN, (token) => (token.startsWith('"') ? token : `"${MASK}"`));
}

function formsOf(value: string): readonly string[] {
  if (value === '') return [];
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  return [
    value,
    ...(lines.length > 1 ? lines.filter((line) => line.length >= MIN_LINE) : []),
    JSON.stringify(value).slice(1, -1),
    urlForm(value),
    encodeURIComponent(value),
    Buffer.from(value, 'utf8').toString('base64'),
  ];
}

function urlForm(value: string): string {
  return new URLSearchParams({ v: value }).toString().slice(2);
}

function placesOf(secret: string, text: string): (readonly [from: number, to: number])[] {
  const places: (readonly [number, number])[] = [];
  for (let at = text.indexOf(secret); at !== -1; at = text.indexOf(secret, at + 1)) {
    places.push([at, at + secret.length]);
  }
  return places;
}
