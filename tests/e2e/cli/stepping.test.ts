import { toStoredBreakpoints } from '../../../src/domain/execution/breakpoints.js';
import { breakpointText, parseBreakpoint } from '../../../src/interfaces/cli/breakpoint-argument.js';
import type { Outcome } from './support/command-line.js';
import { json } from './support/json.js';
import { makeProject, type Project } from './support/project.js';

let project: Project;
let pipeline: string;
beforeEach(() => {
  project = makeProject();
  pipeline = project.write(
    'pipeline.yaml',
    [
      'id: letter',
      'version: "1"',
      'steps:',
      '  - { id: draft, set: { score: 0.3 } }',
      '  - { id: check, set: { score: "${{ state.score * 2 }}" } }',
      '  - { id: send, set: { sent: true } }',
    ].join('\n'),
  );
});
afterEach(() => project.remove());

/** Runs a command within this process. */
const call = (...args: string[]): Promise<Outcome> => project.look(args);

async function paused(...breakpoints: string[]): Promise<string> {
  const { stdout, stderr, code } = await call(
    'run',
    pipeline,
    '--json',
    ...breakpoints.flatMap((text) => ['--break', text]),
  );
  expect([code, stderr]).toStrictEqual([0, '']);
  const result = json(stdout) as { status: string; executionId: string };
  expect(result.status).toBe('paused');
  return result.executionId;
}

describe('a breakpoint on the command line', () => {
  it.each([
    ['review', 'review'],
    [' send:after ', { node: 'send', when: 'after' }],
    ['refine/draft:before', { node: 'refine/draft', when: 'before' }],
    ['* if state.score < 0.5', { node: '*', when: 'before', if: 'state.score < 0.5' }],
    ['send:after if state.to == "a:after"', { node: 'send', when: 'after', if: 'state.to == "a:after"' }],
    ['urn:node:1', 'urn:node:1'],
  ])('%s is read, and written again as it was', (text, expected) => {
    expect(parseBreakpoint(text)).toStrictEqual(expected);
    const [stored] = toStoredBreakpoints([parseBreakpoint(text)]);
    expect(parseBreakpoint(breakpointText(stored!))).toStrictEqual(parseBreakpoint(text.replace(':before', '').trim()));
  });

  it.each(['', '  ', ' if state.x'])('is refused without a node: "%s"', async (text) => {
    const { code, stderr } = await call('run', pipeline, '--break', text);
    expect(code).toBe(2);
    expect(stderr).toContain('It names no node.');
  });

  it('stops a run: before a node, after one, where a condition holds', async () => {
    for (const [text, next] of [
      ['check', ['check']],
      ['check:after', ['send']],
      ['* if "score" in state && state.score > 0.5', ['send']],
    ] as const) {
      const id = await paused(text);
      expect(json((await call('show', id, '--json')).stdout)).toMatchObject({ execution: { waiting: next } });
    }
    const { code, stderr } = await call('run', pipeline, '--break', 'chekc', '--json');
    expect(code).toBe(2);
    expect(stderr).toContain('WAYMARK_UNKNOWN_NODE');
  });

  it('is shown with the execution, and told of in the log', async () => {
    const id = await paused('check:after if state.score > 0.5', 'send');
    expect((await call('show', id)).stdout).toMatch(/stops at +check:after if state\.score > 0\.5; send\n/);
    const { stdout } = await call('log', '--execution', id, '--type', 'execution.breakpoint_hit');
    expect(stdout).toContain('breakpoint after check');
  });
});

describe('waymark step', () => {
  it('lets one node run after another, to the end', async () => {
    const id = await paused('draft');
    const first = await call('step', id);
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/^paused execution .*\n {2}breakpoint, before check\n/);
    expect(first.stdout).toContain(`waymark step ${id}`);
    const second = await call('step', id, '--set', 'score=1', '--reason', 'what if', '--json');
    expect(json(second.stdout)).toMatchObject({ status: 'paused', reason: 'breakpoint', nextNodeIds: ['send'] });
    const { stdout } = await call('show', id, '--state', '--json');
    expect(json(stdout)).toMatchObject({ state: { score: 2 } });
    expect(json((await call('step', id, '--all', '--json')).stdout)).toMatchObject({ status: 'completed' });
  });

  it('is refused for what does not stand still, and for options that make no sense', async () => {
    const id = await paused('draft');
    await call('resume', id, '--json');
    const ended = await call('step', id, '--json');
    expect([ended.code, json(ended.stderr)]).toMatchObject([1, { error: { code: 'WAYMARK_ILLEGAL_TRANSITION' } }]);
    expect((await call('step', id, '--nodes', '0')).code).toBe(2);
    expect((await call('step', id, '--nodes', '2', '--all')).code).toBe(2);
    expect((await call('step', '--help')).stdout).toContain('waymark step ID --all');
  });
});

describe('waymark break', () => {
  it('shows where an execution is to stop, and changes that', async () => {
    const id = await paused('draft');
    expect((await call('break', id)).stdout).toBe('draft\n');
    const changed = await call('break', id, '--set', 'check:after', '--set', 'send if state.score > 0.5', '--json');
    expect(json(changed.stdout)).toStrictEqual({
      executionId: id,
      breakpoints: [
        { node: 'check', when: 'after' },
        { node: 'send', when: 'before', if: { kind: 'expression', text: 'state.score > 0.5' } },
      ],
    });
    expect((await call('break', id)).stdout).toBe('check:after\nsend if state.score > 0.5\n');
    expect(json((await call('resume', id, '--json')).stdout)).toMatchObject({ nextNodeIds: ['send'] });
    expect((await call('break', id, '--clear')).stdout).toBe('no breakpoints\n');
    expect(json((await call('resume', id, '--json')).stdout)).toMatchObject({ status: 'completed' });
  });

  it('refuses a node that there is not, and both at once', async () => {
    const id = await paused('draft');
    const unknown = await call('break', id, '--set', 'chekc', '--json');
    expect([unknown.code, json(unknown.stderr)]).toMatchObject([2, { error: { code: 'WAYMARK_UNKNOWN_NODE' } }]);
    expect((await call('break', id, '--set', 'send', '--clear')).code).toBe(2);
    expect((await call('break', '--help')).stdout).toContain('NODE:after');
  });
});
