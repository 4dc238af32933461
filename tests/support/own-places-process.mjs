/**
 * Keeps a folder with the storage of what was built, whose work is done by another thread:
 * `node own-places-process.mjs FILES HOME STORE FOLDER`. Prints the paths that it has kept.
 */
import { LocalFileStorage } from '../../dist/infrastructure/file/local-file-storage.js';

const [files = '', home = '', store = '', folder = ''] = process.argv.slice(2);
const storage = new LocalFileStorage({ folder: files, own: { home, store } });
const { changes } = await storage.snapshot(folder);
for (const { path } of changes) process.stdout.write(`${path}\n`);
await storage.close();
