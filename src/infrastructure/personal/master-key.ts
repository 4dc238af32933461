import { KeyWrap } from '../../domain/audit/personal/key-wrap.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { readKeyText } from '../shared/key-source.js';

const HEX = /^[0-9a-f]{64}$/i;
const BASE64 = /^[A-Za-z0-9+/_-]{43}=?$/;
const HINT = 'Name another file, or make one: openssl rand -hex 32 > waymark-master.key.';

/**
 * What wraps the keys of people: the master key of a text, or of a file that holds it.
 *
 * @param textOrPath 32 bytes as 64 hexadecimal characters or in base64, or the path of a file with that in it; without
 *   it keys are stored as they are
 * @throws InvalidArgumentError `WAYMARK_INVALID_KEY` when it is no such key; WaymarkError `WAYMARK_KEY_FILE_FAILED` when
 *   there is no such file
 */
export function loadKeyWrap(textOrPath: string | undefined): KeyWrap {
  if (textOrPath === undefined) return new KeyWrap();
  if (typeof textOrPath !== 'string') throw notAMasterKey();
  // A text of an environment or of a file often ends in a line break.
  const text = textOrPath.trim();
  if (text === '') throw notAMasterKey();
  const bytes = bytesOf(text) ?? bytesOf(readKeyText(text, { hint: HINT, notAKey: notAMasterKey }).trim());
  if (bytes === undefined) throw notAMasterKey();
  return new KeyWrap(bytes);
}

function bytesOf(text: string): Buffer | undefined {
  if (HEX.test(text)) return Buffer.from(text, 'hex');
  return BASE64.test(text) ? Buffer.from(text, 'base64url') : undefined;
}

/** The text is not repeated: it may be most of a key. */
function notAMasterKey(): InvalidArgumentError {
  return new InvalidArgumentError(
    'The master key is not 32 bytes, as 64 hexadecimal characters or in base64, nor a file with them.',
    {
      code: 'WAYMARK_INVALID_KEY',
      hint: 'Make one: openssl rand -hex 32 > waymark-master.key.',
    },
  );
}
