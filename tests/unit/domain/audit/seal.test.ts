import { EMPTY_HEAD, makeSeal, parseSeal, TrustedKeys, UntrustedNoteError } from '../../../../src/index.js';
import { signNote } from '../../../../src/domain/audit/integrity/signed-note.js';
import { formatTreeHead, parseTreeHead } from '../../../../src/domain/audit/integrity/tree-head-text.js';
import { caught, codeOf } from '../../../support/caught.js';
import { keyOf, ORIGIN, SealedLog } from '../../../support/sealed-log.js';

const TIME = '2026-02-03T04:05:06.789Z';
const ROOT = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';
const log = new SealedLog(7);
const { key, trusted } = log;

async function reasonOf(note: string, keys: TrustedKeys): Promise<unknown> {
  const error = await caught(() => parseSeal(note, keys));
  return error instanceof UntrustedNoteError ? error.reason : error;
}

describe('a seal', () => {
  it('is the head of a log, signed', () => {
    const seal = log.sealAt(5);
    const { rootHash } = log.headAt(5);
    const root = Buffer.from(rootHash, 'hex').toString('base64');
    expect(seal).toStrictEqual({
      origin: ORIGIN,
      size: 5,
      rootHash,
      sealedAt: TIME,
      note: signNote(`${ORIGIN}\n5\n${root}\nsealed-at ${TIME}\n`, [key]),
      keyId: key.keyId,
    });
    expect(Object.isFrozen(seal)).toBe(true);
    expect(parseSeal(seal.note, trusted)).toStrictEqual(seal);
  });

  it('can be of a log without entries, and have the id of a store', () => {
    const seal = makeSeal(EMPTY_HEAD, key, { sealedAt: TIME, id: 'seal-1' });
    expect([seal.id, seal.size]).toStrictEqual(['seal-1', 0]);
    const { id: _, ...stated } = seal;
    expect(parseSeal(seal.note, trusted)).toStrictEqual(stated);
  });

  it('passes over lines that a later version may add', () => {
    const text = `${ORIGIN}\n3\n${ROOT}\nsomething new\nsealed-at ${TIME}\nand more\n`;
    expect(parseSeal(signNote(text, [key]), trusted)).toMatchObject({ size: 3, sealedAt: TIME });
  });

  it.each([
    ['no time', `${ORIGIN}\n3\n${ROOT}\n`],
    ['two times', `${ORIGIN}\n3\n${ROOT}\nsealed-at ${TIME}\nsealed-at ${TIME}\n`],
    ['a time that is none', `${ORIGIN}\n3\n${ROOT}\nsealed-at yesterday\n`],
    ['a time of another form', `${ORIGIN}\n3\n${ROOT}\nsealed-at 2026-02-03T04:05:06Z\n`],
    ['a day that there is not', `${ORIGIN}\n3\n${ROOT}\nsealed-at 2026-02-30T04:05:06.789Z\n`],
    ['no root', `${ORIGIN}\n3\nsealed-at ${TIME}\n`],
    ['a root too short', `${ORIGIN}\n3\nCsUYapGG\nsealed-at ${TIME}\n`],
    ['a root in hexadecimal', `${ORIGIN}\n3\n${'ab'.repeat(32)}\nsealed-at ${TIME}\n`],
    ['another text for its root', `${ORIGIN}\n3\n${ROOT.replace('I=', 'J=')}\nsealed-at ${TIME}\n`],
    ['a size with a sign', `${ORIGIN}\n+3\n${ROOT}\nsealed-at ${TIME}\n`],
    ['a size with a zero in front', `${ORIGIN}\n03\n${ROOT}\nsealed-at ${TIME}\n`],
    ['a size in hexadecimal', `${ORIGIN}\n0x3\n${ROOT}\nsealed-at ${TIME}\n`],
    ['a size with an exponent', `${ORIGIN}\n3e2\n${ROOT}\nsealed-at ${TIME}\n`],
    ['a size below nothing', `${ORIGIN}\n-3\n${ROOT}\nsealed-at ${TIME}\n`],
    ['a size that no number holds', `${ORIGIN}\n9007199254740993\n${ROOT}\nsealed-at ${TIME}\n`],
    ['entries where the root says none', `${ORIGIN}\n0\n${ROOT}\nsealed-at ${TIME}\n`],
    ['an empty line', `${ORIGIN}\n3\n${ROOT}\n\nsealed-at ${TIME}\n`],
    ['an empty origin', `\n3\n${ROOT}\nsealed-at ${TIME}\n`],
    ['other text', 'we owe you ten\n'],
  ])('is not what has %s, whoever signed it', async (_, text) => {
    expect(await codeOf(() => parseSeal(signNote(text, [key]), trusted))).toBe('WAYMARK_INVALID_NOTE');
  });

  it('is not made of values that would read back as others', async () => {
    const head = { origin: ORIGIN, size: 3, rootHash: 'ab'.repeat(32), extensions: [] };
    expect(parseTreeHead(formatTreeHead(head))).toStrictEqual(head);
    for (const wrong of [
      { origin: 'evil\n999' },
      { origin: '' },
      { size: 1.5 },
      { size: -1 },
      { rootHash: 'AB'.repeat(32) },
      { rootHash: 'ab' },
      { extensions: [''] },
      { extensions: ['a\nb'] },
    ]) {
      expect(await codeOf(() => formatTreeHead({ ...head, ...wrong }))).toBe('WAYMARK_INVALID_NOTE');
    }
    expect(await codeOf(() => makeSeal(EMPTY_HEAD, key, { sealedAt: 'now' }))).toBe('WAYMARK_INVALID_NOTE');
  });
});

describe('who may seal a log', () => {
  it('is who has a key that was pinned for it', async () => {
    const { note } = log.sealAt(5);
    expect(parseSeal(note, new TrustedKeys([key.verifier.toString()])).size).toBe(5);
    expect(await reasonOf(note, new TrustedKeys([]))).toBe('unknown-key');
    expect(await reasonOf(note, new TrustedKeys([keyOf(ORIGIN, 2).verifier]))).toBe('unknown-key');
    expect(await reasonOf(note.replace('\n5\n', '\n6\n'), trusted)).toBe('wrong-signature');
  });

  it('is not who has the key of another log', async () => {
    const other = keyOf('example.com/other', 2);
    const note = signNote(log.sealAt(5).note.split('\n\n')[0]! + '\n', [other]);
    expect(await reasonOf(note, new TrustedKeys([key.verifier, other.verifier]))).toBe('unknown-key');
    const both = signNote(log.sealAt(5).note.split('\n\n')[0]! + '\n', [other, key]);
    expect(parseSeal(both, new TrustedKeys([other.verifier, key.verifier])).keyId).toBe(key.keyId);
  });

  it('changes when a key is replaced, at a size of the log', async () => {
    const next = keyOf(ORIGIN, 2);
    const keys = new TrustedKeys([
      { key: key.verifier.toString(), upToSize: 5 },
      { key: next.verifier, fromSize: 4 },
    ]);
    expect(parseSeal(log.sealAt(5).note, keys).keyId).toBe(key.keyId);
    expect(parseSeal(log.sealAt(6, next).note, keys).keyId).toBe(next.keyId);
    expect(await reasonOf(log.sealAt(6).note, keys)).toBe('key-not-valid');
    expect(await reasonOf(log.sealAt(3, next).note, keys)).toBe('key-not-valid');
    expect(await codeOf(() => parseSeal(log.sealAt(6).note, keys))).toBe('WAYMARK_NOTE_UNTRUSTED');
    // Signed by both on the day of the change.
    const text = log.sealAt(6).note.split('\n\n')[0]! + '\n';
    expect(parseSeal(signNote(text, [key, next]), keys).keyId).toBe(next.keyId);
  });

  it.each([
    ['no key', ['nothing'], 'WAYMARK_INVALID_KEY'],
    ['a private key', [key.toSecretText()], 'WAYMARK_INVALID_KEY'],
    ['a key twice', [key.verifier, key.verifier.toString()], 'WAYMARK_INVALID_ARGUMENT'],
    [
      'a range that ends before it begins',
      [{ key: key.verifier, fromSize: 5, upToSize: 4 }],
      'WAYMARK_INVALID_ARGUMENT',
    ],
    ['a size that is none', [{ key: key.verifier, fromSize: -1 }], 'WAYMARK_INVALID_ARGUMENT'],
    ['a misspelt option', [{ key: key.verifier, upTo: 4 }], 'WAYMARK_INVALID_ARGUMENT'],
    ['a key that is a number', [{ key: 5 }], 'WAYMARK_INVALID_KEY'],
    ['null', [null], 'WAYMARK_INVALID_ARGUMENT'],
  ])('can not be pinned with %s', async (_, keys, code) => {
    expect(await codeOf(() => new TrustedKeys(keys as never))).toBe(code);
  });
});
