import type { AfterErasure } from '../application/audit/personal/subject-keyring.js';
import type { KeyWrap } from '../domain/audit/personal/key-wrap.js';
import { assertKeys, type KeysOf, oneOf } from '../domain/shared/options.js';
import { loadKeyWrap } from '../infrastructure/personal/master-key.js';

/** How the keys of people are kept. */
export interface PersonalKeysConfig {
  /**
   * What they are wrapped with: 32 bytes as 64 hexadecimal characters or in base64, or the path of a file that holds
   * them. Without it they are stored as they are, beside what they encrypt.
   */
  readonly masterKey?: string;
  /**
   * What is recorded of somebody who was erased, when new events of them come: `keep-erased` (when left out), that there
   * was a value; `new-key`, the value, under a new key.
   */
  readonly afterErasure?: AfterErasure;
}

const KEYS: KeysOf<PersonalKeysConfig> = { masterKey: true, afterErasure: true };

/** @throws InvalidArgumentError; WaymarkError `WAYMARK_KEY_FILE_FAILED` */
export function personalKeysSetup(config: PersonalKeysConfig = {}): {
  readonly wrap: KeyWrap;
  readonly afterErasure: AfterErasure;
} {
  assertKeys(config, KEYS, 'personalKeys option');
  const { masterKey, afterErasure = 'keep-erased' } = config;
  return {
    wrap: loadKeyWrap(masterKey),
    afterErasure: oneOf(afterErasure, ['keep-erased', 'new-key'], 'personalKeys.afterErasure'),
  };
}
