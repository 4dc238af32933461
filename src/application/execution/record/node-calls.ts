import { InvalidArgumentError } from '../../../domain/shared/errors.js';
import { assertIdentifier, labelProblem } from '../../../domain/shared/identifiers.js';
import { assertKeys, type KeysOf } from '../../../domain/shared/options.js';
import type { RecordedExecution, RecordedNode, RecordedNodeOptions, RecordedWork } from './recording-api.js';
import type { Slot } from './recorded-state.js';
import type { StartedNode } from './recorded-steps.js';
import type { ChildRecordingOptions, RecordingOptions } from './recorder-options.js';
import type { Recording } from './recording.js';

/** Makes what is called: nodes, and executions within. */
export interface Makers {
  node(
    recording: Recording,
    place: { readonly nodeId: string; readonly address: string; readonly slot: Slot },
    options: RecordedNodeOptions,
    outer: () => StartedNode | undefined,
  ): RecordedNode & { run<Result>(work: RecordedWork<Result>): Promise<Result> };
  execution(
    parent: Recording,
    options: RecordingOptions & { readonly executionId: string },
  ): Promise<RecordedExecution>;
}

const OPTIONS: KeysOf<RecordedNodeOptions> = { name: true, kind: true, key: true, into: true };

/** Tells the nodes apart that are called in one place: in an execution, or within a node. */
export class NodeCalls {
  readonly #recording: Recording;
  readonly #makers: Makers;
  readonly #within: string;
  readonly #outer: () => StartedNode | undefined;
  readonly #counts = new Map<string, number>();

  /**
   * @param within the address of the node that they are within; empty at the top
   * @param outer that node, as it was started
   */
  constructor(recording: Recording, makers: Makers, within: string, outer: () => StartedNode | undefined) {
    this.#recording = recording;
    this.#makers = makers;
    this.#within = within === '' ? '' : `${within}/`;
    this.#outer = outer;
  }

  node(nodeId: string, ...given: unknown[]): unknown {
    const [first, second] = given;
    if (typeof first !== 'function') return this.#make(nodeId, first ?? {});
    return this.#make(nodeId, second ?? {}).run(first as RecordedWork<unknown>);
  }

  execution(options: ChildRecordingOptions): Promise<RecordedExecution> {
    const { workflow } = options;
    assertIdentifier(workflow, 'workflow id');
    const call = this.#count(`execution ${workflow}`);
    const place = `${this.#recording.id}/${this.#within}${workflow}${call === 1 ? '' : `[${call}]`}`;
    return this.#makers.execution(this.#recording, { executionId: place, ...options });
  }

  #make(nodeId: string, given: unknown): ReturnType<Makers['node']> {
    assertLocalId(nodeId, 'node id');
    const options = toNodeOptions(given);
    const path = `${this.#within}${nodeId}`;
    const mark = options.key ?? this.#count(nodeId);
    const address = mark === 1 ? path : `${path}[${typeof mark === 'string' ? `=${mark}` : mark}]`;
    const place = { nodeId: withoutMarks(path), address, slot: { path, mark } };
    assertIdentifier(address, 'path of the node');
    return this.#makers.node(this.#recording, place, options, this.#outer);
  }

  #count(what: string): number {
    const call = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, call);
    return call;
  }
}

/** The id of a node, of its address. */
export function withoutMarks(address: string): string {
  return address.replaceAll(/\[[^\]]*\]/g, '');
}

function toNodeOptions(given: unknown): RecordedNodeOptions {
  assertKeys(given, OPTIONS, 'node option');
  const options = given as RecordedNodeOptions;
  if (options.key !== undefined) assertLocalId(options.key, 'key of the node');
  if (options.into !== undefined) assertIdentifier(options.into, 'key of the state');
  for (const name of ['name', 'kind'] as const) {
    const problem = options[name] === undefined ? undefined : labelProblem(options[name]);
    if (problem !== undefined) throw new InvalidArgumentError(`The ${name} of a node ${problem}.`);
  }
  return options;
}

/** What is part of an address must not look like its joints. */
function assertLocalId(value: unknown, what: string): void {
  assertIdentifier(value, what);
  if (!/[/[\]]/.test(value)) return;
  throw new InvalidArgumentError(`The ${what} ${JSON.stringify(value)} is not valid: it must have none of / [ ].`, {
    code: 'WAYMARK_INVALID_ID',
    hint: 'Nodes within nodes are made with node.node(…): their path is made of their ids.',
  });
}
