/**
 * What every content on disk begins with, 24 bytes: `WMB1`, how it is kept (0 as it is, 1 raw deflate), three zeros, its
 * size, and the size of what follows here, both as unsigned 64-bit integers, the highest byte first.
 */
export interface BlobHeader {
  readonly isDeflated: boolean;
  /** How large the content is. */
  readonly size: number;
  /** How many bytes follow in the file. */
  readonly storedSize: number;
}

/** In bytes. */
export const HEADER_SIZE = 24;

const MAGIC = 0x57_4d_42_31;
const AS_IT_IS = 0;
const DEFLATED = 1;

export function encodeHeader({ isDeflated, size, storedSize }: BlobHeader): Buffer {
  const bytes = Buffer.alloc(HEADER_SIZE);
  bytes.writeUInt32BE(MAGIC, 0);
  bytes.writeUInt8(isDeflated ? DEFLATED : AS_IT_IS, 4);
  bytes.writeBigUInt64BE(BigInt(size), 8);
  bytes.writeBigUInt64BE(BigInt(storedSize), 16);
  return bytes;
}

/**
 * @param fileSize the size of the whole file
 * @returns `undefined` unless the bytes begin a content, and the file is as long as it says
 */
export function decodeHeader(bytes: Buffer, fileSize: number): BlobHeader | undefined {
  if (bytes.length < HEADER_SIZE || bytes.readUInt32BE(0) !== MAGIC) return undefined;
  const method = bytes.readUInt8(4);
  const size = Number(bytes.readBigUInt64BE(8));
  const storedSize = Number(bytes.readBigUInt64BE(16));
  if (method > DEFLATED || bytes.readUIntBE(5, 3) !== 0 || storedSize !== fileSize - HEADER_SIZE) return undefined;
  if (method === AS_IT_IS && size !== storedSize) return undefined;
  return { isDeflated: method === DEFLATED, size, storedSize };
}
