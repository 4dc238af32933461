import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { runShellStep, type ShellStep } from '../../../../src/infrastructure/steps/shell-step.js';
import type { JsonObject } from '../../../../src/domain/shared/json.js';
import { caughtWaymark } from '../../../support/caught.js';
import { expectGone } from '../../../support/process-gone.js';
import { shellStep, stepContext, surroundings, template } from '../../../support/steps.js';
import { makeTemporaryFolder } from '../../../support/temporary-folder.js';

const temporary = makeTemporaryFolder();
const folder = realpathSync(temporary.path);

afterAll(() => temporary.remove());

async function run(script: string, state: JsonObject = {}, over: Partial<ShellStep> = {}): Promise<JsonObject> {
  return runShellStep(
    shellStep(script, over),
    surroundings(folder, { TOKEN: 's3cr3t-value' }),
    stepContext(state).context,
  );
}

/** Everything that a shell makes something of. */
const HOSTILE = [
  '$(touch owned)',
  '`touch owned`',
  '"; touch owned; "',
  "'; touch owned; '",
  '${HOME}',
  '* ? [a-z]',
  '\\"$(id)\\',
  'a\nb\n$(id)',
  ' leading and  double  spaces ',
  '-n',
  '&& touch owned || true',
  '#no comment',
  '!history',
  '~root',
];

describe('a shell step', () => {
  it('runs in the folder of the workflow, and keeps what it was asked to', async () => {
    const output = { here: 'text', lines: 'lines', code: 'exit-code' } as const;
    expect(await run('pwd; echo two', {}, { output })).toStrictEqual({
      here: `${folder}\ntwo`,
      lines: [folder, 'two'],
      code: 0,
    });
    expect(await run(`echo '{"a": [1]}'`, {}, { output: { made: 'json' } })).toStrictEqual({ made: { a: [1] } });
    expect(await run('true', {}, { output: { lines: 'lines' } })).toStrictEqual({ lines: [] });
  });

  it('stops at the first command that fails, and says how and with which last words', async () => {
    const error = await caughtWaymark(run('echo fine; echo "it is broken" >&2; (exit 3); echo never'));
    expect(error).toMatchObject({ code: 'WAYMARK_COMMAND_FAILED', details: { exitCode: 3, signal: null } });
    expect(error.message).toBe('The command of step ended with exit code 3: it is broken.');
    expect((await caughtWaymark(run('kill -9 $$'))).message).toContain('was ended by SIGKILL');
  });

  it('takes exit codes that it is told are no failure', async () => {
    expect(await run('exit 2', {}, { exitCodes: [0, 2], output: { code: 'exit-code' } })).toStrictEqual({ code: 2 });
  });

  it('runs in bash when it is asked to, where a failure within a pipe counts', async () => {
    expect(await run('x=(a b); echo "${x[1]}"', {}, { shell: 'bash' })).toStrictEqual({ out: 'b' });
    expect((await caughtWaymark(run('false | cat', {}, { shell: 'bash' }))).code).toBe('WAYMARK_COMMAND_FAILED');
  });

  it('tells of every line that it writes, of both streams', async () => {
    const { context, lines } = stepContext();
    await runShellStep(shellStep('echo one; echo two >&2; printf "no end"'), surroundings(folder), context);
    expect(lines.toSorted()).toStrictEqual(['no end', 'one', 'two']);
  });

  it('leaves lines out that nobody could read', async () => {
    const { context, lines } = stepContext();
    await runShellStep(
      shellStep('i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo $i; done'),
      surroundings(folder),
      context,
    );
    expect(lines.length).toBeGreaterThanOrEqual(50);
    expect(lines.length).toBeLessThan(200);
  });

  it('keeps the end of what is too much', async () => {
    const output = await run('i=0; while [ $i -lt 5000 ]; do i=$((i+1)); echo "line $i"; done', {}, { maxOutput: 20 });
    expect(output['out']).toBe('line 4999\nline 5000');
    const error = await caughtWaymark(run('echo 123456', {}, { maxOutput: 3, output: { made: 'json' } }));
    expect(error.code).toBe('WAYMARK_OUTPUT_TOO_LARGE');
  });

  it('says that its output is not JSON', async () => {
    expect((await caughtWaymark(run('echo {', {}, { output: { made: 'json' } }))).code).toBe('WAYMARK_OUTPUT_NOT_JSON');
  });

  it('says that the folder or the shell is not there', async () => {
    const error = await caughtWaymark(run('true', {}, { cwd: template('nowhere') }));
    expect(error.code).toBe('WAYMARK_COMMAND_NOT_RUN');
    expect(error.message).toContain('nowhere');
  });

  it('does not let the state lead it out of its folder', async () => {
    mkdirSync(join(folder, 'inner'), { recursive: true });
    const cwd = template('${{ state.where }}');
    expect(await run('pwd', { where: 'inner' }, { cwd })).toStrictEqual({ out: join(folder, 'inner') });
    expect((await caughtWaymark(run('pwd', { where: '..' }, { cwd }))).code).toBe('WAYMARK_COMMAND_NOT_RUN');
    expect((await caughtWaymark(run('pwd', { where: '/' }, { cwd }))).code).toBe('WAYMARK_COMMAND_NOT_RUN');
    expect(await run('pwd', {}, { cwd: template('/') })).toStrictEqual({ out: '/' });
  });

  it('sees little of the environment, what is declared, and all of it or more only when asked', async () => {
    const environment = surroundings(folder, { OTHER: 'x', MORE: 'y', LANG: 'C' });
    const sees = async (over: Partial<ShellStep>): Promise<unknown> =>
      (await runShellStep(shellStep('echo "$LANG,$OWN,$OTHER,$MORE"', over), environment, stepContext().context))[
        'out'
      ];
    expect(await sees({ env: { OWN: template('o${{ 1 + 1 }}') } })).toBe('C,o2,,');
    expect(await sees({ inheritEnv: ['MORE'] })).toBe('C,,,y');
    expect(await sees({ inheritEnv: true })).toBe('C,,x,y');
  });

  it('knows its execution, its node and its idempotency key', async () => {
    const script = 'echo "$WAYMARK_EXECUTION_ID $WAYMARK_NODE_ID $WAYMARK_ATTEMPT $WAYMARK_IDEMPOTENCY_KEY"';
    expect(await run(script)).toStrictEqual({ out: 'e-1 step 1 e-1/step/1' });
  });
});

describe('a value in a script', () => {
  const positions: readonly string[] = [
    'printf %s ${{ state.value }}',
    'printf %s "${{ state.value }}"',
    'x=${{ state.value }}; printf %s "$x"',
    'x="${{ state.value }}"; printf %s "$x"',
    'y=$(printf "%s." ${{ state.value }}); printf %s "${y%.}"',
    'y="$(printf "%s." "${{ state.value }}")"; printf %s "${y%.}"',
    "# don't\nprintf '%s' ${{ state.value }}",
    'if true; then printf %s ${{ state.value }}; fi',
  ];

  it.each(positions)('is one word, whatever it holds: %s', async (script) => {
    for (const value of HOSTILE) expect(await run(script, { value })).toStrictEqual({ out: value.replace(/\n$/, '') });
  });

  it('is one word among others', async () => {
    const script = 'for x in a${{ state.value }}b "c ${{ state.value }} d"; do printf "[%s]" "$x"; done';
    expect(await run(script, { value: '* "$(id)' })).toStrictEqual({ out: '[a* "$(id)b][c * "$(id) d]' });
  });

  it('is text: JSON for what is no string, nothing for null', async () => {
    const script = 'printf "%s|" ${{ state.a }} ${{ state.b }} ${{ state.c }} ${{ state.d }}';
    expect(await run(script, { a: 1.5, b: true, c: null, d: { e: ['f'] } })).toStrictEqual({
      out: '1.5|true||{"e":["f"]}|',
    });
  });

  it('is never anything else, for any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 30 }), async (value) => {
        const text = value.replaceAll('\0', '');
        expect(await run('printf "%s." ${{ state.value }} "${{ state.value }}"', { value: text })).toStrictEqual({
          out: `${text}.${text}.`,
        });
      }),
      { numRuns: 30 },
    );
  });

  it('that the system does not take fails the step', async () => {
    expect((await caughtWaymark(run('echo ${{ state.value }}', { value: 'a\0b' }))).message).toContain('NUL');
    const error = await caughtWaymark(run('echo ${{ state.value }}', { value: 'x'.repeat(3_000_000) }));
    expect(error.code).toBe('WAYMARK_COMMAND_NOT_RUN');
  });

  it.each([
    ["echo '${{ state.x }}'", /single quotes/],
    ['echo "a" \'b ${{ state.x }}\'', /single quotes/],
    ['cat <<END\n${{ state.x }}\nEND', /here-document/],
    ['echo ${{ state.x', /not closed/],
    ['echo ${{ }}', /empty/],
  ])('is refused where the shell would not take it as one: %s', (script, problem) => {
    expect(shellStep(script).script.problems[0]?.message).toMatch(problem);
  });

  it.each([
    'echo "it\'s ${{ state.x }}"',
    "# it's\necho ${{ state.x }}",
    'cat <<<${{ state.x }}',
    "echo 'a' ${{ state.x }}",
  ])('is taken where quotes only seem to be open: %s', (script) => {
    expect(shellStep(script).script.problems).toStrictEqual([]);
  });
});

describe('a secret', () => {
  const secret = { secrets: ['TOKEN'] } as const;

  it('is a variable of the step, and hidden in what it writes, keeps and fails with', async () => {
    const { context, lines } = stepContext();
    const output = { text: 'text', lines: 'lines' } as const;
    const script = 'echo "value: $TOKEN"; echo ${{ secrets.TOKEN }} >&2; printf %s "$TOKEN" | base64';
    const environment = surroundings(folder, { TOKEN: 's3cr3t-value' });
    const result = await runShellStep(shellStep(script, { ...secret, output }), environment, context);
    expect(result['text']).toBe('value: ***\n***');
    expect(lines.toSorted()).toStrictEqual(['***', '***', 'value: ***']);
    const error = await caughtWaymark(run('echo "$TOKEN" >&2; exit 1', {}, secret));
    expect(JSON.stringify([error.message, error.details])).not.toContain('s3cr3t');
  });

  it('is hidden in JSON, where it stands in another form', async () => {
    const environment = surroundings(folder, { TOKEN: 'a"b\\c' });
    const step = shellStep(String.raw`printf '{"t": "a\\"b\\\\c"}'`, { ...secret, output: { made: 'json' } });
    expect(await runShellStep(step, environment, stepContext().context)).toStrictEqual({ made: { t: '***' } });
  });

  it('is hidden in JSON also as a number and as a key', async () => {
    const environment = surroundings(folder, { TOKEN: '12345678' });
    const script = String.raw`printf '{"n": %s, "%s": [-%s.5, "x%s \\"", 9]}' "$TOKEN" "$TOKEN" "$TOKEN" "$TOKEN"`;
    const step = shellStep(script, { ...secret, output: { made: 'json' } });
    expect(await runShellStep(step, environment, stepContext().context)).toStrictEqual({
      made: { n: '***', '***': ['***', 'x*** "', 9] },
    });
  });

  it('is hidden as a whole where the limit of what is kept cuts through it', async () => {
    for (let limit = 1; limit < 20; limit += 1) {
      const { out } = await run('printf "before-%s-after" "$TOKEN"', {}, { ...secret, maxOutput: limit });
      expect(out).not.toMatch(/[s3cr]{2}|valu|lue-/);
    }
  });

  it('is not seen by a step that does not name it, and hidden there too', async () => {
    expect(await run('echo "$TOKEN|s3cr3t-value"', {}, { hidden: ['TOKEN'] })).toStrictEqual({ out: '|***' });
  });

  it('has to be there', async () => {
    const error = await caughtWaymark(run('true', {}, { secrets: ['NOT_THERE'] }));
    expect(error).toMatchObject({ code: 'WAYMARK_SECRET_MISSING', details: { name: 'NOT_THERE' } });
  });
});

describe('a shell step that is cancelled', () => {
  /** Runs a script that prints the pid of something it left in the background, and cancels it once that is known. */
  async function cancelWhenRunning(script: string, graceMs: number): Promise<number> {
    const { context, abort } = stepContext();
    let pid = 0;
    const work = runShellStep(shellStep(script, { graceMs }), surroundings(folder), {
      ...context,
      progress: (_fraction, message) => {
        pid = Number(message);
        abort.abort(new Error('cancelled by hand'));
      },
    });
    await expect(work).rejects.toThrow('cancelled by hand');
    return pid;
  }

  it('ends what it has begun, and what that has begun', async () => {
    const pid = await cancelWhenRunning('sh -c "sleep 600 & echo \\$!; wait" & wait', 60_000);
    expect(pid).toBeGreaterThan(1);
    await expectGone(pid);
  });

  it('is ended by force when it does not listen', async () => {
    const pid = await cancelWhenRunning(
      'trap "" TERM; sh -c "trap \\"\\" TERM; echo \\$\\$; while :; do sleep 1; done"',
      50,
    );
    await expectGone(pid);
  });

  it('is not begun when that was before', async () => {
    const { context, abort } = stepContext();
    abort.abort(new Error('too late'));
    await expect(runShellStep(shellStep('touch begun'), surroundings(folder), context)).rejects.toThrow('too late');
  });

  it('leaves nothing behind when it ends by itself', async () => {
    const { out } = await run('sleep 600 >/dev/null 2>&1 & echo $!', {}, { graceMs: 60_000 });
    await expectGone(Number(out));
  });
});
