import { z } from 'zod';
import { COMMAND_OUTPUTS } from '../steps/command-step.js';
import { HTTP_OUTPUTS } from '../steps/http-step.js';
import { SHELL_NAMES } from '../steps/shell-command.js';
import {
  anything,
  count,
  duration,
  filled,
  flag,
  outputs,
  scalar,
  secrets,
  size,
  text,
  variable,
  variables,
} from './schema-parts.js';

const request = z.strictObject({
  method: z
    .enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], 'must be a method of HTTP in capitals')
    .optional()
    .describe('GET when left out, POST with a body.'),
  url: text.describe('An address of http or https. Values are escaped, but at its beginning.'),
  headers: z.record(text, scalar).optional(),
  json: anything.optional(),
  text: filled.optional(),
  expect: z
    .union([count, z.array(count)], 'must be a status, or a list of them')
    .optional()
    .describe('The statuses that are no failure; 200 to 299 when left out.'),
  'idempotency-key': z
    .union([flag, text], 'must be true, false or the name of a header')
    .optional()
    .describe('Whether anything but a GET carries the key of the node in Idempotency-Key, or the name of the header.'),
  'max-bytes': count.optional().describe('How much of the answer is taken; 1 MiB when left out.'),
});

/** The keys that every command has, whatever runs it. */
const COMMAND_SHAPE = {
  cwd: text.optional().describe('The folder it runs in, relative to the workspace, or to the folder of this file.'),
  env: variables.optional(),
  'inherit-env': z
    .union([flag, z.array(variable)], 'must be true, or a list of names')
    .optional()
    .describe('true for the whole environment, or names; only what programs hardly do without when left out.'),
  secrets: secrets.optional(),
  output: outputs(COMMAND_OUTPUTS).optional(),
  'max-output': count.optional().describe('How many characters of a stream are kept; 1,000,000 when left out.'),
  memory: size.optional().describe('How much memory its processes may use together; not limited when left out.'),
  'exit-codes': z.array(z.int().min(0).max(255)).optional().describe('Those that are no failure; [0] when left out.'),
  grace: duration.optional().describe('How long it has between SIGTERM and SIGKILL; 5s when left out.'),
};

/** The keys of a command of the shell. */
export const SHELL_SHAPE = {
  run: text.describe('A script for the shell. A template in it is one quoted word, whatever its value.'),
  shell: z.enum(SHELL_NAMES, 'must be sh or bash').optional(),
  ...COMMAND_SHAPE,
};

/** The keys of a program for Node. */
export const NODE_SHAPE = {
  node: z
    .union(
      [
        text.describe(
          'The code of an ES module. There are no templates in it: values come by env, or by WAYMARK_STATE_FILE.',
        ),
        z.strictObject({
          file: text.describe('The path of the program, relative to the folder it runs in. It has no templates.'),
          args: z.array(scalar).optional().describe('Its arguments. Templates are filled in; each is one argument.'),
        }),
      ],
      'must be code, or file and args',
    )
    .describe('A program for Node: the code of an ES module, or a file with its arguments.'),
  ...COMMAND_SHAPE,
};

/** The keys of a request. */
export const HTTP_SHAPE = { http: request, secrets: secrets.optional(), output: outputs(HTTP_OUTPUTS).optional() };
