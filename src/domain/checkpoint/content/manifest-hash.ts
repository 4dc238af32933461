import { type Hash, sha256Hex } from '../../shared/hash.js';
import type { StateManifest } from '../checkpoint.js';

/** Identifies a state: SHA-256 over its manifest's JSON. As a manifest holds hashes, it covers all that they lead to. */
export function manifestHash(manifest: StateManifest): Hash {
  return sha256Hex(JSON.stringify(manifest));
}
