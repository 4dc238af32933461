import { readdirSync, readFileSync, truncateSync, statSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import {
  type AuditEntry,
  createWaymark,
  defineEvent,
  type DomainEvent,
  personal,
  type Waymark,
  type WaymarkConfig,
} from '../../src/index.js';
import { codeOf } from '../support/caught.js';
import { deal, DealCreated, deals } from '../support/deals.js';
import { FaultyStore } from '../support/faulty-store.js';
import { ManualScheduler } from '../support/manual-scheduler.js';
import { openWaymark } from '../support/open-waymark.js';
import { Processes } from '../support/processes.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

let folder: TemporaryFolder;
let processes: Processes;
let store: FaultyStore;
const opened: Waymark[] = [];

beforeEach(() => {
  folder = makeTemporaryFolder();
  processes = new Processes();
  store = new FaultyStore();
});
afterEach(async () => {
  store.unitOfWork.fails = () => false;
  for (const waymark of opened.splice(0)) await waymark.close().catch(() => undefined);
  folder.remove();
});

/** One process of several over the same store, which keeps three events in memory. */
async function open(self: string, log: WaymarkConfig['log'] = {}) {
  const scheduler = new ManualScheduler();
  const settings = { bufferEvents: 3, spill: folder.file('log.spill'), ...log };
  const waymark = await openWaymark({ scheduler, identity: processes.identity(self), log: settings }, store);
  opened.push(waymark);
  return { waymark, scheduler };
}

/** Takes the store away, and publishes: one at which that is noticed, and the others. */
async function publishDown(
  { waymark, scheduler }: { waymark: Waymark; scheduler: ManualScheduler },
  events: readonly DomainEvent[],
): Promise<void> {
  store.unitOfWork.fails = () => true;
  const asked = scheduler.asked.length;
  for (const [index, event] of events.entries()) {
    waymark.bus.publish(event);
    if (index === 0) await scheduler.untilAsked(asked + 1);
  }
}

const repair = (): void => {
  store.unitOfWork.fails = () => false;
};
const files = (): readonly string[] => readdirSync(folder.path).filter((name) => name.startsWith('log.spill'));
const only = (): string => folder.file(files()[0] ?? '');
const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `d-${index}`);

async function entriesOf(waymark: Waymark): Promise<readonly AuditEntry[]> {
  return waymark.log.query({}, { limit: 10_000 });
}

async function story(waymark: Waymark): Promise<readonly string[]> {
  return (await entriesOf(waymark)).map(({ event }) => {
    const payload = event.payload as { dealId?: string; lost?: number };
    return event.type === 'audit.gap_recorded' ? `lost ${payload.lost}` : (payload.dealId ?? event.type);
  });
}

describe('what does not fit into memory while the store is down', () => {
  it('waits in a file, and is recorded in order when the store is back; the file is gone then', async () => {
    const process = await open('host/1');
    await publishDown(process, deals(...names(10)));
    const { waymark } = process;
    expect(waymark.pending()).toStrictEqual({ buffered: 2, spilled: 8, lost: 0 });
    expect(files()).toHaveLength(1);
    repair();
    waymark.bus.publish(deal('newer'));
    await waymark.flush();
    expect(await story(waymark)).toStrictEqual([...names(10), 'newer']);
    expect(waymark.pending()).toStrictEqual({ buffered: 0, spilled: 0, lost: 0 });
    expect(files()).toStrictEqual([]);
    expect((await waymark.log.verify()).verdict).toBe('ok');
  });

  it('is followed there by the rest with each attempt that fails: memory is lost with the process', async () => {
    const process = await open('host/1');
    await publishDown(process, deals(...names(5)));
    expect(process.waymark.pending()).toMatchObject({ buffered: 1, spilled: 4 });
    process.scheduler.elapse();
    await process.scheduler.untilAsked(2);
    expect(process.waymark.pending()).toMatchObject({ buffered: 0, spilled: 5 });
  });

  it('is recorded as it would have been, also where nobody knows its type', async () => {
    class Unregistered extends defineEvent('odd.happened', {
      version: 1,
      severity: 'error',
      outcome: 'failure',
      category: 'decision',
      emitter: 'host',
      description: 'Something odd happened.',
      message: (odd) => `odd: ${odd.what}`,
      payload: z.object({ what: z.string() }),
    }) {}
    const process = await open('host/1');
    const odd = new Unregistered({ what: 'x' }, { actor: 'user:ada', correlationId: 'c' });
    await publishDown(process, [...deals('a', 'b', 'c'), odd]);
    processes.kill('host/1');
    repair();
    const { waymark } = await open('host/2');
    await waymark.flush();
    const entry = (await entriesOf(waymark)).find(({ event }) => event.type === 'odd.happened');
    expect(entry).toMatchObject({ severity: 'error', outcome: 'failure', category: 'decision', message: 'odd: x' });
    expect(entry?.event.toJSON()).toStrictEqual(odd.toJSON());
  });

  it('holds nothing personal in the file: no erasure reaches it', async () => {
    class Greeted extends defineEvent('person.greeted', {
      version: 1,
      severity: 'info',
      category: 'session',
      emitter: 'host',
      description: 'Somebody was greeted.',
      message: (p) => `greeted ${p.name}`,
      payload: z.object({ personId: z.string(), name: personal(z.string(), { subject: 'personId' }) }),
    }) {}
    const process = await open('host/1');
    await publishDown(process, [...deals('a', 'b', 'c'), new Greeted({ personId: 'p-1', name: 'Ada Lovelace' })]);
    expect(readFileSync(only(), 'utf8')).toContain('person.greeted');
    expect(readFileSync(only(), 'utf8')).not.toContain('Lovelace');
  });

  it('is given up where the file may not grow, and counted in its place', async () => {
    const process = await open('host/1', { spillMaxBytes: 3_000 });
    await publishDown(process, deals(...names(50)));
    const { waymark } = process;
    const { buffered, spilled, lost } = waymark.pending();
    expect(buffered).toBe(3);
    expect(spilled).toBeGreaterThan(3);
    expect(statSync(only()).size).toBeLessThanOrEqual(3_000);
    repair();
    await waymark.flush();
    waymark.bus.publish(deal('newer'));
    await waymark.flush();
    expect(await story(waymark)).toStrictEqual([...names(buffered + spilled), `lost ${lost}`, 'newer']);
    const [gap] = await waymark.log.query({ types: ['audit.gap_recorded'] });
    expect(gap?.message).toContain('the spill file had reached 3000 bytes');
  });

  it('is given up where there can be no file, and the reason is told', async () => {
    writeFileSync(folder.file('taken'), '');
    const process = await open('host/1', { spill: folder.file('taken/log.spill') });
    await publishDown(process, deals(...names(5)));
    expect(process.waymark.pending()).toStrictEqual({ buffered: 3, spilled: 0, lost: 2 });
    repair();
    await process.waymark.flush();
    const [gap] = await process.waymark.log.query({ types: ['audit.gap_recorded'] });
    expect(gap?.message).toMatch(/the spill file failed: (EEXIST|ENOTDIR)/);
  });
});

describe('a process that ends while the store is down', () => {
  it('leaves everything to the next one when it is closed, and says so', async () => {
    const process = await open('host/1', { bufferEvents: 100 });
    await publishDown(process, deals('a', 'b', 'c'));
    expect(await codeOf(process.waymark.close())).toBe('WAYMARK_NOT_RECORDED');
    expect(files()).toHaveLength(1);
    repair();
    const { waymark } = await open('host/2');
    waymark.bus.publish(deal('newer'));
    await waymark.flush();
    expect(await story(waymark)).toStrictEqual(['a', 'b', 'c', 'newer']);
    expect(files()).toStrictEqual([]);
  });

  it('leaves at least how much it was when the file takes no more', async () => {
    const process = await open('host/1', { bufferEvents: 100, spillMaxBytes: 1_000 });
    await publishDown(process, deals(...names(20)));
    expect(await codeOf(process.waymark.close())).toBe('WAYMARK_NOT_RECORDED');
    repair();
    const { waymark } = await open('host/2');
    await waymark.flush();
    const told = await story(waymark);
    const kept = told.length - 1;
    expect(told).toStrictEqual([...names(kept), `lost ${20 - kept}`]);
  });

  it('and is killed leaves what was spilled', async () => {
    const process = await open('host/1');
    await publishDown(process, deals(...names(8)));
    processes.kill('host/1');
    const next = await open('host/2');
    // The store is still down: it has to wait once more, and nothing is lost or changes its place.
    await next.scheduler.untilAsked(1);
    next.waymark.bus.publish(deal('newer'));
    repair();
    await next.waymark.flush();
    expect(await story(next.waymark)).toStrictEqual([...names(8), 'newer']);
  });

  it('in the middle of replaying: what it had recorded is not recorded twice', async () => {
    const first = await open('host/1');
    await publishDown(first, deals(...names(1_000)));
    processes.kill('host/1');
    const begun = store.unitOfWork.begun;
    store.unitOfWork.fails = (transaction) => transaction > begun + 2;
    const second = await open('host/2');
    await second.scheduler.untilAsked(1);
    const { size } = await second.waymark.log.head();
    expect(size).toBeGreaterThan(100);
    expect(size).toBeLessThan(1_000);
    processes.kill('host/2');
    repair();
    const third = await open('host/3');
    await third.waymark.flush();
    expect(await story(third.waymark)).toStrictEqual(names(1_000));
  });

  it('in the middle of writing: the torn line is counted as lost, and the rest is recorded', async () => {
    const process = await open('host/1');
    await publishDown(process, deals(...names(4)));
    processes.kill('host/1');
    truncateSync(only(), statSync(only()).size - 3);
    repair();
    const { waymark } = await open('host/2');
    await waymark.flush();
    expect(await story(waymark)).toStrictEqual([...names(3), 'lost 1']);
    expect(waymark.pending().lost).toBe(1);
  });

  it('is not confused with one that is still there', async () => {
    const process = await open('host/1');
    await publishDown(process, deals(...names(8)));
    repair();
    const other = await open('host/2');
    await other.waymark.flush();
    expect(await story(other.waymark)).toStrictEqual([]);
    await process.waymark.flush();
    expect(await story(process.waymark)).toStrictEqual(names(8));
  });
});

describe('by default', () => {
  it('a SQLite store spills beside itself', async () => {
    const path = folder.file('waymark.db');
    const identity = processes.identity('host/1');
    const config = { storage: { kind: 'sqlite', path, maxBytes: 450_000 }, log: { bufferEvents: 10 } } as const;
    const waymark = await createWaymark({ ...config, identity, scheduler: new ManualScheduler() });
    const big = 'x'.repeat(1_000);
    const events = Array.from({ length: 600 }, (_, index) => new DealCreated({ dealId: `d-${index}`, tags: [big] }));
    for (const event of events) waymark.bus.publish(event);
    expect(await codeOf(waymark.close())).toBe('WAYMARK_NOT_RECORDED');
    expect(readdirSync(folder.path).filter((name) => name.startsWith('waymark.db.spill.'))).toHaveLength(1);

    const identityAfter = processes.identity('host/2');
    const larger = await createWaymark({ ...config, identity: identityAfter, storage: `sqlite:${path}` });
    opened.push(larger);
    await larger.flush();
    expect(await story(larger)).toStrictEqual(names(600));
    expect(await larger.log.verify()).toMatchObject({ verdict: 'ok' });
    expect(readdirSync(folder.path).filter((name) => name.includes('.spill.'))).toStrictEqual([]);
  });

  it('who only reads takes nothing over', async () => {
    const path = folder.file('waymark.db');
    await (await createWaymark({ storage: `sqlite:${path}` })).close();
    writeFileSync(`${path}.spill.host%2F9.x.jsonl`, 'left behind');
    const waymark = await createWaymark({ storage: `sqlite:${path}?mode=ro` });
    await waymark.close();
    expect(readFileSync(`${path}.spill.host%2F9.x.jsonl`, 'utf8')).toBe('left behind');
  });
});
