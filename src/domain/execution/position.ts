import type { ExecutionPosition } from '../checkpoint/checkpoint.js';
import { isJsonObject, type JsonObject, type JsonValue, setOwn } from '../shared/json.js';
import { isWithin } from '../workflow/address.js';
import type { NodeAttempt, NodeOccurrence } from './node-attempt.js';
import { isNoProgress, type OpenComposite, type Progress, type SuspendedNode } from './progress.js';
import { addressOf } from './standing.js';

/** The part of an execution that says where it stands. */
interface Stands {
  readonly completed: readonly NodeOccurrence[];
  readonly failed: readonly NodeAttempt[];
  readonly running: readonly NodeAttempt[];
  readonly suspended: readonly SuspendedNode[];
  readonly waiting: readonly string[];
  readonly progress: Progress | null;
  readonly output: JsonValue;
}

/** Where an execution stands: work that was begun and not completed counts as yet to be done. */
export function positionOf(snapshot: Stands): ExecutionPosition {
  const { completed, output, progress } = snapshot;
  const outputKeys = isJsonObject(output) ? Object.keys(output) : [];
  return {
    completed,
    nextNodeIds: nextAddresses(snapshot),
    ...(outputKeys.length === 0 ? {} : { outputKeys }),
    ...(progress === null || isNoProgress(progress) ? {} : { progress: withoutGivenUp(progress) }),
  };
}

/** The addresses of what is to be started, or started again. */
export function nextAddresses(
  { failed, running, suspended, waiting, progress }: Stands,
  withSuspended = true,
): readonly string[] {
  const begun = [...running, ...(withSuspended ? suspended : [])].map(addressOf);
  if (failed.length === 0) return [...begun, ...waiting];
  const failures = failed.map(addressOf);
  const next = [...failures, ...begun, ...waiting];
  const givenUp = branchesGivenUp(progress);
  // Of nodes within each other the innermost ones failed; the others only because of them.
  return next.filter(
    (at, index) => !isGivenUp(at, givenUp) && !(index < failures.length && next.some((other) => isWithin(other, at))),
  );
}

/** What failed for good in a branch that the execution does without. */
export function failuresGivenUp({ failed, progress }: Pick<Stands, 'failed' | 'progress'>): readonly NodeAttempt[] {
  const givenUp = branchesGivenUp(progress);
  return givenUp.length === 0 ? [] : failed.filter((node) => isGivenUp(addressOf(node), givenUp));
}

/** The nodes with bodies that are open, as attempts: whoever takes an execution up anew starts them as the next one. */
export function openAttempts(progress: Progress | null | undefined): readonly NodeAttempt[] {
  return (progress?.open ?? []).map(({ at, nodeId, occurrence, attempt }: OpenComposite) => ({
    nodeId,
    occurrence,
    attempt,
    ...(at === nodeId ? {} : { at }),
  }));
}

/** Nodes with bodies that are open where an execution goes back to: it reaches them once more, as no attempt yet. */
export function reachedAgain(
  progress: Progress | null | undefined,
  occurrences: Readonly<Record<string, number>>,
): { readonly progress: Progress | null; readonly occurrences: Readonly<Record<string, number>> } {
  if (progress === null || progress === undefined) return { progress: null, occurrences };
  const counts = { ...occurrences };
  const open = progress.open.map((composite) => {
    const { nodeId } = composite;
    const occurrence = (Object.hasOwn(counts, nodeId) ? (counts[nodeId] ?? 0) : 0) + 1;
    setOwn(counts, nodeId, occurrence);
    return { ...composite, occurrence, attempt: 0 };
  });
  return { progress: { ...progress, open }, occurrences: counts };
}

/** Nodes with bodies that are open where an execution goes on with the same work: as it knows them by now. */
export function reachedStill(
  progress: Progress | null | undefined,
  known: Progress | null,
  occurrences: Readonly<Record<string, number>>,
): { readonly progress: Progress | null; readonly occurrences: Readonly<Record<string, number>> } {
  if (progress === null || progress === undefined) return { progress: null, occurrences };
  const open = progress.open.map((composite) => {
    const now = known?.open.find(({ at }) => at === composite.at);
    return now === undefined ? composite : { ...composite, occurrence: now.occurrence, attempt: now.attempt };
  });
  return { progress: { ...progress, open }, occurrences };
}

function withoutGivenUp(progress: Progress): Progress {
  const givenUp = branchesGivenUp(progress);
  if (givenUp.length === 0) return progress;
  return { ...progress, open: progress.open.filter(({ at }) => !isGivenUp(at, givenUp)) };
}

/** The addresses of branches that failed, and are not tried again. */
function branchesGivenUp(progress: Progress | null): readonly string[] {
  const found: string[] = [];
  for (const { at, bodies } of progress?.open ?? []) {
    for (const { failed = [] } of bodies) for (const localId of failed) found.push(`${at}/${localId}`);
  }
  return found;
}

function isGivenUp(at: string, branches: readonly string[]): boolean {
  return branches.some((branch) => at === branch || isWithin(at, branch));
}

/** The output as far as it was made at a position: the keys that last nodes had set, as the state of then has them. */
export function outputAt(position: ExecutionPosition, state: JsonObject): JsonObject | null {
  if (position.outputKeys === undefined) return null;
  const output: Record<string, JsonValue> = {};
  for (const key of position.outputKeys) {
    if (Object.hasOwn(state, key)) setOwn(output, key, state[key]);
  }
  return Object.freeze(output);
}
