import type { WritingKey } from '../../../domain/audit/personal/conceal-personal.js';
import type { KeyWrap } from '../../../domain/audit/personal/key-wrap.js';
import { makeSubjectKey, subjectPseudonym } from '../../../domain/audit/personal/personal-envelope.js';
import type { KeyState, PersonalKeys } from '../../../domain/audit/personal/reveal-personal.js';
import type { SpillingKeys, SpillKey } from '../../../domain/audit/personal/spill-personal.js';
import type { SubjectKeyRecord } from '../../../domain/audit/personal/subject-key.js';
import type { SubjectKeyRepository } from '../../../domain/audit/personal/subject-key.repository.port.js';
import type { Clock } from '../../../domain/shared/clock.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import type { IdGenerator } from '../../../domain/shared/id-generator.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import { Recent } from './recent.js';
import type { WrappedSpillKey } from './spilled-personal.js';

/**
 * What is recorded of somebody who was erased, when new events of them come: that there was a value (`keep-erased`), or
 * the value under a new key (`new-key`).
 */
export type AfterErasure = 'keep-erased' | 'new-key';

/** What a {@link SubjectKeyring} works with. */
export interface KeyringServices {
  readonly repository: SubjectKeyRepository;
  readonly wrap: KeyWrap;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly afterErasure: AfterErasure;
}

/** What was read at one revision of the store. At another one it counts for nothing. */
interface Known {
  readonly revision: number;
  /** By pseudonym. */
  readonly writing: Recent<WritingKey>;
  /** By the key's id. */
  readonly reading: Recent<KeyState>;
  /** Whose keys were made in a transaction that is not known to be kept, by pseudonym. */
  readonly unsure: Set<string>;
}

/** How many keys are kept in memory. */
const MOST_KEYS = 1_000;

/**
 * The keys of people, as writing and reading need them. Those that were used last are kept in memory, for as long as no
 * process has destroyed one: every batch that is written, and every page that is read, asks the store for that first. So
 * a reading that begins after an erasure has resolved never shows what was erased, whoever erased it.
 */
export class SubjectKeyring {
  readonly #services: KeyringServices;
  #salt: string | undefined;
  #known: Known = nothing(-1);
  #spillKey: SpillKey | undefined;

  constructor(services: KeyringServices) {
    this.#services = services;
  }

  /** The pseudonym of a person in this store. */
  async pseudonymOf(subject: string, scope?: TransactionScope): Promise<string> {
    this.#salt ??= await this.#services.repository.salt(scope);
    return subjectPseudonym(subject, this.#salt);
  }

  /**
   * The keys to encrypt with, by subject. Who has none is given one, which is kept or lost with the transaction.
   *
   * @throws WaymarkError `WAYMARK_PERSONAL_KEY_LOCKED` when a key is wrapped with a master key that this process has not
   */
  async forWriting(subjects: Iterable<string>, scope: TransactionScope): Promise<ReadonlyMap<string, WritingKey>> {
    const { repository } = this.#services;
    const known = this.#at(await repository.revision(scope));
    // What was found out in a transaction that is taken back was never so.
    scope.onRollback(() => {
      this.#known = nothing(-1);
    });
    const keys = new Map<string, WritingKey>();
    const missing = new Map<string, string>();
    for (const subject of subjects) {
      const subjectId = await this.pseudonymOf(subject, scope);
      const key = known.writing.get(subjectId);
      if (key === undefined) missing.set(subjectId, subject);
      else keys.set(subject, key);
    }
    if (missing.size === 0) return keys;
    const stored = await repository.newest([...missing.keys()], scope);
    for (const [subjectId, subject] of missing) {
      const key = await this.#keyFor(subjectId, stored.get(subjectId), scope);
      known.writing.set(subjectId, key);
      if (stored.get(subjectId)?.id !== key.id) known.unsure.add(subjectId);
      keys.set(subject, key);
    }
    return keys;
  }

  /** Told when the transaction of {@link forWriting} is kept: what was made in it is there for good. */
  kept(): void {
    this.#known.unsure.clear();
  }

  /**
   * The keys to encrypt with while the store can't be asked: those that are in memory, and, where there is a master key,
   * one of this process.
   */
  forSpilling(): SpillingKeys {
    const { writing, unsure } = this.#known;
    const salt = this.#salt;
    return {
      of: (subject) => {
        if (salt === undefined) return undefined;
        const subjectId = subjectPseudonym(subject, salt);
        // A key whose transaction may be taken back is nobody's.
        return unsure.has(subjectId) ? undefined : writing.get(subjectId);
      },
      spillKey: (this.#spillKey ??= this.#makeSpillKey()),
    };
  }

  /** The key of {@link forSpilling} as it may stand beside what it encrypts. */
  wrapSpillKey({ id, bytes }: SpillKey): WrappedSpillKey {
    return { id, material: this.#services.wrap.wrap(id, bytes) };
  }

  /** @throws WaymarkError `WAYMARK_PERSONAL_KEY_LOCKED` when it is wrapped with a master key that this process has not */
  unwrapSpillKey({ id, material }: WrappedSpillKey): SpillKey {
    const bytes = this.#services.wrap.unwrap(id, material);
    if (bytes === undefined) throw keyLocked({ id });
    return { id, bytes };
  }

  /** The keys that stored entries name, as far as they are to be had. */
  async forReading(ids: Iterable<string>): Promise<PersonalKeys> {
    const { repository } = this.#services;
    const known = this.#at(await repository.revision());
    const keys = new Map<string, KeyState>();
    const missing = new Set<string>();
    for (const id of ids) {
      const state = known.reading.get(id);
      if (state === undefined) missing.add(id);
      else keys.set(id, state);
    }
    if (missing.size === 0) return keys;
    for (const [id, record] of await repository.find([...missing])) {
      const state = this.#stateOf(record);
      keys.set(id, state);
      known.reading.set(id, state);
    }
    return keys;
  }

  /** Who was slower than another reader keeps to itself what it found: it may be older than what that one knows. */
  #at(revision: number): Known {
    if (this.#known.revision === revision) return this.#known;
    const fresh = nothing(revision);
    if (revision > this.#known.revision) this.#known = fresh;
    return fresh;
  }

  async #keyFor(subjectId: string, stored: SubjectKeyRecord | undefined, scope: TransactionScope): Promise<WritingKey> {
    const { afterErasure } = this.#services;
    if (stored === undefined) return this.#makeKey(subjectId, 1, scope);
    const state = this.#stateOf(stored);
    if (state === 'locked') throw keyLocked(stored);
    if (state !== 'destroyed') return { id: stored.id, bytes: state };
    if (afterErasure === 'new-key') return this.#makeKey(subjectId, stored.generation + 1, scope);
    return { id: stored.id, bytes: undefined };
  }

  async #makeKey(subjectId: string, generation: number, scope: TransactionScope): Promise<WritingKey> {
    const { repository, wrap, ids, clock } = this.#services;
    const id = ids.next();
    const bytes = makeSubjectKey();
    const createdAt = new Date(clock.now()).toISOString();
    const material = wrap.wrap(id, bytes);
    await repository.add({ id, subjectId, generation, material, createdAt, destroyedAt: null }, scope);
    return { id, bytes };
  }

  /** Without a master key it would lie in plain text beside what it encrypts. */
  #makeSpillKey(): SpillKey | undefined {
    const { wrap, ids } = this.#services;
    return wrap.masterId === undefined ? undefined : { id: `spill:${ids.next()}`, bytes: makeSubjectKey() };
  }

  #stateOf({ id, material }: SubjectKeyRecord): KeyState {
    return material === null ? 'destroyed' : (this.#services.wrap.unwrap(id, material) ?? 'locked');
  }
}

function nothing(revision: number): Known {
  return { revision, writing: new Recent(MOST_KEYS), reading: new Recent(MOST_KEYS), unsure: new Set() };
}

function keyLocked({ id }: Pick<SubjectKeyRecord, 'id'>): WaymarkError {
  return new WaymarkError(
    'WAYMARK_PERSONAL_KEY_LOCKED',
    `A personal value can't be recorded: its key ${id} is wrapped with a master key that this process does not have.`,
    {
      hint: 'Give createWaymark the master key of the store: { personalKeys: { masterKey } }. Nothing was recorded.',
      details: { keyId: id },
    },
  );
}
