import { assertEnvironmentSpec } from '../../../../src/domain/environment/assert-environment-spec.js';
import { hasCredentials, maskCredentials } from '../../../../src/domain/environment/credentials.js';
import { environmentProblems } from '../../../../src/domain/environment/environment-declaration.js';
import { caughtWaymark } from '../../../support/caught.js';

/** With a secret in it, and without. */
const SECRET: readonly (readonly [string, string])[] = [
  ['git+http://user:sekret@127.0.0.1:9/x.git', 'git+http://***@127.0.0.1:9/x.git'],
  ['https://sekret@github.com/a/b.tgz', 'https://***@github.com/a/b.tgz'],
  ['HTTPS://user:p@sekret@host/a', 'HTTPS://***@host/a'],
  ['http:\\\\user:sekret@host/a', 'http:\\\\***@host/a'],
  ['git+ssh://user:sekret@host/a.git', 'git+ssh://***@host/a.git'],
  ['@ https://:sekret@host/a.whl', '@ https://***@host/a.whl'],
  ['https://host/a.tgz?v=1&access_token=sekret#x', 'https://host/a.tgz?v=1&access_token=***#x'],
  ['//registry.example/:_authToken=sekret', '//registry.example/:_authToken=***'],
  ['_password: "sekret"', '_password: "***"'],
];
const PLAIN = [
  '^1.2.3',
  'npm:@scope/other@^2.0.0',
  'git+ssh://git@github.com/a/b.git#semver:^1',
  'github:a/b',
  'file:../a@1.0.0.tgz',
  'https://registry.npmjs.org/@scope/a/-/a-1.0.0.tgz',
  'https://host:8080/a.tgz?v=1',
  '@ https://${PIP_TOKEN}@host/a.whl',
  '@ https://user:${PIP_TOKEN}@host/a.whl',
];

describe('credentials in what an environment is made of', () => {
  it.each(SECRET)('are found in %s, and masked', (text, masked) => {
    expect(hasCredentials(text)).toBe(true);
    expect(maskCredentials(`npm error ${text} failed`)).toBe(`npm error ${masked} failed`);
  });

  it.each(PLAIN)('are not in %s', (text) => {
    expect(hasCredentials(text)).toBe(false);
    expect(maskCredentials(text)).toBe(text);
  });

  it.each(SECRET)('are refused in packages and locks, and not repeated: %s', async (text) => {
    for (const spec of [
      { runtime: 'node', packages: { a: text } },
      { runtime: 'node', lock: JSON.stringify({ packages: { a: { resolved: text } } }) },
    ]) {
      const error = await caughtWaymark(() => assertEnvironmentSpec(spec));
      expect(error).toMatchObject({ code: 'WAYMARK_INVALID_ENVIRONMENT', hint: expect.stringContaining('.npmrc') });
      expect(JSON.stringify([error.message, error])).not.toContain('sekret');
      expect(environmentProblems({ spec })).toMatchObject([expect.stringContaining('must not have a user')]);
    }
  });

  it('are not repeated where they are taken for the name of a package', async () => {
    const spec = { runtime: 'node', packages: { 'https://user:sekret@host/a': '*' } };
    const error = await caughtWaymark(() => assertEnvironmentSpec(spec));
    expect(error).toMatchObject({ code: 'WAYMARK_INVALID_ENVIRONMENT' });
    expect(JSON.stringify([error.message, error])).not.toContain('sekret');
  });

  it('are looked for in long texts in no time', () => {
    for (const part of ['http:/', 'https://a', '?token', '_auth', 'a:', 'http://${A}:']) {
      expect(hasCredentials(part.repeat(200_000))).toBe(false);
    }
  }, 5_000);
});
