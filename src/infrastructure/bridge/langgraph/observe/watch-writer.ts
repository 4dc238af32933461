type Writer = (chunk: unknown) => unknown;

const watched = new WeakSet<Writer>();

/**
 * Tells of what nodes write with the stream writer of a run's configuration, and passes it on. LangGraph puts the writer
 * there itself unless the user gave one, so that the place is watched and not what is in it.
 */
export function watchWriter(config: object, onWritten: (chunk: unknown) => void): void {
  const place = config as { writer?: Writer };
  const put = (writer: Writer): void => {
    Object.defineProperty(place, 'writer', {
      value: watching(writer, onWritten),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  };
  const { writer } = place;
  if (typeof writer === 'function') {
    put(writer);
    return;
  }
  Object.defineProperty(place, 'writer', { get: () => undefined, set: put, enumerable: true, configurable: true });
}

function watching(writer: Writer, onWritten: (chunk: unknown) => void): Writer {
  if (watched.has(writer)) return writer;
  const watchingWriter: Writer = (chunk) => {
    onWritten(chunk);
    return writer(chunk);
  };
  watched.add(watchingWriter);
  return watchingWriter;
}
