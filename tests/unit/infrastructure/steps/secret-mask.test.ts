import fc from 'fast-check';
import { CapturedOutput } from '../../../../src/infrastructure/steps/captured-output.js';
import { reportLines } from '../../../../src/infrastructure/steps/line-reporter.js';
import { SecretMask } from '../../../../src/infrastructure/steps/secret-mask.js';

const secret = fc.string({ unit: fc.constantFrom('A', 'B', 'C'), minLength: 3, maxLength: 8 });
const around = fc.string({ unit: fc.constantFrom('x', 'y', '\n'), maxLength: 12 });

describe('what a command writes', () => {
  it('holds no secret, however it is cut into pieces and whatever is kept of it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(around, secret), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 9 }),
        (pairs, limit, size) => {
          const secrets = pairs.map(([, value]) => value);
          const lines: string[] = [];
          const output = new CapturedOutput(limit, new SecretMask(secrets), (line) => void lines.push(line));
          const bytes = Buffer.from(pairs.map(([before, value]) => before + value).join('') + 'x');
          for (let at = 0; at < bytes.length; at += size) output.write(bytes.subarray(at, at + size));
          const { text } = output.end();
          for (const shown of [text, ...lines]) expect(shown).not.toMatch(/[ABC]/);
        },
      ),
    );
  });

  it('is what it wrote where there is no secret, with characters that are cut in two', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 4 }), (written, size) => {
        const output = new CapturedOutput(10_000, new SecretMask([]), () => undefined);
        const bytes = Buffer.from(written);
        for (let at = 0; at < bytes.length; at += size) output.write(bytes.subarray(at, at + size));
        expect(output.end()).toStrictEqual({ text: bytes.toString('utf8'), dropped: 0 });
      }),
    );
  });

  it('is kept from its end, and how much is not is told', () => {
    const output = new CapturedOutput(5, new SecretMask([]), () => undefined);
    for (let index = 0; index < 20_000; index += 1) output.write(Buffer.from(String(index % 10)));
    expect(output.end()).toStrictEqual({ text: '56789', dropped: 19_995 });
  });

  it('is told of line by line, at a rate that a log can take', () => {
    let now = 0;
    const told: string[] = [];
    const report = reportLines(
      (line) => void told.push(line),
      () => now,
    );
    for (let index = 0; index < 60; index += 1) report(`line ${index}`);
    expect(told).toHaveLength(50);
    now += 1_000;
    report('later  ');
    report('');
    expect(told.slice(50)).toStrictEqual(['(10 lines left out) later']);
  });
});

describe('a secret', () => {
  it('is hidden as it is, in JSON, in a URL, in Base64, and line by line', () => {
    const mask = new SecretMask(['pa"ss wörd', 'first line\nsecond line', '']);
    expect(mask.hide('a pa"ss wörd b')).toBe('a *** b');
    expect(mask.hide(JSON.stringify({ a: 'pa"ss wörd' }))).toBe('{"a":"***"}');
    expect(mask.hide(`?a=${encodeURIComponent('pa"ss wörd')}`)).toBe('?a=***');
    expect(mask.hide(new URLSearchParams({ a: 'pa"ss wörd' }).toString())).toBe('a=***');
    expect(mask.hide(Buffer.from('pa"ss wörd').toString('base64'))).toBe('***');
    expect(mask.hide('x second line y')).toBe('x *** y');
    expect(mask.hideIn({ 'pa"ss wörd': ['pa"ss wörd', 1, null] })).toStrictEqual({ '***': ['***', 1, null] });
    expect(new SecretMask([]).hide('anything')).toBe('anything');
    // Found one after another, the first would leave the end of the second.
    expect(new SecretMask(['ABC', 'ABCA', 'AAB']).hide('xABCAABx')).toBe('x***x');
  });

  it('is hidden in parsed JSON as a number and as a key too, however it was written there', () => {
    const mask = new SecretMask(['12345678', '1.50', '98765432109876543210', '0x10', 'token']);
    const parsed: unknown = JSON.parse(
      '{"pin":12345678,"list":[-12345678,1.5,98765432109876543210,16,3],"12345678":true,"a token":null}',
    );
    expect(mask.hideIn(parsed)).toStrictEqual({
      pin: '***',
      list: ['***', '***', '***', 16, 3],
      '***': true,
      'a ***': null,
    });
  });
});
