import fc from 'fast-check';
import { InvalidWorkflowFileError } from '../../../../src/infrastructure/pipeline/problems.js';
import { fileOf, problemsOf, workflowFrom } from '../../../support/workflow-file.js';

describe('a file that is no workflow', () => {
  it('is refused with the place of everything that is wrong, at once and in the order of the file', () => {
    const text = [
      'id: bad pipeline',
      'verson: 1',
      'timeout: soon',
      'steps:',
      '  - id: build',
      '    run: make ${{ state.x',
      '    timout: 5m',
      '  - id: test',
      '    needs: [bild]',
      '    output: { a: txt }',
      "    run: echo '${{ state.x }}'",
    ].join('\n');
    expect(problemsOf(text)).toStrictEqual([
      '1:1: needs the key version',
      '1:5: id must be letters, digits, _, . and -, at most 64',
      '2:1: there is no key verson; did you mean version?',
      '3:10: timeout must be a duration such as 30s, 5m or 1h30m',
      '6:15: build: a ${{ is not closed with }}',
      '7:5: build: there is no key timout; did you mean timeout?',
      '9:12: test: needs bild, which is no step beside it; did you mean build?',
      '10:18: test: output.a must be text, json, lines, exit-code',
      '11:16: test: a template is within single quotes, where the shell replaces nothing; use double quotes, or env',
    ]);
  });

  it('says all that in one error, with a code and the name of the file', () => {
    expect(() => workflowFrom('id: p\nversion: 1\nsteps: []\n')).toThrow(
      expect.objectContaining({
        name: 'InvalidWorkflowFileError',
        code: 'WAYMARK_INVALID_WORKFLOW_FILE',
        message: 'pipeline.yaml:3:8: has no steps',
        problems: [{ line: 3, column: 8, message: 'has no steps' }],
      }),
    );
  });

  it.each<[string, string, readonly string[]]>([
    ['a step without an id', '- run: a', ['4:5: needs the key id']],
    ['a step of a hard name', '- id: a/b\n  run: a', ['4:9: a/b: id must be letters, digits, _, . and -, at most 64']],
    [
      'a step of a reserved name',
      '- id: constructor\n  run: a',
      ['4:9: constructor: the id must not be the reserved name constructor'],
    ],
    ['two of one name', '- { id: a, run: a }\n- { id: a, run: b }', ['5:11: a: there is another step a beside it']],
    ['no step', '- 3', ['4:5: a step must be an object with an id and what it does']],
    [
      'a step that does nothing',
      '- id: a\n  rum: b',
      [
        '4:5: a: does nothing: it needs one of run, node, http, set, decision, switch, parallel, loop, for-each, approval, wait, signal, workflow, steps; there is no rum; did you mean run?',
      ],
    ],
    [
      'a step that does two things',
      '- id: a\n  run: b\n  wait: 1s',
      ['4:5: a: is both run and wait; make two steps of it'],
    ],
    [
      'a key of another kind',
      '- id: a\n  wait: 1s\n  env: {}',
      ['6:5: a: env means something for run, and nothing for wait'],
    ],
    ['what needs itself', '- { id: a, run: b, needs: a }', ['4:29: a: needs itself']],
    ['what is needed twice', '- { id: b, run: b }\n- { id: a, run: b, needs: [b, b] }', ['5:29: a: needs b twice']],
    [
      'a circle',
      '- { id: a, run: b, needs: c }\n- { id: b, run: b }\n- { id: c, run: b }',
      ['4:29: a: steps need each other in a circle: a → c → b → a'],
    ],
    [
      'an expression that is none',
      '- id: a\n  set: { b: "${{ 1 + }}" }',
      [expect.stringMatching(/^5:15: a: the expression "1 \+" is not valid: .*EOF/)],
    ],
    [
      'an unknown variable',
      '- id: a\n  if: stat.x\n  run: b',
      ['5:9: a: the expression "stat.x" is not valid: Unknown variable: stat (at character 1)'],
    ],
    ['an empty template', '- id: a\n  set: { b: "${{ }}" }', ['5:15: a: a ${{ }} is empty']],
    [
      'a secret where it would be recorded',
      '- id: a\n  set: { b: "${{ secrets.S }}" }',
      ['5:15: a: the secret S would be recorded here; secrets are for run, env and http'],
    ],
    [
      'a secret that is not declared',
      '- id: a\n  run: echo ${{ secrets.S }}',
      ['5:15: a: the secret S is not declared under secrets'],
    ],
    [
      'a secret in an expression',
      '- id: a\n  run: echo ${{ secrets.S + "x" }}',
      [expect.stringContaining('a secret stands alone: ${{ secrets.NAME }}')],
    ],
    ['a shell that there is not', '- { id: a, run: b, shell: zsh }', ['4:29: a: shell must be sh or bash']],
    [
      'a duration that is none',
      '- { id: a, run: b, timeout: 5 }',
      ['4:31: a: timeout must be a duration such as 30s, 5m or 1h30m'],
    ],
    [
      'a retry that is none',
      '- { id: a, run: b, retry: { attempts: 2, dely: 1s } }',
      ['4:44: a: there is no key dely here; did you mean delay?'],
    ],
    ['no attempts', '- { id: a, run: b, retry: 0 }', ['4:29: a: retry must be at least 1']],
    ['a request without an address', '- { id: a, http: { method: GET } }', ['4:20: a: needs the key url']],
    [
      'a method that there is not',
      '- { id: a, http: { url: x, method: get } }',
      ['4:38: a: http.method must be a method of HTTP in capitals'],
    ],
    ['a body of a GET', '- { id: a, http: { url: x, method: GET, json: 1 } }', ['4:38: a: GET has no body']],
    ['two bodies', '- { id: a, http: { url: x, json: 1, text: b } }', ['4:20: a: has both json and text as its body']],
    ['a decision without cases', '- { id: a, decision: [] }', ['4:24: a: decision must have a case']],
    [
      'an otherwise that is not last',
      '- { id: a, decision: [{ otherwise: { run: b } }, { when: "true", steps: { run: b } }] }',
      ['4:25: a: otherwise must be the last of the cases'],
    ],
    [
      'nothing but an otherwise',
      '- { id: a, decision: [{ otherwise: { run: b } }] }',
      ['4:24: a: must have a case with when'],
    ],
    ['a switch without cases', '- { id: a, switch: "1", cases: {} }', ['4:34: a: has no cases']],
    [
      'branches that are no steps',
      '- { id: a, parallel: { b: 3 } }',
      ['4:29: a/b: must be a list of steps, or one step without an id'],
    ],
    ['no branches', '- { id: a, parallel: {} }', ['4:24: a: has no branches']],
    [
      'a join of too many',
      '- { id: a, parallel: { b: { run: c } }, join: 2 }',
      ['4:49: a: join is 2, and there are 1 branches'],
    ],
    [
      'an id of a step outside a list',
      '- { id: a, parallel: { b: { id: c, run: d } } }',
      ['4:31: a/b: a step outside a list has no id'],
    ],
    [
      'a loop without an end',
      '- { id: a, loop: { max: 3 }, steps: [{ id: b, run: c }] }',
      ['4:20: a: needs while or until'],
    ],
    [
      'a loop without a bound',
      '- { id: a, loop: { until: "true" }, steps: [{ id: b, run: c }] }',
      ['4:20: a: needs the key max'],
    ],
    ['a loop without steps', '- { id: a, loop: { until: "true", max: 3 } }', ['4:5: a: needs the key steps']],
    [
      'a for-each that goes nowhere',
      '- { id: a, for-each: state.x, steps: [{ id: b, run: c }] }',
      ['4:5: a: needs the key into'],
    ],
    [
      'an escalation to nobody',
      '- { id: a, approval: { expires: 1h, on-expiry: escalate } }',
      ['4:24: a: on-expiry is escalate, and escalate-to says nobody'],
    ],
    [
      'an expiry that never comes',
      '- { id: a, approval: { on-expiry: approve } }',
      ['4:37: a: on-expiry means nothing without expires'],
    ],
    ['a wait that is none', '- { id: a, wait: later }', ['4:20: a: wait must be a duration such as 30s, 5m or 1h30m']],
    [
      'a name of a signal beside its own',
      '- { id: a, name: b, signal: c }',
      ['4:14: a: a signal is called by its own name'],
    ],
    [
      'a compensation that is none',
      '- { id: a, run: b, compensate: { set: {} } }',
      [expect.stringContaining('compensate')],
    ],
    [
      'a variable that is none',
      '- { id: a, run: b, env: { "x y": 1 } }',
      [expect.stringContaining('must be the name of a variable')],
    ],
    [
      'something wrong far within',
      '- id: a\n  parallel:\n    b:\n      - id: c\n        loop: { until: "true", max: 2 }\n        steps:\n          - { id: d, runn: 1 }',
      [expect.stringMatching(/^10:15: a\/b\/c\/d: does nothing/)],
    ],
  ])('%s', (_what, steps, problems) => {
    expect(problemsOf(fileOf(steps))).toStrictEqual(problems);
  });

  it.each<[string, string, readonly string[]]>([
    [
      'an input that is no schema',
      'input: { type: string }\n',
      ['3:8: the schema of the input must have type: object'],
    ],
    [
      'an input that nobody can check',
      'input: { type: object, properties: { a: { type: nothing } } }\n',
      [expect.stringContaining("the schema of the input can't be used")],
    ],
    ['secrets that are no list', 'secrets: A\n', ['3:10: secrets must be a list of names']],
    ['an output that is wrong', 'output: ${{ state. }}\n', [expect.stringMatching(/^3:9: the expression/)]],
    ['a policy that there is not', 'on-failure: undo\n', ['3:13: on-failure must be stop or compensate']],
  ])('%s', (_what, head, problems) => {
    expect(problemsOf(fileOf('- { id: a, run: b }', head))).toStrictEqual(problems);
  });

  it.each<[string, string, string]>([
    ['nothing', '', '1:1: a workflow must be an object with id, version and steps'],
    ['a list', '- a', '1:1: a workflow must be an object with id, version and steps'],
    ['a key twice', 'id: a\nid: b', '2:1: map keys must be unique'],
    ['a tag', 'id: !!js/function "x"', '1:5: unresolved tag: tag:yaml.org,2002:js/function'],
    ['an alias to nothing', 'id: *x', '1:5: there is no anchor &x before this alias'],
    ['an indentation that is none', 'a:\n  - b\n c: d', '3:1: all mapping items must start at the same column'],
    [
      'two documents',
      'id: a\n---\nid: b',
      '2:1: source contains multiple documents; please use YAML.parseAllDocuments()',
    ],
    ['a quote that is open', 'id: "a', '1:7: missing closing "quote'],
  ])('of YAML: %s', (_what, text, problem) => {
    expect(problemsOf(text)[0]).toBe(problem);
  });
});

describe('a hostile file', () => {
  it.each<[string, string, RegExp]>([
    [
      'a bomb of aliases',
      `a: &a [1,1,1,1,1,1,1,1,1]\n${'bcdefghij'
        .split('')
        .map((name, index) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefghi'[index]}`).join()}]`)
        .join('\n')}`,
      /aliases stand for too much/,
    ],
    ['an alias that leads to itself', 'id: &a [*a]', /alias leads to itself|aliases stand for too much|no anchor/],
    ['brackets without an end', '['.repeat(100_000), /./],
    ['a deep nest', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, /nests too deep/],
    ['a very long file', `# ${'x'.repeat(1_100_000)}`, /longer than 1048576 characters/],
  ])('%s is refused', (_what, text, problem) => {
    expect(problemsOf(text).join('\n')).toMatch(problem);
  });

  it('has no way to a prototype', () => {
    const problems = problemsOf(
      'id: p\nversion: 1\n__proto__: { polluted: true }\nsteps: [{ id: a, run: b, __proto__: { x: 1 } }]',
    );
    expect(problems).toStrictEqual([expect.stringMatching(/__proto__/), expect.stringMatching(/__proto__/)]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('is a workflow, or has problems, whatever it holds', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom<unknown>('a', 'true', '${{ state.x }}', '${{', '1s', 1, true, null),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(
          fc.constantFrom(
            'id',
            'run',
            'http',
            'set',
            'steps',
            'needs',
            'parallel',
            'loop',
            'when',
            'decision',
            'url',
            'wait',
            'signal',
            'approval',
            'for-each',
            'into',
            'compensate',
            'if',
            'switch',
            'cases',
          ),
          tie('any'),
          { maxKeys: 4 },
        ),
      ),
    })).any;
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), (steps) => {
        const text = JSON.stringify({ id: 'p', version: 1, steps });
        let error: unknown;
        try {
          workflowFrom(text);
        } catch (caught) {
          error = caught;
        }
        expect(error === undefined || error instanceof InvalidWorkflowFileError).toBe(true);
      }),
    );
  });
});
