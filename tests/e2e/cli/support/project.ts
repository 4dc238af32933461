import { writeFileSync } from 'node:fs';
import { makeTemporaryFolder } from '../../../support/temporary-folder.js';
import { call } from './in-process.js';
import { type CallOptions, type Outcome, type RunningCommand, startCommand, waymark } from './command-line.js';

/** A user's folder: a store and workflow files. */
export interface Project {
  readonly path: string;
  /** The path of the store. */
  readonly store: string;
  /** Writes a file and gives its path. */
  write(name: string, text: string): string;
  waymark(args: readonly string[], options?: Partial<CallOptions>): Promise<Outcome>;
  /** Runs a command that only reads, or needs no workflow file, within this process. */
  look(args: readonly string[]): Promise<Outcome>;
  start(args: readonly string[], options?: Partial<CallOptions>): RunningCommand;
  remove(): void;
}

/** Makes a folder with the workflow files of {@link FILES}. */
export function makeProject(): Project {
  const folder = makeTemporaryFolder();
  const started: RunningCommand[] = [];
  for (const [name, text] of Object.entries(FILES)) writeFileSync(folder.file(name), text);
  return {
    path: folder.path,
    store: folder.file('waymark.db'),
    write(name, text) {
      writeFileSync(folder.file(name), text);
      return folder.file(name);
    },
    waymark: (args, options) => waymark(args, { cwd: folder.path, ...options }),
    look: (args) => call([...args, '--store', folder.file('waymark.db')]),
    start(args, options) {
      const command = startCommand(args, { cwd: folder.path, ...options });
      started.push(command);
      return command;
    },
    remove() {
      // A test that failed half-way leaves its command running: it would keep Jest from ending.
      for (const command of started) command.signal('SIGKILL');
      folder.remove();
    },
  };
}

/** What workflow files look like. */
const FILES = {
  'hello.ts': `
    import { defineWorkflow, task } from 'waymark';

    export default defineWorkflow<{ name: string; greeting?: string }>({
      id: 'hello',
      version: '1',
      nodes: { greet: task(({ state }) => ({ greeting: \`hello \${state.name}\` })) },
      edges: {},
    });
  `,
  // Fails for as long as the limit is below 5, so that there is something to go back for.
  'gate.mjs': `
    import { defineWorkflow, task } from 'waymark';

    const input = {
      safeParse: (value) =>
        typeof value?.limit === 'number'
          ? { success: true, data: value }
          : { success: false, error: { issues: [{ path: ['limit'], message: 'expected a number' }] } },
    };

    export const gate = defineWorkflow({
      id: 'gate',
      version: '1',
      input,
      nodes: {
        load: task(() => ({ rows: [{ id: 1 }, { id: 2 }] })),
        check: task(({ state }) => {
          if (state.limit < 5) throw new RangeError('the limit is too low');
          return { passed: true };
        }),
        report: task(({ state }) => ({ report: \`\${state.rows.length} rows, limit \${state.limit}\` })),
      },
      edges: { load: 'check', check: 'report' },
    });
  `,
  // Runs until it is told to stop.
  'waiting.mjs': `
    import { defineWorkflow, task } from 'waymark';

    export default defineWorkflow({
      id: 'waiting',
      version: '1',
      nodes: {
        first: task(() => ({ first: true })),
        wait: task(({ signal, state }) => {
          if (state.go) return { done: true };
          return new Promise((_, reject) => {
            const timer = setInterval(() => undefined, 1_000);
            signal.addEventListener('abort', () => {
              clearInterval(timer);
              reject(signal.reason);
            });
          });
        }),
      },
      edges: { first: 'wait' },
    });
  `,
} as const;
