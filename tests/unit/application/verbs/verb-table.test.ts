import { EXECUTION_STATUSES, type ExecutionStatus, IllegalTransitionError } from '../../../../src/index.js';
import {
  VERB_NAMES,
  type VerbCase,
  type VerbName,
  VERBS,
  verbsLegalIn,
} from '../../../../src/domain/execution/verbs.js';
import { caught } from '../../../support/caught.js';
import { happened } from '../../../support/happened.js';
import { type Arranged, arrange, doVerb } from '../../../support/verb-cases.js';

/** Verbs that are asked of the whole store, or of none: no status of an execution forbids them. */
const ASKED_OF_NONE: readonly VerbName[] = ['start', 'recover'];

const LEGAL = VERB_NAMES.flatMap((verb) =>
  VERBS[verb].cases.flatMap((row) =>
    (row.from.length === 0 ? ['completed' as const] : row.from).map((status) => ({ verb, status, row })),
  ),
).map((one) => ({ ...one, given: one.row.given ?? 'always' }));

const ILLEGAL = VERB_NAMES.filter((verb) => !ASKED_OF_NONE.includes(verb)).flatMap((verb) =>
  EXECUTION_STATUSES.filter((status) => isRefused(verb, status)).map((status) => ({ verb, status })),
);

/** Whether a status alone, without what else must hold, refuses a verb. */
function isRefused(verb: VerbName, status: ExecutionStatus): boolean {
  const isNatural = ({ from, given }: VerbCase): boolean =>
    from.includes(status) &&
    (given === undefined || given === 'here' || given === 'failed' || given === 'open' || isWait(given));
  return !VERBS[verb].cases.some(isNatural);
}

function isWait(given: VerbCase['given']): boolean {
  return given === 'kept' || given === 'approval' || given === 'signal';
}

describe('the table of verbs', () => {
  it('has a row for each verb, and each row a case', () => {
    expect(Object.keys(VERBS)).toStrictEqual([...VERB_NAMES]);
    for (const verb of VERB_NAMES) expect(VERBS[verb].cases.length).toBeGreaterThan(0);
  });

  it.each(LEGAL)(
    '$verb is legal for $status ($given): the events, and the status after it',
    async ({ verb, status, row }) => {
      const arranged = await arrange(status, row.given);
      const before = await arranged.waymark.executions.get(arranged.id);
      const { result, entries } = await happened(arranged.waymark, () => doVerb(verb, arranged));
      const told = entries.filter(({ event }) => !isWork(event.type, event.payload)).map(({ event }) => event.type);
      expect(told).toStrictEqual([...row.events]);
      const id = VERBS[verb].makesNew === true ? (result?.id ?? '') : arranged.id;
      expect((await arranged.waymark.executions.get(id)).status).toBe(row.to);
      const original = VERBS[verb].makesNew === true ? await arranged.waymark.executions.get(arranged.id) : before;
      expect(original).toStrictEqual(before);
      await finish(arranged);
    },
  );

  it.each(ILLEGAL)('$verb is refused for $status, and nothing is recorded', async ({ verb, status }) => {
    const arranged = await arrange(status);
    const before = await arranged.waymark.executions.get(arranged.id);
    const { result: error, types } = await happened(arranged.waymark, () => caught(doVerb(verb, arranged)));
    expect(error).toBeInstanceOf(IllegalTransitionError);
    expect(error).toMatchObject({ code: 'WAYMARK_ILLEGAL_TRANSITION', status });
    const { message, hint, legal } = error as IllegalTransitionError;
    expect(message).toContain(`is ${status}`);
    expect(legal).toStrictEqual(verbsLegalIn(status).filter((name) => name !== verb));
    for (const name of legal) expect(hint).toContain(name);
    expect(types).toStrictEqual([]);
    expect(await arranged.waymark.executions.get(arranged.id)).toStrictEqual(before);
    await finish(arranged);
  });
});

/** What nodes did, and not the verb. */
function isWork(type: string, payload: unknown): boolean {
  const isTold = ['node.started', 'node.completed', 'node.failed', 'checkpoint.node_boundary_recorded'].includes(type);
  if (isTold) return true;
  return type === 'checkpoint.created' && (payload as { kind: string }).kind === 'exit';
}

async function finish({ waymark, release }: Arranged): Promise<void> {
  for (const { id } of await waymark.executions.list({ status: 'running' })) {
    await waymark.executions.cancel(id).catch(() => undefined);
  }
  release();
  await waymark.close();
}
