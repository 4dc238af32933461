import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { jest } from '@jest/globals';
import { createWaymark } from '../../src/index.js';
import { type Program, startProgram } from '../support/run-program.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

// Each test starts programs.
jest.setTimeout(120_000);

/**
 * An npm that says when it begins, and installs the package x in the version of its call. The first waits, half-way, for
 * the file `go`; it would wait for ever when nobody made that, so it gives up when its folder is gone.
 */
const NPM = `#!/bin/sh
echo . >> "$CALLS"
call=$(wc -l < "$CALLS" | tr -d ' ')
place="$PWD"
mkdir -p "$place/node_modules/half"
echo "call $call"
if [ "$call" = 1 ]; then while [ ! -e "$GO" ] && [ -d "$HOME_OF_ALL" ]; do sleep 0.02; done; fi
mkdir -p "$place/node_modules/x"
echo "{\\"name\\": \\"x\\", \\"version\\": \\"$call.0.0\\"}" > "$place/node_modules/x/package.json"
echo done >> "$CALLS.done"
`;

/** What a program got. */
interface Got {
  readonly id: string;
  readonly installed: readonly string[];
  readonly facts: readonly string[];
}

describe('two processes that want one environment', () => {
  let folder: TemporaryFolder;
  const start = (name: string): Program =>
    startProgram('environment-process.mjs', [
      `sqlite:${folder.file(`${name}.db`)}`,
      folder.file('home'),
      folder.file('bin'),
    ]);
  const calls = (): number => readFileSync(folder.file('calls'), 'utf8').trim().split('\n').length;

  beforeEach(() => {
    folder = makeTemporaryFolder();
    mkdirSync(folder.file('bin'));
    const script = NPM.replaceAll('$CALLS', folder.file('calls'))
      .replaceAll('$GO', folder.file('go'))
      .replaceAll('$HOME_OF_ALL', folder.path);
    writeFileSync(folder.file('bin/npm'), script, { mode: 0o755 });
  });
  afterEach(() => folder.remove());

  it('get one that is made once: one makes it, and the other waits and takes it', async () => {
    const one = start('one');
    await until(one, 'npm: call 1');
    const other = start('other');
    await until(other, 'asking');
    writeFileSync(folder.file('go'), '');
    const [made, taken] = await Promise.all([result(one), result(other)]);
    expect(made.facts).toContain('created');
    expect(taken.facts).toContain('reused');
    expect(taken.facts).not.toContain('creation_started');
    expect(taken).toMatchObject({ id: made.id, installed: ['x@1.0.0'] });
    expect(calls()).toBe(1);
  });

  // The npm of the killed one has nobody who ends it: it goes on in a folder that is no longer the environment's.
  it('get a whole one when the first is killed half-way, whatever its npm does from then on', async () => {
    const one = start('one');
    await until(one, 'npm: call 1');
    one.kill();
    await one.ended;
    const other = start('other');
    const taken = await result(other);
    expect(taken.facts).toStrictEqual(['lock_acquired', 'creation_started', 'created', 'lock_released']);
    expect(taken.installed).toStrictEqual(['x@2.0.0']);
    writeFileSync(folder.file('go'), '');
    while (readFileSync(folder.file('calls.done'), 'utf8').trim().split('\n').length < 2) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await using waymark = await createWaymark({ storage: 'memory:', workspaces: { home: folder.file('home') } });
    expect(await waymark.environments.verify(taken.id)).toStrictEqual({ missing: [], unexpected: [] });
    const { path } = await waymark.environments.get(taken.id);
    expect(existsSync(`${path}/node_modules/half`)).toBe(true);
    expect(await waymark.environments.prune({ maxCount: 0 })).toMatchObject({ deleted: [{ id: taken.id }] });
    expect(existsSync(folder.file(`home/environments/${taken.id}`))).toBe(false);
  });
});

/** Reads what a program prints until a line of it. */
async function until({ lines }: Program, wanted: string): Promise<void> {
  const iterator = lines[Symbol.asyncIterator]();
  for (;;) {
    const { value, done } = await iterator.next();
    if (done === true) throw new Error(`It ended before it said ${wanted}.`);
    if (value === wanted) return;
  }
}

async function result(program: Program): Promise<Got> {
  const iterator = program.lines[Symbol.asyncIterator]();
  let last = '';
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) last = next.value;
  await program.ended;
  return JSON.parse(last) as Got;
}
