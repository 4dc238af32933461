import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import {
  Annotation,
  type BaseCheckpointSaver,
  END,
  interrupt,
  MessagesAnnotation,
  Send,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt';
import { z } from 'zod';
import { ScriptedModel } from './scripted-model.js';

/** A customer wants money back. An agent finds out about it, checks run side by side, and a person decides. */
const Desk = Annotation.Root({
  ...MessagesAnnotation.spec,
  checks: Annotation<string[]>({ reducer: (left, right) => left.concat(right), default: () => [] }),
  decision: Annotation<string>,
});

const findOrder = tool(({ orderId }) => `order ${orderId}: 2 lamps, 80 EUR, delivered`, {
  name: 'find_order',
  description: 'Looks an order up.',
  schema: z.object({ orderId: z.string() }),
});
const findPolicy = tool(() => 'refunds within 30 days; over 50 EUR a person decides', {
  name: 'find_policy',
  description: 'Looks the policy up.',
  schema: z.object({}),
});

/** What the model asks for, round by round, and what it makes of it. */
const ROUNDS: readonly AIMessage[] = [
  calling('find_order', { orderId: '17' }),
  calling('find_policy', {}),
  new AIMessage('80 EUR for order 17, within 30 days: a person has to decide.'),
];
const model = new ScriptedModel(
  (messages: readonly BaseMessage[]) =>
    ROUNDS[messages.filter(({ type }) => type === 'tool').length] ?? new AIMessage(''),
);

/** Everything that has to be looked at before money goes out. */
const CHECKS = ['fraud', 'stock', 'ledger'];

/** The graph: a loop of a model and its tools, a fan-out of checks, and a question to a person. */
export const makeRefundDesk = (checkpointer: BaseCheckpointSaver) =>
  new StateGraph(Desk)
    .addNode('agent', async ({ messages }, config) => ({ messages: [await model.invoke(messages, config)] }))
    .addNode('tools', new ToolNode([findOrder, findPolicy]))
    .addNode('plan', () => ({}))
    .addNode('check', ({ checks: [what] }) => ({ checks: [`${what}: fine`] }))
    .addNode('approve', ({ checks }) => ({ decision: interrupt<object, string>({ question: 'Pay it?', checks }) }))
    .addNode('pay', ({ decision }) => ({ messages: [new AIMessage(`Paid, because: ${decision}`)] }))
    .addEdge(START, 'agent')
    .addConditionalEdges('agent', (state) => (toolsCondition(state) === END ? 'plan' : 'tools'), ['plan', 'tools'])
    .addEdge('tools', 'agent')
    .addConditionalEdges('plan', () => CHECKS.map((what) => new Send('check', { checks: [what] })), ['check'])
    .addEdge('check', 'approve')
    .addEdge('approve', 'pay')
    .compile({ checkpointer, name: 'refund-desk' });

function calling(name: string, args: Record<string, unknown>): AIMessage {
  const message = new AIMessage('');
  message.tool_calls = [{ name, args, id: `call-${name}`, type: 'tool_call' }];
  return message;
}
