import type { DeadLetter } from '../application/bus/dead-letter.js';
import type { EntryBody, EntryDraft } from '../domain/audit/audit-entry.js';
import { columnsOf } from '../domain/audit/entry-codec.js';
import type { Branch, Checkpoint, Content } from '../domain/checkpoint/checkpoint.js';
import { type ExecutionSnapshot, NOTHING_YET } from '../domain/execution/execution-snapshot.js';
import { sha256Hex } from '../domain/shared/hash.js';

/** Strings that break stores which build SQL, patterns, paths or objects from what they are given. */
export const HOSTILE_STRINGS: readonly string[] = [
  "Robert'); DROP TABLE audit_entries;--",
  `both "quotes' and \`ticks\``,
  '100%_of.the*wild?cards',
  '__proto__',
  'constructor',
  '${template} {{mustache}} :named @at $1 ?',
  'back\\slash\\n',
  'Ærøskøbing 東京 שלום 👩‍👩‍👧‍👦 e\u0301',
  ' leading and trailing ',
];

/** Text that only a payload can hold: it is stored within JSON, where everything has an escape. */
export const HOSTILE_TEXT: readonly string[] = [
  ...HOSTILE_STRINGS,
  'NUL \0 within',
  'line\nbreaks\r\n\u2028',
  '\ud800 alone',
  '',
];

/** What a draft is made of. Everything has a default. */
export type DraftFields = Partial<Omit<EntryBody, 'position'>>;

let drafts = 0;

/** An entry without a position, with an id of its own unless one is given. */
export function makeDraft(fields: DraftFields = {}): EntryDraft {
  drafts += 1;
  const body = {
    type: 'node.completed',
    schemaVersion: 1,
    id: `event-${String(drafts).padStart(6, '0')}`,
    occurredAt: '2026-01-31T12:00:00.000Z',
    recordedAt: '2026-01-31T12:00:01.000Z',
    stream: 'execution/run-1',
    severity: 'info',
    outcome: 'success',
    category: 'workflow',
    message: 'Node fetch completed',
    payload: { executionId: 'run-1', nodeId: 'fetch' },
    ...fields,
  } as const;
  return { rest: JSON.stringify(body).slice(1), columns: columnsOf({ ...body, position: 0 }) };
}

/** Several drafts. */
export function makeDrafts(count: number, fields: DraftFields = {}): readonly EntryDraft[] {
  return Array.from({ length: count }, () => makeDraft(fields));
}

/** An execution that was never saved. */
export function makeSnapshot(fields: Partial<ExecutionSnapshot> = {}): ExecutionSnapshot {
  return Object.freeze({
    id: 'run-1',
    workflowId: 'nightly-import',
    workflowName: 'Nightly import',
    workflowVersion: '1.0.0',
    workflowHash: sha256Hex('graph'),
    workflowSource: null,
    status: 'pending',
    version: 0,
    input: { file: 'deals.csv', limit: 0.25 },
    output: null,
    error: null,
    pauseReason: null,
    breakpoints: [],
    correlationId: 'correlation-1',
    label: null,
    parentExecutionId: null,
    sourceCheckpointId: null,
    branchId: 'main',
    headCheckpointId: '',
    ...NOTHING_YET,
    waiting: ['fetch'],
    startedAt: '2026-01-31T12:00:00.000Z',
    updatedAt: '2026-01-31T12:00:00.000Z',
    endedAt: null,
    ...fields,
  });
}

/** The first checkpoint of an execution, unless told otherwise. */
export function makeCheckpoint(fields: Partial<Checkpoint> = {}): Checkpoint {
  return Object.freeze({
    id: 'checkpoint-0',
    executionId: 'run-1',
    parentId: null,
    branchId: 'main',
    sequence: 0,
    kind: 'auto',
    label: null,
    nodeId: null,
    occurrence: null,
    position: { completed: [], nextNodeIds: ['fetch'] },
    stateHash: sha256Hex('[]'),
    manifest: [],
    stateBytes: 0,
    storedBytes: 0,
    createdAt: '2026-01-31T12:00:00.000Z',
    ...fields,
  });
}

/** The branch that an execution starts on, unless told otherwise. */
export function makeBranch(fields: Partial<Branch> = {}): Branch {
  return Object.freeze({
    executionId: 'run-1',
    branchId: 'main',
    parentBranchId: null,
    startCheckpointId: null,
    headCheckpointId: 'checkpoint-0',
    abandoned: false,
    ...fields,
  });
}

/** An event that was put aside. `eventType` is that of the event. */
export function makeDeadLetter(fields: Partial<DeadLetter> & { readonly eventType?: string } = {}): DeadLetter {
  const { eventType = 'node.completed', ...rest } = fields;
  return Object.freeze({
    id: 'letter-1',
    event: {
      type: eventType,
      id: 'event-1',
      occurredAt: '2026-01-31T12:00:00.000Z',
      stream: 'execution/run-1',
      schemaVersion: 1,
      payload: { executionId: 'run-1', nodeId: 'fetch' },
    },
    position: undefined,
    handler: 'send-mail',
    topic: 'node.*',
    error: { name: 'Error', message: 'no connection' },
    attempts: 1,
    parkedAt: '2026-01-31T12:00:01.000Z',
    ...rest,
  });
}

/** A piece of state. */
export function makeContent(value: unknown): Content {
  const body = JSON.stringify(value);
  return { hash: sha256Hex(body), body };
}
