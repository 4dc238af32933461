import { Fifo } from '../../../bus/fifo.js';

/** What to do when something that is read has come to its end. It must not reject. */
export interface Ending {
  completed(): Promise<void>;
  failed(error: unknown): Promise<void>;
}

/**
 * The same chunks, with the source read to its end whether somebody takes them or not: a graph runs on when whoever reads
 * its stream stops, and what it does then is to be known as well. Reading begins at once. Whoever takes the chunks sees
 * the end after `ending` has settled.
 */
export function eagerly<Chunk>(
  source: AsyncGenerator<Chunk, void, undefined>,
  ending: Ending,
): AsyncGenerator<Chunk, void, undefined> {
  const chunks = new Fifo<{ readonly chunk: Chunk }>();
  let failure: { readonly error: unknown } | undefined;
  let isDone = false;
  let wake = (): void => undefined;

  const read = async (): Promise<void> => {
    try {
      for await (const chunk of source) {
        chunks.push({ chunk });
        wake();
      }
      await ending.completed();
    } catch (error) {
      failure = { error };
      await ending.failed(error);
    }
    isDone = true;
    wake();
  };
  const reading = read();

  return (async function* take() {
    try {
      for (;;) {
        for (let next = chunks.shift(); next !== undefined; next = chunks.shift()) yield next.chunk;
        if (isDone) break;
        await new Promise<void>((resolve) => (wake = resolve));
      }
      if (failure !== undefined) throw failure.error;
    } finally {
      await reading;
    }
  })();
}
