import {
  type AuditEntry,
  type DomainEvent,
  InMemoryStore,
  type NodeContext,
  type Verification,
  WAYMARK_EVENTS,
} from '../../src/index.js';
import { AlterableStore } from '../support/alterable-store.js';
import { AWAITING } from '../support/awaiting.js';
import { settle } from '../support/deferred.js';
import { checkpointId } from '../support/happened.js';
import { openWaymark } from '../support/open-waymark.js';
import { Processes } from '../support/processes.js';
import { chain, type Work } from '../support/workflows.js';

/** What one pass through everything that Waymark can do left behind. */
interface Scenario {
  readonly emitted: readonly DomainEvent[];
  readonly entries: readonly AuditEntry[];
  readonly verification: Verification;
}

/** Everything that Waymark can do, once, by its real parts. */
async function scenario(): Promise<Scenario> {
  const store = new AlterableStore(new InMemoryStore());
  const processes = new Processes();
  const emitted: DomainEvent[] = [];
  const open = async (self: string) => {
    const waymark = await openWaymark({ identity: processes.identity(self) }, store);
    waymark.bus.subscribe('**', (event) => emitted.push(event));
    return waymark;
  };
  const hang: Work = { b: () => new Promise(() => undefined) };

  // A process that dies in the middle of its work.
  const dead = await open('host/1');
  const left = await dead.executions.start(chain(hang));
  await settle();
  processes.kill('host/1');

  const waymark = await open('host/2');
  waymark.bus.subscribe('execution.started', () => Promise.reject(new Error('a handler that fails')));
  waymark.executions.register(chain());
  await (await waymark.executions.resume(left.id)).result();

  // A run that fails, goes back with its state edited, stops at a breakpoint, and completes.
  const b = ({ state, progress }: NodeContext): void => {
    progress(0.5, 'half');
    if (state['limit'] !== 'wide') throw new Error('too strict');
  };
  const run = await waymark.executions.start(chain({ b }), {});
  await run.result();
  const target = await checkpointId(waymark, run.id, 'exit', 'a');
  await waymark.executions.rollback(run.id, target, { statePatch: { limit: 'wide' } });
  await (await waymark.executions.resume(run.id, { breakpoints: ['c'] })).result();
  await (await waymark.executions.resume(run.id)).result();

  // A fork, a cancellation, and a state that somebody altered.
  await (await waymark.executions.fork(target, { statePatch: { limit: 'wide' } })).result();
  const cancelled = await waymark.executions.start(chain(hang));
  await settle();
  await waymark.executions.cancel(cancelled.id);
  store.altered = '"altered"';
  await waymark.executions.rollback(run.id, target).catch(() => undefined);
  store.altered = undefined;

  await waymark.flush();
  return {
    emitted,
    entries: await waymark.log.query({}, { limit: 10_000 }),
    verification: await waymark.log.verify(),
  };
}

let seen: Scenario;
beforeAll(async () => {
  seen = await scenario();
});

const engineTypes = WAYMARK_EVENTS.filter(({ definition }) => definition.emitter === 'engine').map(({ type }) => type);
const wired = engineTypes.filter((type) => !Object.hasOwn(AWAITING, type));
const awaiting = Object.entries(AWAITING);

describe('every engine type that is declared', () => {
  it.each(wired)('%s is emitted by real code, recorded, and read back equal', (type) => {
    const emitted = seen.emitted.filter((event) => event.type === type);
    expect(emitted.length).toBeGreaterThan(0);
    const recorded = new Map(seen.entries.map(({ event }) => [event.id, event]));
    for (const event of emitted) {
      expect(recorded.get(event.id)).toStrictEqual(event);
      expect(recorded.get(event.id)?.constructor).toBe(event.constructor);
    }
  });

  it.each(awaiting)('%s is not emitted yet: it waits for %s', (type) => {
    expect(engineTypes).toContain(type);
    expect(seen.emitted.map((event) => event.type)).not.toContain(type);
  });
});

describe('and the other way round', () => {
  it('every event on the bus is in the log, once, and every entry was on the bus', () => {
    const emitted = seen.emitted.map((event) => event.id);
    const recorded = seen.entries.map(({ event }) => event.id);
    expect(new Set(emitted).size).toBe(emitted.length);
    expect(recorded.toSorted()).toStrictEqual(emitted.toSorted());
  });

  it('every entry says what its definition says, in words for people', () => {
    const definitions = new Map(WAYMARK_EVENTS.map(({ type, definition }) => [type as string, definition]));
    for (const { event, severity, outcome, category, message } of seen.entries) {
      expect({ severity, outcome, category }).toStrictEqual(pick(definitions.get(event.type)));
      expect(message).toMatch(/\S/);
      expect(message).not.toMatch(/undefined|NaN|\[object|could not be made/);
    }
  });

  it('the log that came of it is intact', () => {
    expect(seen.verification).toMatchObject({ verdict: 'ok', checked: seen.entries.length });
  });
});

function pick(definition: Pick<AuditEntry, 'severity' | 'outcome' | 'category'> | undefined): object {
  if (definition === undefined) return {};
  const { severity, outcome, category } = definition;
  return { severity, outcome, category };
}
