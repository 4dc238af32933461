import { randomBytes } from 'node:crypto';
import type { SubjectKeyRecord } from '../../../domain/audit/personal/subject-key.js';
import type { SubjectKeyRepository } from '../../../domain/audit/personal/subject-key.repository.port.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';

/** The keys of people in memory. */
export class InMemorySubjectKeyRepository implements SubjectKeyRepository {
  readonly #salt = randomBytes(32).toString('hex');
  /** The oldest first. */
  #keys: readonly SubjectKeyRecord[] = [];
  #revision = 0;

  salt(): Promise<string> {
    return Promise.resolve(this.#salt);
  }

  revision(): Promise<number> {
    return Promise.resolve(this.#revision);
  }

  newest(subjectIds: readonly string[]): Promise<ReadonlyMap<string, SubjectKeyRecord>> {
    const wanted = this.#keys.filter(({ subjectId }) => subjectIds.includes(subjectId));
    return Promise.resolve(new Map(wanted.map((key) => [key.subjectId, key])));
  }

  find(ids: readonly string[]): Promise<ReadonlyMap<string, SubjectKeyRecord>> {
    return Promise.resolve(new Map(this.#keys.filter(({ id }) => ids.includes(id)).map((key) => [key.id, key])));
  }

  ofSubject(subjectId: string): Promise<readonly SubjectKeyRecord[]> {
    return Promise.resolve(this.#keys.filter((key) => key.subjectId === subjectId));
  }

  add(key: SubjectKeyRecord, scope: TransactionScope): Promise<void> {
    this.#change([...this.#keys, Object.freeze({ ...key })], this.#revision, scope);
    return Promise.resolve();
  }

  destroy(subjectId: string, destroyedAt: string, scope: TransactionScope): Promise<readonly SubjectKeyRecord[]> {
    const destroyed = new Map<SubjectKeyRecord, SubjectKeyRecord>();
    for (const key of this.#keys) {
      if (key.subjectId !== subjectId || key.material === null) continue;
      destroyed.set(key, Object.freeze({ ...key, material: null, destroyedAt }));
    }
    if (destroyed.size > 0) {
      const keys = this.#keys.map((key) => destroyed.get(key) ?? key);
      this.#change(keys, this.#revision + 1, scope);
    }
    return Promise.resolve([...destroyed.values()]);
  }

  purge(): Promise<boolean> {
    return Promise.resolve(true);
  }

  #change(keys: readonly SubjectKeyRecord[], revision: number, scope: TransactionScope): void {
    const before = { keys: this.#keys, revision: this.#revision };
    this.#keys = keys;
    this.#revision = revision;
    scope.onRollback(() => {
      this.#keys = before.keys;
      this.#revision = before.revision;
    });
  }
}
