import type { EventCategory } from '../event-category.js';

/** What the families of each category have in common, for people. */
export const ABOUT_CATEGORIES: Readonly<Record<EventCategory, string>> = {
  workflow: 'What is to be done, and how far it is: executions, nodes, batches, agents, tasks.',
  checkpoint: 'States worth returning to, and going back to them.',
  tool_usage: 'Calls of language models, tools and retrievers.',
  decision: 'What was decided, and why.',
  reasoning: 'How something was thought through.',
  error: 'What people and agents ran into in their work.',
  session: 'Stretches of work of a person or an agent.',
  resource: 'What work happens in and with: environments, workspaces, files, workers.',
  operations: 'Waymark itself, its log and its bus, and the queues that work waits in.',
};

/** What each of Waymark's own families is about, for people. */
export const ABOUT_FAMILIES: Readonly<Record<string, string>> = {
  execution: 'One run of a workflow, from its start to its end, with everything that steers it.',
  node: 'One step of an execution. A node that is reached again is another occurrence, a retry another attempt.',
  checkpoint: 'States of an execution that it can be rolled back to or forked from.',
  llm: 'Calls of language models.',
  tool: 'Calls of tools: reading and writing files, running commands, searching.',
  retriever: 'Searches for documents.',
  graph: 'Supersteps of a graph that another engine runs, such as LangGraph.',
  environment: 'Environments that nodes run in: a runtime and its packages, by specification.',
  workspace: 'Folders that an execution reads from and writes to.',
  file: 'Files kept by content, so that a rollback can bring them back.',
  batch: 'One workflow run for many variants and cases.',
  worker: 'Threads and processes that runs are given to.',
  job: 'Work that waits in a queue.',
  agent: 'Runs of an agent.',
  action: 'What somebody must allow before it is done.',
  session: 'Stretches of work, of a person, an agent or both.',
  task: 'Tasks, from being entered to being accepted.',
  work_item: 'Goals that take one or more tasks.',
  dependency: 'What has to wait for what.',
  blocker: 'What stands in the way.',
  decision: 'Choices, with what else was possible.',
  reasoning: 'Lines of thought, with hypotheses and their tests.',
  error: 'Errors that a person or an agent ran into, until they are gone.',
  system: 'A process that has Waymark open.',
  audit: 'The log itself: proved, sealed, exported, cut.',
  bus: 'The event bus and its handlers: what did not arrive, and why.',
};
