import { createHash } from 'node:crypto';

/**
 * The root of a Merkle tree, word by word from RFC 9162 section 2.1.1: slow, and independent of what it is compared
 * with.
 *
 * @param leaves the texts (their UTF-8 bytes) or bytes of the leaves
 * @returns 64 hexadecimal characters
 */
export function naiveMerkleRoot(leaves: readonly (string | Uint8Array)[]): string {
  return treeHash(leaves).toString('hex');
}

function treeHash(leaves: readonly (string | Uint8Array)[]): Buffer {
  if (leaves.length === 0) return createHash('sha256').digest();
  if (leaves.length === 1) return hash(0x00, leaves[0] ?? '');
  // k is the largest power of two smaller than n.
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return hash(0x01, treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)));
}

function hash(prefix: number, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const digest = createHash('sha256').update(Uint8Array.of(prefix));
  for (const part of parts) digest.update(part);
  return digest.digest();
}
