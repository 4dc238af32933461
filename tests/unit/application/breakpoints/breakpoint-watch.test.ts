import { BreakpointWatch } from '../../../../src/application/execution/breakpoints/breakpoint-watch.js';
import { asHeld } from '../../../../src/application/execution/breakpoints/condition.js';
import type { ReachedBy } from '../../../../src/application/execution/breakpoints/reached-node.js';
import { type Holds, STEP_BREAKPOINT, type StoredBreakpoint } from '../../../../src/domain/execution/breakpoints.js';
import { expr } from '../../../../src/domain/workflow/nodes/expression.js';
import { caught } from '../../../support/caught.js';

let state: { readonly total: number };
beforeEach(() => {
  state = { total: 0 };
});
const asked: string[] = [];
const holds: Holds = ({ text }, { state: seen }) => {
  asked.push(text);
  return seen['total'] === Number(text);
};
const node = (at: string) => ({
  at,
  nodeId: at.replaceAll(/\[\d+\]/g, ''),
  scope: () => ({ state, input: {}, occurrence: 1 }),
});
/** Without conditions nobody looks at the state. */
const nowhere = {} as ReachedBy;
const watching = (breakpoints: readonly StoredBreakpoint[], passed: readonly string[] = []) =>
  new BreakpointWatch(breakpoints, { passed: new Set(passed) }, holds);

describe('the watch for breakpoints', () => {
  it('holds a node, and lets what is beside it start', () => {
    const watch = watching(['a']);
    expect([watch.mayStart(node('a')), watch.mayStart(node('b'))]).toStrictEqual([false, true]);
    expect(watch.standingAt([node('a')]).map(({ at }) => at)).toStrictEqual(['a']);
  });

  it('lets a node go that is passed, in this pass of a loop and not in the next', () => {
    const watch = watching(['refine/draft'], ['refine[1]/draft']);
    expect(watch.mayStart(node('refine[1]/draft'))).toBe(true);
    expect(watch.mayStart(node('refine[2]/draft'))).toBe(false);
  });

  it('asks a condition once for each node: what is held stays held, what was let go is tried again freely', () => {
    asked.length = 0;
    const watch = watching([
      { node: 'a', when: 'before', if: expr('0') },
      { node: 'b', when: 'before', if: expr('1') },
    ]);
    expect([watch.mayStart(node('a')), watch.mayStart(node('b'))]).toStrictEqual([false, true]);
    state = { total: 1 };
    expect([watch.mayStart(node('a')), watch.mayStart(node('b'))]).toStrictEqual([false, true]);
    expect(asked).toStrictEqual(['0', '1']);
  });

  it('stops everything after a node, and tells what is passed by going on', () => {
    const watch = watching([{ node: 'a', when: 'after' }, 'b']);
    expect(watch.mayStart(node('a'))).toBe(true);
    watch.completed([{ nodeId: 'a', occurrence: 1, attempt: 1 }], nowhere);
    expect(watch.isStopping).toBe(true);
    expect([watch.mayStart(node('b')), watch.mayStart(node('c'))]).toStrictEqual([false, false]);
    const hits = watch.standingAt([node('b'), node('c')]);
    expect(hits.map(({ at, breakpoint }) => [at, breakpoint.when])).toStrictEqual([
      ['a', 'after'],
      ['b', 'before'],
    ]);
  });

  it('holds everything but what a step lets go, and tells of breakpoints that it comes to', () => {
    const released = { passed: new Set(['a', 'b']), step: new Set(['a']) };
    const watch = new BreakpointWatch(['b', 'd', STEP_BREAKPOINT], released, holds);
    expect([watch.isHeld, watch.isStopping]).toStrictEqual([true, false]);
    expect(['a', 'b', 'c', 'd'].map((at) => watch.mayStart(node(at)))).toStrictEqual([true, false, false, false]);
    // What was stopped at before the step is not told of once more.
    expect(watch.standingAt([node('b'), node('c'), node('d')]).map(({ at }) => at)).toStrictEqual(['d']);
    expect(watching([]).isIdle).toBe(true);
  });

  it('takes other breakpoints on the way', () => {
    const watch = watching(['a']);
    expect(watch.mayStart(node('a'))).toBe(false);
    watch.follow(['b']);
    expect([watch.mayStart(node('a')), watch.mayStart(node('b'))]).toStrictEqual([true, false]);
  });
});

it('a condition is held to an answer', async () => {
  const stop = { node: 'a', when: 'before' } as const;
  expect([asHeld(true, stop), asHeld(false, stop)]).toStrictEqual([true, false]);
  for (const [held, what] of [
    [null, 'null'],
    [1, 'number'],
    [Promise.resolve(true), 'a promise'],
  ] as const) {
    expect(await caught(() => asHeld(held, stop))).toMatchObject({
      code: 'WAYMARK_CONDITION_NOT_BOOLEAN',
      message: expect.stringContaining(what),
    });
  }
});
