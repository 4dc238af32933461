import { InMemoryDeadLetterRepository } from '../../../../src/infrastructure/persistence/in-memory/in-memory-dead-letter.repository.js';
import { InMemoryUnitOfWork } from '../../../../src/infrastructure/persistence/in-memory/in-memory-unit-of-work.js';
import { makeDeadLetter } from '../../../../src/testing/fixtures.js';
import { caught, codeOf } from '../../../support/caught.js';

const unitOfWork = new InMemoryUnitOfWork();

async function filled(capacity: number, ...ids: readonly string[]): Promise<InMemoryDeadLetterRepository> {
  const repository = new InMemoryDeadLetterRepository(capacity);
  for (const id of ids) await unitOfWork.run((scope) => repository.save(makeDeadLetter({ id }), scope));
  return repository;
}

async function idsIn(repository: InMemoryDeadLetterRepository): Promise<readonly string[]> {
  return (await repository.find({}, undefined, 100)).map(({ id }) => id);
}

describe('dead letters in memory', () => {
  it('are so many at most: the oldest goes, though its id is the greatest', async () => {
    const repository = await filled(2, 'z', 'a', 'b');
    expect(await idsIn(repository)).toStrictEqual(['a', 'b']);
    expect(await repository.get('z')).toBeUndefined();
    expect(await repository.count({})).toBe(2);
  });

  it('stay when one that is there is saved again', async () => {
    const repository = await filled(2, 'a', 'b', 'a');
    expect(await idsIn(repository)).toStrictEqual(['a', 'b']);
  });

  it('come back, in their order, when what pushed them out is taken back', async () => {
    const repository = await filled(2, 'a', 'b');
    const work = unitOfWork.run(async (scope) => {
      for (const id of ['c', 'd', 'e']) await repository.save(makeDeadLetter({ id }), scope);
      throw new Error('the transaction fails');
    });
    await caught(work);
    expect(await idsIn(repository)).toStrictEqual(['a', 'b']);
  });

  it.each([0, -1, 1.5, Number.NaN])('can not be %d at most', async (capacity) => {
    expect(await codeOf(() => new InMemoryDeadLetterRepository(capacity))).toBe('WAYMARK_INVALID_ARGUMENT');
  });
});
