import { Option } from 'commander';
import { usageError } from './errors.js';
import type { Session } from './session.js';

/** The variable of the environment with the master key, or with the path of a file that holds it. */
export const MASTER_KEY_VARIABLE = 'WAYMARK_MASTER_KEY';

/** 32 bytes in hexadecimal or base64. */
const KEY_TEXT = /^([0-9a-f]{64}|[a-z0-9+/_-]{43}=?)$/i;

/** `--master-key-file`, which every command has. */
export function masterKeyOption(): Option {
  return new Option(
    '--master-key-file <file>',
    `the file with the master key of personal values (default: $${MASTER_KEY_VARIABLE}: the key, or its file)`,
  );
}

/**
 * The master key as `createWaymark` takes it; `undefined` where none was given.
 *
 * @throws WaymarkError `WAYMARK_USAGE` when the option is given a key rather than a file: a command line is kept in the
 *   history of the shell, and shown to every user of the machine while it runs. The key is not repeated
 */
export function masterKeyOf({ io, masterKeyFile }: Pick<Session, 'io' | 'masterKeyFile'>): string | undefined {
  if (masterKeyFile === undefined) return io.env[MASTER_KEY_VARIABLE] || undefined;
  if (masterKeyFile.trim() === '') throw usageError('--master-key-file names no file.', NAME_A_FILE);
  if (!KEY_TEXT.test(masterKeyFile.trim())) return masterKeyFile;
  throw usageError(
    '--master-key-file was given a key, and not the path of a file.',
    `${NAME_A_FILE} Replace that key.`,
  );
}

const NAME_A_FILE = `Write the key into a file that only you can read and name that, or set ${MASTER_KEY_VARIABLE}.`;
