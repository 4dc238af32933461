import {
  type AuditEntry,
  type DomainEvent,
  emits,
  ErrorImportFailed,
  type EventBus,
  generateSigningKey,
  InMemoryStore,
  type NodeContext,
  SessionPaused,
  SessionStarted,
  type Verification,
  type Waymark,
} from '../../src/index.js';
import { AlterableStore } from './alterable-store.js';
import { collectGarbage } from './collect-garbage.js';
import { settle } from './deferred.js';
import { checkpointId } from './happened.js';
import { openWaymark } from './open-waymark.js';
import { runObservedGraph } from './observed-graph.js';
import { OfferSent } from './people.js';
import { Processes } from './processes.js';
import { makeTemporaryFolder } from './temporary-folder.js';
import { environmentsStory } from './environments-story.js';
import { filesStory } from './files-story.js';
import { flowScene } from './flow-scene.js';
import { verbsScene } from './verbs-scene.js';
import { waitsAndLimits } from './waiting-scene.js';
import { leftWorkspace, workspacesStory } from './workspaces-story.js';
import { chain, type Work } from './workflows.js';

/** What one pass through everything that Waymark can do left behind. */
export interface Scenario {
  readonly emitted: readonly DomainEvent[];
  readonly entries: readonly AuditEntry[];
  /** Entries that are not in the log any more. */
  readonly removed: number;
  readonly verification: Verification;
}

/** Everything that Waymark can do, once, by its real parts. */
export async function scenario(): Promise<Scenario> {
  const store = new AlterableStore(new InMemoryStore());
  const processes = new Processes();
  const disk = makeTemporaryFolder();
  const emitted: DomainEvent[] = [];
  const open = async (self: string) => {
    const waymark = await openWaymark(
      { identity: processes.identity(self), log: { bufferEvents: 1 }, workspaces: { home: disk.file('home') } },
      store,
    );
    waymark.bus.subscribe('**', (event) => emitted.push(event));
    return waymark;
  };
  const hang: Work = { b: () => new Promise(() => undefined) };

  // A process that dies in the middle of its work.
  const dead = await open('host/1');
  const left = await dead.executions.start(chain(hang));
  await settle();
  await leftWorkspace(dead);
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
  // Long enough for a content of its own, which somebody can alter.
  const run = await waymark.executions.start(chain({ b }), { brief: 'kept under its hash '.repeat(10) });
  await run.result();
  const target = await checkpointId(waymark, run.id, 'exit', 'a');
  await waymark.executions.rollback(run.id, target, { statePatch: { limit: 'wide' } });
  await (await waymark.executions.resume(run.id, { breakpoints: ['c'] })).result();
  await (await waymark.executions.resume(run.id)).result();

  // A checkpoint that is named, and others that are not kept.
  await waymark.checkpoints.label(target, 'before the limit', { actor: 'user:ada' });
  await waymark.checkpoints.prune(run.id, { keepLast: 0 }, { reason: 'too many' });

  // Waits of every kind, and time that is up.
  await waitsAndLimits(waymark);

  // What is named, started anew, and undone.
  await verbsScene(waymark);
  await flowScene(waymark);

  // Files that are kept, and put back.
  await filesStory(waymark, disk.file('site'));

  // Executions with files of their own.
  await workspacesStory(waymark, disk.file('project'), disk.file('home'));

  // Environments that are made, changed, put right and removed.
  await environmentsStory(waymark);

  // A fork, a cancellation, and a state that somebody altered.
  await (await waymark.executions.fork(target, { statePatch: { limit: 'wide' } })).result();
  const cancelled = await waymark.executions.start(chain(hang));
  await settle();
  await waymark.executions.cancel(cancelled.id);
  store.altered = '"altered"';
  await waymark.executions.rollback(run.id, target).catch(() => undefined);
  store.altered = undefined;

  // A method whose event can't be made.
  new Forgetful(waymark.bus).work();
  await troubleOnTheBus(waymark, emitted);

  // A graph of another engine, through its adapter.
  await runObservedGraph(waymark);

  // A store that is away for longer than memory lasts. What is lost is in no log.
  await waymark.flush();
  store.unitOfWork.fails = () => true;
  waymark.bus.publish(new SessionStarted({ sessionId: 's-1' }));
  await settle();
  waymark.bus.publish(new SessionPaused({ sessionId: 's-1' }));
  store.unitOfWork.fails = () => false;
  await waymark.flush();
  emitted.splice(
    emitted.findIndex(({ type }) => type === 'session.paused'),
    1,
  );

  // Somebody who is forgotten.
  waymark.catalog.register(OfferSent);
  waymark.bus.publish(new OfferSent({ offerId: 'o-1', customerId: 'ada', email: 'ada@example.com' }));
  await waymark.flush();
  await waymark.log.erase('ada', { reason: 'request 4711' });

  // A log that is sealed, verified, and held to a key that nobody signed it with.
  await waymark.flush();
  await waymark.log.seal({ signer: generateSigningKey('example.com/scenario') });
  await waymark.log.verify({ record: true });
  await waymark.log.verify({ record: true, requireSeal: true });

  // Somebody who takes the log away.
  await waymark.log.export({ to: { write: (_, done) => done() } });

  // A log whose first entries are taken out of it.
  const entries = await waymark.log.query({}, { limit: 10_000 });
  const folder = makeTemporaryFolder();
  const { removed } = await waymark.log.retain({ before: 10, archiveTo: folder.path, unsigned: true });
  folder.remove();
  disk.remove();

  return {
    emitted,
    entries: [...entries, ...(await waymark.log.query({}, { after: entries.length - 1, limit: 10_000 }))],
    removed,
    verification: await waymark.log.verify(),
  };
}

/** A handler that can't keep up, one that fails for good and is given another chance, and one that is forgotten. */
async function troubleOnTheBus({ bus }: Waymark, emitted: readonly DomainEvent[]): Promise<void> {
  const slow = bus.subscribe('error.*', () => undefined, {
    mode: 'async',
    name: 'slow',
    queueSize: 1,
    overflow: 'drop-newest',
  });
  for (const module of ['a', 'b']) bus.publish(new ErrorImportFailed({ errorId: module, module, message: 'gone' }));
  slow.unsubscribe();

  let isMended = false;
  const fragile = (): void => {
    if (!isMended) throw new Error('not yet');
  };
  bus.subscribe('error.import_failed', fragile);
  bus.publish(new ErrorImportFailed({ errorId: 'c', module: 'c', message: 'gone' }));
  await bus.settled();
  isMended = true;
  await bus.deadLetters.redriveAll({ handler: 'fragile' });

  // In a call of its own, so that nothing on this stack holds on to the target.
  (() => bus.subscribeWeak('error.*', {}, () => undefined, { name: 'forgotten' }))();
  await collectGarbage(() => emitted.some(({ type }) => type === 'bus.handler_collected'));
}

class Forgetful {
  readonly bus: EventBus;

  constructor(bus: EventBus) {
    this.bus = bus;
  }

  @emits({
    bus: (forgetful) => forgetful.bus,
    success: () => {
      throw new Error('what was it again');
    },
  })
  work(): void {
    // Its event is what matters.
  }
}
