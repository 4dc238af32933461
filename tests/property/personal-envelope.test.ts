import fc from 'fast-check';
import {
  asEnvelope,
  closeEnvelope,
  DamagedEnvelopeError,
  emptyEnvelope,
  keyIdsIn,
  makeSubjectKey,
  openEnvelope,
  type PersonalEnvelope,
} from '../../src/domain/audit/personal/personal-envelope.js';
import { KeyWrap } from '../../src/domain/audit/personal/key-wrap.js';
import type { JsonValue } from '../../src/index.js';

/** As it comes back from a store. */
const text = (value: unknown): JsonValue => {
  const stored = JSON.stringify(value);
  return JSON.parse(stored) as JsonValue;
};
const json = fc.jsonValue().map((value) => text(value));
const place = fc.record({ eventId: fc.string(), path: fc.string() });
const key = makeSubjectKey();

const close = (value: JsonValue, where: { eventId: string; path: string }): PersonalEnvelope =>
  asEnvelope(text(closeEnvelope(value, 'k-1', key, where))) as PersonalEnvelope;

describe('the envelope of a personal value', () => {
  it('gives back any JSON value, and shows nothing of a long text', () => {
    fc.assert(
      fc.property(json, place, (value, where) => {
        expect(openEnvelope(close(value, where), key, where)).toStrictEqual(value);
      }),
    );
    expect(JSON.stringify(close('ada@example.com', { eventId: 'e', path: '/p' }))).not.toContain('ada');
  });

  it('never comes out the same twice', () => {
    const where = { eventId: 'e', path: '/p' };
    expect(close('ada', where)).not.toStrictEqual(close('ada', where));
  });

  it('does not open at another place, with another key, or changed in any byte', () => {
    const opening = (envelope: PersonalEnvelope, bytes: Uint8Array, where: { eventId: string; path: string }) => () =>
      openEnvelope(envelope, bytes, where);
    fc.assert(
      fc.property(json, place, place, fc.nat(), fc.constantFrom('n', 'c'), (value, where, other, at, part) => {
        fc.pre(where.eventId !== other.eventId || where.path !== other.path);
        const envelope = close(value, where);
        expect(opening(envelope, key, other)).toThrow(DamagedEnvelopeError);
        expect(opening(envelope, makeSubjectKey(), where)).toThrow(DamagedEnvelopeError);
        const bytes = Buffer.from(envelope[part] as string, 'base64url');
        bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ (1 << (at % 8));
        const changed = { ...envelope, [part]: bytes.toString('base64url') };
        expect(opening(changed, key, where)).toThrow(DamagedEnvelopeError);
        const cut = { ...envelope, [part]: bytes.subarray(1).toString('base64url') };
        expect(opening(cut, key, where)).toThrow(DamagedEnvelopeError);
      }),
    );
  });

  it('is told from everything that only looks like one', () => {
    fc.assert(
      fc.property(json, (value) => asEnvelope(value) === undefined || Object.hasOwn(value as object, '$personal')),
    );
    const real = closeEnvelope('ada', 'k-1', key, { eventId: 'e', path: '' });
    const inner = real['$personal'] as object;
    for (const other of [
      { ...real, more: 1 },
      { $personal: { ...inner, more: 1 } },
      { $personal: { ...inner, v: 2 } },
      { $personal: { ...inner, n: undefined } },
      { $personal: [] },
      [real],
      '$personal',
      null,
    ]) {
      expect(asEnvelope(other as JsonValue)).toBeUndefined();
    }
    expect(asEnvelope(emptyEnvelope('ada', 'k-1'))).toStrictEqual({ v: 1, s: 'k-1', t: 'text' });
    expect(keyIdsIn(JSON.stringify({ a: real, b: [emptyEnvelope(7, 'k-2')] }))).toStrictEqual(['k-1', 'k-2']);
  });
});

describe('the wrapping of a key', () => {
  it('gives back the key under the master key and the id that it was wrapped with, and under no other', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.string(), fc.string(), (bytes, id, other) => {
        const wrap = new KeyWrap(makeSubjectKey());
        const material = wrap.wrap(id, bytes);
        expect(wrap.unwrap(id, material)).toStrictEqual(Buffer.from(bytes));
        expect(material).not.toContain(Buffer.from(bytes).toString('base64url'));
        expect(new KeyWrap(makeSubjectKey()).unwrap(id, material)).toBeUndefined();
        expect(new KeyWrap().unwrap(id, material)).toBeUndefined();
        expect(wrap.unwrap(`${id}${other}.`, material)).toBeUndefined();
        // What was stored before there was a master key stays readable.
        expect(wrap.unwrap(id, new KeyWrap().wrap(id, bytes))).toStrictEqual(Buffer.from(bytes));
      }),
    );
  });

  it('takes what is damaged for no key', () => {
    const wrap = new KeyWrap(makeSubjectKey());
    for (const material of ['', 'plain:', 'plain:abc', 'gcm:', 'gcm:abc', 'other:abc']) {
      expect(wrap.unwrap('k-1', material)).toBeUndefined();
    }
    expect(() => new KeyWrap(new Uint8Array(31))).toThrow('32 bytes');
  });
});
