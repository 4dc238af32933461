import { WaymarkError } from '../shared/errors.js';

/** A stream is not at the version that an append expected: somebody else appended to it. */
export class StreamConflictError extends WaymarkError {
  readonly stream: string;
  readonly expected: number;
  readonly actual: number;

  constructor(stream: string, expected: number, actual: number) {
    super('WAYMARK_STREAM_CONFLICT', `Stream ${stream} is at version ${actual} and not at ${expected}.`, {
      hint: `Nothing was recorded. Read what the stream has now (log.query({ stream })), decide anew, and expect ${actual}.`,
      details: { stream, expected, actual },
    });
    this.stream = stream;
    this.expected = expected;
    this.actual = actual;
  }
}
