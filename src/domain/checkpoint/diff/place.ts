import { pointerSegment } from '../../shared/json.js';

/** Where a value is: `from` in the state before, `path` in the state after. */
export interface Place {
  readonly from: string;
  readonly path: string;
}

/** The place of a part. */
export function placeOf(parent: Place, before: string | number, after: string | number): Place {
  return { from: parent.from + pointerSegment(before), path: parent.path + pointerSegment(after) };
}
