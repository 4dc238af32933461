import type { AuditEntry, ExecutionSnapshot } from '../../src/index.js';

interface Payload {
  readonly executionId?: string;
  readonly checkpointId?: string;
  readonly toCheckpointId?: string;
  readonly sourceCheckpointId?: string;
  readonly nodeId?: string;
  readonly occurrence?: number;
}

/** An execution as far as compensations concern it. */
interface Replayed {
  completed: readonly string[];
  /** What is not for it to undo, as a fork took it over. */
  readonly inherited: ReadonlySet<string>;
  readonly compensated: Set<string>;
  /** Those of which a compensation failed since compensations began. */
  failed: Set<string>;
  /** How far compensations have come since they began: the index of the last one among what is completed. */
  reached: number;
  /** Whether it may go on. */
  isOpen: boolean;
}

/**
 * What the log says that must not be of compensations: one that was recorded as done twice or was not run, one out of its
 * turn, and work that was left in effect by a rollback or by a workflow that undoes itself.
 *
 * @param ran the keys of what was undone, once for each time
 */
export function checkUndoing(
  entries: readonly AuditEntry[],
  stored: readonly ExecutionSnapshot[],
  ran: readonly string[],
): readonly string[] {
  const problems: string[] = [];
  const known = new Map(stored.map((execution) => [execution.id, execution]));
  const all = new Map<string, Replayed>();
  const completedAt = new Map<string, readonly string[]>();
  /** What is in effect though it should not be. */
  const left = (id: string, kept: readonly string[] = [], excused?: ReadonlySet<string>): readonly string[] => {
    const { completed = [], inherited, compensated } = all.get(id) ?? {};
    const compensable = new Set(known.get(id)?.compensable);
    const settled = [inherited, compensated, excused, new Set(kept)];
    return completed.filter((key) => compensable.has(nodeOf(key)) && !settled.some((keys) => keys?.has(key)));
  };
  for (const { event } of entries) {
    const payload = event.payload as Payload;
    const { executionId: id, checkpointId = '' } = payload;
    if (id === undefined) continue;
    const key = `${payload.nodeId}/${payload.occurrence}`;
    if (event.type === 'execution.started') {
      const taken = completedAt.get(payload.sourceCheckpointId ?? '') ?? [];
      const inherited = new Set(taken);
      all.set(id, {
        completed: taken,
        inherited,
        compensated: new Set(),
        failed: new Set(),
        reached: Infinity,
        isOpen: true,
      });
    }
    const execution = all.get(id);
    if (execution === undefined) continue;
    if (ENDS.test(event.type)) execution.isOpen = false;
    else if (event.type === 'execution.paused') execution.isOpen = true;
    switch (event.type) {
      case 'node.completed':
        execution.completed = [...execution.completed, key];
        break;
      case 'checkpoint.created':
        completedAt.set(checkpointId, execution.completed);
        break;
      case 'node.compensated':
      case 'node.compensation_failed': {
        const index = execution.completed.indexOf(key);
        const isNext = index !== -1 && index <= execution.reached;
        if (!isNext || execution.compensated.has(key)) problems.push(`${event.type} of ${id}/${key}, out of its turn.`);
        execution.reached = index;
        if (event.type === 'node.compensation_failed') {
          execution.failed.add(key);
          break;
        }
        execution.compensated.add(key);
        execution.failed.delete(key);
        const child = `${id}.${nodeOf(key).replaceAll('/', ':')}.${payload.occurrence}`;
        if (!all.has(child) && !ran.includes(`${id}/${key}`)) {
          problems.push(`The compensation of ${id}/${key} was recorded, and not run.`);
        }
        if (all.get(child)?.isOpen === true) problems.push(`${child} may go on, though ${id}/${key} is undone.`);
        for (const other of left(child)) {
          problems.push(`${child}/${other} is in effect, though ${id}/${key} is undone.`);
        }
        break;
      }
      case 'checkpoint.rollback_requested':
        begin(execution);
        break;
      case 'checkpoint.rollback_completed': {
        const kept = completedAt.get(payload.toCheckpointId ?? '') ?? [];
        for (const other of left(id, kept, execution.failed)) {
          problems.push(`${id}/${other} is in effect, though ${id} was rolled back.`);
        }
        execution.completed = kept;
        begin(execution);
        break;
      }
      case 'execution.failed':
        if (UNDO_THEMSELVES.has(known.get(id)?.workflowId ?? '')) {
          for (const other of left(id, [], execution.failed)) {
            problems.push(`${id}/${other} is in effect, though ${id} undoes itself.`);
          }
        }
        begin(execution);
        break;
    }
  }
  for (const [id, { compensated }] of all) {
    const kept = known.get(id)?.compensated.filter(({ inherited }) => inherited !== true) ?? [];
    const keys = kept.map(({ nodeId, occurrence }) => `${nodeId}/${occurrence}`);
    if (keys.join() !== [...compensated].join()) {
      problems.push(`${id} has undone ${keys.join()}: the log says otherwise.`);
    }
  }
  return problems;
}

const ENDS = /^execution\.(completed|failed|cancelled)$/;

/** Compensations begin anew. */
function begin(execution: Replayed): void {
  execution.reached = Infinity;
  execution.failed = new Set();
}

/** The id of the node of an occurrence. */
function nodeOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}

/** The workflows that undo what they did when they fail. */
const UNDO_THEMSELVES: ReadonlySet<string> = new Set(['saga', 'parent']);
