import { WaymarkError } from '../../../domain/shared/errors.js';

/** `WAYMARK_CONDITION_FAILED`: a condition, the list of a map or a choice could not be made out. */
export function conditionFailed(at: string, what: string, why: string, cause?: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_CONDITION_FAILED', `The ${what} of ${at} ${why}`, {
    hint: 'Correct the definition, or roll back with a state that it can be made out of.',
    details: { at, what },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** `WAYMARK_LIST_CHANGED`: which of its items is which can't be told any more. */
export function listChanged(at: string, began: number, found: number): WaymarkError {
  return new WaymarkError(
    'WAYMARK_LIST_CHANGED',
    `The list of ${at} has ${found} items, and had ${began} when it began.`,
    {
      hint: `Roll back to a checkpoint before ${at}, or give the list that it began with back by a state patch; while a map is open its list must not change.`,
      details: { at, began, found },
    },
  );
}

/** `WAYMARK_UNKNOWN_CHOICE` */
export function unknownChoice(at: string, chosen: string, followers: readonly string[]): WaymarkError {
  return new WaymarkError('WAYMARK_UNKNOWN_CHOICE', `${at} chose ${chosen}, which does not follow it.`, {
    hint: `What follows it: ${followers.join(', ')}.`,
    details: { at, chosen, followers },
  });
}

/** `WAYMARK_CHILD_TAKEN`: an execution that is somebody else's has the id that a sub-workflow's was to have. */
export function childTaken(at: string, childExecutionId: string, workflowId: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_CHILD_TAKEN',
    `${at}: there is an execution ${childExecutionId} of ${workflowId} already, which is not of this node.`,
    {
      hint: 'Delete it, or roll the parent back and resume it: that reaches the node once more, with another id.',
      details: { at, childExecutionId, workflowId },
    },
  );
}

/** `WAYMARK_CHILD_FAILED`: the execution of a sub-workflow did not complete. */
export function childFailed(at: string, childExecutionId: string, what: string, cause?: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_CHILD_FAILED', `${at}: its execution ${childExecutionId} ${what}.`, {
    hint: `Look at it with \`waymark show ${childExecutionId}\`. Trying the node again starts another one.`,
    details: { at, childExecutionId },
    ...(cause === undefined ? {} : { cause }),
  });
}
