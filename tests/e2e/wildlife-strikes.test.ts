import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createWaymark, type ExecutionResult } from '../../src/index.js';
import type { StrikeReport } from '../../examples/wildlife-strikes/report.js';
import { makeScreen } from '../../examples/wildlife-strikes/screen.js';
import { walkThrough } from '../../examples/wildlife-strikes/walk-through.js';
import workflow, { type StrikesState } from '../../examples/wildlife-strikes/workflow.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const CSV = fileURLToPath(new URL('../../examples/wildlife-strikes/data/wildlife-strikes.csv', import.meta.url));
const RUNNER = fileURLToPath(new URL('../../examples/run.mjs', import.meta.url));
const SHA256 = '45777edf69984b37599e73dbfb34dbc976055243547407214261a4fcb9466462';

// Another way to the same figures: no field of the file holds a comma or a quote, so splitting lines is enough to read
// it.
const lines = readFileSync(CSV, 'utf8').split('\r\n');
const header = lines[0]!.split(',');
const rows = lines.slice(1).map((line) => Object.fromEntries(line.split(',').map((field, i) => [header[i], field])));
const withSpeed = rows.filter((row) => row['Speed IAS in knots'] !== '');

let folder: TemporaryFolder;
beforeEach(() => {
  folder = makeTemporaryFolder();
});
afterEach(() => folder.remove());

describe('the report', () => {
  it('counts every row when the limit lets them through', async () => {
    const { state, report, result } = await runReport({ maxMissingSpeedShare: 0.3 });
    expect(result.status).toBe('completed');
    expect(state.source).toStrictEqual({
      name: 'wildlife-strikes.csv',
      bytes: 1_223_329,
      sha256: SHA256,
      rows: rows.length,
    });
    expect(state.validation).toMatchObject({ rows: 10_000, valid: 10_000, invalid: 0, invalidSamples: [] });
    expect(state.validation.repeated).toBe(rows.length - new Set(lines.slice(1)).size);
    expect(state.quality).toStrictEqual({
      rows: 10_000,
      missingSpeed: 2_836,
      missingSpeedShare: 0.2836,
      limit: 0.3,
      treatment: 'kept',
      rowsUsed: 10_000,
    });
    expectFiguresOf(report, rows);
  });

  it('makes every figure anew from the rows that are left when some are dropped', async () => {
    const { state, report, result } = await runReport({ missingSpeed: 'drop' });
    expect(result.status).toBe('completed');
    expect(state.quality).toMatchObject({ missingSpeed: 2_836, treatment: 'dropped', rowsUsed: 7_164 });
    expect(state.strikes.count).toBe(withSpeed.length);
    expectFiguresOf(report, withSpeed);
  });

  it('fails at the gate, with the figures in a named error, when too many rows have no speed', async () => {
    const { result } = await runReport({});
    expect(result).toMatchObject({
      status: 'failed',
      nodeId: 'qualityGate',
      error: {
        name: 'TooManyMissingSpeedsError',
        code: 'TOO_MANY_MISSING_SPEEDS',
        message: '2,836 of 10,000 strikes (28.36 %) have no speed; the limit is 20 %.',
      },
    });
  });

  it('leaves invalid rows out, counts them, and shows why the first ones are invalid', async () => {
    const csv = folder.file('some.csv');
    const row = (changes: Record<string, string>): string => Object.values({ ...rows[0], ...changes }).join(',');
    const bad = [{ 'Flight Date': '1990-02-30' }, { 'Cost Other': '1.50' }, { 'Cost Repair': '7' }];
    writeFileSync(csv, [lines[0], lines[1], ...bad.map(row), row({ 'Speed IAS in knots': '0' })].join('\n'));
    const { state } = await runReport({ csv });
    expect(state.validation).toMatchObject({
      rows: 5,
      valid: 2,
      invalid: 3,
      invalidSamples: [
        { row: 3, issues: ['Flight Date is not a date (YYYY-MM-DD)'] },
        { row: 4, issues: ['Cost Other is not a whole number of dollars'] },
        { row: 5, issues: ['Cost Total $ is not the sum of the repair and other costs'] },
      ],
    });
    // A parked aircraft has a speed: 0 knots is not a missing one.
    expect(state.strikes.speedKnots).toStrictEqual([300, 0]);
  });

  it('refuses a file that is something else', async () => {
    const csv = folder.file('other.csv');
    writeFileSync(csv, 'name,age\nAda,36\n');
    const { result } = await runReport({ csv });
    expect(result).toMatchObject({ status: 'failed', nodeId: 'ingest', error: { code: 'MISSING_COLUMNS' } });
  });

  async function runReport(
    input: object,
  ): Promise<{ readonly result: ExecutionResult; readonly state: StrikesState; readonly report: StrikeReport }> {
    await using waymark = await createWaymark({ storage: 'memory:' });
    const run = await waymark.executions.start(workflow, { reportsDir: folder.file('reports'), ...input });
    const result = await run.result();
    const { headCheckpointId } = await waymark.executions.get(run.id);
    const state = (await waymark.checkpoints.state(headCheckpointId)) as unknown as StrikesState;
    const report = 'report' in state ? (readJson(state.report.json.path) as StrikeReport) : ({} as StrikeReport);
    return { result, state, report };
  }

  function expectFiguresOf(report: StrikeReport, used: typeof rows): void {
    const cost = (some: typeof rows): number => some.reduce((sum, row) => sum + Number(row['Cost Total $']), 0);
    const named = (key: string, value: string): typeof rows => used.filter((row) => row[key] === value);
    for (const group of report.bySpecies) {
      const mine = named('Wildlife Species', group.species);
      expect(group).toMatchObject({ strikes: mine.length, costTotal: cost(mine) });
    }
    for (const group of report.byAirport) {
      const mine = named('Airport Name', group.airport);
      expect(group).toMatchObject({ strikes: mine.length, costTotal: cost(mine) });
    }
    for (const group of report.byPhase) {
      const speeds = named('Phase of flight', group.phase)
        .map((row) => row['Speed IAS in knots'])
        .filter((speed) => speed !== '');
      expect(group.withSpeed).toBe(speeds.length);
      // The middle by definition: at most half of the values lie on either side.
      const below = speeds.filter((speed) => Number(speed) < group.medianSpeedKnots!).length;
      const above = speeds.filter((speed) => Number(speed) > group.medianSpeedKnots!).length;
      expect(Math.max(below, above)).toBeLessThanOrEqual(speeds.length / 2);
    }
    for (const groups of [report.bySpecies, report.byAirport, report.byPhase]) {
      expect(groups.reduce((sum, group) => sum + group.strikes, 0)).toBe(used.length);
      expect(groups.reduce((sum, group) => sum + group.share, 0)).toBeCloseTo(1);
    }
    expect(report.repairCost).toMatchObject({
      costTotal: cost(used),
      costRepair: used.reduce((sum, row) => sum + Number(row['Cost Repair']), 0),
      reportsWithCost: used.filter((row) => row['Cost Total $'] !== '0').length,
    });
    const highest = Math.max(...used.map((row) => Number(row['Cost Total $'])));
    expect(report.repairCost.mostExpensive[0]?.costTotal).toBe(highest);
  }
});

describe('the walk through', () => {
  it('goes back to before the gate in two ways, in one process', async () => {
    await using waymark = await createWaymark({ storage: 'memory:' });
    const screen = makeScreen({ write: () => true }, {});
    const { signal } = new AbortController();
    const walk = await walkThrough(waymark, { reportsDir: folder.file('reports'), screen, signal });

    expect(walk.kept).toMatchObject({ status: 'completed', branchId: 'rollback-1', parentExecutionId: null });
    expect(walk.dropped).toMatchObject({
      status: 'completed',
      parentExecutionId: walk.kept.id,
      sourceCheckpointId: walk.beforeGate.id,
    });
    const tree = await waymark.checkpoints.tree(walk.kept.id);
    expect(tree.branches.map(({ branchId, abandoned }) => [branchId, abandoned])).toStrictEqual([
      ['main', true],
      ['rollback-1', false],
    ]);
    const edits = await waymark.log.query({ types: ['execution.state_modified'] });
    expect(edits.map(({ event }) => (event.payload as { patch?: unknown }).patch)).toStrictEqual([
      { maxMissingSpeedShare: 0.3 },
      { missingSpeed: 'drop' },
    ]);
    expect(edits.map(({ event }) => event.context.actor)).toStrictEqual(['user:ada', 'user:ada']);
  });

  it('cancels the execution that runs when it is interrupted', async () => {
    await using waymark = await createWaymark({ storage: 'memory:' });
    const interrupt = new AbortController();
    waymark.bus.subscribe('node.progressed', () => interrupt.abort('interrupted'), { once: true });
    const screen = makeScreen({ write: () => true }, {});
    const walk = walkThrough(waymark, { reportsDir: folder.path, screen, signal: interrupt.signal });
    await expect(walk).rejects.toThrow('was cancelled (interrupted)');
    expect(await waymark.executions.list()).toMatchObject([{ status: 'cancelled' }]);
  });
});

// Over the build, as `npm start` does: `npm run build` comes first.
describe('npm start', () => {
  it('ends with a verified log and two reports that differ, and adds to the log when it is run again', async () => {
    const first = await startExample([]);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const paths = first.lines.filter((line) => /^ {2}\S+report\.(md|json)$/.test(line)).map((line) => line.trim());
    expect(paths).toHaveLength(4);
    for (const path of paths) expect(existsSync(resolve(folder.path, path))).toBe(true);
    const [kept, dropped] = paths
      .filter((path) => path.endsWith('.json'))
      .map((path) => readJson(resolve(folder.path, path)) as StrikeReport);
    expect(kept).toMatchObject({ quality: { treatment: 'kept', rowsUsed: 10_000, limit: 0.3 } });
    expect(dropped).toMatchObject({ quality: { treatment: 'dropped', rowsUsed: 7_164, limit: 0.2 } });
    expect(kept?.executionId).not.toBe(dropped?.executionId);
    expect(kept?.source).toStrictEqual(dropped?.source);
    expect(isAbsolute(paths[0]!)).toBe(false);

    const second = await startExample([]);
    expect(second.code).toBe(0);
    expect(positionsOf(first.lines)[0]).toBe(0);
    expect(positionsOf(first.lines).length).toBe(verified(first.lines).size);
    expect(positionsOf(second.lines)[0]).toBe(verified(first.lines).size);
    expect(verified(second.lines).size).toBe(2 * verified(first.lines).size);

    await using waymark = await createWaymark({ storage: `sqlite:${folder.file('waymark.db')}` });
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok', rootHash: verified(second.lines).rootHash });
    expect(await waymark.executions.list()).toHaveLength(4);
  }, 60_000);

  it('says what is wrong, and exits with 1, when it can not go on', async () => {
    const outcome = await startExample(['--store', 'mongodb://nowhere']);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain('error: The storage "mongodb://nowhere" is not valid');
  }, 60_000);

  it('shows its options, and exits with 2 for one that there is not', async () => {
    expect(await startExample(['--help'])).toMatchObject({ code: 0, stderr: '' });
    expect(await startExample(['--stroe', 'x'])).toMatchObject({ code: 2, lines: [''] });
  }, 60_000);

  async function startExample(
    args: readonly string[],
  ): Promise<{ readonly code: number | null; readonly lines: readonly string[]; readonly stderr: string }> {
    const { WAYMARK_STORE: _, ...env } = process.env;
    const child = spawn(process.execPath, [RUNNER, 'wildlife-strikes/main.ts', ...args], { cwd: folder.path, env });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done));
    return { code, lines: stdout.split('\n'), stderr };
  }

  /** The positions of the events that were shown while they happened. */
  function positionsOf(shown: readonly string[]): readonly number[] {
    return shown.flatMap((line) => /^#(\d+) [a-z]/.exec(line)?.[1] ?? []).map(Number);
  }

  function verified(shown: readonly string[]): { readonly size: number; readonly rootHash: string } {
    const match = /^log verified: (\d+) entries, root ([0-9a-f]{64})$/m.exec(shown.join('\n'));
    return { size: Number(match?.[1]), rootHash: match?.[2] ?? '' };
  }
});

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
