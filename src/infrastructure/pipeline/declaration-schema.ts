import { z } from 'zod';
import { ENVIRONMENT_MODES } from '../../domain/environment/environment-mode.js';
import { RUNTIMES } from '../../domain/environment/environment-spec.js';
import { WORKSPACE_KEEPING, WORKSPACE_STRATEGIES } from '../../domain/workspace/workspace.js';
import { scalar, text, variable } from './schema-parts.js';

const lines = z.array(text.regex(/^[^\r\n]*$/, 'must be one line'), 'must be a list of lines');

/** YAML reads `3.10` as the number 3.1: only whole numbers are versions as they stand. */
const version = z.union([text, z.int()], 'must be a version, in quotes where it has a dot');

const workspace = z
  .union(
    [
      text,
      z.strictObject({
        from: text
          .optional()
          .describe('The folder it is filled from, relative to that of this file; empty when left out.'),
        strategy: z
          .enum(WORKSPACE_STRATEGIES, `must be one of ${WORKSPACE_STRATEGIES.join(', ')}`)
          .optional()
          .describe('How the files get there; copy when left out.'),
        ignore: lines.optional().describe('What its commits leave out, in the syntax of .gitignore.'),
        keep: z
          .enum(WORKSPACE_KEEPING, `must be one of ${WORKSPACE_KEEPING.join(', ')}`)
          .optional()
          .describe('Whether it stays when the execution has ended; unless-completed when left out.'),
        'read-only': lines.optional().describe('The files that nothing writes to, which hardlink may link.'),
      }),
    ],
    'must be the path of a folder, or from, strategy, ignore, keep and read-only',
  )
  .describe('The folder of its own that each execution gets: the one it is filled from, or how exactly.');

const environment = z
  .strictObject(
    {
      runtime: z.enum(RUNTIMES, `must be one of ${RUNTIMES.join(', ')}`).describe('What runs in it.'),
      version: version.optional().describe('An exact version, or the beginning of one; what there is when left out.'),
      packages: z.record(text, version, 'must be versions by the names of packages').optional(),
      lock: text.optional().describe('The path of the lock file, relative to the folder of this file.'),
      variables: z
        .record(variable, scalar)
        .optional()
        .describe('Variables that its steps see. They are recorded as they are, and have no templates.'),
      mode: z
        .enum(ENVIRONMENT_MODES, `must be one of ${ENVIRONMENT_MODES.join(', ')}`)
        .optional()
        .describe('Whether what is installed is shared, or copied into each workspace; shared when left out.'),
    },
    'must be an object with runtime',
  )
  .describe('What each execution runs in.');

/** The keys of a file that say where its executions run. */
export const DECLARATION_SHAPE = { workspace: workspace.optional(), environment: environment.optional() };

/** A workspace as a file declares it. */
export type GivenWorkspace = z.output<typeof workspace>;

/** An environment as a file declares it. */
export type GivenEnvironment = z.output<typeof environment>;
