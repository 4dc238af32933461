import { WaymarkError } from '../../shared/errors.js';

/** `WAYMARK_LOOP_LIMIT` */
export function loopLimit(at: string, maxIterations: number): WaymarkError {
  return new WaymarkError('WAYMARK_LOOP_LIMIT', `${at} was not done after ${maxIterations} passes.`, {
    hint: 'Roll back with a state for which its condition holds, or allow it more passes: maxIterations.',
    details: { at, maxIterations },
  });
}
