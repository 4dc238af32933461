import type { AuditLogRepository } from '../../../domain/audit/audit-log.repository.port.js';
import type { SigningKey } from '../../../domain/audit/integrity/signing-key.js';
import { TrustedKeys } from '../../../domain/audit/integrity/trusted-keys.js';
import type { RetentionRepository } from '../../../domain/audit/retention/retention.repository.port.js';
import type { SealRepository } from '../../../domain/audit/seal.repository.port.js';
import type { EventFactory } from '../../context/event-factory.js';
import type { EventRecorder } from '../event-recorder.js';
import type { SealAnchor } from './seal-anchor.port.js';

/** What sealing, proving and verifying work with. */
export interface IntegrityServices {
  readonly log: AuditLogRepository;
  readonly seals: SealRepository;
  readonly retention: Pick<RetentionRepository, 'seams' | 'removedStreams'>;
  readonly recorder: EventRecorder;
  readonly factory: EventFactory;
  /** The key that signs, where there is one. */
  readonly signer?: SigningKey;
  /** The keys that were pinned; that of the signer is among them. */
  readonly trusted: TrustedKeys;
  /** Where seals are anchored. */
  readonly anchors: readonly SealAnchor[];
  /** Opens an anchor by its path. */
  readonly openAnchor: (path: string) => SealAnchor;
}

/** Keys to trust, with another one of which nothing else is said. */
export function withKey(trusted: TrustedKeys, signer: SigningKey): TrustedKeys {
  const { name, keyId, verifier } = signer;
  const isThere = trusted.keys.some(({ key }) => key.name === name && key.keyId === keyId);
  return isThere ? trusted : new TrustedKeys([...trusted.keys, verifier]);
}
