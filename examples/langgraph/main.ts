import { HumanMessage } from '@langchain/core/messages';
import { Command } from '@langchain/langgraph';
import { type AuditEntry, createWaymark } from 'waymark';
import { observe, WaymarkSaver } from 'waymark/langgraph';
import { makeRefundDesk } from './refund-desk.js';

/** A real graph, observed: what it did is in the log, beside the checkpoints that it stands on. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  const desk = observe(makeRefundDesk(new WaymarkSaver(waymark)), waymark, { workflowVersion: '1.0.0' });
  const thread = { configurable: { thread_id: 'refund-17' } };

  await desk.invoke({ messages: [new HumanMessage('I want my money back for order 17.')] }, thread);
  const { next, tasks } = await desk.getState(thread);
  print(`waiting at ${next.join()}: ${JSON.stringify(tasks[0]?.interrupts[0]?.value)}`);

  // Days may be in between, and another process.
  const ada = { actor: 'user:ada', reason: 'asked the customer' };
  const { messages } = await desk.invoke(new Command({ resume: 'the lamps were broken' }), {
    configurable: { ...thread.configurable, waymark: ada },
  });
  print(`${messages.at(-1)?.text}`);

  // A second look: the thread goes back to before the question, with another finding, and is asked again.
  const { id } = (await waymark.checkpoints.tree('refund-17')).before('approve', 'main');
  const grace = { actor: 'user:grace', reason: 'the ledger was wrong' };
  const statePatch = { checks: ['fraud: fine', 'stock: fine', 'ledger: 8 EUR'] };
  await waymark.executions.rollback('refund-17', id, { statePatch, ...grace });
  await desk.invoke(null, thread);
  const corrected = await desk.invoke(new Command({ resume: 'only 8 EUR' }), thread);
  print(`${corrected.messages.at(-1)?.text}`);

  // And what if nobody had paid? A thread of its own, which leaves this one alone.
  const fork = await waymark.executions.fork(id, { executionId: 'refund-17-what-if', ...grace, reason: 'what if' });
  await desk.invoke(null, { configurable: { thread_id: fork.id } });
  const other = await desk.invoke(new Command({ resume: 'ask again' }), { configurable: { thread_id: fork.id } });
  print(`${other.messages.at(-1)?.text}\n`);

  await waymark.flush();
  const types = ['execution.*', 'node.*', 'llm.*', 'tool.*', 'graph.interrupted', 'checkpoint.rollback_requested'];
  for (const entry of await waymark.log.query({ executionId: 'refund-17', types })) print(line(entry));
  for (const entry of await waymark.log.query({ types: ['execution.forked'] })) print(line(entry));

  const kept = await waymark.checkpoints.list('refund-17');
  print(`\n${kept.length} checkpoints; the log is ${(await waymark.log.verify()).verdict}`);
}

/** How far the types of a family are indented; calls are within nodes, and nodes within the execution. */
const INDENT: Readonly<Record<string, string>> = { execution: '', checkpoint: '', node: '  ' };

/** One line of the timeline. How long things took is another each time. */
function line({ event: { type, context }, message }: AuditEntry): string {
  const family = type.slice(0, type.indexOf('.'));
  const by = INDENT[family] === '' && context.actor !== undefined ? ` (${context.actor})` : '';
  return `${`${INDENT[family] ?? '    '}${type}`.padEnd(33)}${message.replace(/ in \d+ ms$/, '')}${by}`;
}
