import type { UnknownTypes } from '../application/audit/entry-reader.js';
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
  /**
   * How events read whose type nobody has registered: `as-stored` (when left out), still encrypted, so that an
   * `UnknownEvent` can be recorded elsewhere; `reveal`, decrypted, for who only shows them: nothing would encrypt them
   * again.
   */
  readonly unknownTypes?: UnknownTypes;
}

const KEYS: KeysOf<PersonalKeysConfig> = { masterKey: true, afterErasure: true, unknownTypes: true };

/** @throws InvalidArgumentError; WaymarkError `WAYMARK_KEY_FILE_FAILED` */
export function personalKeysSetup(config: PersonalKeysConfig = {}): {
  readonly wrap: KeyWrap;
  readonly afterErasure: AfterErasure;
  readonly unknownTypes: UnknownTypes;
} {
  assertKeys(config, KEYS, 'personalKeys option');
  const { masterKey, afterErasure = 'keep-erased', unknownTypes = 'as-stored' } = config;
  return {
    wrap: loadKeyWrap(masterKey),
    afterErasure: oneOf(afterErasure, ['keep-erased', 'new-key'], 'personalKeys.afterErasure'),
    unknownTypes: oneOf(unknownTypes, ['as-stored', 'reveal'], 'personalKeys.unknownTypes'),
  };
}
