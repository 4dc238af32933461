import {
  configureEventLimits,
  createWaymark,
  DEFAULT_EVENT_LIMITS,
  GraphCustomEmitted,
  InvalidEventError,
  UnknownEvent,
} from '../../../../src/index.js';
import { caught, codeOf } from '../../../support/caught.js';

afterEach(() => void configureEventLimits());

const emitted = (data: unknown): GraphCustomEmitted =>
  new GraphCustomEmitted({ callId: 'c', threadId: 't', name: 'n', data });

/** Arrays in arrays, so many of them. */
function nested(depth: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < depth; level += 1) value = [value];
  return value;
}

/** A text that makes the payload so many bytes long. */
function filling(bytes: number): string {
  return 'x'.repeat(bytes - JSON.stringify(emitted('').payload).length);
}

describe('the limit on the size of a payload', () => {
  it('is a mebibyte, and is named', async () => {
    expect(DEFAULT_EVENT_LIMITS).toStrictEqual({ maxBytes: 1_048_576, maxDepth: 200 });
    expect(JSON.stringify(emitted(filling(1_048_576)).payload)).toHaveLength(1_048_576);
    const error = await caught(() => emitted(filling(1_048_577)));
    expect(error).toBeInstanceOf(InvalidEventError);
    expect((error as InvalidEventError).message).toMatch(
      /^graph\.custom_emitted .*1048577 bytes.*limit maxBytes of 1048576/,
    );
  });

  it('counts bytes of UTF-8, escapes included', async () => {
    configureEventLimits({ maxBytes: 200 });
    expect(emitted('é'.repeat(60)).payload.data).toHaveLength(60);
    expect(await codeOf(() => emitted('é'.repeat(100)))).toBe('WAYMARK_INVALID_EVENT');
    expect(await codeOf(() => emitted('\u0001'.repeat(30)))).toBe('WAYMARK_INVALID_EVENT');
    expect(await codeOf(() => emitted('\ud800'.repeat(30)))).toBe('WAYMARK_INVALID_EVENT');
  });

  it('counts keys and many small values too', async () => {
    configureEventLimits({ maxBytes: 300 });
    expect(await codeOf(() => emitted({ ['k'.repeat(300)]: 1 }))).toBe('WAYMARK_INVALID_EVENT');
    expect(await codeOf(() => emitted(Array.from({ length: 200 }, () => 1)))).toBe('WAYMARK_INVALID_EVENT');
    expect(await codeOf(() => emitted(Array.from({ length: 120 }, () => [])))).toBe('WAYMARK_INVALID_EVENT');
    expect(await codeOf(() => emitted(Array.from({ length: 20 }, () => 0.1234567890123456)))).toBe(
      'WAYMARK_INVALID_EVENT',
    );
  });
});

describe('the limit on the depth of a payload', () => {
  it('is 200, and is named', async () => {
    // The payload itself is the first level.
    expect(emitted(nested(199)).payload.data).toStrictEqual(nested(199));
    const error = await caught(() => emitted(nested(200)));
    expect(error).toBeInstanceOf(InvalidEventError);
    expect((error as InvalidEventError).message).toMatch(/^graph\.custom_emitted .*limit maxDepth of 200 levels/);
  });

  it('stops a value that contains itself', async () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(await codeOf(() => emitted(cycle))).toBe('WAYMARK_INVALID_EVENT');
  });
});

describe('configuring limits', () => {
  it('holds for what is made from then on, and gives the defaults back', async () => {
    expect(configureEventLimits({ maxDepth: 3 })).toStrictEqual({ maxBytes: 1_048_576, maxDepth: 3 });
    expect(emitted(nested(2)).payload.data).toStrictEqual([[]]);
    expect(await codeOf(() => emitted(nested(3)))).toBe('WAYMARK_INVALID_EVENT');
    expect(configureEventLimits({ maxBytes: 100 })).toStrictEqual({ maxBytes: 100, maxDepth: 3 });
    expect(configureEventLimits()).toStrictEqual(DEFAULT_EVENT_LIMITS);
    expect(emitted(nested(199)).payload.data).toStrictEqual(nested(199));
  });

  it.each([{ maxBytes: 0 }, { maxBytes: 1.5 }, { maxDepth: -1 }, { maxDepth: 1_001 }, { maxBytes: Number.NaN }])(
    'refuses %j, and changes nothing',
    async (changes) => {
      expect(await codeOf(() => configureEventLimits(changes))).toBe('WAYMARK_INVALID_ARGUMENT');
      expect(configureEventLimits({})).toStrictEqual(DEFAULT_EVENT_LIMITS);
    },
  );

  it('leaves readable what was stored within other limits', async () => {
    await using waymark = await createWaymark({ storage: 'memory:' });
    configureEventLimits({ maxDepth: 1_000, maxBytes: 4_000_000 });
    const deep = emitted(nested(999));
    const big = emitted(filling(3_000_000));
    await waymark.log.append([deep, big]);
    configureEventLimits({ maxDepth: 2, maxBytes: 100 });
    const read = await waymark.log.query();
    expect(JSON.stringify(read.map(({ event }) => event.payload))).toBe(JSON.stringify([deep.payload, big.payload]));
  });

  it('holds what is appended anew to the limits of now, whoever made it', async () => {
    await using waymark = await createWaymark({ storage: 'memory:' });
    const { type: _, payload, ...context } = emitted(nested(10)).toJSON();
    configureEventLimits({ maxDepth: 2 });
    await expect(waymark.log.append([new UnknownEvent('plugin.done', payload, context)])).rejects.toThrow(
      /maxDepth of 2/,
    );
  });
});
