import { execFileSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { NodeCompleted } from 'waymark';
import { type Contender, measure, quantile } from './support/measure.js';
import { ratio, report, verdict } from './support/report.js';

const EVENTS = 100_000;
const LIMIT_NS = 2_000;
const RUNS = 15;
const IMPORT_LIMIT_MS = 60;
const ROOT = fileURLToPath(new URL('..', import.meta.url));

const payload = {
  executionId: 'execution-1',
  nodeId: 'node-1',
  occurrence: 1,
  attempt: 1,
  durationMs: 12,
  exitCheckpointId: 'checkpoint-1',
};

/** What does it cost to make an event, and to have the catalog at hand? */
export default async function constructBench(): Promise<void> {
  const [literal, parse, construct] = await measure(contenders());
  if (literal === undefined || parse === undefined || construct === undefined) {
    throw new Error('a contender is missing');
  }
  const rows = [literal, parse, construct].map(({ name, nsPerOp }) => [
    name,
    nsPerOp.toFixed(0),
    ratio(nsPerOp / literal.nsPerOp),
    ratio(nsPerOp / parse.nsPerOp),
  ]);
  report('What does an event cost to make?', ['maker', 'ns/event', 'to the literal', 'to the parse'], rows, [
    `Median of 7 rounds of ${EVENTS.toLocaleString('en')} node.completed in one process, contenders in turns. Waymark checks the payload,`,
    'copies and freezes it deeply, and gives it an id (UUIDv7), a time, a stream and the ambient context.',
    verdict(
      `an event checked and frozen ≤ 2 µs (${(construct.nsPerOp / 1_000).toFixed(2)} µs)`,
      construct.nsPerOp <= LIMIT_NS,
    ),
  ]);
  console.log('');
  importing();
}

function contenders(): readonly Contender[] {
  const schema = NodeCompleted.definition.schema;
  let last: unknown;
  const times = (name: string, make: () => unknown): Contender => ({
    name,
    run: () => {
      for (let index = 0; index < EVENTS; index += 1) last = make();
      if (typeof last !== 'object') throw new Error(`${name} made nothing`);
      return EVENTS;
    },
  });
  return [
    times('Object.freeze of a literal', () =>
      Object.freeze({ type: 'node.completed', payload: Object.freeze({ ...payload }) }),
    ),
    times('Zod safeParse of the payload', () => schema.safeParse(payload).data),
    times('new NodeCompleted', () => new NodeCompleted(payload)),
  ];
}

function importing(): void {
  const families = pathToFileURL(`${ROOT}/dist/domain/events/families/index.js`).href;
  const [zod, catalog]: [number[], number[]] = [[], []];
  for (let run = 0; run < RUNS; run += 1) {
    zod.push(importTime('zod'));
    catalog.push(importTime(families));
  }
  const own = quantile(catalog, 0.5) - quantile(zod, 0.5);
  report(
    'What does the catalog cost at start-up?',
    ['import', 'median', 'longest'],
    [
      ['zod', ms(zod, 0.5), ms(zod, 1)],
      ['all 186 types (with zod)', ms(catalog, 0.5), ms(catalog, 1)],
    ],
    [
      `${RUNS} processes each, in turns; the import alone, as the process itself sees it.`,
      verdict(
        `the catalog imported in ≤ ${IMPORT_LIMIT_MS} ms, of which its own ${own.toFixed(0)} ms`,
        quantile(catalog, 0.5) <= IMPORT_LIMIT_MS,
      ),
    ],
  );
}

/** How long a process of its own takes to import a module, in milliseconds. */
function importTime(specifier: string): number {
  const program = `const begin = performance.now(); await import(${JSON.stringify(specifier)}); console.log(performance.now() - begin);`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: ROOT }));
}

function ms(values: readonly number[], share: number): string {
  return `${quantile(values, share).toFixed(1)} ms`;
}
