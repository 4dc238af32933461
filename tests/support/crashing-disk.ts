import type { FileStorage } from '../../src/index.js';
import type { FolderAside, WorkspaceFolders } from '../../src/application/workspace/workspace-folders.port.js';
import type { CrashPoint } from './crashing-store.js';

/** What only tells where something is. */
const TELLS = new Set(['pathOf', 'indexOf', 'backupOf', 'lockPathOf', 'close']);
/** What gives one thing after another. */
const GIVES = new Set(['entries', 'read']);

/** The folders of workspaces as one process has them, which dies before a call of theirs. */
export function crashingFolders(folders: WorkspaceFolders, crash: CrashPoint): WorkspaceFolders {
  const watched = crashing(folders, crash);
  return crashing(folders, crash, {
    putAside: async (id: string): Promise<FolderAside | undefined> => {
      const aside = await watched.putAside(id);
      return aside && crashing(aside, crash);
    },
  });
}

/** The storage of files as one process has it, which dies before a call of it. What it is in the middle of it finishes. */
export function crashingStorage(storage: FileStorage, crash: CrashPoint): FileStorage {
  return crashing(storage, crash);
}

/** @param instead methods that are there in the place of the part's own */
function crashing<Part extends object>(part: Part, crash: CrashPoint, instead: Partial<Part> = {}): Part {
  return new Proxy(part, {
    get(target, name) {
      if (Object.hasOwn(instead, name)) return Reflect.get(instead, name) as unknown;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function' || TELLS.has(String(name))) {
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      }
      return (...args: readonly unknown[]): unknown => {
        const call = (): unknown => {
          crash.point();
          return Reflect.apply(value, target, args);
        };
        if (GIVES.has(String(name))) return given(call as () => AsyncIterable<unknown>);
        return Promise.resolve().then(call);
      };
    },
  });
}

async function* given(call: () => AsyncIterable<unknown>): AsyncGenerator {
  yield* call();
}
