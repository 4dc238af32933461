import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { workflowFileJsonSchema } from '../../../../src/index.js';
import { problemsOf, workflowFrom } from '../../../support/workflow-file.js';

const root = new URL('../../../../', import.meta.url);
const isOfTheFormat = new Ajv2020({ strict: false }).compile(workflowFileJsonSchema());

/** The blocks of YAML of the reference, each as a whole file. */
function documented(): readonly string[] {
  const page = readFileSync(new URL('docs/pipelines.md', root), 'utf8');
  return [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, block = '']) => {
    if (block.startsWith('id:')) return block;
    return block.startsWith('- ')
      ? `id: p\nversion: 1\nsteps:\n${block.replaceAll(/^/gm, '  ')}`
      : `id: p\nversion: 1\n${block}`;
  });
}

const example = readFileSync(new URL('examples/package-pipeline/pipeline.yaml', root), 'utf8');

describe('the format of workflow files', () => {
  it('is that of every example in the reference', () => {
    expect(documented().length).toBeGreaterThan(6);
    for (const file of documented()) expect(problemsOf(file)).toStrictEqual([]);
  });

  it('is published as JSON Schema, which takes what is one and refuses what is none', () => {
    for (const file of [...documented(), example]) {
      expect([isOfTheFormat(parse(file)), isOfTheFormat.errors]).toStrictEqual([true, null]);
    }
    for (const wrong of [
      { id: 'p', version: 1 },
      { id: 'p', version: 1, steps: [{ id: 'a', run: 'b', timout: '1s' }] },
      { id: 'p', version: 1, steps: [{ id: 'a', run: 'b', wait: '1s' }] },
      { id: 'p', version: 1, steps: [{ id: 'a', loop: { max: 1, until: 'true' }, steps: [{ id: 'b', runn: 'c' }] }] },
    ]) {
      expect(isOfTheFormat(wrong)).toBe(false);
    }
  });

  it('becomes nodes of every kind', () => {
    const { nodes, timeoutMs } = workflowFrom(example);
    const kinds = Object.fromEntries(Array.from(nodes, ([id, { kind }]) => [id, kind]));
    expect(timeoutMs).toBe(600_000);
    expect(kinds).toMatchObject({
      read: 'task',
      checks: 'parallel',
      'checks/test': 'task',
      size: 'group',
      'size/choose': 'decision',
      'size/case-1': 'task',
      'release/if': 'decision',
      'release/do/approve': 'approval',
    });
    expect(nodes.get('checks/test')).toMatchObject({ timeoutMs: 120_000 });
    const more = workflowFrom(
      `id: p\nversion: 1\nsteps:\n  - { id: l, loop: { while: 'true', max: 2 }, steps: [{ id: a, wait: 1h30m }] }\n  - { id: e, for-each: 'state.x', into: y, fail-fast: false, steps: [{ id: s, signal: { name: go, timeout: 2d } }] }\n  - { id: r, run: 'true', retry: { attempts: 3, delay: 5s, factor: 3, max-delay: 1m }, heartbeat: 30s, on-failure: pause }\n`,
    ).nodes;
    expect(more.get('l')).toMatchObject({
      kind: 'loop',
      maxIterations: 2,
      while: { kind: 'expression', text: 'true' },
    });
    expect(more.get('l/a')).toMatchObject({ kind: 'timer', afterMs: 5_400_000 });
    expect(more.get('e')).toMatchObject({ kind: 'map', as: 'item', into: 'y', onFailure: 'collect' });
    expect(more.get('e/s')).toMatchObject({ kind: 'signal', name: 'go', timeoutMs: 172_800_000 });
    expect(more.get('r')).toMatchObject({
      retry: { attempts: 3, delayMs: 5_000, factor: 3, maxDelayMs: 60_000 },
      heartbeatMs: 30_000,
      onFailure: 'pause',
    });
  });
});
