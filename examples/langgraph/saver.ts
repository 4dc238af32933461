import { AIMessage, HumanMessage } from '@langchain/core/messages';
import { Command, END, interrupt, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { WaymarkSaver } from 'waymark/langgraph';

/** A graph that asks a person before it answers, kept by Waymark: what it did, and what was stored, is in the log. */
export async function main(print: (line: string) => void): Promise<void> {
  await using saver = await WaymarkSaver.open('memory:');

  const graph = new StateGraph(MessagesAnnotation)
    .addNode('draft', () => ({ messages: [new AIMessage('Shall I send it?')] }))
    .addNode('approve', () => ({ messages: [new HumanMessage(interrupt<string, string>('Send it?'))] }))
    .addNode('send', () => ({ messages: [new AIMessage('Sent.')] }))
    .addEdge(START, 'draft')
    .addEdge('draft', 'approve')
    .addEdge('approve', 'send')
    .addEdge('send', END)
    .compile({ checkpointer: saver });

  const thread = { configurable: { thread_id: 'order-17' } };
  await graph.invoke({ messages: [new HumanMessage('Write to Ada.')] }, thread);
  const { messages } = await graph.invoke(new Command({ resume: 'Yes, do.' }), thread);
  for (const message of messages) print(`${message.type}: ${message.text}`);

  const { log, checkpoints } = saver.waymark;
  const tree = await checkpoints.tree('order-17');
  print(`${tree.checkpoints.length} checkpoints on ${tree.branches.map(({ branchId }) => branchId).join(', ')}`);
  for (const { event } of await log.query({ executionId: 'order-17' }, { limit: 2 })) print(event.type);
  print(`the log is ${(await log.verify()).verdict}`);
}
