import type { ExecutionStatus } from './statuses.js';
import type { WorkspaceEffect } from './workspace-effects.js';

/** What somebody can do to executions. */
export const VERB_NAMES = [
  'start',
  'pause',
  'resume',
  'step',
  'setBreakpoints',
  'cancel',
  'rollback',
  'fork',
  'restart',
  'rerun',
  'retryNode',
  'skipNode',
  'modifyState',
  'label',
  'signal',
  'approve',
  'reject',
  'recover',
] as const;

/** See {@link VERB_NAMES}. */
export type VerbName = (typeof VERB_NAMES)[number];

/** What must hold beside the status. */
export const VERB_CONDITIONS = {
  here: 'this instance runs it',
  left: 'its owner is gone, or `takeOver` is given',
  failed: 'the node failed',
  stopped: 'it was paused with the reason `error`, and the node failed',
  open: 'the node is yet to run, or waits',
  signal: 'a node waits for the signal',
  kept: 'no node waits for the signal yet: it is kept until one does',
  approval: 'a node waits for an approval',
} as const;

/** See {@link VERB_CONDITIONS}. */
export type VerbCondition = keyof typeof VERB_CONDITIONS;

/** What a verb does in some statuses. */
export interface VerbCase {
  /** The statuses that the execution may be in; none for a verb that makes the first one. */
  readonly from: readonly ExecutionStatus[];
  readonly given?: VerbCondition;
  /** The status that follows: of the new execution, where the verb makes one. */
  readonly to: ExecutionStatus;
  /** The types of the verb's events in their order, until a node begins or the execution stands still. */
  readonly events: readonly string[];
  /** What it does to the workspace, where there is one: whose events come beside these. */
  readonly workspace: WorkspaceEffect;
}

/** Everything that is promised of a verb: the documentation shows it, and tests are made from it. */
export interface VerbRow {
  /** What it is for, in one sentence. */
  readonly does: string;
  /** Whether it makes an execution of its own: the one that it is asked of is untouched then. */
  readonly makesNew?: true;
  readonly cases: readonly VerbCase[];
  /** What it does to the execution, and to its tree. */
  readonly execution: string;
  readonly tree: string;
  /** What the same call does when it is made again without a key. */
  readonly again: string;
}

const ANY: readonly ExecutionStatus[] = ['pending', 'running', 'paused', 'completed', 'failed', 'cancelled'];
const BACK = [
  'checkpoint.history_loaded',
  'checkpoint.rollback_requested',
  'checkpoint.branch_created',
  'checkpoint.restored',
  'checkpoint.rollback_completed',
  'execution.paused',
] as const;
const FORKED = [
  'execution.started',
  'execution.forked',
  'checkpoint.restored',
  'checkpoint.created',
  'checkpoint.branch_created',
] as const;
const ON = ['checkpoint.history_loaded', 'execution.resumed'] as const;
const SKIPPED = ['node.skipped', 'checkpoint.created'] as const;
const RECOVERED = ['checkpoint.history_loaded', 'execution.recovered'] as const;
const answered = (type: string): readonly VerbCase[] => [
  { from: ['paused'], given: 'approval', to: 'running', events: [type, 'execution.resumed'], workspace: 'taken' },
  { from: ['running'], given: 'approval', to: 'running', events: [type], workspace: 'none' },
];

/**
 * The verbs of executions: the statuses they are legal in, what they do, and the events that tell of it.
 *
 * Beside these each verb that takes a patch of the state adds `execution.state_modified` and `checkpoint.created` at its
 * end, and a rollback adds what its compensations tell.
 */
export const VERBS: Readonly<Record<VerbName, VerbRow>> = {
  start: {
    does: 'Runs a workflow from its entry.',
    makesNew: true,
    cases: [{ from: [], to: 'running', events: ['execution.started', 'checkpoint.created'], workspace: 'made' }],
    execution: 'A new one, with the input as its state',
    tree: 'Its root, on the branch `main`',
    again: 'Starts another one; with the same `executionId` it is refused: `WAYMARK_VERSION_CONFLICT`',
  },
  pause: {
    does: 'Stops before the next node, once what runs has settled.',
    cases: [{ from: ['running'], given: 'here', to: 'paused', events: ['execution.paused'], workspace: 'left' }],
    execution: 'Stands still; nobody owns it',
    tree: 'None',
    again: 'Asked twice at once, both wait for the same standstill; after it, refused',
  },
  resume: {
    does: 'Goes on, with the state edited where a patch is given.',
    cases: [
      { from: ['paused'], to: 'running', events: ON, workspace: 'taken' },
      { from: ['running'], given: 'left', to: 'running', events: RECOVERED, workspace: 'found' },
    ],
    execution: 'Runs, owned by who resumed it',
    tree: 'A checkpoint with the edited state, where a patch is given',
    again: 'Refused while it runs',
  },
  step: {
    does: 'Lets the next node run, or the next ones, and stops again.',
    cases: [{ from: ['paused'], to: 'running', events: ON, workspace: 'taken' }],
    execution: 'Runs, and is paused with the reason `breakpoint` when what it let go has settled',
    tree: 'A checkpoint with the edited state, where a patch is given',
    again: 'Refused while it runs; the next step after that',
  },
  setBreakpoints: {
    does: 'Says where it is to stop, in the place of what was said before.',
    cases: [
      { from: ['paused'], to: 'paused', events: [], workspace: 'none' },
      { from: ['running'], given: 'here', to: 'running', events: [], workspace: 'none' },
    ],
    execution: 'Has these breakpoints; a node that is held by none of them may start',
    tree: 'None',
    again: 'Nothing: it has these breakpoints',
  },
  cancel: {
    does: 'Ends it now: work that runs is told by its signal, and its result is not kept.',
    cases: [
      {
        from: ['running'],
        given: 'here',
        to: 'cancelled',
        events: ['node.cancelled', 'execution.cancelled'],
        workspace: 'ended',
      },
      { from: ['running'], given: 'left', to: 'cancelled', events: ['execution.cancelled'], workspace: 'ended' },
      { from: ['pending', 'paused'], to: 'cancelled', events: ['execution.cancelled'], workspace: 'ended' },
    ],
    execution: 'Has ended; what ran is waiting again, for a rollback or a fork',
    tree: 'None',
    again: 'Refused: it has ended',
  },
  rollback: {
    does: 'Goes back to a checkpoint of the same execution, edited where a patch is given.',
    cases: [{ from: ['paused', 'completed', 'failed', 'cancelled'], to: 'paused', events: BACK, workspace: 'back' }],
    execution:
      'Stands at the checkpoint, paused with the reason `rollback`; what it goes back over is compensated, sub-workflows included. Refused where compensations have undone what was completed there: `WAYMARK_WORK_UNDONE`',
    tree: 'A new branch from the checkpoint; the one that it was on is kept, and marked as abandoned',
    again: 'Goes back again, on another branch',
  },
  fork: {
    does: 'Continues at a checkpoint as a new execution, edited where a patch is given.',
    makesNew: true,
    cases: [{ from: ANY, to: 'running', events: FORKED, workspace: 'copied' }],
    execution: 'A new one with the position and the state of the checkpoint; the original is untouched',
    tree: 'A new one, whose root shares its contents with the checkpoint',
    again: 'Makes another fork',
  },
  restart: {
    does: 'Runs the workflow from its entry again, with the original input, as a new execution.',
    makesNew: true,
    cases: [
      {
        from: ANY,
        to: 'running',
        events: ['execution.started', 'execution.restarted', 'checkpoint.created'],
        workspace: 'begun',
      },
    ],
    execution: 'A new one; the original is untouched, and its parent',
    tree: 'A new one',
    again: 'Makes another one',
  },
  rerun: {
    does: 'Forks right before an occurrence of a node.',
    makesNew: true,
    cases: [{ from: ANY, to: 'running', events: FORKED, workspace: 'copied' }],
    execution: 'As fork',
    tree: 'As fork',
    again: 'Makes another fork',
  },
  retryNode: {
    does: 'Tries a node that failed again, as the next attempt of the same occurrence, and goes on.',
    cases: [
      {
        from: ['failed'],
        given: 'failed',
        to: 'running',
        events: [...BACK, 'execution.resumed'],
        workspace: 'backAndOn',
      },
      { from: ['paused'], given: 'stopped', to: 'running', events: ON, workspace: 'taken' },
    ],
    execution:
      'Runs; nodes that failed beside it are tried again too. Refused where compensations have undone what it completed: `WAYMARK_WORK_UNDONE`',
    tree: 'Of one that failed, a new branch from the checkpoint that it failed at',
    again: 'Refused while it runs',
  },
  skipNode: {
    does: 'Passes a node over as if it were done, with a result where one is given, and goes on.',
    cases: [
      {
        from: ['failed'],
        given: 'failed',
        to: 'running',
        events: [...BACK, 'execution.resumed', ...SKIPPED],
        workspace: 'backAndOn',
      },
      { from: ['paused'], given: 'open', to: 'running', events: [...ON, ...SKIPPED], workspace: 'taken' },
    ],
    execution:
      'Runs; the nodes that follow the skipped one are ready, and what is within it is given up. Where it waits, its attempt ends with that. Refused where compensations have undone what it completed: `WAYMARK_WORK_UNDONE`',
    tree: 'A checkpoint after the node; of one that failed, on a new branch from the checkpoint that it failed at',
    again: 'Refused: the node is done',
  },
  modifyState: {
    does: 'Edits the state of an execution that stands still.',
    cases: [
      { from: ['paused'], to: 'paused', events: ['execution.state_modified', 'checkpoint.created'], workspace: 'kept' },
    ],
    execution: 'Stands at the new checkpoint',
    tree: 'A checkpoint with the edited state',
    again: 'Applies the patch again, as another checkpoint',
  },
  label: {
    does: 'Gives it a name for people, or takes that away.',
    cases: ANY.map((status) => ({ from: [status], to: status, events: ['execution.labelled'], workspace: 'none' })),
    execution: 'Has the label, and is what it was otherwise',
    tree: 'None',
    again: 'Nothing: it has that label',
  },
  signal: {
    does: 'Sends a signal to the node that waits for it.',
    cases: [
      { from: ['paused'], given: 'signal', to: 'running', events: ['execution.resumed'], workspace: 'taken' },
      { from: ['running'], given: 'signal', to: 'running', events: [], workspace: 'none' },
      { from: ['running'], given: 'kept', to: 'running', events: [], workspace: 'none' },
      { from: ['paused'], given: 'kept', to: 'paused', events: [], workspace: 'none' },
    ],
    execution: 'The node is done with what came, and the execution goes on',
    tree: 'A checkpoint after the node',
    again: 'Sends another one',
  },
  approve: {
    does: 'Approves what a node waits for.',
    cases: answered('action.approved'),
    execution: 'The node is done, and the execution goes on',
    tree: 'A checkpoint after the node',
    again: 'Refused: nothing waits for it any more',
  },
  reject: {
    does: 'Rejects what a node waits for.',
    cases: answered('action.rejected'),
    execution: 'The node fails, or is done, as its definition says, and the execution goes on with that',
    tree: 'A checkpoint after the node',
    again: 'Refused: nothing waits for it any more',
  },
  recover: {
    does: 'Sees to executions that nobody sees to: takes over, resumes what is due, finishes compensations.',
    cases: [{ from: ['running'], given: 'left', to: 'running', events: RECOVERED, workspace: 'found' }],
    execution:
      'Runs, owned by who recovered it; work that had begun is begun again, as the same occurrence. A paused one whose time has come goes on, as by `resume`; compensations that were left are finished',
    tree: 'None',
    again: 'Nothing: it is seen to',
  },
};

/** The verbs that an execution in a status allows, whatever else must hold. */
export function verbsLegalIn(status: ExecutionStatus): readonly VerbName[] {
  return VERB_NAMES.filter((verb) => VERBS[verb].cases.some(({ from }) => from.includes(status)));
}
