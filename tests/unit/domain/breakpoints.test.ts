import {
  asBreakpoint,
  breakpointNodes,
  type BreakpointScope,
  type Holds,
  hitAt,
  isStepping,
  lastingBreakpoints,
  STEP_BREAKPOINT,
  toStoredBreakpoints,
} from '../../../src/domain/execution/breakpoints.js';
import { expr } from '../../../src/domain/workflow/nodes/expression.js';
import { caught } from '../../support/caught.js';

const scope: BreakpointScope = { state: { total: 3 }, input: {}, occurrence: 1 };
const node = (at: string, nodeId = at) => ({ at, nodeId, scope: () => scope });
const holds: Holds = ({ text }) => {
  if (text === 'broken') throw new Error('no such name');
  return text === 'true';
};

describe('breakpoints as they are kept', () => {
  it('are an id where that says it all, and an object otherwise', () => {
    const kept = toStoredBreakpoints([
      'a',
      { node: 'b' },
      { node: 'c', when: 'after' },
      { node: 'd', if: 'state.total > 2' },
      { node: 'e', when: 'before', if: expr('true') },
    ]);
    expect(kept).toStrictEqual([
      'a',
      'b',
      { node: 'c', when: 'after' },
      { node: 'd', when: 'before', if: { kind: 'expression', text: 'state.total > 2' } },
      { node: 'e', when: 'before', if: { kind: 'expression', text: 'true' } },
    ]);
    // What was kept can be given again.
    expect(toStoredBreakpoints(kept)).toStrictEqual(kept);
  });

  it.each([
    ['a name', 'a', /must be a list/],
    ['a number in the list', [5], /must be a list/],
    ['null in the list', [null], /must be a list/],
    ['no node', [{ when: 'after' }], /must be a list/],
    ['another moment', [{ node: 'a', when: 'during' }], /it can be before, after/],
    ['another key', [{ node: 'a', wehn: 'after' }], /no part of a breakpoint "wehn"/],
    ['a condition of no sort', [{ node: 'a', if: 5 }], /condition of a breakpoint is 5/],
    ['what belongs to a step', [STEP_BREAKPOINT], /no part of a breakpoint "once"/],
  ])('are refused: %s', async (_, given, message) => {
    const error = await caught(() => toStoredBreakpoints(given));
    expect(error).toMatchObject({ code: 'WAYMARK_INVALID_ARGUMENT', message: expect.stringMatching(message) });
  });

  it('are no functions, which could not be kept', async () => {
    const error = await caught(() => toStoredBreakpoints([{ node: 'a', if: () => true }]));
    expect(error).toMatchObject({
      code: 'WAYMARK_BREAKPOINT_FUNCTION',
      message: expect.stringContaining('at a is a function'),
      hint: expect.stringContaining('expression'),
    });
  });

  it('of a step are gone when it is over', () => {
    const during = ['a', STEP_BREAKPOINT];
    expect(isStepping(during)).toBe(true);
    expect(lastingBreakpoints(during)).toStrictEqual(['a']);
    expect(breakpointNodes([...during, { node: 'a', when: 'after' }, 'b'])).toStrictEqual(['a', 'b']);
  });
});

describe('a node with a breakpoint', () => {
  it('is stopped at on the side that was named, by its id whatever its address', () => {
    const stops = ['a', { node: 'refine/draft', when: 'after' as const }];
    expect(hitAt(stops, 'before', node('a'), holds)?.breakpoint).toStrictEqual(asBreakpoint('a'));
    expect(hitAt(stops, 'after', node('a'), holds)).toBeUndefined();
    expect(hitAt(stops, 'after', node('refine[2]/draft', 'refine/draft'), holds)).toMatchObject({
      at: 'refine[2]/draft',
      nodeId: 'refine/draft',
    });
    expect(hitAt(stops, 'before', node('refine[2]/draft', 'refine/draft'), holds)).toBeUndefined();
  });

  it('is stopped at by * too', () => {
    expect(hitAt(['*'], 'before', node('whatever'), holds)?.nodeId).toBe('whatever');
    expect(hitAt(['*'], 'after', node('whatever'), holds)).toBeUndefined();
  });

  it('is stopped at where its condition holds, and by the first of several that does', () => {
    const when = (text: string) => ({ node: 'a', when: 'before' as const, if: expr(text) });
    expect(hitAt([when('false')], 'before', node('a'), holds)).toBeUndefined();
    expect(hitAt([when('false'), when('true'), 'a'], 'before', node('a'), holds)?.breakpoint.if?.text).toBe('true');
  });

  it('is stopped at where its condition can not be told, with the reason', () => {
    const stop = { node: 'a', when: 'after' as const, if: expr('broken') };
    expect(hitAt([stop], 'after', node('a'), holds)).toMatchObject({ error: { message: 'no such name' } });
  });

  it('has its scope made only where somebody asks', () => {
    const unasked = { at: 'a', nodeId: 'a', scope: () => Promise.reject.call(null) as never };
    expect(hitAt(['a', 'b'], 'before', unasked, holds)).toBeDefined();
    expect(hitAt(['b'], 'before', unasked, holds)).toBeUndefined();
  });
});
