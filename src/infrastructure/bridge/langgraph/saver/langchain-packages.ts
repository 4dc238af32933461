import { loadOptional } from '../../../consumer/optional-package.js';

const neededBy = 'waymark/langgraph';

/** LangGraph's package of savers. Awaited here, so that a message says which package is missing. */
export const checkpointPackage = await loadOptional(
  { name: '@langchain/langgraph-checkpoint', major: 1, neededBy },
  () => import('@langchain/langgraph-checkpoint'),
);

const core = { name: '@langchain/core', major: 1, neededBy };
const [serializable, messages, tool, documents, promptValues, outputs, agents] = await loadOptional(core, () =>
  Promise.all([
    import('@langchain/core/load/serializable'),
    import('@langchain/core/messages'),
    import('@langchain/core/messages/tool'),
    import('@langchain/core/documents'),
    import('@langchain/core/prompt_values'),
    import('@langchain/core/outputs'),
    import('@langchain/core/agents'),
  ]),
);

/** What is used of LangChain's packages. */
export interface LangChainPackages {
  readonly checkpoint: Pick<typeof checkpointPackage, 'DeltaSnapshot' | 'isDeltaSnapshot'>;
  /** The modules whose classes are made again, by the path that an object's id begins with. */
  readonly modules: ReadonlyMap<string, object>;
  /** What every such class extends. */
  readonly Serializable: object;
}

/** They, loaded. */
export const langChainPackages: LangChainPackages = {
  checkpoint: checkpointPackage,
  modules: new Map<string, object>([
    ['langchain_core/messages', messages],
    ['langchain_core/messages/tool', tool],
    ['langchain_core/documents', documents],
    ['langchain_core/prompt_values', promptValues],
    ['langchain_core/outputs', outputs],
    ['langchain_core/agents', agents],
  ]),
  Serializable: serializable.Serializable,
};
