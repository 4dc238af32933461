import { assertIdentifier } from '../../domain/shared/identifiers.js';
import { assertKeys, assertOptional, assertOptionalSignal, type KeysOf, oneOf } from '../../domain/shared/options.js';
import type { VerbOptions } from '../shared/verb.js';
import type { ProviderOptions } from './environment-provider.port.js';

/** Who can ask for an environment. */
export const ENVIRONMENT_SOURCES = ['api', 'cli', 'engine'] as const;

/** On whose behalf something is done to environments, and how it is followed and ended. */
export interface EnvironmentOptions extends ProviderOptions, Pick<VerbOptions, 'actor'> {
  /** The execution that it is for. */
  readonly executionId?: string;
  /** The node that it is for. */
  readonly nodeId?: string;
  /** Who asks: `api` when left out. */
  readonly source?: (typeof ENVIRONMENT_SOURCES)[number];
}

/** What is done to environments because of a checkpoint. */
export interface CheckpointEnvironmentOptions extends EnvironmentOptions {
  /** The checkpoint whose environment it is. */
  readonly checkpointId: string;
  /** The environment that is used now: that of the checkpoint when left out. */
  readonly environmentId?: string;
}

/** How what is installed is compared with what a checkpoint was made with. */
export interface CompareEnvironmentOptions extends CheckpointEnvironmentOptions {
  /** The workspace whose copy of it is compared, in the place of what is shared: absolute. */
  readonly copyIn?: string;
}

/** Which environments stay. */
export interface EnvironmentLimits {
  /** Those that were not taken for longer are removed. */
  readonly maxAgeMs?: number;
  /** What all of them may have together, in bytes. */
  readonly maxBytes?: number;
  /** How many there may be. */
  readonly maxCount?: number;
}

/** How environments are removed that are not wanted any more. */
export interface PruneEnvironmentsOptions extends EnvironmentLimits, EnvironmentOptions {
  /** Only tell what would be removed. */
  readonly dryRun?: boolean;
}

/** The keys of {@link EnvironmentOptions}. */
export const ENVIRONMENT_OPTIONS: KeysOf<EnvironmentOptions> = {
  executionId: true,
  nodeId: true,
  source: true,
  signal: true,
  onLine: true,
  actor: true,
};

/** Checks options. @throws InvalidArgumentError */
export function assertEnvironmentOptions(
  options: EnvironmentOptions,
  keys: Readonly<Record<string, true>> = ENVIRONMENT_OPTIONS,
): void {
  assertKeys(options, keys, 'environment option');
  const { executionId, nodeId, source, signal, onLine, actor } = options;
  if (executionId !== undefined) assertIdentifier(executionId, 'execution id');
  if (nodeId !== undefined) assertIdentifier(nodeId, 'node id');
  if (source !== undefined) oneOf(source, ENVIRONMENT_SOURCES, 'source of an environment');
  assertOptionalSignal(signal);
  assertOptional(onLine, 'function', 'onLine');
  assertOptional(actor, 'string', 'actor');
}

/** What a provider is told of options. */
export function providerOptions({ signal, onLine }: EnvironmentOptions): ProviderOptions {
  return { ...(signal === undefined ? {} : { signal }), ...(onLine === undefined ? {} : { onLine }) };
}

/** On whose behalf it is done, as events tell it. */
export function onBehalf({ executionId, nodeId }: EnvironmentOptions): {
  readonly executionId?: string;
  readonly nodeId?: string;
} {
  return { ...(executionId === undefined ? {} : { executionId }), ...(nodeId === undefined ? {} : { nodeId }) };
}
