import * as crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UntrustedNoteError, VerifierKey } from '../../../../src/index.js';
import { parseNote, signNote, verifyNote } from '../../../../src/domain/audit/integrity/signed-note.js';
import { caught, caughtWaymark, codeOf } from '../../../support/caught.js';
import { keyOf } from '../../../support/sealed-log.js';

const file = new URL('../../../fixtures/signed-note.json', import.meta.url);
const published = JSON.parse(readFileSync(file, 'utf8')) as Record<'key' | 'text' | 'signature', string>;

const [ada, grace, eve] = [keyOf('ada', 1), keyOf('grace', 2), keyOf('eve', 3)];
const TEXT = 'first line\n\nlast line — ends here\n';

async function reasonOf(note: string, keys: readonly VerifierKey[]): Promise<unknown> {
  const error = await caught(() => verifyNote(note, keys));
  return error instanceof UntrustedNoteError ? error.reason : error;
}

describe('the published note', () => {
  const key = VerifierKey.parse(published.key);

  it('verifies', () => {
    const note = `${published.text}\n${published.signature}`;
    expect(verifyNote(note, [key])).toStrictEqual({ text: published.text, signers: [key] });
    expect(key.toString()).toBe(published.key);
  });

  it('does not when a letter of it is another', async () => {
    const note = `${published.text.replace('answer', 'anSwer')}\n${published.signature}`;
    expect(await reasonOf(note, [key])).toBe('wrong-signature');
  });
});

describe('a signed note', () => {
  it('is the text, an empty line, and a line for each signature', () => {
    const note = signNote(TEXT, [ada, grace]);
    const [, name, base64] = /\n— (ada) (\S+)\n— grace \S+\n$/.exec(note) ?? [];
    expect(note.startsWith(`${TEXT}\n— ada `)).toBe(true);
    expect(name).toBe('ada');
    const bytes = Buffer.from(base64!, 'base64');
    expect(bytes.toString('hex', 0, 4)).toBe(ada.keyId);
    // Checked with nothing of ours: the key as OpenSSL knows it, over the bytes of the text.
    expect(crypto.verify(null, Buffer.from(TEXT), ada.verifier.toPem(), bytes.subarray(4))).toBe(true);
  });

  it('comes apart into what it was made of, empty lines and all', () => {
    const { text, signatures } = parseNote(signNote(TEXT, [ada, grace]));
    expect(text).toBe(TEXT);
    expect(signatures).toStrictEqual([
      { name: 'ada', keyId: ada.keyId, signature: ada.sign(TEXT) },
      { name: 'grace', keyId: grace.keyId, signature: grace.sign(TEXT) },
    ]);
  });

  it('may be signed by others as well', () => {
    const note = signNote(TEXT, [eve, ada, grace]);
    expect(verifyNote(note, [ada.verifier]).signers).toStrictEqual([ada.verifier]);
    expect(verifyNote(note, [grace.verifier, ada.verifier]).signers).toStrictEqual([ada.verifier, grace.verifier]);
    const witness = `${note}— witness.example ${Buffer.alloc(2_600, 7).toString('base64')}\n`;
    expect(verifyNote(witness, [ada.verifier]).text).toBe(TEXT);
  });

  it('counts a key once, and checks its every signature', async () => {
    const note = signNote(TEXT, [ada, ada]);
    expect(verifyNote(note, [ada.verifier]).signers).toStrictEqual([ada.verifier]);
    const forged = `${note}— ada ${Buffer.concat([Buffer.from(ada.keyId, 'hex'), Buffer.alloc(64)]).toString('base64')}\n`;
    expect(await reasonOf(forged, [ada.verifier])).toBe('wrong-signature');
  });

  it('is not believed without a key that is trusted', async () => {
    expect(await reasonOf(signNote(TEXT, [eve]), [ada.verifier])).toBe('unknown-key');
    expect(await reasonOf(signNote(TEXT, [ada]), [])).toBe('unknown-key');
    // The same name with another key, and the same key with another name, are other keys.
    expect(await reasonOf(signNote(TEXT, [keyOf('ada', 9)]), [ada.verifier])).toBe('unknown-key');
    expect(await reasonOf(signNote(TEXT, [keyOf('adam', 1)]), [ada.verifier])).toBe('unknown-key');
    const error = await caughtWaymark(() => verifyNote(signNote(TEXT, [eve]), [ada.verifier]));
    expect([error.code, error.details['reason']]).toStrictEqual(['WAYMARK_NOTE_UNTRUSTED', 'unknown-key']);
    expect(error.message).toContain(`eve+${eve.keyId}`);
  });

  it('does not put what a stranger wrote on the terminal', async () => {
    const note = `x\n\n— \u009b31m ${Buffer.alloc(68).toString('base64')}\n`;
    const error = await caughtWaymark(() => verifyNote(note, [ada.verifier]));
    expect(error.message).not.toContain('\u009b');
    const many = signNote(
      TEXT,
      Array.from({ length: 90 }, (_, index) => keyOf(`k${index}`, 5)),
    );
    expect((await caughtWaymark(() => verifyNote(many, [ada.verifier]))).message.length).toBeLessThan(200);
  });

  it('is refused with any byte of it changed', async () => {
    const note = signNote('a\nb\n', [ada]);
    const bytes = Buffer.from(note);
    const accepted: string[] = [];
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes.with(at, bytes[at]! ^ 0x01)).toString('utf8');
      if (typeof (await caught(() => verifyNote(changed, [ada.verifier])).catch(() => changed)) === 'string') {
        accepted.push(changed);
      }
    }
    expect(accepted).toStrictEqual([]);
  });

  it('is refused with any length of it missing', async () => {
    const note = signNote('a\nb\n', [ada]);
    for (let length = 0; length < note.length; length += 1) {
      expect(await codeOf(() => verifyNote(note.slice(0, length), [ada.verifier]))).toBe('WAYMARK_INVALID_NOTE');
    }
  });

  const signed = signNote('text\n', [ada]);
  it.each([
    ['no text', signed.slice('text\n\n'.length)],
    ['no empty line', signed.replace('\n\n', '\n')],
    ['no signature', 'text\n\n'],
    ['no last line break', signed.slice(0, -1)],
    ['a line break too many', `${signed}\n`],
    ['Windows line breaks', signed.replaceAll('\n', '\r\n')],
    ['a control character', `a\u0000${signed}`],
    ['a tab', `a\t${signed}`],
    ['half of a surrogate pair', `\ud800${signed}`],
    ['a hyphen for the dash', signed.replace('—', '-')],
    ['no name', signed.replace('— ada', '— ')],
    ['a name with a plus', signed.replace('ada', 'a+a')],
    ['two spaces', signed.replace('ada ', 'ada  ')],
    ['a wide space', signed.replace('ada ', 'ada\u2003')],
    ['something after the signature', signed.replace(/\n$/, ' \n')],
    ['no padding', signed.replace('=\n', '\n')],
    ['a signature of nothing', 'text\n\n— ada AAAAAA==\n'],
    ['base64 for URLs', signed.replace(/— ada \S+/, '— ada _-8_-8_-8A==')],
    ['text after the signatures', `${signed}more\n`],
    ['too many signatures', `text\n\n${'— ada AAAAAAA=\n'.repeat(101)}`],
    ['more than is read', `${'a'.repeat(300_000)}\n${signed}`],
    ['a number', 5],
  ])('is not what has %s', async (_, note) => {
    expect(await codeOf(() => verifyNote(note as string, [ada.verifier]))).toBe('WAYMARK_INVALID_NOTE');
  });

  it.each([
    ['does not end in a line break', 'text'],
    ['is nothing', ''],
    ['holds a carriage return', 'text\r\n'],
    ['is no Unicode', '\udfff\n'],
  ])('is not made of text that %s', async (_, text) => {
    expect(await codeOf(() => signNote(text, [ada]))).toBe('WAYMARK_INVALID_NOTE');
  });

  it('is not made by nobody', async () => {
    expect(await codeOf(() => signNote('text\n', []))).toBe('WAYMARK_INVALID_NOTE');
  });
});
