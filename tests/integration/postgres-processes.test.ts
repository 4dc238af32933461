import { jest } from '@jest/globals';
import { verifyLog } from '../../src/application/audit/verify-log.js';
import { PostgresStore } from '../../src/infrastructure/persistence/typeorm/postgres-store.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import { makeDraft } from '../../src/testing/fixtures.js';
import { naiveMerkleRoot } from '../../src/testing/naive-merkle.js';
import { describeOnPostgres, dropSchemas, postgresOptions, postgresUrl } from '../support/postgres.js';
import { runProgram, startProgram } from '../support/run-program.js';

// Each test starts programs.
jest.setTimeout(120_000);

describeOnPostgres('several processes on one schema', () => {
  let schema: string;
  let store: PostgresStore;

  beforeEach(() => {
    ({ schema } = postgresOptions());
    store = new PostgresStore(postgresOptions({ schema }), timerScheduler);
  });

  afterEach(async () => {
    await store.close();
    await dropSchemas([schema]);
  });

  it('make it at once, and append with six writers each: one log without gaps, in which nothing is missing', async () => {
    const [writers, batches, size] = [6, 10, 5];
    const names = ['a', 'b', 'c', 'd'];
    const url = postgresUrl(schema, 'lockTimeoutMs=60000');
    const outputs = await Promise.all(
      names.map((name) =>
        runProgram('postgres-process.mjs', [url, name, String(writers), String(batches), String(size)]),
      ),
    );
    for (const output of outputs) expect(output.at(-1)).toBe('done');

    await store.open();
    const total = names.length * writers * batches * size;
    expect(await verifyLog(store.auditLog)).toMatchObject({ verdict: 'ok', size: total });
    const entries = await store.auditLog.readRange(0, total + 10);
    expect(entries.map(({ position }) => position)).toStrictEqual(Array.from({ length: total }, (_, index) => index));
    expect((await store.auditLog.head()).rootHash).toBe(naiveMerkleRoot(entries.map(({ body }) => body)));
    for (const [index, name] of names.entries()) {
      // Each batch begins where its process was told that it does, and is in one piece.
      const begins = entries.filter(
        ({ columns }) => columns.eventId.startsWith(`${name}-`) && columns.eventId.endsWith('-0'),
      );
      const acknowledged = outputs[index]
        ?.slice(0, -1)
        .map(Number)
        .toSorted((a, b) => a - b);
      expect(begins.map(({ position }) => position)).toStrictEqual(acknowledged);
      for (const { position, columns } of begins) {
        const batch = entries.slice(position, position + size).map((entry) => entry.columns.eventId);
        const stem = columns.eventId.slice(0, -1);
        expect(batch).toStrictEqual(Array.from({ length: size }, (_, at) => `${stem}${at}`));
      }
    }
  });

  it('keep what was acknowledged when one of them is killed, and go on at once', async () => {
    const program = startProgram('postgres-process.mjs', [postgresUrl(schema), 'doomed', '6', '1000000', '1']);
    const acknowledged: number[] = [];
    for await (const line of program.lines) {
      acknowledged.push(Number(line));
      if (acknowledged.length === 200) program.kill();
    }
    await program.ended;
    await store.open();
    const [entry] = await store.unitOfWork.run((scope) => store.auditLog.append([makeDraft()], scope));
    const size = (entry?.position ?? 0) + 1;
    expect(size).toBeGreaterThan(acknowledged.length);
    expect(await verifyLog(store.auditLog)).toMatchObject({ verdict: 'ok', size });
    const stored = new Set((await store.auditLog.readRange(0, size - 1)).map(({ position }) => position));
    expect(acknowledged.filter((position) => !stored.has(position))).toStrictEqual([]);
  });
});
