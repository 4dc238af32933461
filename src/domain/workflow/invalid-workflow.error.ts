import { WaymarkError } from '../shared/errors.js';

/** A workflow definition that can't be run. `problems` names everything that is wrong with it. */
export class InvalidWorkflowError extends WaymarkError {
  readonly problems: readonly string[];

  constructor(workflowId: string, problems: readonly string[]) {
    super('WAYMARK_INVALID_WORKFLOW', `The workflow ${workflowId} can't be run: ${problems.join('; ')}.`, {
      hint: 'Correct the definition; every problem found is named above.',
      details: { workflowId, problems },
    });
    this.problems = problems;
  }
}
