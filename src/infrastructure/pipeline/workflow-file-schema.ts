import { z } from 'zod';
import { HTTP_SHAPE, NODE_SHAPE, SHELL_SHAPE } from './command-shapes.js';
import { DECLARATION_SHAPE } from './declaration-schema.js';
import {
  anything,
  count,
  duration,
  expression,
  filled,
  flag,
  name,
  secrets,
  stateKey,
  text,
  variable,
  variables,
} from './schema-parts.js';

const retry = z
  .union(
    [
      count,
      z.strictObject({
        attempts: count.describe('How often it is tried in all.'),
        delay: duration.optional().describe('How long before the second try; 1s when left out.'),
        factor: z
          .number()
          .min(1)
          .max(100)
          .optional()
          .describe('By how much the delay grows each time; 2 when left out.'),
        'max-delay': duration.optional(),
      }),
    ],
    'must be how often it is tried, or attempts, delay, factor and max-delay',
  )
  .describe('How often it is tried in all, or how exactly.');

const compensate = z
  .union(
    [z.strictObject(SHELL_SHAPE), z.strictObject(NODE_SHAPE), z.strictObject(HTTP_SHAPE)],
    'must be a step with run, node or http',
  )
  .describe('Undoes the step when the execution is rolled back: run, node or http.');

const common = {
  name: text.optional().describe('For people.'),
  if: expression.optional().describe('The step is skipped where this does not hold.'),
  compensate: compensate.optional(),
};
const work = {
  retry: retry.optional(),
  timeout: duration.optional().describe('How long one try may take.'),
  'on-failure': z.enum(['fail', 'pause'], 'must be fail or pause').optional().describe('What its last failure does.'),
  heartbeat: duration.optional().describe('How long it may be silent before it counts as hung.'),
};

/** The kinds of steps, by the key that tells them. */
export const STEP_KINDS = [
  'run',
  'node',
  'http',
  'set',
  'decision',
  'switch',
  'parallel',
  'loop',
  'for-each',
  'approval',
  'wait',
  'signal',
  'workflow',
  'steps',
] as const;

/** See {@link STEP_KINDS}. */
export type StepKind = (typeof STEP_KINDS)[number];

/**
 * The keys of a step of each kind, without those of its place in a list.
 *
 * @param steps the schema of a list of steps
 * @param body the schema of a list of steps, or one step without an id
 */
function kindsWith<Steps extends z.ZodType, Body extends z.ZodType>(steps: Steps, body: Body) {
  const join = z.union([z.enum(['all', 'any']), count], 'must be all, any or how many');
  const branches = z.record(name, body, 'must be branches by their names');
  const failFast = flag.optional().describe('Whether the first failure ends the others; true when left out.');
  const ways = z.union([z.strictObject({ when: expression, steps: body }), z.strictObject({ otherwise: body })]);
  return {
    run: { ...common, ...work, ...SHELL_SHAPE },
    node: { ...common, ...work, ...NODE_SHAPE },
    http: { ...common, ...work, ...HTTP_SHAPE },
    set: { ...common, ...work, set: z.record(text, anything, 'must be values by the keys of the state') },
    decision: { ...common, decision: z.array(ways, 'must be a list of when and steps').min(1, 'must have a case') },
    switch: {
      ...common,
      switch: expression,
      cases: z.record(z.string(), body, 'must be steps by the values they are for'),
      default: body.optional(),
    },
    parallel: { ...common, parallel: branches, join: join.optional(), 'fail-fast': failFast },
    loop: {
      ...common,
      loop: z.strictObject({
        while: expression.optional().describe('Looked at before each pass.'),
        until: expression.optional().describe('Looked at after each pass.'),
        max: count.describe('One more pass than that is a failure.'),
      }),
      steps,
    },
    'for-each': {
      ...common,
      'for-each': expression.describe('The list.'),
      as: variable.optional().describe('The key under which the steps see their item; item when left out.'),
      concurrency: count.optional(),
      into: stateKey.describe('The key of the list of what the steps of each item gave.'),
      'fail-fast': failFast,
      steps,
    },
    approval: {
      ...common,
      approval: z.union(
        [
          filled,
          z.strictObject({
            message: filled.optional(),
            approvers: z.union([text, z.array(text)]).optional(),
            expires: duration.optional(),
            'on-expiry': z.enum(['reject', 'approve', 'escalate'], 'must be reject, approve or escalate').optional(),
            'escalate-to': z.union([text, z.array(text)]).optional(),
            'on-rejection': z.enum(['fail', 'continue'], 'must be fail or continue').optional(),
          }),
        ],
        'must be a message, or message, approvers, expires, on-expiry and escalate-to',
      ),
      into: stateKey.optional(),
    },
    wait: {
      ...common,
      wait: z.union(
        [duration, z.strictObject({ for: duration }), z.strictObject({ until: filled })],
        'must be a duration such as 10m, or until: a moment',
      ),
    },
    signal: {
      ...common,
      signal: z.union(
        [text, z.strictObject({ name: text, timeout: duration.optional() })],
        'must be the name of a signal, or name and timeout',
      ),
      into: stateKey.optional(),
    },
    workflow: {
      ...common,
      workflow: text.describe('The path of another file.'),
      input: z.record(z.string(), anything).optional().describe('Its input; the state when left out.'),
      into: stateKey.optional().describe('The key for its output.'),
    },
    steps: { ...common, steps },
  } satisfies Record<StepKind, z.ZodRawShape>;
}

const inList = {
  id: name.describe('What the step is called in the log, and in needs.'),
  needs: z
    .union([name, z.array(name)], 'must be the id of a step, or a list of ids')
    .optional()
    .describe('The steps it comes after; the one before it in the list when left out.'),
};

const unknownSteps = z.array(z.unknown(), 'must be a list of steps');
const unknownBody = z.unknown();

/** The shape of a step of each kind, whose steps within are looked at by themselves. */
export const STEP_SHAPES = kindsWith(unknownSteps, unknownBody);

/** The keys that a step of a list has beside those of its kind. */
export const LIST_SHAPE = inList;

function fileShape<Steps extends z.ZodType>(steps: Steps) {
  return {
    $schema: z.string().optional(),
    id: name.describe('The id of the workflow. An execution goes on only on a workflow of its id.'),
    name: text.optional().describe('For people.'),
    description: z.string().optional(),
    version: z.union([text, z.number()], 'must be a version').describe('Recorded with each execution.'),
    input: z
      .record(z.string(), z.unknown(), 'must be a JSON Schema of an object')
      .optional()
      .describe(
        'A JSON Schema (2020-12) of the input: type, properties, required, enum, default and what limits values.',
      ),
    ...DECLARATION_SHAPE,
    env: variables.optional().describe('Variables of the environment of every run and node.'),
    secrets: secrets
      .optional()
      .describe('Secrets that every run and node sees. They are hidden in all that is recorded.'),
    timeout: duration.optional().describe('How long an execution may take in all.'),
    'on-failure': z
      .enum(['stop', 'compensate'], 'must be stop or compensate')
      .optional()
      .describe('Whether a failure undoes what is done first.'),
    output: anything.optional().describe('The result; what the last steps gave when left out.'),
    steps,
  };
}

/** The shape of a file, whose steps are looked at by themselves. */
export const FILE_SHAPE = fileShape(unknownSteps);

/** The whole format as JSON Schema (2020-12), for editors: `waymark schema --workflow`. */
export function workflowFileJsonSchema(): object {
  published ??= publish();
  return published;
}

let published: object | undefined;

function publish(): object {
  const step: z.ZodType = z.lazy(() => z.union(kinds(inList))).meta({ id: 'step' });
  const steps = z.array(step).min(1).meta({ id: 'steps' });
  const single: z.ZodType = z.lazy(() => z.union(kinds({}))).meta({ id: 'single-step' });
  const body = z.union([steps, single]).meta({ id: 'body' });
  const kinds = (extra: z.ZodRawShape): z.ZodType[] =>
    Object.values(kindsWith(steps, body)).map((shape) => z.strictObject({ ...extra, ...shape }));
  const schema = z.strictObject(fileShape(steps)).meta({
    title: 'Waymark workflow',
    description: 'A workflow of shell, Node and HTTP steps. See docs/pipelines.md.',
  });
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'ref' });
}
