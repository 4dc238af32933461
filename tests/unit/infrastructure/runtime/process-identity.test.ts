import { type Machine, type ProcessFacts, thisMachine } from '../../../../src/infrastructure/runtime/machine.js';
import { makeProcessIdentity } from '../../../../src/infrastructure/runtime/process-identity.js';

/** A machine whose processes a test decides on, by pid; each is given its start. */
function machine(
  changes: Partial<Machine> & { readonly processes?: Record<number, string | undefined> } = {},
): Machine {
  const { processes = { 1: 'boot', 7: 'noon' }, ...rest } = changes;
  return {
    host: 'worker',
    pid: 1,
    threadId: 0,
    processFacts: (pid): ProcessFacts | undefined =>
      Object.hasOwn(processes, pid) ? { start: processes[pid], isZombie: processes[pid] === 'zombie' } : undefined,
    ...rest,
  };
}

/** The name under which an instance of a machine owned executions. */
const ownerOn = (at: Machine): string => makeProcessIdentity(at).self;

describe('an owner of this host', () => {
  const { isGone } = makeProcessIdentity(machine());

  it('is gone when there is no process of its pid', () => {
    expect(isGone(ownerOn(machine({ pid: 8, processes: { 8: 'noon' } })))).toBe(true);
  });

  it('is there while its process is', () => {
    expect(isGone(ownerOn(machine({ pid: 7 })))).toBe(false);
  });

  it('is gone when its pid was given again: that process started at another time', () => {
    expect(isGone(ownerOn(machine({ pid: 7, processes: { 7: 'morning' } })))).toBe(true);
  });

  it('is gone when its process has ended and is only waited for', () => {
    const parent = makeProcessIdentity(machine({ processes: { 1: 'boot', 7: 'zombie' } }));
    expect(parent.isGone(ownerOn(machine({ pid: 7, processes: { 7: 'zombie' } })))).toBe(true);
  });

  // In a container the process is 1 before and after a restart.
  it('is gone when it had the very pid of this process, before this process began', () => {
    expect(isGone(ownerOn(machine({ processes: { 1: 'an earlier boot' } })))).toBe(true);
  });

  it('is in doubt where a start can not be had', () => {
    expect(isGone(ownerOn(machine({ pid: 7, processes: { 7: undefined } })))).toBe(false);
    const blind = makeProcessIdentity(machine({ processes: { 1: undefined, 7: undefined } }));
    expect(blind.isGone(ownerOn(machine({ pid: 7 })))).toBe(false);
  });
});

describe('an owner of this very process', () => {
  it('is there until it is closed', () => {
    const other = makeProcessIdentity(machine());
    const { isGone } = makeProcessIdentity(machine());
    expect(isGone(other.self)).toBe(false);
    other.close();
    other.close();
    expect(isGone(other.self)).toBe(true);
  });

  it('is gone when its instance is not of this process, though its start can not be had', () => {
    const blind = machine({ processes: { 1: undefined } });
    const { self, isGone } = makeProcessIdentity(blind);
    expect(isGone(self)).toBe(false);
    expect(isGone(`${self.slice(0, self.lastIndexOf('/'))}/of-the-process-before`)).toBe(true);
  });

  it('is in doubt on another thread, whose instances are not known here', () => {
    const onWorker = makeProcessIdentity(machine({ threadId: 3 }));
    onWorker.close();
    expect(makeProcessIdentity(machine()).isGone(onWorker.self)).toBe(false);
  });
});

describe('an owner of elsewhere', () => {
  const { isGone } = makeProcessIdentity(machine());

  it('is in doubt: of another host nothing can be proved', () => {
    const closed = makeProcessIdentity(machine({ host: 'other' }));
    closed.close();
    expect(isGone(closed.self)).toBe(false);
    expect(isGone(ownerOn(machine({ host: 'other', pid: 8, processes: { 8: 'noon' } })))).toBe(false);
  });

  it.each(['', 'worker', 'worker/8', 'worker/8/-/0', 'worker/x/-/0/i', 'worker/-1/-/0/i', 'worker/8/-/0/i/more'])(
    'is in doubt when its name is not one that is made here: %j',
    (owner) => expect(isGone(owner)).toBe(false),
  );

  it('may have slashes in the name of its host', () => {
    const slashed = machine({ host: 'a/b' });
    const other = makeProcessIdentity(slashed);
    other.close();
    expect(makeProcessIdentity(slashed).isGone(other.self)).toBe(true);
  });
});

describe('this machine', () => {
  it('knows this process, and none of an id that is never given', () => {
    expect(thisMachine.processFacts(process.pid)).toMatchObject({ isZombie: false });
    expect(thisMachine.processFacts(2 ** 31 - 1)).toBeUndefined();
  });

  it('tells when a process started, where that can be had', () => {
    const [own, parent] = [thisMachine.processFacts(process.pid), thisMachine.processFacts(process.ppid)];
    expect(own?.start === undefined).toBe(process.platform !== 'linux');
    expect(thisMachine.processFacts(process.pid)).toStrictEqual(own);
    expect(Number(parent?.start ?? 0)).toBeLessThanOrEqual(Number(own?.start ?? 0));
  });
});
