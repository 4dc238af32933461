// What the command line needs to read and write signing keys, without the rest of the composition.
export { loadSigningKey, writeKeyFile } from '../infrastructure/integrity/key-file.js';
