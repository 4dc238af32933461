import { z } from 'zod';
import { WaymarkError } from '../../../../domain/shared/errors.js';

/** A time as it is written by us; another text would be told as `Invalid Date`. */
export const storedTime = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'is not a time');

/** Anything that was read from JSON. Text that is none is read as `undefined`. */
export const storedJson = z.unknown().refine((value) => value !== undefined, 'is not JSON');

/** A number of things. */
export const storedCount = z.int().min(0);

/**
 * A row as what its table says it is: somebody may have changed it, and a disk may have lost a part of it.
 *
 * @param what how a message should call the row, with its id
 * @throws WaymarkError `WAYMARK_STORE_CORRUPT` that names the row and its first damaged column
 */
export function checkRow<Row extends object>(shape: z.ZodType, row: Row, what: string): Row {
  const { error } = shape.safeParse(row);
  if (error === undefined) return row;
  const [issue] = error.issues;
  const column = issue?.path.join('.') ?? '';
  throw new WaymarkError(
    'WAYMARK_STORE_CORRUPT',
    `${what} is damaged in the store: its ${column}: ${issue?.message}.`,
    {
      hint: 'Copy the file and its -wal away before anything else, and run waymark verify: the log tells what happened.',
      details: { row: what, columns: error.issues.map(({ path }) => path.join('.')) },
    },
  );
}
