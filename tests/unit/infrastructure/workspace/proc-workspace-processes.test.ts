import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { thisMachine } from '../../../../src/infrastructure/runtime/machine.js';
import { LocalWorkspaceFolders } from '../../../../src/infrastructure/workspace/local-workspace-folders.js';
import { ProcWorkspaceProcesses } from '../../../../src/infrastructure/workspace/proc-workspace-processes.js';
import { Processes } from '../../../support/processes.js';
import { describeWhere } from '../../../support/requirement.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

const NOW = '2026-01-01T00:00:00.000Z';

const MISSING = existsSync('/proc/self/environ') ? undefined : 'It needs a system that tells of processes in /proc.';

describeWhere('all of them', MISSING)('ProcWorkspaceProcesses', () => {
  let place: TemporaryFolder;
  const begun: number[] = [];

  /** A command that a node began, which does not heed SIGTERM, and has begun a process of its own. */
  const leftBehind = async (path: string, detached = true): Promise<ChildProcess & { readonly other: number }> => {
    const child = spawn('/bin/sh', ['-c', "trap '' TERM; sleep 600 & echo $!; wait"], {
      detached,
      env: { PATH: process.env['PATH'], WAYMARK_WORKSPACE: path },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [id] = (await once(child.stdout, 'data')) as [Buffer];
    const other = Number(id.toString());
    begun.push(other, child.pid ?? other);
    return Object.assign(child, { other });
  };
  const isAlive = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

  beforeEach(() => {
    place = makeTemporaryFolder();
  });
  afterEach(() => {
    for (const id of begun.splice(0)) {
      try {
        process.kill(id, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
    place.remove();
  });

  it('ends what works in a workspace, with its whole group, and nothing else', async () => {
    const path = place.file('w1');
    const own = await leftBehind(path);
    const other = await leftBehind(`${path}2`);
    const ended = once(own, 'exit');
    await new ProcWorkspaceProcesses().endLeftBehind(path);
    expect(await ended).toStrictEqual([null, 'SIGKILL']);
    // Whoever took it in may not have noticed yet that it has ended.
    expect(thisMachine.processFacts(own.other)?.isZombie ?? true).toBe(true);
    expect(isAlive(other)).toBe(true);
    await new ProcWorkspaceProcesses().endLeftBehind(`${path}2`);
  });

  it('never ends its own group, nor anything where it can not tell which that is', async () => {
    const path = place.file('w1');
    const mate = await leftBehind(path, false);
    const child = await leftBehind(`${path}2`);
    await new ProcWorkspaceProcesses().endLeftBehind(path);
    await new ProcWorkspaceProcesses(place.file('no-proc')).endLeftBehind(`${path}2`);
    expect([isAlive(mate), isAlive(child)]).toStrictEqual([true, true]);
    await new ProcWorkspaceProcesses().endLeftBehind(`${path}2`);
  });

  it('ends what the owner of a lock left behind whose lock is taken over', async () => {
    const processes = new Processes();
    const of = (self: string) =>
      new LocalWorkspaceFolders({ home: place.file('home'), identity: processes.identity(self) });
    const [one, two] = [of('host/1/-/0/one'), of('host/2/-/0/two')];
    await one.make('w1', { kind: 'empty' });
    await one.lock('w1', NOW);
    const left = await leftBehind(one.pathOf('w1'));
    expect(await two.lock('w1', NOW)).toMatchObject({ owner: 'host/1/-/0/one' });
    expect(isAlive(left)).toBe(true);
    processes.kill('host/1/-/0/one');
    const ended = once(left, 'exit');
    expect(await two.lock('w1', NOW)).toBeUndefined();
    expect(await ended).toStrictEqual([null, 'SIGKILL']);
  });

  it('leaves the lock as it was where something can not be ended', async () => {
    const processes = new Processes();
    const home = place.file('home');
    const one = new LocalWorkspaceFolders({ home, identity: processes.identity('host/1/-/0/one') });
    await one.lock('w1', NOW);
    processes.kill('host/1/-/0/one');
    const endLeftBehind = (): Promise<void> => Promise.reject(new Error('it hangs'));
    const two = new LocalWorkspaceFolders({
      home,
      identity: processes.identity('host/2/-/0/two'),
      processes: { endLeftBehind },
    });
    await expect(two.lock('w1', NOW)).rejects.toThrow('it hangs');
    expect(await two.lockOf('w1')).toMatchObject({ owner: 'host/1/-/0/one' });
  });
});
