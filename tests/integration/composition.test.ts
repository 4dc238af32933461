import { Container } from 'inversify';
import {
  createWaymark,
  type EventBus,
  InMemoryAuditLogRepository,
  TOKENS,
  Waymark,
  waymarkModule,
} from '../../src/index.js';
import { caughtWaymark, codeOf } from '../support/caught.js';
import { deal, deals } from '../support/deals.js';
import { recordedTypes } from '../support/open-waymark.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { chain } from '../support/workflows.js';

const folder = makeTemporaryFolder();
afterAll(() => folder.remove());

describe('a host', () => {
  it("takes the log's repository for one in memory, while the rest stays as it was configured", async () => {
    const storage = `sqlite:${folder.file('rebound.db')}`;
    const container = new Container();
    container.load(waymarkModule({ storage }));
    const repository = new InMemoryAuditLogRepository();
    container.rebind(TOKENS.AuditLogRepository).toConstantValue(repository);
    const waymark = await container.getAsync(TOKENS.Waymark);
    const run = await waymark.executions.start(chain(), { x: 1 });
    expect(await run.result()).toMatchObject({ status: 'completed' });
    waymark.bus.publish(deal());
    await waymark.flush();
    const { size } = await repository.head();
    expect(size).toBeGreaterThan(15);
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok', checked: size });
    await waymark.close();

    const plain = await createWaymark({ storage });
    expect(await recordedTypes(plain)).toStrictEqual([]);
    expect(await plain.executions.get(run.id)).toMatchObject({ status: 'completed' });
    expect(await plain.checkpoints.list(run.id)).toHaveLength(4);
    await plain.close();
  });

  it('finds every service under its token, once for the container', async () => {
    const container = new Container();
    container.load(waymarkModule({ storage: 'memory:' }));
    for (const token of Object.values(TOKENS)) {
      const [first, second] = [await container.getAsync<unknown>(token), await container.getAsync<unknown>(token)];
      expect(first).toBeDefined();
      expect(second).toBe(first);
    }
    const waymark = await container.getAsync(TOKENS.Waymark);
    expect(waymark.bus).toBe(await container.getAsync<EventBus>(TOKENS.EventBus));
  });

  it('may have several, which know nothing of each other', async () => {
    const [one, two] = [await createWaymark({ storage: 'memory:' }), await createWaymark({ storage: 'memory:' })];
    one.bus.publish(deal());
    await Promise.all([one.flush(), two.flush()]);
    expect([(await one.log.head()).size, (await two.log.head()).size]).toStrictEqual([1, 0]);
  });
});

describe('createWaymark', () => {
  it.each([
    ['nothing', undefined, 'neither memory: nor sqlite:PATH'],
    ['an empty string', '', 'neither'],
    ['memory without its colon', 'memory', 'neither'],
    ['memory with something behind it', 'memory:x', 'neither'],
    ['another database', 'mysql://localhost', 'neither'],
    ['a number', 5, 'neither'],
    ['no file', 'sqlite:', 'names no file'],
    ['no file but options', 'sqlite:?mode=ro', 'names no file'],
    ['a NUL character', 'sqlite:a\u0000b', 'NUL'],
    ['a misspelt option', 'sqlite:a.db?mod=ro', 'there is no option mod'],
    ['an unknown mode', 'sqlite:a.db?mode=rwx', 'mode can be'],
    ['a wait in words', 'sqlite:a.db?lockTimeoutMs=soon', 'whole number'],
    ['a negative size', 'sqlite:a.db?maxBytes=-1', 'whole number'],
    ['an option without a value', 'sqlite:a.db?maxBytes=', 'whole number'],
    ['a durability that there is not', 'sqlite:a.db?durability=most', 'durability can be full, normal, off'],
    ['a misspelt option beside a path', { kind: 'sqlite', path: 'a.db', durabilty: 'off' }, 'no option durabilty'],
    ['mustExist that is neither', 'sqlite:a.db?mustExist=yes', 'mustExist can be'],
  ])('refuses %s as a storage', async (_, storage, why) => {
    const error = await caughtWaymark(createWaymark({ storage: storage as string }));
    expect(error.code).toBe('WAYMARK_INVALID_STORAGE');
    expect(error.message).toContain(why);
    expect(error.hint).toBeTruthy();
  });

  it.each([
    ['a history of half an event', { historySize: 0.5 }],
    ['a negative history', { historySize: -1 }],
    ['no depth at all', { maxPublishDepth: 0 }],
    ['no cascade at all', { maxPublishCascade: 0 }],
  ])('refuses %s', async (_, config) => {
    expect(await codeOf(createWaymark({ storage: 'memory:', ...config }))).toBe('WAYMARK_INVALID_ARGUMENT');
  });

  it('gives the bus the size and the depth that were asked for', async () => {
    const waymark = await createWaymark({ storage: 'memory:', historySize: 2, maxPublishDepth: 3 });
    waymark.bus.subscribe('deal.*', () => waymark.bus.publish(deal()));
    waymark.bus.publish(deal());
    const { events, newest } = waymark.bus.history({});
    expect(events).toHaveLength(2);
    // Three in a chain, and the report of the handler that was stopped.
    expect(newest).toBe(4);
    expect(waymark.bus.history({ topic: 'bus.handler_failed' }).events).toHaveLength(1);
  });
});

describe('flush and close', () => {
  it('may be repeated, at the same time and afterwards', async () => {
    const waymark = await createWaymark({ storage: `sqlite:${folder.file('closed.db')}` });
    expect(waymark).toBeInstanceOf(Waymark);
    waymark.bus.publish(deal());
    await Promise.all([waymark.flush(), waymark.flush()]);
    expect((await waymark.log.head()).size).toBe(1);
    await Promise.all([waymark.close(), waymark.close()]);
    await waymark.close();
    await waymark.flush();
  });

  it('refuse everything afterwards, by name', async () => {
    const waymark = await createWaymark({ storage: 'memory:' });
    await waymark.close();
    expect(await codeOf(() => waymark.bus.publish(deal()))).toBe('WAYMARK_BUS_CLOSED');
    expect(await codeOf(waymark.log.append(deals('late')))).toBe('WAYMARK_CLOSED');
    expect(await codeOf(waymark.executions.start(chain()))).toBe('WAYMARK_CLOSED');
  });

  it('close at the end of a block, with everything recorded', async () => {
    const storage = `sqlite:${folder.file('block.db')}`;
    {
      await using waymark = await createWaymark({ storage });
      waymark.bus.publish(deal());
    }
    await using reopened = await createWaymark({ storage });
    expect(await reopened.log.verify()).toMatchObject({ verdict: 'ok', checked: 1 });
  });
});
