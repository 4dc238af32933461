import { assertEnvironmentSpec } from '../../../../src/domain/environment/assert-environment-spec.js';
import { identifyEnvironment } from '../../../../src/domain/environment/environment-identity.js';
import { installedDifference } from '../../../../src/domain/environment/installed-difference.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';

const PLACE = { runtimeVersion: '20.1.0', platform: 'linux', arch: 'x64' };

describe('the specification of an environment', () => {
  it('means the same environment whatever the order of its keys, and whatever of it says nothing', () => {
    const one = assertEnvironmentSpec({
      runtime: 'node',
      packages: { b: '1', a: '2' },
      variables: { X: 'x', Y: 'y' },
    });
    const same = assertEnvironmentSpec({
      variables: { Y: 'y', X: 'x' },
      packages: { a: '2', b: '1' },
      runtime: 'node',
    });
    expect(identifyEnvironment(one, PLACE)).toStrictEqual(identifyEnvironment(same, PLACE));
    expect(assertEnvironmentSpec({ runtime: 'node', packages: {}, variables: {} })).toStrictEqual({ runtime: 'node' });
    const { id, specHash } = identifyEnvironment(one, PLACE);
    expect(id).toBe(`env-${specHash.slice(0, 16)}`);
  });

  it.each([
    ['a package', { runtime: 'node', packages: { a: '1' } }, PLACE],
    ['a version of a package', { runtime: 'node', packages: { a: '3' } }, PLACE],
    ['a lock', { runtime: 'node', lock: '{}' }, PLACE],
    ['a variable', { runtime: 'node', variables: { a: '2' } }, PLACE],
    ['a runtime', { runtime: 'python', packages: { a: '2' } }, PLACE],
    ['a version of the runtime', { runtime: 'node', packages: { a: '2' } }, { ...PLACE, runtimeVersion: '20.2.0' }],
    ['a platform', { runtime: 'node', packages: { a: '2' } }, { ...PLACE, platform: 'darwin' }],
    ['an architecture', { runtime: 'node', packages: { a: '2' } }, { ...PLACE, arch: 'arm64' }],
  ] as const)('means another environment with another %s', (_, spec, place) => {
    const { specHash } = identifyEnvironment({ runtime: 'node', packages: { a: '2' } }, PLACE);
    expect(identifyEnvironment(spec, place).specHash).not.toBe(specHash);
  });

  it.each([
    ['@scope/name', '^1.2.3'],
    ['requests[socks,security]', '>=2.32,<3'],
    ['a', 'file:/home/ada/a.tgz'],
    ['zope.interface', '*'],
  ])('can ask for %s in %s', (name, version) => {
    expect(assertEnvironmentSpec({ runtime: 'node', packages: { [name]: version } }).packages).toStrictEqual({
      [name]: version,
    });
  });

  it.each([
    ['nothing', undefined],
    ['no runtime', {}],
    ['a runtime that there is not', { runtime: 'ruby' }],
    ['a key that there is not', { runtime: 'node', package: {} }],
    ['a range as the version of the runtime', { runtime: 'node', version: '>=20' }],
    ['an option as the name of a package', { runtime: 'python', packages: { '--index-url': 'http://x' } }],
    ['a path as the name of a package', { runtime: 'node', packages: { '../up': '1' } }],
    ['a line of its own in a version', { runtime: 'python', packages: { a: '1\n--index-url http://x' } }],
    ['a version that is no text', { runtime: 'node', packages: { a: 1 } }],
    ['a variable that no shell can name', { runtime: 'node', variables: { 'A B': 'x' } }],
    ['a variable with a NUL', { runtime: 'node', variables: { A: '\0' } }],
    ['an empty lock', { runtime: 'node', lock: '' }],
    ['a plain process with packages', { runtime: 'process', packages: { a: '1' } }],
  ])('is refused with %s', async (_, spec) => {
    expect(await codeOf(() => assertEnvironmentSpec(spec))).toBe('WAYMARK_INVALID_ENVIRONMENT');
  });

  it('is refused with what is wrong, and where', async () => {
    const spec = { runtime: 'node', version: 'x', packages: { '-a': '1' } };
    expect(await caughtWaymark(() => assertEnvironmentSpec(spec))).toMatchObject({
      details: { problems: [expect.stringMatching(/^version: /), expect.stringMatching(/^packages\.-a: /)] },
    });
  });
});

describe('what is installed', () => {
  it('differs from what should be by what is missing and what is unexpected', () => {
    expect(installedDifference(['b@1', 'a@1'], ['a@2', 'b@1', 'a@2'])).toStrictEqual({
      missing: ['a@1'],
      unexpected: ['a@2'],
    });
    expect(installedDifference(['a@1'], ['a@1'])).toStrictEqual({ missing: [], unexpected: [] });
  });
});
