import { randomFillSync } from 'node:crypto';
import { parse, v6, validate, version } from 'uuid';

/** How many of a UUID's ticks are a millisecond: they are of 100 nanoseconds each. */
const TICKS = 10_000n;
/** From 1582-10-15, where a UUID's time begins, to 1970-01-01. */
const EPOCH = 122_192_928_000_000_000n;
const ID_BYTES = 16;

/**
 * A name for a checkpoint as LangGraph makes them, a UUIDv6 of now. LangGraph sorts by them: it comes after the one that
 * is given, whatever the clock says.
 */
export function checkpointName(after: string | undefined, nowMs: number): string {
  const now = BigInt(nowMs) * TICKS + EPOCH;
  const next = after === undefined ? now : ticksOf(after) + 1n;
  const ticks = (next > now ? next : now) - EPOCH;
  const random = randomFillSync(new Uint8Array(ID_BYTES));
  // Before whatever LangGraph makes in the same tick: it counts on from there.
  return v6({ random, msecs: Number(ticks / TICKS), nsecs: Number(ticks % TICKS), clockseq: 0 });
}

function ticksOf(name: string): bigint {
  if (!validate(name) || version(name) !== 6) return 0n;
  const bytes = new DataView(parse(name).buffer);
  const high = (BigInt(bytes.getUint32(0)) << 16n) | BigInt(bytes.getUint16(4));
  return (high << 12n) | (BigInt(bytes.getUint16(6)) & 0xfffn);
}
