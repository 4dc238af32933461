import type { VerbKey, VerbKeyRepository } from '../../domain/execution/verb-key.repository.port.js';
import { sha256Hex } from '../../domain/shared/hash.js';
import { isJsonObject, type JsonValue, toJson } from '../../domain/shared/json.js';
import type { TransactionScope } from '../../domain/shared/transaction.js';
import { idempotencyConflict, keyTaken } from './execution-errors.js';

/** A verb that is done under a key of the caller's: what it gives is kept with it, and given again. */
export class VerbOnce {
  readonly key: string;
  readonly digest: string;
  readonly #verb: string;
  readonly #verbKeys: VerbKeyRepository;
  readonly #now: () => string;

  constructor(
    verbKeys: VerbKeyRepository,
    verb: string,
    { key, digest }: { key: string; digest: string },
    now: () => string,
  ) {
    this.#verbKeys = verbKeys;
    this.#verb = verb;
    this.key = key;
    this.digest = digest;
    this.#now = now;
  }

  /**
   * Keeps what the verb gives, in the transaction that it is done in.
   *
   * @throws WaymarkError when somebody else used the key meanwhile: nothing of the transaction may be kept then
   */
  async keep(executionId: string, result: unknown, scope: TransactionScope): Promise<void> {
    if (!(await this.keepIfFree(executionId, result, scope))) throw keyTaken(this.key);
  }

  /** The same for what is true whoever used the key: returns whether it was kept. */
  keepIfFree(executionId: string, result: unknown, scope: TransactionScope): Promise<boolean> {
    const { key, digest } = this;
    const entry = { key, digest, executionId, verb: this.#verb, result: toJson(result, 'result'), usedAt: this.#now() };
    return this.#verbKeys.add(entry, scope);
  }

  /** What was done under the key, or `undefined`. @throws WaymarkError `WAYMARK_IDEMPOTENCY_CONFLICT` */
  async kept(): Promise<VerbKey | undefined> {
    const found = await this.#verbKeys.find(this.key);
    if (found !== undefined && (found.verb !== this.#verb || found.digest !== this.digest)) {
      throw idempotencyConflict(found, this.#verb);
    }
    return found;
  }
}

/** The verbs that are done under keys, one at a time under each. */
export class VerbKeys {
  readonly #repository: VerbKeyRepository;
  readonly #now: () => string;
  /** What goes on under a key in this process. */
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(repository: VerbKeyRepository, now: () => string) {
    this.#repository = repository;
    this.#now = now;
  }

  /** A verb under a key and the digest of its arguments. */
  once(verb: string, key: { readonly key: string; readonly digest: string }): VerbOnce {
    return new VerbOnce(this.#repository, verb, key, this.#now);
  }

  /**
   * Does a verb, unless it was done under the key: then what it gave is given again.
   *
   * @param args what was asked for, asked where there is a key: it is for one verb with one set of arguments
   * @param work does it, and keeps its result within its own transaction
   * @param again gives the result that was kept
   * @throws WaymarkError `WAYMARK_IDEMPOTENCY_CONFLICT`
   */
  async run<Result>(
    { verb, key, args }: { readonly verb: string; readonly key: string | undefined; readonly args: () => unknown },
    work: (once?: VerbOnce) => Promise<Result>,
    again: (kept: VerbKey) => Result | Promise<Result>,
  ): Promise<Result> {
    if (key === undefined) return work();
    const once = this.once(verb, { key, digest: argumentsDigest(verb, args()) });
    for (let before = this.#underWay.get(key); before !== undefined; before = this.#underWay.get(key)) await before;
    const attempt = this.#attempt(once, work, again);
    const settled = attempt.then(
      () => undefined,
      () => undefined,
    );
    this.#underWay.set(key, settled);
    try {
      return await attempt;
    } finally {
      if (this.#underWay.get(key) === settled) this.#underWay.delete(key);
    }
  }

  async #attempt<Result>(
    once: VerbOnce,
    work: (once: VerbOnce) => Promise<Result>,
    again: (kept: VerbKey) => Result | Promise<Result>,
  ): Promise<Result> {
    const before = await once.kept();
    if (before !== undefined) return again(before);
    try {
      return await work(once);
    } catch (error) {
      // Whoever was faster in another process made this one impossible, or its own commit was made and not answered.
      const kept = await once.kept();
      if (kept === undefined) throw error;
      return again(kept);
    }
  }
}

/** The digest of a verb's arguments: the same whatever the order of their keys. */
function argumentsDigest(verb: string, args: unknown): string {
  return sha256Hex(`${verb} ${JSON.stringify(inOrder(toJson(args, 'argument')))}`);
}

function inOrder(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(inOrder);
  if (!isJsonObject(value)) return value;
  const sorted = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  // As a list of pairs: a key may be one that an object does not take.
  return [null, ...sorted.map(([key, part]): JsonValue => [key, inOrder(part)])];
}
