import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { brief } from './brief.js';
import { error, id, ms, oneOf, text, words } from './fields.js';
import { RISKS } from './risks.js';
import { streamOf } from './stream-of.js';

const family = { version: 1, category: 'workflow', emitter: 'host', stream: streamOf('agent', 'agentId') } as const;

const agent = { agentId: id('The agent'), runId: id('The run of the agent') };

/** An agent was set to work. */
export class AgentRunStarted extends defineEvent('agent.run_started', {
  ...family,
  severity: 'info',
  description: 'An agent was set to work. Recorded before it does anything.',
  message: (p) => `${p.agentId} started${p.goal === undefined ? '' : `: ${brief(p.goal)}`}`,
  payload: z.object({
    ...agent,
    goal: text(2000, 'What it is to achieve').optional(),
    model: words('The model it thinks with').optional(),
  }),
}) {}

/** An agent is done. */
export class AgentRunCompleted extends defineEvent('agent.run_completed', {
  ...family,
  severity: 'info',
  outcome: 'success',
  description: 'An agent came to the end of its work. Recorded when it gave its result.',
  message: (p) => `${p.agentId} completed in ${Math.round(p.durationMs)} ms`,
  payload: z.object({
    ...agent,
    durationMs: ms('How long it worked'),
    summary: words('What it did, for people').optional(),
  }),
}) {}

/** An agent could not finish. */
export class AgentRunFailed extends defineEvent('agent.run_failed', {
  ...family,
  severity: 'error',
  outcome: 'failure',
  description: 'An agent stopped without a result. Recorded when its run is over.',
  message: (p) => `${p.agentId} failed: ${p.error.message}`,
  payload: z.object({ ...agent, error: error('Why'), durationMs: ms('How long it worked') }),
}) {}

/** An agent said what it thinks. */
export class AgentThinkingRecorded extends defineEvent('agent.thinking_recorded', {
  ...family,
  severity: 'info',
  aliases: ['agent.thinking'],
  description: 'What an agent considers, in short. Recorded between its steps, where the host wants it kept.',
  message: (p) => `${p.agentId} thinks: ${brief(p.summary)}`,
  payload: z.object({ ...agent, summary: text(2000, 'What it considers') }),
}) {}

/** An agent may not go on without a yes. */
export class AgentApprovalAwaited extends defineEvent('agent.approval_awaited', {
  ...family,
  severity: 'info',
  aliases: ['agent.waiting_approval'],
  description: 'An agent wants to do something that somebody must allow. Recorded when it begins to wait.',
  message: (p) => `${p.agentId} waits for approval of ${p.actionId}`,
  payload: z.object({
    ...agent,
    actionId: id('The action it wants to take'),
    risk: oneOf(RISKS, 'How much could go wrong').optional(),
  }),
}) {}

/** Every type of the family. */
export const AGENT_EVENTS = [
  AgentRunStarted,
  AgentRunCompleted,
  AgentRunFailed,
  AgentThinkingRecorded,
  AgentApprovalAwaited,
] as const;
