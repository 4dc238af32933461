import { renderFacts } from './table.js';
import type { Session } from '../session.js';

/** A command to run next, and what it is for. */
export interface NextStep {
  readonly command: readonly string[];
  readonly purpose: string;
}

/** Commands to copy, each after what it is for. */
export function renderNextSteps(session: Session, steps: readonly NextStep[]): string {
  const { palette } = session;
  return renderFacts(
    steps.map(({ command, purpose }) => [purpose, session.command(...command)] as const),
    palette.dim,
  );
}
