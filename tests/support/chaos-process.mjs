// Plain JavaScript over the build in dist/, so that it starts fast. A process that runs executions beside others, to be
// killed or stopped. chaos-process.mjs STORAGE EFFECTS FROM TO [hang]: loads everything, prints `ready`, waits for a line
// on its input, and then starts the executions run-FROM to run-TO that are not there yet, and takes up what others have
// left, until its input ends. Each node writes that it was begun into the table EFFECTS (SCHEMA.TABLE), before anything
// else. With `hang` its nodes do not come to an end by themselves: it prints `began` and, when one is told to stop, why.
import pg from 'pg';
import { createWaymark, defineWorkflow, parallel, task, WaymarkError } from '../../dist/index.js';

const [storage = '', effects = '', from, to, mode] = process.argv.slice(2);
/** How many executions it runs at once of those that it starts. */
const AT_ONCE = 8;

const { host, port, user, password, database } = connection();
const pool = new pg.Pool({ host, port, user, password, database, max: 4 });
// What opening a store loads when it is needed.
await import('typeorm');
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
let isStopping = false;
const stopped = new Promise((resolve) => {
  process.stdin.once('end', () => {
    isStopping = true;
    resolve(undefined);
  });
});

/** @param {import('../../dist/index.js').NodeContext} context */
async function work({ idempotencyKey, attempt, fencingToken, nodeId, occurrence, signal }) {
  await pool.query(`INSERT INTO ${effects} (key, attempt, fence, process) VALUES ($1, $2, $3, $4)`, [
    idempotencyKey,
    attempt,
    fencingToken,
    process.pid,
  ]);
  if (mode === 'hang') {
    process.stdout.write('began\n');
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        process.stdout.write(`told ${WaymarkError.is(signal.reason) ? signal.reason.code : 'something else'}\n`);
        reject(new Error('It was told to stop.', { cause: signal.reason }));
      });
    });
  }
  return { [nodeId.replace('/', '-')]: occurrence };
}

const workflow = defineWorkflow({
  id: 'chaos',
  version: '1',
  nodes: { first: task(work), fan: parallel({ branches: { left: task(work), right: task(work) } }), last: task(work) },
  edges: { first: 'fan', fan: 'last' },
});

const waymark = await createWaymark({
  storage,
  executions: { leaseMs: mode === 'hang' ? 1_000 : 5_000, recoverEveryMs: 100 },
});
waymark.executions.register(workflow);
let next = Number(from);
await Promise.all(Array.from({ length: AT_ONCE }, startSome));
await stopped;
await waymark.close();
await pool.end();
process.stdin.destroy();

async function startSome() {
  while (next <= Number(to) && !isStopping) {
    const executionId = `run-${next}`;
    next += 1;
    if (await isThere(executionId)) continue;
    const run = await waymark.executions.start(workflow, {}, { executionId });
    await run.result().catch((/** @type {unknown} */ error) => {
      process.stdout.write(`ended ${WaymarkError.is(error) ? error.code : String(error)}\n`);
    });
  }
}

/** @param {string} executionId */
async function isThere(executionId) {
  try {
    await waymark.executions.get(executionId);
    return true;
  } catch (error) {
    if (WaymarkError.is(error, 'WAYMARK_EXECUTION_NOT_FOUND')) return false;
    throw error;
  }
}

function connection() {
  const url = new URL(storage);
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password) || undefined,
    database: url.pathname.slice(1),
  };
}
