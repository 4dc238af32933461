import { runCli } from '../../../src/interfaces/cli/program.js';
import type { CliIo } from '../../../src/interfaces/cli/cli-io.js';
import { Readable } from 'node:stream';
import { graphOfWorkflow, renderWaterfall, toMermaid, type Waymark } from '../../../src/index.js';
import { graphView } from '../../../src/interfaces/cli/output/insight-views.js';
import { widthOf } from '../../../src/interfaces/text/columns.js';
import { Session } from '../../../src/interfaces/cli/session.js';
import { FakeClock } from '../../support/fake-clock.js';
import { readFlowchart } from '../../support/mermaid.js';
import { openWaymark } from '../../support/open-waymark.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { chain, diamond } from '../../support/workflows.js';
import type { Outcome } from './support/command-line.js';
import { call, Recorder, type World } from './support/in-process.js';
import { json, jsonLines } from './support/json.js';
import { makeProject } from './support/project.js';

const START = Date.UTC(2026, 0, 31, 12);
const widest = (text: string): number => Math.max(...text.split('\n').map(widthOf));

describe('what an execution did, at the command line', () => {
  let folder: TemporaryFolder;
  const waymark = (args: readonly string[], world?: World): Promise<Outcome> =>
    call([...args, '--store', folder.file('waymark.db')], world);
  const open = (clock = new FakeClock(START)): Promise<Waymark> =>
    openWaymark({ storage: `sqlite:${folder.file('waymark.db')}`, clock });

  beforeAll(async () => {
    folder = makeTemporaryFolder();
    const clock = new FakeClock(START);
    const recording = await open(clock);
    const run = await recording.recorder.execution({ workflow: 'nightly', executionId: 'n1' });
    await run.node('fetch', () => clock.advance(1_000), { name: 'Fetch the rows' });
    await Promise.all(['a', 'b'].map((key) => run.node('load', () => clock.advance(250), { key })));
    const kept = await run.checkpoint();
    await run.node('outer', (node) => node.node('inner', () => clock.advance(100)));
    await run.complete();
    await recording.executions.fork(kept, { executionId: 'standing' });
    const bare = await recording.recorder.execution({ workflow: 'nightly', executionId: 'bare' });
    await bare.fail(new Error('nothing to do'));
    await (await recording.executions.start(diamond(), {}, { executionId: 'd1' })).result();
    await recording.close();
  });
  afterAll(() => folder.remove());

  it('show --waterfall draws what ran when, and what decided how long it took', async () => {
    const { code, stdout, stderr } = await waymark(['show', 'n1', '--waterfall']);
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('execution n1  nightly  completed');
    expect(lines[2]).toMatch(/^ +0 +1\.6 s$/);
    expect(lines[3]).toMatch(/^✓ Fetch the rows \* +█+ +1\.0 s$/);
    expect(lines[4]).toMatch(/^✓ load/);
    expect(lines[5]).toMatch(/^✓ load \(2\) \*/);
    expect(lines[6]).toMatch(/^✓ outer/);
    expect(lines[7]).toMatch(/^ {2}✓ inner/);
    expect(stdout).toMatch(/critical path {2}.* of 1\.6 s: Fetch the rows →/);
    expect(stdout).not.toContain('\u001b');
  });

  it.each([40, 60, 100, 200])('keeps within %i columns', async (terminal) => {
    const { stdout } = await waymark(['show', 'n1', '--waterfall', '--slowest', '3', '--graph'], {
      terminal,
      env: { NO_COLOR: '1' },
    });
    expect(widest(stdout)).toBeLessThanOrEqual(terminal);
  });

  it('colours it on a terminal', async () => {
    const { stdout } = await waymark(['show', 'n1', '--waterfall'], { terminal: 100, env: { FORCE_COLOR: '1' } });
    expect(stdout).toContain('\u001b[32m');
  });

  it('show --slowest lists the nodes that took longest', async () => {
    const { stdout } = await waymark(['show', 'n1', '--slowest', '1']);
    expect(stdout).toMatch(/NODE +TOTAL +RUNS +MEAN +LONGEST/);
    expect(stdout).toMatch(/^fetch +1\.0 s +1 +1\.0 s +1\.0 s +Fetch the rows$/m);
    expect(stdout).not.toMatch(/^load/m);
    expect((await waymark(['show', 'n1', '--slowest', '0'])).code).toBe(2);
  });

  it('show --why says why it waits, since when, and whose turn it is', async () => {
    const { stdout } = await waymark(['show', 'standing', '--why']);
    expect(stdout).toContain('requested  somebody paused it');
    expect(stdout).toMatch(/since +2026-01-31T12:00:01.\d+Z \(.* ago\)/);
    expect(stdout).toContain('recorder.open(executionId)');
    const failed = await waymark(['show', 'bare', '--why']);
    expect(failed.stdout).toContain('it failed: nothing to do');
    expect(failed.stdout).toContain('waymark rollback bare --to ');
  });

  it('show --graph and graph draw its nodes with their statuses', async () => {
    const { stdout } = await waymark(['show', 'n1', '--graph']);
    expect(stdout).toMatch(/NODE +STATUS +TOOK +KIND +THEN/);
    expect(stdout).toMatch(/^✓ fetch \(Fetch the rows\) +completed +1\.0 s +task +→ load$/m);
    expect(stdout).toMatch(/^✓ load +completed ×2/m);
    expect(stdout).toMatch(/^ {2}✓ inner/m);
    expect((await waymark(['graph', 'n1'])).stdout).toBe(stdout);
  });

  it('--mermaid prints a flowchart and nothing else', async () => {
    for (const args of [
      ['show', 'n1', '--mermaid'],
      ['graph', 'd1', '--mermaid'],
    ]) {
      const { stdout } = await waymark(args);
      const { labels, classes } = readFlowchart(stdout.trimEnd());
      expect(labels.size).toBe(4);
      expect(classes.get('completed')).toHaveLength(4);
    }
  });

  it('prints all of it as JSON', async () => {
    const args = ['--waterfall', '--graph', '--why', '--slowest', '2', '--mermaid', '--json'];
    const { stdout } = await waymark(['show', 'n1', ...args]);
    expect(json(stdout)).toMatchObject({
      kind: 'execution',
      execution: { id: 'n1' },
      leftBehind: false,
      waterfall: { totalMs: 1_600, rows: [{ nodeId: 'fetch', offsetMs: 0, lengthMs: 1_000 }, {}, {}, {}, {}] },
      criticalPath: { steps: expect.any(Array) },
      slowest: [{ nodeId: 'fetch' }, { nodeId: 'load' }],
      why: [{ kind: 'ended' }],
      graph: { nodes: expect.any(Array), edges: expect.any(Array) },
      mermaid: expect.stringContaining('flowchart TD'),
    });
  });

  it('says so where there is nothing to draw', async () => {
    const { stdout } = await waymark(['show', 'bare', '--waterfall', '--graph', '--slowest', '3']);
    expect(stdout.match(/no node has begun/g)).toHaveLength(3);
    const unknown = await waymark(['show', 'nobody', '--why']);
    expect({ code: unknown.code, stderr: unknown.stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('WAYMARK_EXECUTION_NOT_FOUND'),
    });
    expect((await waymark(['show', 'n1', '--watch', '--why'])).code).toBe(2);
  });

  it('show points at them', async () => {
    const { stdout } = await waymark(['show', 'standing']);
    expect(stdout).toContain('waymark show standing --why');
    expect(stdout).not.toContain('waymark resume');
  });

  describe('--watch', () => {
    it('tells of one that has ended, and ends', async () => {
      const { code, stdout } = await waymark(['show', 'n1', '--watch']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^#\d+ \S+Z execution\.started /);
      expect(stdout.trimEnd().split('\n').at(-1)).toContain('execution.completed');
      const lines = jsonLines((await waymark(['show', 'n1', '--watch', '--json'])).stdout);
      expect(lines.at(-1)).toMatchObject({ type: 'execution.completed', payload: { executionId: 'n1' } });
      const drawn = await waymark(['show', 'n1', '--watch'], { terminal: 80, env: { NO_COLOR: '1' } });
      expect(drawn.stdout).toContain('✓ Fetch the rows');
    });

    it('goes on with one that another process runs, until it ends', async () => {
      const other = await open();
      const run = await other.recorder.execution({ workflow: 'live', executionId: 'live' });
      await run.node('first', () => ({}));
      const seen = new Watched();
      const watching = runCli(['show', 'live', '--watch', '--store', folder.file('waymark.db')], seen.io);
      await seen.until(/node\.completed first/);
      await run.node('second', () => ({}));
      await seen.until(/node\.completed second/);
      await run.complete();
      expect(await watching).toBe(0);
      expect(seen.stdout.text.trimEnd().split('\n').at(-1)).toContain('execution.completed');
      await other.close();
    });

    it('draws it anew on a terminal, and ends with Ctrl-C', async () => {
      const other = await open();
      const run = await other.recorder.execution({ workflow: 'live', executionId: 'drawn' });
      await run.node('first', () => ({}));
      const seen = new Watched(80);
      const watching = runCli(['show', 'drawn', '--watch', '--store', folder.file('waymark.db')], seen.io);
      await seen.until(/✓ first/);
      await run.node('second', () => ({}));
      await seen.until(/✓ second/);
      expect(seen.stdout.text).toContain('A\r\u001b[J');
      seen.interrupt();
      expect(await watching).toBe(0);
      await run.complete();
      await other.close();
    });
  });
});

describe('a definition at the command line', () => {
  it('is drawn as a list with what follows what', () => {
    const io = new Watched().io;
    const session = new Session(io, { color: false }, new AbortController().signal);
    expect(graphView(session, graphOfWorkflow(diamond()))).toBe(
      [
        'NODE   KIND  THEN',
        'split  task  → left, → right',
        'left   task  → join',
        'right  task  → join',
        'join   task',
      ].join('\n'),
    );
    expect(readFlowchart(toMermaid(graphOfWorkflow(chain()))).edges).toHaveLength(2);
  });
});

describe('a file at the command line', () => {
  it('is drawn, and so is what ran of it, with its definition', async () => {
    const project = makeProject();
    const drawn = await project.waymark(['graph', 'gate.mjs']);
    expect(drawn).toMatchObject({ code: 0, stderr: '' });
    expect(drawn.stdout).toMatch(
      /^gate 1\n\nNODE +KIND +THEN\nload +task +→ check\ncheck +task +→ report\nreport +task\n$/,
    );
    const flowchart = readFlowchart((await project.waymark(['graph', 'gate.mjs', '--mermaid'])).stdout.trimEnd());
    expect([...flowchart.labels.values()]).toStrictEqual(['load', 'check', 'report']);
    expect((await project.waymark(['graph', 'none.mjs'])).stderr).toContain('WAYMARK_WORKFLOW_FILE_NOT_FOUND');
    const run = await project.waymark(['run', 'gate.mjs', '--input', '{"limit":1}', '--json']);
    const { executionId } = json(run.stdout) as { readonly executionId: string };
    const graph = await project.waymark(['show', executionId, '--graph']);
    expect(graph.stdout).toMatch(/^✗ check +failed/m);
    expect(graph.stdout).toMatch(/^○ report +pending/m);
    project.remove();
  }, 60_000);
});

describe('a long wait', () => {
  it('is cut, so that what works can be seen', async () => {
    const clock = new FakeClock(START);
    const waymark = await openWaymark({ clock });
    const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'x' });
    await run.node('before', () => clock.advance(1_000));
    await run.pause('approval');
    clock.advance(86_400_000);
    const again = await waymark.recorder.open('x');
    await again.node('after', () => clock.advance(1_000));
    await again.complete();
    const drawn = renderWaterfall(await waymark.insight.waterfall('x'), { width: 60 });
    const [, before = '', after = ''] = drawn.split('\n');
    expect(before.match(/█/g)?.length).toBeGreaterThan(10);
    expect(after.match(/█/g)?.length).toBeGreaterThan(10);
    expect(drawn).toContain('┊ nothing works, not to scale');
    await waymark.close();
  });
});

/** A command that goes on until it is interrupted: what it prints is waited for. */
class Watched {
  readonly stdout: Recorder;
  readonly io: CliIo;
  interrupt = (): void => undefined;
  readonly #watchers = new Set<() => void>();

  constructor(terminal?: number) {
    const watchers = this.#watchers;
    this.stdout = new (class extends Recorder {
      override write(text: string, done?: () => void): boolean {
        const isTaken = super.write(text, done);
        for (const look of watchers) look();
        return isTaken;
      }
    })(terminal);
    this.io = {
      stdin: Readable.from(['']),
      stdout: this.stdout,
      stderr: new Recorder(terminal),
      env: { NO_COLOR: '1' },
      onInterrupt: (handler) => {
        this.interrupt = handler;
        return () => undefined;
      },
      whileOpen: () => () => undefined,
      exit: () => undefined,
    };
  }

  until(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!pattern.test(this.stdout.text)) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }
}
