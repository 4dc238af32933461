import {
  approval,
  defineWorkflow,
  type ExecutionSnapshot,
  type ExecutionStatus,
  InMemoryStore,
  type JsonObject,
  type NodeContext,
  signal,
  task,
  type Waymark,
  type Workflow,
  type WorkflowNode,
  type WorkspaceDeclaration,
} from '../../src/index.js';
import type { VerbCondition, VerbName } from '../../src/domain/execution/verbs.js';
import { type Deferred, deferred } from './deferred.js';
import { checkpointId } from './happened.js';
import { openWaymark } from './open-waymark.js';

/** An execution that was brought into a status, and what holds its nodes. */
export interface Arranged {
  readonly waymark: Waymark;
  readonly store: InMemoryStore;
  readonly id: string;
  readonly workflow: Workflow;
  /** Lets what is held go on. */
  release(): void;
}

/**
 * An execution in a status: its node `a` is done, and `b` is next, runs until it is released, waits, or has failed. What
 * begins to run after that is held for good.
 */
export async function arrange(status: ExecutionStatus, given?: VerbCondition, around: Around = {}): Promise<Arranged> {
  const store = new InMemoryStore();
  const waymark = await openWaymark(around.home === undefined ? {} : { workspaces: { home: around.home } }, store);
  const stage: Stage = { gate: deferred(), holds: status === 'running' && given !== 'left', failures: 0 };
  if (status === 'failed' || given === 'stopped') stage.failures = 1;
  const workflow = workflowFor(status, given, stage, around);
  const stops = ['pending', 'cancelled'].includes(status) || given === 'left' || (status === 'paused' && !waits(given));
  const run = await waymark.executions.start(workflow, { n: 1 }, stops ? { breakpoints: ['b'] } : {});
  const arranged = { waymark, store, id: run.id, workflow, release: () => stage.gate.resolve() };
  if (stage.holds) {
    await reached(waymark, run.id, waits(given) ? 'held' : 'b', waits(given));
    return arranged;
  }
  await run.result();
  stage.holds = true;
  if (status === 'cancelled') await waymark.executions.cancel(run.id);
  if (status === 'pending') await rewrite(arranged, { status: 'pending', pauseReason: null });
  if (given === 'left') {
    const owner = await ownerOf(waymark);
    await rewrite(arranged, { status: 'running', pauseReason: null, breakpoints: [], owner });
  }
  return arranged;
}

/** What an arranged execution has around it: nothing, unless a test says so. */
export interface Around {
  readonly workspace?: WorkspaceDeclaration;
  /** Where workspaces are. */
  readonly home?: string;
  /** What the work of its node `a` does there. */
  readonly work?: (context: NodeContext) => void;
}

/** How the nodes of an arranged workflow behave. */
interface Stage {
  readonly gate: Deferred;
  holds: boolean;
  failures: number;
}

function waits(given: VerbCondition | undefined): boolean {
  return given === 'approval' || given === 'signal' || given === 'stopped';
}

/** Does a verb to an execution that was arranged. What runs after it is held at `b` where it comes there. */
export async function doVerb(
  verb: VerbName,
  arranged: Arranged,
  options: object = {},
): Promise<{ id?: string } | void> {
  const { waymark, id, workflow } = arranged;
  const { executions } = waymark;
  const why = { reason: 'to see', actor: 'user:ada', ...options };
  switch (verb) {
    case 'start':
      return executions.start(workflow, { n: 1 }, why);
    case 'pause': {
      const paused = executions.pause(id, why);
      arranged.release();
      await paused;
      return undefined;
    }
    case 'resume':
      return executions.resume(id, why);
    case 'step':
      return executions.step(id, why);
    case 'setBreakpoints':
      await executions.setBreakpoints(id, ['c'], { actor: 'user:ada' });
      return undefined;
    case 'cancel':
      await executions.cancel(id, why);
      return undefined;
    case 'rollback':
      await executions.rollback(id, await checkpointId(waymark, id, 'exit', 'a'), why);
      return undefined;
    case 'fork':
      return executions.fork(await checkpointId(waymark, id, 'exit', 'a'), why);
    case 'restart':
      return executions.restart(id, why);
    case 'rerun':
      return executions.rerun(id, { nodeId: 'a' }, why);
    case 'retryNode':
      return executions.retryNode(id, { nodeId: 'b' }, why);
    case 'skipNode':
      return executions.skipNode(id, { nodeId: 'b', output: { b: 'by hand' } }, why);
    case 'modifyState':
      await executions.modifyState(id, { n: 2 }, why);
      return undefined;
    case 'label':
      await executions.label(id, 'the good one', why);
      return undefined;
    case 'signal':
      await executions.signal(id, 'paid', { amount: 1 }, { actor: 'user:ada', ...options });
      return undefined;
    case 'approve':
      await executions.approve(id, { actor: 'user:ada', comment: 'fine', ...options });
      return undefined;
    case 'reject':
      await executions.reject(id, { actor: 'user:ada', reason: 'no', ...options });
      return undefined;
    case 'recover':
      await executions.recover({ actor: 'user:ada' });
      return undefined;
  }
}

function workflowFor(
  status: ExecutionStatus,
  given: VerbCondition | undefined,
  stage: Stage,
  { workspace, work: alsoDo = () => undefined }: Around,
): Workflow {
  const work = async ({ signal: told, nodeId, occurrence }: NodeContext): Promise<JsonObject> => {
    if (nodeId === 'b' && stage.failures > 0) {
      stage.failures -= 1;
      throw new TypeError('no');
    }
    if (stage.holds) await Promise.race([stage.gate.promise, aborted(told)]);
    return { [nodeId]: occurrence };
  };
  const isBeside = status === 'running' && (given === 'approval' || given === 'signal');
  return defineWorkflow({
    id: 'verbs',
    version: '1',
    ...(workspace === undefined ? {} : { workspace }),
    nodes: {
      a: task((context) => {
        alsoDo(context);
        return { a: 1 };
      }),
      b: middle(given, work),
      c: given === 'kept' ? signal({ name: 'paid', into: 'paid' }) : task(work),
      held: task(work),
    },
    edges: { a: isBeside ? ['b', 'held'] : 'b', b: 'c', ...(isBeside ? {} : { c: 'held' }) },
  });
}

function middle(given: VerbCondition | undefined, work: (context: NodeContext) => Promise<JsonObject>): WorkflowNode {
  switch (given) {
    case 'approval':
      return approval({ message: 'Go?', onRejection: 'continue' });
    case 'signal':
      return signal({ name: 'paid', into: 'paid' });
    case 'stopped':
      return task({ run: work, onFailure: 'pause' });
    default:
      return task(work);
  }
}

function aborted(told: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    told.addEventListener('abort', () => reject(told.reason as Error), { once: true });
  });
}

/** Resolves when a node runs, and another one waits beside it. */
async function reached(waymark: Waymark, id: string, nodeId: string, isBeside: boolean): Promise<void> {
  for (;;) {
    const { running, suspended } = await waymark.executions.get(id);
    if (running.some((node) => node.nodeId === nodeId) && suspended.length > 0 === isBeside) return;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

async function ownerOf(waymark: Waymark): Promise<string | null> {
  const held = defineWorkflow({
    id: 'held',
    version: '1',
    nodes: { only: task(({ signal: told }) => aborted(told)) },
    edges: {},
  });
  const run = await waymark.executions.start(held);
  const { owner } = await waymark.executions.get(run.id);
  await waymark.executions.cancel(run.id);
  return owner;
}

async function rewrite({ store, id }: Arranged, changes: Partial<ExecutionSnapshot>): Promise<void> {
  const found = (await store.executions.find(id)) as ExecutionSnapshot;
  await store.unitOfWork.run((scope) => store.executions.save({ ...found, ...changes }, scope));
}
