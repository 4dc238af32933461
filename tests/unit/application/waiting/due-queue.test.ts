import fc from 'fast-check';
import { DueQueue } from '../../../../src/application/execution/waiting/due-queue.js';

type Step =
  | { readonly set: string; readonly at: number }
  | { readonly delete: string }
  | { readonly take: number; readonly limit: number };

/** No two ids are due at the same moment: the order in which they come out is known. */
function momentOf({ set, at }: Extract<Step, { readonly set: string }>): number {
  return at * 10 + 'abcdef'.indexOf(set);
}

/** What a step takes out of the queue. */
function outcomeOf(queue: DueQueue, step: Step): readonly string[] {
  if ('take' in step) return queue.takeDue(step.take, step.limit);
  if ('set' in step) queue.set(step.set, momentOf(step));
  else queue.delete(step.delete);
  return [];
}

/** The same with a map. */
function expectedOf(model: Map<string, number>, step: Step): readonly string[] {
  if ('take' in step) {
    const due = [...model].filter(([, at]) => at <= step.take).toSorted(([, a], [, b]) => a - b);
    const taken = due.slice(0, step.limit).map(([id]) => id);
    for (const id of taken) model.delete(id);
    return taken;
  }
  if ('set' in step) model.set(step.set, momentOf(step));
  else model.delete(step.delete);
  return [];
}

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);

describe('a due queue', () => {
  it('gives out what is due, the earliest first, and no more than was asked for', () => {
    const queue = new DueQueue();
    for (const at of [30, 10, 40, 20]) queue.set(`at ${at}`, at);
    expect(queue.earliest()).toBe(10);
    expect(queue.takeDue(30, 2)).toStrictEqual(['at 10', 'at 20']);
    expect(queue.takeDue(30, 9)).toStrictEqual(['at 30']);
    expect([queue.size, queue.earliest(), queue.has('at 30'), queue.has('at 40')]).toStrictEqual([1, 40, false, true]);
  });

  it('does as a sorted list does, whatever is done to it', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const step = fc.oneof(
      fc.record({ set: id, at: fc.nat(20) }),
      fc.record({ delete: id }),
      fc.record({ take: fc.nat(200), limit: fc.nat(4) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const queue = new DueQueue();
        const model = new Map<string, number>();
        for (const done of steps) {
          expect(outcomeOf(queue, done)).toStrictEqual(expectedOf(model, done));
          expect([queue.size, queue.earliest()]).toStrictEqual(
            [model.size, Math.min(...model.values(), Infinity)].map(finite),
          );
        }
      }),
    );
  });
});
