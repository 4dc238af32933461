import { renderFacts } from './table.js';
import type { Session } from '../session.js';

/** A command to run next, and what it is for. */
export interface NextStep {
  readonly purpose: string;
  readonly name: string;
  /** What it is about: ids. */
  readonly operands?: readonly string[];
  readonly options?: readonly string[];
}

/** Commands to copy, each after what it is for. */
export function renderNextSteps(session: Session, steps: readonly NextStep[]): string {
  const { palette } = session;
  return renderFacts(
    steps.map(({ purpose, name, operands, options }) => [purpose, session.command(name, operands, options)] as const),
    palette.dim,
  );
}
