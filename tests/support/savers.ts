import { WaymarkSaver, type WaymarkSaverOptions } from '../../src/langgraph.js';
import type { WaymarkConfig } from '../../src/index.js';
import { dropSchemas, hasPostgres, postgresOptions, postgresUrl } from './postgres.js';
import { makeTemporaryFolder } from './temporary-folder.js';

/** A saver on a store that is nobody else's, and what is left of it when it is closed. */
export interface SaverUnderTest {
  readonly saver: WaymarkSaver;
  /** The same store, which a second saver may open. */
  readonly storage: string;
  /** Closes it, and removes the store. */
  remove(): Promise<void>;
}

/** Opens a saver, of a kind of store. */
export type OpenSaver = (options?: WaymarkSaverOptions, config?: Partial<WaymarkConfig>) => Promise<SaverUnderTest>;

/** Every kind of store that a saver can be on, by name. */
export const SAVERS: readonly (readonly [name: string, open: OpenSaver])[] = [
  ['in memory', (options, config) => open('memory:', () => undefined, options, config)],
  [
    'on SQLite',
    (options, config) => {
      const folder = makeTemporaryFolder();
      return open(`sqlite:${folder.file('threads.db')}`, () => folder.remove(), options, config);
    },
  ],
  ...(hasPostgres ? [['on PostgreSQL', openOnPostgres] as const] : []),
];

function openOnPostgres(options?: WaymarkSaverOptions, config?: Partial<WaymarkConfig>): Promise<SaverUnderTest> {
  const { schema } = postgresOptions();
  return open(postgresUrl(schema), () => dropSchemas([schema]), options, config);
}

async function open(
  storage: string,
  removeStore: () => void | Promise<void>,
  options: WaymarkSaverOptions = {},
  config: Partial<WaymarkConfig> = {},
): Promise<SaverUnderTest> {
  const saver = await WaymarkSaver.open({ ...config, storage }, options);
  return {
    saver,
    storage,
    remove: async () => {
      await saver.close();
      await removeStore();
    },
  };
}
