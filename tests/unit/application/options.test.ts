import type { Waymark } from '../../../src/index.js';
import { caughtWaymark } from '../../support/caught.js';
import { openWaymark } from '../../support/open-waymark.js';
import { chain } from '../../support/workflows.js';

/** What JavaScript may pass, and TypeScript would not. */
type Anything = any; // oxlint-disable-line typescript/no-explicit-any

let waymark: Waymark;
let id: string;
let checkpointId: string;

beforeEach(async () => {
  waymark = await openWaymark();
  const run = await waymark.executions.start(chain(), {}, { breakpoints: ['b'] });
  await run.result();
  id = run.id;
  checkpointId = (await waymark.executions.get(id)).headCheckpointId;
});

describe('an option that there is not, or of another form, is refused', () => {
  const handler = (): void => undefined;
  it.each<[string, (executions: Anything, all: Anything) => unknown, RegExp]>([
    // It would run through.
    [
      'start: misspelt',
      (e) => e.start(chain(), {}, { breakpoint: ['b'] }),
      /no start option "breakpoint".*breakpoints/,
    ],
    ['start: a name for breakpoints', (e) => e.start(chain(), {}, { breakpoints: 'b' }), /breakpoints must be a list/],
    ['start: a number in them', (e) => e.start(chain(), {}, { breakpoints: [5] }), /breakpoints must be a list/],
    ['start: a number for a label', (e) => e.start(chain(), {}, { label: 5 }), /label must be a string/],
    ['start: a label with an escape', (e) => e.start(chain(), {}, { label: '\u001b[2J' }), /label .*control/],
    ['start: no signal', (e) => e.start(chain(), {}, { signal: {} }), /AbortSignal/],
    ['start: no options', (e) => e.start(chain(), {}, null), /null/],
    ['start: a list', (e) => e.start(chain(), {}, ['b']), /start option/],
    ['resume: misspelt', (e) => e.resume(id, { patch: {} }), /no resume option "patch".*statePatch/],
    ['resume: a word for yes', (e) => e.resume(id, { takeOver: 'yes' }), /takeOver is "yes".*boolean/],
    ['pause: misspelt', (e) => e.pause(id, { why: 'x' }), /no pause option "why".*reason/],
    [
      'restart: a patch, which has no place',
      (e) => e.restart(id, { statePatch: {} }),
      /no restart option "statePatch"/,
    ],
    [
      'rollback: a word',
      (e) => e.rollback(id, checkpointId, { onCompensationFailure: 'go' }),
      /onCompensationFailure is "go"/,
    ],
    [
      'rollback: a word for no',
      (e) => e.rollback(id, checkpointId, { compensate: 'no' }),
      /compensate is "no".*boolean/,
    ],
    ['cancel: misspelt', (e) => e.cancel(id, { reson: 'x' }), /no cancel option "reson".*reason/],
    ['cancel: a number for a reason', (e) => e.cancel(id, { reason: 5 }), /reason is 5/],
    [
      'rollback: a label, which has no place',
      (e) => e.rollback(id, checkpointId, { label: 'x' }),
      /no rollback option/,
    ],
    ['fork: misspelt', (e) => e.fork(checkpointId, { state: {} }), /no fork option "state".*statePatch/],
    // It would find everything.
    ['list: misspelt', (e) => e.list({ workflowid: 'x' }), /"workflowid".*workflowId, status/],
    ['list: a status that there is not', (e) => e.list({ status: 'bogus' }), /status is "bogus".*running, paused/],
    ['list: nothing', (e) => e.list(null), /null/],
    ['history: misspelt', (_, { bus }) => bus.history({ topics: '*' }), /"topics".*topic, after, .*limit/],
    ['history: a limit below zero', (_, { bus }) => bus.history({ limit: -1 }), /limit is -1/],
    ['history: after no number', (_, { bus }) => bus.history({ after: Number.NaN }), /NaN/],
    ['subscribe: misspelt', (_, { bus }) => bus.subscribe('**', handler, { filters: handler }), /"filters".*filter/],
    ['subscribe: a name that is none', (_, { bus }) => bus.subscribe('**', handler, { name: 5 }), /name .*is 5/],
    ['subscribe: no filter', (_, { bus }) => bus.subscribe('**', handler, { filter: 'x' }), /filter is "x"/],
    ['subscribe: a word for once', (_, { bus }) => bus.subscribe('**', handler, { once: 'no' }), /once is "no"/],
    ['subscribe: no signal', (_, { bus }) => bus.subscribe('**', handler, { signal: 5 }), /AbortSignal/],
  ])('%s', async (_, call, expected) => {
    const error = await caughtWaymark(async () => call(waymark.executions, waymark));
    expect(error.code).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(error.message).toMatch(expected);
    expect((await waymark.executions.list()).map(({ status }) => status)).toStrictEqual(['paused']);
    expect(waymark.bus.metrics().subscriptions).toBe(1);
  });

  it.each<[string, Anything, Anything, RegExp]>([
    ['a category that there is not', { category: 'bogus' }, {}, /category is "bogus".*tool_usage/],
    ['a misspelt key', { excutionId: id }, {}, /no filter "excutionId".*executionId/],
    ['a misspelt page option', {}, { offset: 5 }, /no page option "offset".*after, limit, order/],
  ])('query: %s', async (_, filter, page, expected) => {
    const error = await caughtWaymark(waymark.log.query(filter, page));
    expect(error.code).toBe('WAYMARK_INVALID_QUERY');
    expect(error.message).toMatch(expected);
  });

  it('and one that is left out with undefined is not there', async () => {
    const none: Anything = { breakpoints: undefined, label: undefined, signal: undefined, actor: undefined };
    expect(await (await waymark.executions.start(chain(), {}, none)).result()).toMatchObject({ status: 'completed' });
    expect(await waymark.executions.list({ status: undefined } as Anything)).toHaveLength(2);
    expect(waymark.bus.history({ after: undefined, limit: 0 } as Anything).events).toStrictEqual([]);
  });
});
