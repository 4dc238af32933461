import * as crypto from 'node:crypto';
import { inspect } from 'node:util';
import { generateSigningKey, SigningKey, VerifierKey } from '../../../../src/index.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { keyOf } from '../../../support/sealed-log.js';

// RFC 8032 section 7.1, test 1: an empty message.
const RFC_SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
const RFC_PUBLIC = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const RFC_SIGNATURE =
  'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b';

const key = keyOf('example.com/log');
const secret = key.toSecretText();
const pinned = key.verifier.toString();

describe('a signing key', () => {
  it('signs as RFC 8032 has it', () => {
    const known = SigningKey.fromSeed('rfc8032', Buffer.from(RFC_SEED, 'hex'));
    expect(known.verifier.toBytes().toString('hex')).toBe(RFC_PUBLIC);
    expect(known.sign('').toString('hex')).toBe(RFC_SIGNATURE);
    expect(known.verifier.verify('', Buffer.from(RFC_SIGNATURE, 'hex'))).toBe(true);
  });

  it('is another one each time it is generated', () => {
    const [one, other] = [generateSigningKey('a'), generateSigningKey('a')];
    expect(one.verifier.toString()).not.toBe(other.verifier.toString());
    expect(other.verifier.verify('text', one.sign('text'))).toBe(false);
    expect(one.verifier.verify('text', one.sign('text'))).toBe(true);
  });

  it('is itself again after it was written down, in every form', () => {
    for (const read of [
      SigningKey.parse(secret),
      SigningKey.parse(`${secret}\n`),
      SigningKey.fromPkcs8('example.com/log', key.toPkcs8()),
    ]) {
      expect(read.toSecretText()).toBe(secret);
      expect(read.sign('text')).toStrictEqual(key.sign('text'));
    }
    expect(secret).toMatch(/^PRIVATE\+KEY\+example\.com\/log\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/);
    expect(Buffer.from(secret.split('+').slice(4).join('+'), 'base64')).toStrictEqual(
      Buffer.from([1, ...Buffer.alloc(32, 1)]),
    );
  });

  it('takes what other tools made', () => {
    const pem = crypto.generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const read = SigningKey.fromPkcs8('example.com/log', pem);
    expect(read.toPkcs8()).toBe(pem);
    expect(crypto.verify(null, Buffer.from('text'), crypto.createPublicKey(pem), read.sign('text'))).toBe(true);
  });

  it('does not show itself', () => {
    const seed = Buffer.alloc(32, 1);
    const shown = [inspect(key, { depth: 9, showHidden: true }), JSON.stringify(key), Object.values(key).join()].join(
      '\n',
    );
    for (const form of [seed.toString('base64').slice(0, 40), seed.toString('hex'), 'PRIVATE+KEY']) {
      expect(shown).not.toContain(form);
    }
  });

  it.each([
    ['nothing', ''],
    ['a public key', pinned],
    ['another id', secret.replace(`+${key.keyId}+`, '+00000000+')],
    ['another name', secret.replace('example.com/log', 'example.com/lag')],
    ['a key cut short', secret.slice(0, -4)],
    ['another kind of key', secret.replace(/\+AQ/, '+Ag')],
    ['no name', secret.replace('example.com/log', '')],
    ['a number', 5],
  ])('is not made of %s, and no message shows it', async (_, text) => {
    const error = await caughtWaymark(() => SigningKey.parse(text as string));
    expect(error.code).toBe('WAYMARK_INVALID_KEY');
    expect(`${error.message}${error.hint}${JSON.stringify(error.details)}`).not.toContain('AQEB');
  });

  it('is not made of what is no Ed25519 key', async () => {
    const rsa = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const pem = rsa.export({ type: 'pkcs8', format: 'pem' }) as string;
    expect(await codeOf(() => SigningKey.fromPkcs8('a', pem))).toBe('WAYMARK_INVALID_KEY');
    expect(await codeOf(() => SigningKey.fromPkcs8('a', 'no pem'))).toBe('WAYMARK_INVALID_KEY');
    expect(await codeOf(() => SigningKey.fromPkcs8('a', key.verifier.toPem()))).toBe('WAYMARK_INVALID_KEY');
    expect(await codeOf(() => SigningKey.fromSeed('a', Buffer.alloc(31)))).toBe('WAYMARK_INVALID_KEY');
  });
});

describe('the name of a key', () => {
  it.each([
    '',
    'two words',
    'a+b',
    'line\nbreak',
    'tab\t',
    'no\u00a0break',
    'next\u0085line',
    'em\u2003',
    '\u0007',
    '\ud800',
    'x'.repeat(257),
  ])('can not be %j', async (name) => {
    expect(await codeOf(() => generateSigningKey(name))).toBe('WAYMARK_INVALID_KEY');
    expect(await codeOf(() => new VerifierKey(name, Buffer.alloc(32)))).toBe('WAYMARK_INVALID_KEY');
  });

  it.each(['a', 'example.com/orders', 'söde-日本', 'https://x?y=1'])('can be %s', (name) => {
    expect(VerifierKey.parse(generateSigningKey(name).verifier.toString()).name).toBe(name);
  });
});

describe('a verifier key', () => {
  it('is itself again after it was written down', () => {
    const read = VerifierKey.parse(` ${pinned}\n`);
    expect([read.toString(), read.name, read.keyId]).toStrictEqual([pinned, 'example.com/log', key.keyId]);
  });

  it('has the id that C2SP defines', () => {
    const hashed = crypto
      .createHash('sha256')
      .update('example.com/log\n\u0001')
      .update(key.verifier.toBytes())
      .digest('hex');
    expect(key.keyId).toBe(hashed.slice(0, 8));
  });

  it('is the key that its PEM says', () => {
    expect(crypto.verify(null, Buffer.from('text'), key.verifier.toPem(), key.sign('text'))).toBe(true);
  });

  it('refuses a signature of any other length, and of other text', () => {
    const signature = key.sign('text');
    expect(key.verifier.verify('text', signature)).toBe(true);
    expect(key.verifier.verify('text', signature.subarray(0, 63))).toBe(false);
    expect(key.verifier.verify('text', Buffer.concat([signature, Buffer.of(0)]))).toBe(false);
    expect(key.verifier.verify('text', Buffer.alloc(0))).toBe(false);
    expect(key.verifier.verify('texts', signature)).toBe(false);
  });

  it.each([
    ['nothing', ''],
    ['a private key', secret],
    ['no id', 'example.com/log++AQ=='],
    ['another id', pinned.replace(key.keyId, '00000000')],
    ['an id in capitals', pinned.replace(key.keyId, 'ABCDEF01')],
    ['another name', `x${pinned}`],
    ['a key too long', `${pinned.slice(0, -4)}AAAAAAAA`],
    ['base64 with a stray bit', 'a+12345678+AR=='],
    ['another kind of key', pinned.replace('+AYqI', '+AoqI')],
  ])('is not made of %s', async (_, text) => {
    expect(await codeOf(() => VerifierKey.parse(text))).toBe('WAYMARK_INVALID_KEY');
  });
});
