import { loadOptional } from '../../../consumer/optional-package.js';

const neededBy = 'waymark/langgraph';

const langGraph = await loadOptional(
  { name: '@langchain/langgraph', major: 1, neededBy },
  () => import('@langchain/langgraph'),
);
const callbacks = await loadOptional(
  { name: '@langchain/core', major: 1, neededBy },
  () => import('@langchain/core/callbacks/base'),
);

// What is used of LangGraph's packages. Awaited here, so that a message says which of them is missing.
export const { getConfig, INTERRUPT, isCommand, isGraphBubbleUp, isGraphInterrupt } = langGraph;
export const { BaseCallbackHandler } = callbacks;
