import type { SerializerProtocol } from '@langchain/langgraph-checkpoint';
import { WaymarkError } from '../../../../domain/shared/errors.js';
import { setOwn } from '../../../../domain/shared/json.js';
import { TypedBytes } from './typed-bytes.js';

/** Values in a host's own format, where it has one, and as they are where it has none. */
export class HostFormat {
  /** What makes a channel's value what is stored; `undefined` where it is stored as it is. */
  readonly prepare: ((value: unknown) => Promise<unknown>) | undefined;
  readonly #serde: SerializerProtocol | undefined;

  constructor(serde: SerializerProtocol | undefined) {
    this.#serde = serde;
    if (serde !== undefined) this.prepare = (value) => dumped(serde, value);
  }

  /**
   * A value as it is stored. At once where the host has no format: the graph that gave it may go on, and change it.
   */
  dump(value: unknown): unknown {
    if (this.#serde === undefined) return value;
    const promise = dumped(this.#serde, value);
    // Whoever waits for it is told; something else may fail before.
    promise.catch(() => undefined);
    return promise;
  }

  /**
   * A value as the host knows it.
   *
   * @throws WaymarkError `WAYMARK_SERIALIZER_MISSING` when it was stored in a host's own format, and this saver has none
   */
  async load(stored: unknown): Promise<unknown> {
    if (!(stored instanceof TypedBytes)) return stored;
    if (this.#serde !== undefined) return this.#serde.loadsTyped(stored.type, stored.bytes);
    throw new WaymarkError(
      'WAYMARK_SERIALIZER_MISSING',
      `A value was stored by a serializer of the host's own, as ${JSON.stringify(stored.type)}, and this saver has none.`,
      { hint: 'Make the saver with the serializer it was written with: new WaymarkSaver(waymark, { serde }).' },
    );
  }

  /**
   * The values of an object, each as the host knows it. The same object, of which nothing is looked at, where the host has
   * no format: whoever has one keeps the metadata in it as well, and is told of that.
   */
  async loadEach(values: Record<string, unknown>): Promise<Record<string, unknown>> {
    if (this.#serde === undefined) return values;
    for (const [key, value] of Object.entries(values)) {
      if (value instanceof TypedBytes) setOwn(values, key, await this.load(value));
    }
    return values;
  }
}

async function dumped(serde: SerializerProtocol, value: unknown): Promise<TypedBytes> {
  const [type, bytes] = await serde.dumpsTyped(value);
  return new TypedBytes(type, bytes);
}
