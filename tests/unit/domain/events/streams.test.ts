import {
  EnvironmentCleanupStarted,
  EnvironmentReused,
  JobQueued,
  ToolCommandRun,
  WorkItemCreated,
} from '../../../../src/index.js';

const reused = { environmentId: 'env-1', specHash: 'a'.repeat(64), path: '/env', ageMs: 1 };

describe('the stream of an event', () => {
  it('is that of its execution, where it belongs to one', () => {
    expect(new EnvironmentReused({ ...reused, executionId: 'e-1' }).context.stream).toBe('execution/e-1');
  });

  it('is that of the thing it is about, otherwise', () => {
    expect(new EnvironmentReused(reused).context.stream).toBe('environment/env-1');
    expect(new JobQueued({ jobId: 'j-1', queue: 'q', name: 'n' }).context.stream).toBe('job/j-1');
    expect(new WorkItemCreated({ workItemId: 'w-1' }).context.stream).toBe('work_item/w-1');
  });

  it('is that of the family, where it is about nothing in particular', () => {
    expect(new EnvironmentCleanupStarted({ idleMs: 1 }).context.stream).toBe('environment');
  });

  it('takes the longest identifier, whatever it is of', () => {
    const workItemId = 'w'.repeat(256);
    expect(new WorkItemCreated({ workItemId }).context.stream).toBe(`work_item/${workItemId}`);
  });

  it.each([
    ['no identifier', 'job/'],
    ['a reserved one', 'job/__proto__'],
    ['one that is too long', `job/${'j'.repeat(257)}`],
    ['a kind that is too long', `${'k'.repeat(300)}/j-1`],
    ['a control character', 'job/a\u0000b'],
  ])('is refused with %s', (_, stream) => {
    expect(() => new WorkItemCreated({ workItemId: 'w-1' }, { stream })).toThrow('stream');
  });
});

describe('the message of an event', () => {
  it('quotes what comes from outside on one line, cut where people stop reading', () => {
    const ran = (command: string): string =>
      ToolCommandRun.definition.message({ callId: 'c', toolName: 'shell', success: true, command });
    expect(ran('npm test \\\n  --silent\n')).toBe('shell ran npm test \\ --silent');
    expect(ran('x'.repeat(5000))).toBe(`shell ran ${'x'.repeat(119)}…`);
    // Cutting a pair in two would leave what no store can keep.
    expect(ran(`${'x'.repeat(118)}${'😀'.repeat(10)}`)).toBe(`shell ran ${'x'.repeat(118)}😀…`);
  });
});
