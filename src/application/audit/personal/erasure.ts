import { toAuditCriteria } from '../../../domain/audit/audit-criteria.js';
import type { AuditLogRepository } from '../../../domain/audit/audit-log.repository.port.js';
import { textOfKey } from '../../../domain/audit/personal/personal-envelope.js';
import type { SubjectKeyRecord } from '../../../domain/audit/personal/subject-key.js';
import type { SubjectKeyRepository } from '../../../domain/audit/personal/subject-key.repository.port.js';
import { AuditErased } from '../../../domain/events/families/audit.events.js';
import type { Scheduler } from '../../../domain/shared/clock.js';
import { InvalidArgumentError, WaymarkError } from '../../../domain/shared/errors.js';
import { assertIdentifier } from '../../../domain/shared/identifiers.js';
import { assertKeys, assertOptional, type KeysOf } from '../../../domain/shared/options.js';
import type { EventFactory } from '../../context/event-factory.js';
import type { EventRecorder } from '../event-recorder.js';
import type { SubjectKeyring } from './subject-keyring.js';

/** How to erase. */
export interface EraseOptions {
  /** Why. It is recorded in plain text: name nobody in it. */
  readonly reason: string;
  /** Who wants it: `user:ada`. */
  readonly actor?: string;
  /** Whether only to tell what would be erased. */
  readonly dryRun?: boolean;
}

/** What an erasure did. */
export interface Erased {
  /** The person, by the pseudonym that the log knows them by from now on. */
  readonly subjectId: string;
  /** Entries that held something about them. */
  readonly entriesAffected: number;
  /** Whether this call erased; not a dry run, and not one that came after another. */
  readonly isErased: boolean;
  /**
   * Whether the bytes of the keys are out of the store's files too. While somebody holds an old reading open they are
   * not: erase again later.
   */
  readonly isPurged: boolean;
}

/** What erasing works with. */
export interface ErasureServices {
  readonly log: AuditLogRepository;
  readonly keys: SubjectKeyRepository;
  readonly keyring: SubjectKeyring;
  readonly recorder: EventRecorder;
  readonly factory: EventFactory;
  readonly scheduler: Scheduler;
}

const KEYS: KeysOf<EraseOptions> = { reason: true, actor: true, dryRun: true };

/** How long to wait for readers of what was before, between tries, in milliseconds. */
const PURGE_PAUSES = [1, 10, 50, 200] as const;

/** Makes what the log holds about a person unreadable, for good: it destroys their key. */
export class Erasure {
  readonly #services: ErasureServices;

  constructor(services: ErasureServices) {
    this.#services = services;
  }

  /** See `AuditLog.erase`. */
  async erase(subject: string, options: EraseOptions): Promise<Erased> {
    assertIdentifier(subject, 'subject');
    assertEraseOptions(options);
    const { keys, keyring } = this.#services;
    const subjectId = await keyring.pseudonymOf(subject);
    const known = await keys.ofSubject(subjectId);
    if (known.length === 0) throw subjectUnknown();
    const live = known.filter(({ material }) => material !== null);
    // Not within the transaction: it reads the whole log, and nobody could write meanwhile.
    const entriesAffected = await this.#count(live.length === 0 ? known : live);
    if (options.dryRun === true) return { subjectId, entriesAffected, isErased: false, isPurged: false };
    const isErased = live.length > 0 && (await this.#destroy(subjectId, entriesAffected, options));
    return { subjectId, entriesAffected, isErased, isPurged: await this.#purge() };
  }

  /** Destroys the keys and records it, in one transaction. */
  async #destroy(subjectId: string, entriesAffected: number, { reason, actor }: EraseOptions): Promise<boolean> {
    const { keys, recorder, factory } = this.#services;
    let destroyed: readonly SubjectKeyRecord[] = [];
    await recorder.commit({
      weight: 1,
      write: async (scope) => {
        destroyed = await keys.destroy(subjectId, factory.now(), scope);
        // Another process may have been faster.
        if (destroyed.length === 0) return [];
        return [factory.make(AuditErased, { subjectId, reason, entriesAffected }, { actor })];
      },
    });
    return destroyed.length > 0;
  }

  /** An entry holds a person's values under one key. */
  async #count(keys: readonly SubjectKeyRecord[]): Promise<number> {
    let entries = 0;
    for (const { id } of keys) {
      const { total } = await this.#services.log.statistics({ ...toAuditCriteria(), text: textOfKey(id) });
      entries += total;
    }
    return entries;
  }

  async #purge(): Promise<boolean> {
    const { keys, scheduler } = this.#services;
    for (const pauseMs of PURGE_PAUSES) {
      if (await keys.purge()) return true;
      await scheduler.delay(pauseMs);
    }
    return keys.purge();
  }
}

function assertEraseOptions(options: EraseOptions): void {
  assertKeys(options, KEYS, 'erase option');
  const { reason, actor, dryRun } = options;
  if (typeof reason !== 'string' || reason.trim() === '') {
    throw new InvalidArgumentError('An erasure has a reason, and none is given.', {
      hint: "Say why, and name nobody: { reason: 'request of 2026-01-31' }.",
    });
  }
  if (actor !== undefined) assertIdentifier(actor, 'actor');
  assertOptional(dryRun, 'boolean', 'dryRun');
}

/** The subject is not repeated: it may be what is to be forgotten. */
function subjectUnknown(): WaymarkError {
  return new WaymarkError('WAYMARK_SUBJECT_UNKNOWN', 'Nothing was ever recorded about that person under a key.', {
    hint: 'Give the id as it is in the field that personal() names as the subject, letter by letter.',
  });
}
