import { AIMessage, HumanMessage } from '@langchain/core/messages';
import type { CheckpointPendingWrite, CheckpointTuple } from '@langchain/langgraph-checkpoint';
import {
  difference,
  tupleDifference,
} from '../../../../../src/infrastructure/bridge/langgraph/import/tuple-difference.js';

/** A tuple with one channel, and what was written on top of it. */
function tupleOf(value: unknown, pendingWrites: CheckpointPendingWrite[] = []): CheckpointTuple {
  return {
    config: { configurable: { thread_id: 'thread', checkpoint_ns: '', checkpoint_id: '1' } },
    checkpoint: { v: 4, id: '1', ts: '', channel_values: { value }, channel_versions: { value: 1 }, versions_seen: {} },
    metadata: { source: 'loop', step: 1, parents: {} },
    pendingWrites,
  };
}

describe('the comparison of two checkpoints', () => {
  it.each<[string, unknown, unknown]>([
    ['keys in another order', { a: 1, b: [2] }, { b: [2], a: 1 }],
    [
      'messages with the same content',
      new AIMessage({ content: 'x', id: '1' }),
      new AIMessage({ content: 'x', id: '1' }),
    ],
    ['maps, sets and bytes', new Map([['a', new Set([1])]]), new Map([['a', new Set([1])]])],
    ['bytes', new Uint8Array([1, 2]), new Uint8Array([1, 2])],
    ['an error', new Error('x'), new Error('x')],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 }), { a: 1 }],
    ['what is no number', Number.NaN, Number.NaN],
  ])('finds no difference in %s', (_what, one, other) => {
    expect(tupleDifference(tupleOf(one), tupleOf(other))).toBeUndefined();
  });

  it.each<[string, unknown, unknown, string]>([
    ['a value', { a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }, '.a.1.b'],
    ['a key that is undefined, and one that is not there', { a: undefined }, {}, '.a'],
    ['a longer list', [1], [1, undefined], '.1'],
    ['a zero of another sign', 0, -0, ''],
    ['null', null, {}, ''],
    ['a message of another text', [new AIMessage('x')], [new AIMessage('y')], '.0.kwargs.content'],
    ['a message of another kind', new AIMessage('x'), new HumanMessage('x'), '.id.2'],
    ['a message and its data', new AIMessage('x'), { content: 'x' }, ''],
    ['the entries of a map', new Map([['a', 1]]), new Map([['a', 2]]), '.0.1'],
    ['a map and an object', new Map(), {}, ''],
    ['the items of a set', new Set([1]), new Set([2]), '.0'],
    ['a byte', new Uint8Array([1]), new Uint8Array([2]), ''],
    ['a date', new Date(1), new Date(2), ''],
    ['the message of an error', new Error('x'), new Error('y'), ''],
  ])('finds a difference in %s', (_what, one, other, path) => {
    expect(tupleDifference(tupleOf(one), tupleOf(other))).toBe(`checkpoint.channel_values.value${path}`);
    expect(tupleDifference(tupleOf(other), tupleOf(one))).toMatch(/^checkpoint\.channel_values\.value/);
  });

  it('finds a difference in every part', () => {
    const tuple = tupleOf(1);
    const parentConfig = { configurable: { checkpoint_id: '0' } };
    expect(tupleDifference(tuple, { ...tuple, parentConfig })).toBe('parentConfig');
    expect(tupleDifference(tuple, { ...tuple, config: {} })).toBe('config.configurable');
    expect(tupleDifference(tuple, { ...tuple, metadata: { source: 'loop', step: 2, parents: {} } })).toBe(
      'metadata.step',
    );
    expect(tupleDifference(tuple, tupleOf(1, [['task', 'value', 1]]))).toBe('pendingWrites.0');
  });

  it('holds what a task wrote to its order, and tasks to none', () => {
    const [a, b, c] = [
      ['1', 'x', 'a'],
      ['1', 'x', 'b'],
      ['2', 'x', 'c'],
    ] as CheckpointPendingWrite[];
    const of = (...writes: (CheckpointPendingWrite | undefined)[]): CheckpointTuple =>
      tupleOf(1, writes as CheckpointPendingWrite[]);
    expect(tupleDifference(of(a, b, c), of(c, a, b))).toBeUndefined();
    expect(tupleDifference(of(a, b, c), of(b, a, c))).toBe('pendingWrites.0.1.0.value');
    expect(tupleDifference(of(a, b, c), of(a, b))).toBe('pendingWrites.1');
  });

  it('names where it is from the path that it is given', () => {
    expect(difference({ a: 1 }, { a: 2 }, 'here')).toBe('here.a');
  });
});
