import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');

describe('the refund desk', () => {
  let printed: string;
  let complaints: string;
  beforeAll(async () => {
    const program = fileURLToPath(new URL('examples/run.mjs', root));
    const { stdout, stderr } = await run(process.execPath, [program, 'langgraph/main.ts']);
    printed = stdout;
    complaints = stderr;
  });

  const lines = (pattern: RegExp): readonly string[] =>
    printed
      .split('\n')
      .filter((line) => pattern.test(line))
      .map((line) => line.trim().replaceAll(/\s+/g, ' '));

  it('asks a person, and does what they decide', () => {
    expect(printed).toMatch(/^waiting at approve: .*"checks":\["fraud: fine","stock: fine","ledger: fine"\]/);
    expect(printed).toContain('Paid, because: the lamps were broken');
  });

  it('goes back and asks again, with what was edited, and forks to try something else', () => {
    expect(printed).toContain('Paid, because: only 8 EUR');
    expect(printed).toContain('Paid, because: ask again');
  });

  it('is told as runs of one execution, with who went back, and why', () => {
    expect(lines(/^(?:execution|checkpoint)\./)).toStrictEqual([
      'execution.started refund-desk 1.0.0 started',
      'execution.paused paused (approval) before approve',
      'execution.resumed resumed at approve (user:ada)',
      'execution.completed completed: 2 nodes (user:ada)',
      'checkpoint.rollback_requested rollback requested: the ledger was wrong (user:grace)',
      'execution.state_modified state edited: the ledger was wrong (user:grace)',
      'execution.paused paused (rollback) before approve (user:grace)',
      'execution.resumed resumed at approve',
      'execution.paused paused (approval) before approve',
      'execution.resumed resumed at approve',
      'execution.completed completed: 2 nodes',
      'execution.forked forked from refund-17: what if (user:grace)',
    ]);
  });

  it('is told of its loop, with the calls in their nodes', () => {
    expect(lines(/node\.started +agent|tool\.started|llm\.started/)).toStrictEqual([
      'node.started agent started',
      'llm.started scripted-1 asked',
      'tool.started find_order called',
      'node.started agent (occurrence 2) started',
      'llm.started scripted-1 asked',
      'tool.started find_policy called',
      'node.started agent (occurrence 3) started',
      'llm.started scripted-1 asked',
    ]);
  });

  it('is told of the checks that run side by side', () => {
    const [started, completed] = [lines(/node\.started +check/), lines(/node\.completed +check/)];
    expect([started.length, completed.length]).toStrictEqual([3, 3]);
    expect(printed.indexOf('check (occurrence 3) started')).toBeLessThan(printed.indexOf('check completed'));
  });

  it('leaves its checkpoints, a log that verifies, and nothing to complain of', () => {
    expect(printed.trimEnd()).toMatch(/\n14 checkpoints; the log is ok$/);
    expect(complaints).toBe('');
  });

  it('has a README that names its files', () => {
    const readme = read('examples/langgraph/README.md');
    const files = ['main.ts', 'refund-desk.ts', 'scripted-model.ts'];
    expect(files.filter((name) => !readme.includes(name))).toStrictEqual([]);
  });
});
