import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { loadState, loadValue } from '../../src/domain/checkpoint/content/load-state.js';
import { referencesIn } from '../../src/domain/checkpoint/content/references.js';
import { StateEncoder } from '../../src/domain/checkpoint/content/state-encoder.js';
import { PieceStore, piecesOf } from '../support/piece-store.js';
import { storable } from '../support/storable-values.js';

const encoder = new StateEncoder();

describe('a value that is stored', () => {
  it('comes back as it was, whatever it is: the same types, the same numbers, the same order', async () => {
    await fc.assert(
      fc.asyncProperty(storable, async (value) => {
        const store = new PieceStore();
        const encoded = encoder.encodeValue(value);
        store.keep([encoded]);
        const loaded = await loadValue(encoded.ref, store.read);
        expect(isDeepStrictEqual(loaded, value)).toBe(true);
        expect(encoder.encodeValue(loaded).ref).toBe(encoded.ref);
      }),
    );
  });

  it('comes back twice as two values that share nothing', async () => {
    await fc.assert(
      fc.asyncProperty(storable, async (value) => {
        const store = new PieceStore();
        const state = encoder.encode('two', { first: value, second: value });
        store.keep(state.values);
        const { state: loaded, actualHash } = await loadState(state.manifest, store.read);
        expect(actualHash).toBe(state.stateHash);
        expect(isDeepStrictEqual(loaded, { first: value, second: value })).toBe(true);
        expect(typeof value === 'object' && value !== null && loaded['first'] === loaded['second']).toBe(false);
      }),
    );
  });

  it('consists of pieces whose texts name exactly the pieces below them', () => {
    fc.assert(
      fc.property(storable, (value) => {
        for (const piece of piecesOf([encoder.encodeValue(value)])) {
          const below = new Set(piece.children.map(({ hash }) => hash));
          expect(new Set(referencesIn(piece.body))).toStrictEqual(below);
        }
      }),
    );
  });

  it('that is JSON is as large as its JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        // JSON has no -0, and an object with a key `$` is written in another way.
        const json = JSON.stringify(value);
        fc.pre(!json.includes('"$":'));
        expect(encoder.encodeValue(JSON.parse(json)).bytes).toBe(Buffer.byteLength(json));
      }),
    );
  });
});

/** What a program does to a state between two checkpoints. */
type Edit = (list: unknown[], map: Record<string, unknown>) => void;

const place = fc.nat(1_000);
const at = (list: readonly unknown[], index: number): number => (list.length === 0 ? 0 : index % list.length);

const edit: fc.Arbitrary<Edit> = fc.oneof(
  storable.map(
    (value): Edit =>
      (list) =>
        void list.push(value),
  ),
  fc.array(storable, { maxLength: 40 }).map(
    (values): Edit =>
      (list) =>
        void list.push(...values),
  ),
  fc.tuple(place, storable).map(
    ([index, value]): Edit =>
      (list) =>
        void list.splice(at(list, index), 0, value),
  ),
  fc.tuple(place, fc.integer({ min: 1, max: 20 })).map(([index, count]): Edit => (list) => {
    list.splice(at(list, index), count);
  }),
  fc.tuple(place, storable).map(([index, value]): Edit => (list) => {
    if (list.length > 0) list[at(list, index)] = value;
  }),
  fc.tuple(fc.string({ maxLength: 3 }), storable).map(([key, value]): Edit => (_, map) => {
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  }),
  fc.string({ maxLength: 3 }).map(
    (key): Edit =>
      (_, map) =>
        void Reflect.deleteProperty(map, key),
  ),
  fc.tuple(place, place).map(
    ([index, deep]): Edit =>
      (list) =>
        changeWithin(list[at(list, index)], deep),
  ),
);

/** A change in place, somewhere in a value. */
function changeWithin(value: unknown, deep: number): void {
  if (Array.isArray(value)) {
    if (value.length > 0 && deep % 3 > 0) changeWithin(value[deep % value.length], deep >> 1);
    else value.push(deep);
  } else if (value instanceof Date) value.setTime(deep);
  else if (value instanceof Map) value.set(deep, deep);
  else if (value instanceof Set) value.add(deep);
  else if (value instanceof Uint8Array && value.length > 0) value[deep % value.length] = deep;
  else if (value instanceof Error) Object.assign(value, { code: deep });
  else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    const keys = Object.keys(value);
    const key = keys[deep % keys.length];
    const object = value as Record<string, unknown>;
    if (key === undefined) object['added'] = deep;
    else if (deep % 3 > 0 && typeof object[key] === 'object') changeWithin(object[key], deep >> 1);
    else if (deep % 3 === 0) Reflect.deleteProperty(object, key);
    else object[key] = deep;
  }
}

describe('a state that is stored again and again', () => {
  it('has the address that a fresh look at it gives, whatever was changed in place or moved', () => {
    fc.assert(
      fc.property(fc.array(storable, { maxLength: 40 }), fc.array(edit, { maxLength: 8 }), (list, edits) => {
        const remembering = new StateEncoder();
        const map: Record<string, unknown> = {};
        for (const change of [() => undefined, ...edits]) {
          change(list, map);
          const known = remembering.encode('run', { list, map });
          const fresh = new StateEncoder().encode('run', { list, map });
          expect(known.manifest).toStrictEqual(fresh.manifest);
          expect(known.stateHash).toBe(fresh.stateHash);
          expect(known.stateBytes).toBe(fresh.stateBytes);
          const hashesOf = (values: typeof known.values): Set<string> =>
            new Set(piecesOf(values).map(({ hash }) => hash));
          expect(hashesOf(known.values)).toStrictEqual(hashesOf(fresh.values));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('shows every alteration of every piece by another hash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(storable, { minLength: 4, maxLength: 60 }), fc.nat(), async (list, which) => {
        const state = encoder.encode('altered', { list, step: 1 });
        const store = new PieceStore();
        store.keep(state.values);
        const hashes = [...store.bodies.keys()];
        const hash = hashes[which % Math.max(1, hashes.length)];
        fc.pre(hash !== undefined);
        const body = store.bodies.get(hash) as string;
        const other = hashes[(which + 1) % hashes.length] as string;
        const alterations: (() => void)[] = [
          () => store.bodies.delete(hash),
          () => store.bodies.set(hash, ` ${body}`),
          () => store.bodies.set(hash, body.slice(0, -1)),
          () => store.bodies.set(hash, `[{"$":"@${hash}"}]`),
          ...(other === hash ? [] : [() => store.bodies.set(hash, store.bodies.get(other) as string)]),
        ];
        for (const alter of alterations) {
          alter();
          const { state: loaded, actualHash } = await loadState(state.manifest, store.read);
          expect(actualHash).not.toBe(state.stateHash);
          expect(loaded).toStrictEqual({ step: 1 });
          store.bodies.set(hash, body);
        }
        expect((await loadState(state.manifest, store.read)).actualHash).toBe(state.stateHash);
      }),
      { numRuns: 40 },
    );
  });
});
