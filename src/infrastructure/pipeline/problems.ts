import { WaymarkError } from '../../domain/shared/errors.js';

/** How many problems a message names. */
const MAX_SHOWN = 50;

/** One thing that is wrong with a file. */
export interface WorkflowFileProblem {
  readonly line: number;
  readonly column: number;
  /** The step it is in, by the path of ids; left out for what is in none. */
  readonly step?: string;
  readonly message: string;
}

/** A file of YAML or JSON that is no workflow. `problems` names everything that is wrong with it, in its order. */
export class InvalidWorkflowFileError extends WaymarkError {
  readonly problems: readonly WorkflowFileProblem[];

  constructor(file: string, found: readonly WorkflowFileProblem[]) {
    const problems = found.toSorted((a, b) => a.line - b.line || a.column - b.column);
    const lines = problems.slice(0, MAX_SHOWN).map(({ line, column, step, message }) => {
      const where = step === undefined ? '' : `step ${step}: `;
      // A name in the file may hold line breaks, which a line of ours has none of.
      return `${file}:${line}:${column}: ${where}${message}`.replaceAll(/[\r\n]+/g, ' ');
    });
    const more = problems.length > MAX_SHOWN ? [`and ${problems.length - MAX_SHOWN} more`] : [];
    super('WAYMARK_INVALID_WORKFLOW_FILE', [...lines, ...more].join('\n'), {
      hint: 'Correct the file; waymark schema --workflow prints the format, for editors too.',
      details: { file, problems: problems.slice(0, MAX_SHOWN) },
    });
    this.problems = problems;
  }
}
