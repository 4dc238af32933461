import { deflateRaw, deflateRawSync } from 'node:zlib';

/** A file system gives out space in blocks of about so many bytes: to be smaller than one is of no use. */
const BLOCK = 4_096;

/** To this share of its size a content has to come down. */
const WORTH = 0.9;

/** The quickest: what is kept is for going back, and mostly gone in a week. */
export const LEVEL = 1;

/** Whether a content looks as if it would become smaller: judged by a piece out of its middle. */
export function isWorthDeflating(content: Buffer, size = content.length): boolean {
  if (size <= BLOCK) return false;
  const begin = Math.max(0, Math.floor((content.length - BLOCK) / 2));
  const sample = content.subarray(begin, begin + BLOCK);
  return deflateRawSync(sample, { level: LEVEL }).length < sample.length * WORTH;
}

/** On a thread of Node's. @returns `undefined` if it has not become smaller enough */
export function deflateWhole(content: Buffer): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    deflateRaw(content, { level: LEVEL }, (error, body) => {
      if (error === null) resolve(body.length < content.length * WORTH ? body : undefined);
      else reject(error);
    });
  });
}
