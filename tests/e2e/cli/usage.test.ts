import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { call } from './support/in-process.js';
import { waymark } from './support/command-line.js';
import { json } from './support/json.js';

const COMMANDS = [
  'run',
  'files',
  'env',
  'executions',
  'show',
  'log',
  'checkpoints',
  'diff',
  'rollback',
  'fork',
  'rerun',
  'restart',
  'resume',
  'pause',
  'cancel',
  'retry',
  'skip',
  'edit',
  'label',
  'recover',
  'verify',
  'export',
  'import',
  'schema',
  'doctor',
] as const;
const ID = '01a1f71b-0000-7000-8000-000000000000';

describe('using the command line', () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = makeTemporaryFolder();
  });
  afterEach(() => folder.remove());

  describe('help', () => {
    it('lists every command and the exit codes, and loads none of what commands need', async () => {
      // A hook that prints every module that is loaded.
      writeFileSync(
        folder.file('trace.mjs'),
        `import { writeSync } from 'node:fs';
         import { isMainThread } from 'node:worker_threads';
         import { register } from 'node:module';
         if (isMainThread) register(import.meta.url);
         export async function load(url, context, next) {
           writeSync(2, url + '\\n');
           return next(url, context);
         }`,
      );
      const traced = { NODE_OPTIONS: `--import=${pathToFileURL(folder.file('trace.mjs')).href}` };
      const { code, stdout, stderr } = await waymark(['--help'], { cwd: folder.path, env: traced });
      expect(code).toBe(0);
      for (const name of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
      expect(stdout).toContain('Exit codes: 0 done, 1 the thing failed, 2 wrong usage.');
      expect(stderr).toMatch(/interfaces\/cli\/program\.js/);
      expect(stderr).not.toMatch(/node_modules\/(zod|typeorm|rxjs|inversify|jiti|better-sqlite3)|dist\/composition/);
    });

    it.each(COMMANDS)('describes %s with its options and examples', async (name) => {
      const { code, stdout, stderr } = await call([name, '--help']);
      expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^Usage: waymark ${name} `));
      for (const option of ['--store <url>', '--json', '--no-color']) expect(stdout).toContain(option);
      expect(stdout).toMatch(new RegExp(`^Examples:\\n( {2}\\$ .+\\n)+`, 'm'));
      expect(stdout).toContain(`waymark ${name}`);
    });

    it('names every kind of store', async () => {
      const { stdout } = await call(['--help']);
      for (const kind of ['sqlite:', 'postgres://', 'memory:']) expect(stdout).toContain(kind);
    });

    it('knows its version', async () => {
      const { version } = json(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
      expect(await call(['--version'])).toStrictEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    });
  });

  it.each([
    ['no command', [], /^No command was given\./],
    ['an unknown command', ['verfy'], /^Unknown command 'verfy' \(Did you mean verify\?\)/],
    ['an unknown option', ['log', '--folow'], /^Unknown option '--folow' \(Did you mean --follow\?\)/],
    ['a missing argument', ['show'], /^Missing required argument 'id'\./],
    ['one argument too many', ['verify', 'it'], /^Too many arguments/],
    ['an option without its value', ['log', '--limit'], /argument missing/],
    ['a limit that is no number', ['log', '--limit', 'many'], /--limit <n>.*whole number from 1 to 10000/],
    ['a limit of none', ['executions', '--limit', '0'], /whole number from 1 to 1000/],
    ['a severity that there is not', ['log', '--min-severity', 'loud'], /Allowed choices are debug, info/],
    ['a status that there is not', ['executions', '--status', 'done'], /Allowed choices are pending/],
    ['a rollback without a reason', ['rollback', ID, '--to', ID], /--reason <text>' not specified/],
    ['a rollback to nowhere', ['rollback', ID, '--reason', 'x'], /--to <checkpoint>' not specified/],
    ['a fork without a reason', ['fork', ID], /--reason <text>' not specified/],
    ['following backwards', ['log', '--follow', '--reverse'], /^--follow and --reverse exclude each other\./],
    [
      'a cursor with a position',
      ['log', '--cursor', 'x', '--after', '3'],
      /^--cursor and --after exclude each other\./,
    ],
    ['counting a page', ['log', '--stats', '--page'], /^--stats and --page exclude each other\./],
    ['following one event', ['log', '--follow', '--event', ID], /^--follow and --event exclude each other\./],
  ])('says what is wrong with %s, with exit code 2', async (_, args, message) => {
    const store = ['--store', folder.file('waymark.db')];
    const { code, stdout, stderr } = await call(args.length === 0 ? [] : [...args, ...store]);
    expect({ code, stdout }).toStrictEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error WAYMARK_USAGE: .+\n→ .+\n$/);
    expect(stderr.replace(/^error WAYMARK_USAGE: /, '')).toMatch(message);
    const asJson = await call([...args, '--json']);
    expect(asJson).toMatchObject({ code: 2, stdout: '' });
    expect(json(asJson.stderr).error).toMatchObject({ code: 'WAYMARK_USAGE', hint: expect.any(String) });
  });

  it.each([
    ['workspace', 'list'],
    ['files', 'log'],
    ['env', 'create'],
  ])('shows what commands %s has when none is given, with exit code 2', async (name, one) => {
    const { code, stdout, stderr } = await call([name]);
    expect({ code, stdout }).toStrictEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^Usage: waymark ${name} `));
    expect(stderr).toMatch(new RegExp(`^ {2}${one} `, 'm'));
    expect(stderr).toMatch(
      new RegExp(`\\nerror WAYMARK_USAGE: No command was given\\.\\n→ waymark ${name} --help .+\\n$`),
    );
    const asJson = await call([name, '--json']);
    expect(json(asJson.stderr).error).toMatchObject({ hint: expect.stringContaining(`waymark ${name} --help`) });
  });

  it.each([
    ['a type that is none', ['log', '--type', 'Node Completed'], 'WAYMARK_INVALID_QUERY'],
    ['a severity that there is not, of several', ['log', '--severity', 'loud'], 'WAYMARK_INVALID_QUERY'],
    ['no text', ['log', '--text', ''], 'WAYMARK_INVALID_QUERY'],
    ['a time that is none', ['log', '--since', 'yesterday'], 'WAYMARK_INVALID_QUERY'],
    ['a storage URL of an unknown kind', ['verify', '--store', 'mysql://localhost/x'], 'WAYMARK_INVALID_STORAGE'],
    [
      'a storage option that there is not',
      ['verify', '--store', 'sqlite:./x.db?colour=red'],
      'WAYMARK_INVALID_STORAGE',
    ],
    ['a patch that is not JSON', ['resume', ID, '--patch', '{'], 'WAYMARK_INVALID_JSON'],
    ['a patch that is no object', ['resume', ID, '--patch', '[1]'], 'WAYMARK_NOT_JSON'],
    ['a --set without a value', ['resume', ID, '--set', 'limit'], 'WAYMARK_INVALID_SET'],
    ['a --set without a path', ['fork', ID, '--reason', 'x', '--set', '=1'], 'WAYMARK_INVALID_SET'],
    ['a --set with a hole in its path', ['resume', ID, '--set', 'a..b=1'], 'WAYMARK_INVALID_SET'],
  ])('refuses %s before it looks for a store, with exit code 2', async (_, args, errorCode) => {
    const env = { WAYMARK_STORE: folder.file('absent.db') };
    const { code, stdout, stderr } = await call(args, { env });
    expect({ code, stdout }).toStrictEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^error ${errorCode}: `));
    expect(json((await call([...args, '--json'], { env })).stderr).error.code).toBe(errorCode);
  });

  it.each([
    ['executions'],
    ['show', ID],
    ['log'],
    ['log', '--follow'],
    ['checkpoints', ID],
    ['diff', ID, ID],
    ['rollback', ID, '--to', ID, '--reason', 'x'],
    ['fork', ID, '--reason', 'x'],
    ['resume', ID],
    ['verify'],
  ])('says how to make a store that is not there: %s', async (...args) => {
    const path = folder.file('absent.db');
    const { code, stdout, stderr } = await call(args, { env: { WAYMARK_STORE: path } });
    expect({ code, stdout }).toStrictEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `error WAYMARK_STORE_NOT_FOUND: There is no store at ${path}.\n` +
        '→ Run a workflow to make it (waymark run FILE), or name another store with --store.\n',
    );
  });

  it('shows a stack only with WAYMARK_DEBUG', async () => {
    const args = ['verify', '--store', folder.file('absent.db')];
    expect((await call(args)).stderr).not.toContain('    at ');
    expect((await call(args, { env: { WAYMARK_DEBUG: '0' } })).stderr).not.toContain('    at ');
    expect((await call(args, { env: { WAYMARK_DEBUG: '1' } })).stderr).toContain('    at ');
    expect(
      json((await call([...args, '--json'], { env: { WAYMARK_DEBUG: '1' } })).stderr).error.stack.length,
    ).toBeGreaterThan(1);
  });

  it('colours only what a terminal shows, unless it is told otherwise', async () => {
    const args = ['doctor', '--store', 'memory:'];
    const isColored = async (...[more, world]: [string[], Parameters<typeof call>[1]]): Promise<boolean> =>
      (await call([...args, ...more], world)).stdout.includes('\u001b[');
    expect(await isColored([], {})).toBe(false);
    expect(await isColored([], { env: { FORCE_COLOR: '1' } })).toBe(true);
    expect(await isColored([], { terminal: 80 })).toBe(true);
    expect(await isColored([], { terminal: 80, env: { NO_COLOR: '1' } })).toBe(false);
    expect(await isColored([], { terminal: 80, env: { FORCE_COLOR: '0' } })).toBe(false);
    expect(await isColored([], { terminal: 80, env: { TERM: 'dumb' } })).toBe(false);
    expect(await isColored(['--no-color'], { terminal: 80 })).toBe(false);
    const error = await call(['verify', '--no-color', '--store', './absent.db'], { terminal: 80 });
    expect(error.stderr).not.toContain('\u001b');
  });
});
