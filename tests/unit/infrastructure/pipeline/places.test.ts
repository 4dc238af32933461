import { writeFileSync } from 'node:fs';
import { loadWorkflowFile, type Workflow } from '../../../../src/index.js';
import { sizeBytes } from '../../../../src/domain/shared/size.js';
import { caughtWaymark } from '../../../support/caught.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { fileOf, problemsOf, workflowFrom } from '../../../support/workflow-file.js';

const step = '- { id: a, run: "true" }';

/** What is wrong with a file that says this before its one step. */
const problemsWith = (head: string): readonly string[] => problemsOf(fileOf(step, `${head}\n`));

const workflowWith = (head: string): Workflow => workflowFrom(fileOf(step, `${head}\n`), { folder: '/srv/pipelines' });

describe('the workspace of a file', () => {
  it('is filled from a folder, relative to that of the file', () => {
    expect(workflowWith('workspace: .').workspace).toStrictEqual({ from: { folder: '/srv/pipelines' } });
    expect(workflowWith('workspace: ../package').workspace).toStrictEqual({ from: { folder: '/srv/package' } });
    expect(workflowWith('workspace: /tmp').workspace).toStrictEqual({ from: { folder: '/tmp' } });
    expect(workflowWith('workspace: {}').workspace).toStrictEqual({});
    expect(workflowWith('name: none').workspace).toBeUndefined();
  });

  it('is as it is said to be', () => {
    const head =
      'workspace: { from: package, strategy: hardlink, ignore: ["*.log"], keep: never, read-only: [assets/] }';
    expect(workflowWith(head).workspace).toStrictEqual({
      from: { folder: '/srv/pipelines/package' },
      strategy: 'hardlink',
      ignore: ['*.log'],
      keep: 'never',
      readOnly: ['assets/'],
    });
  });

  it.each<[string, string]>([
    ['workspace: { stratgy: copy }', '3:14: there is no key stratgy here; did you mean strategy?'],
    ['workspace: { strategy: clone }', '3:24: workspace.strategy must be one of copy, reflink, hardlink, worktree'],
    ['workspace: { keep: true }', '3:20: workspace.keep must be one of unless-completed, always, never'],
    ['workspace: { ignore: a }', '3:22: workspace.ignore must be a list of lines'],
    ['workspace: { ignore: ["a\\nb"] }', '3:23: workspace.ignore.0 must be one line'],
    ['workspace: 3', '3:12: workspace must be the path of a folder, or from, strategy, ignore, keep and read-only'],
    ['workspace: "${{ state.x }}"', '3:12: has no templates: it is made before there is a state'],
    ['workspace: { from: "${{ state.x }}" }', '3:20: has no templates: it is made before there is a state'],
  ])('tells its place when it is wrong: %s', (head, problem) => {
    expect(problemsWith(head)).toStrictEqual([problem]);
  });
});

describe('the environment of a file', () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = makeTemporaryFolder();
  });

  afterEach(() => folder.remove());

  it('is as it is said to be, with texts for what YAML takes for numbers', () => {
    const head =
      'environment: { runtime: python, version: "3.10", packages: { a: 5, b: ">=1.2" }, variables: { N: 1, B: true, T: t }, mode: copied }';
    expect(workflowWith(head).environment).toStrictEqual({
      spec: {
        runtime: 'python',
        version: '3.10',
        packages: { a: '5', b: '>=1.2' },
        variables: { N: '1', B: 'true', T: 't' },
      },
      mode: 'copied',
    });
    expect(workflowWith('environment: { runtime: node, version: 20 }').environment).toStrictEqual({
      spec: { runtime: 'node', version: '20' },
    });
  });

  it('has the text of its lock file, which is read when the file is', async () => {
    writeFileSync(folder.file('package-lock.json'), '{"lockfileVersion": 3}\n');
    const file = folder.file('pipeline.yaml');
    writeFileSync(file, fileOf(step, 'environment: { runtime: node, lock: ./package-lock.json }\n'));
    expect((await loadWorkflowFile(file)).environment).toStrictEqual({
      spec: { runtime: 'node', lock: '{"lockfileVersion": 3}\n' },
    });
  });

  it('tells the place of a lock file that there is not, or that is none', async () => {
    const file = folder.file('pipeline.yaml');
    const messageWith = async (lock: string): Promise<string> => {
      writeFileSync(file, fileOf(step, `environment: { runtime: node, lock: ${lock} }\n`));
      return (await caughtWaymark(loadWorkflowFile(file))).message;
    };
    writeFileSync(folder.file('empty.json'), ' \n');
    expect(await messageWith('none.json')).toBe(`${file}:3:37: there is no lock file none.json`);
    expect(await messageWith('empty.json')).toBe(`${file}:3:37: the lock file empty.json is empty`);
    expect(await messageWith('.')).toBe(`${file}:3:37: the lock file . can't be read: EISDIR`);
  });

  it.each<[string, string]>([
    ['environment: {}', '3:14: needs the key runtime'],
    ['environment: node', '3:14: environment must be an object with runtime'],
    ['environment: { runtime: ruby }', '3:25: environment.runtime must be one of node, python, process'],
    ['environment: { runtime: node, package: {} }', '3:31: there is no key package here; did you mean packages?'],
    [
      'environment: { runtime: python, version: 3.10 }',
      '3:42: environment.version must be a version, in quotes where it has a dot',
    ],
    [
      'environment: { runtime: process, variables: { A-B: c } }',
      '3:47: the key A-B must be the name of a variable: letters, digits and _',
    ],
    [
      'environment: { runtime: process, variables: { A: "${{ input.x }}" } }',
      '3:50: has no templates: it is made before there is a state',
    ],
    ['environment: { runtime: node, mode: linked }', '3:37: environment.mode must be one of shared, copied'],
  ])('tells its place when it is wrong: %s', (head, problem) => {
    expect(problemsWith(head)).toStrictEqual([problem]);
  });

  it('is no part of what makes a file another definition, and neither is the workspace', () => {
    const hashes = ['name: a', 'workspace: .', 'environment: { runtime: node }'].map(
      (head) => workflowWith(head).graph.hash,
    );
    expect(new Set(hashes).size).toBe(1);
  });
});

describe('a program for Node in a file', () => {
  it.each<[string, readonly string[]]>([
    ['- { id: a, node: "0" }', []],
    ['- { id: a, node: { file: build.mjs } }', []],
    ['- { id: a, node: { file: build.mjs, args: ["${{ state.x }}", 3, true] }, memory: 1.5GiB, timeout: 5m }', []],
    ['- { id: a, run: "true", compensate: { node: "0", cwd: inner } }', []],
    [
      '- { id: a, node: "console.log(${{ state.x }})" }',
      ['4:33: a: a template within code would be code; give its value by env, or read it from WAYMARK_STATE_FILE'],
    ],
    [
      '- { id: a, node: { file: "${{ state.x }}" } }',
      ['4:28: a: has no templates: what is run is not for the state to say'],
    ],
    [
      '- { id: a, node: { file: b, args: ["${{ secrets.X }}"] }, secrets: [X] }',
      ['4:38: a: the secret X would be recorded here; secrets are for run, env and http'],
    ],
    ['- { id: a, node: { file: b, arg: [] } }', ['4:31: a: there is no key arg here; did you mean args?']],
    ['- { id: a, node: { args: [] } }', ['4:20: a: needs the key file']],
    ['- { id: a, node: 3 }', ['4:20: a: node must be code, or file and args']],
    ['- { id: a, node: "0", shell: bash }', ['4:25: a: shell means something for run, and nothing for node']],
    ['- { id: a, node: "0", run: b }', ['4:5: a: is both run and node; make two steps of it']],
    ['- { id: a, node: "0", memory: 512 }', ['4:33: a: memory must be a size such as 512MB or 1.5GiB']],
    ['- { id: a, run: b, memory: lots }', ['4:30: a: memory must be a size such as 512MB or 1.5GiB']],
    ['- { id: a, run: b, compensate: { nod: c } }', ['4:34: a: compensate must be a step with run, node or http']],
  ])('tells its place when it is wrong: %s', (steps, problems) => {
    expect(problemsOf(fileOf(steps))).toStrictEqual(problems);
  });

  it('is limited as it is said', () => {
    expect(['512MB', '1.5GiB', '64KiB', '1KB', '2GB', '3MiB'].map(sizeBytes)).toStrictEqual([
      512_000_000, 1_610_612_736, 65_536, 1_000, 2_000_000_000, 3_145_728,
    ]);
  });

  it('makes the file another definition when it changes', () => {
    const hashOf = (code: string): string => workflowFrom(fileOf(`- { id: a, node: "${code}" }`)).graph.hash;
    expect(hashOf('1')).not.toBe(hashOf('2'));
    expect(hashOf('1')).toBe(hashOf('1'));
  });
});
