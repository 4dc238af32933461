import type { LLMResult } from '@langchain/core/outputs';
import { isRecord } from './graph.js';

/** What is known of a model's answer. */
export interface ModelAnswer {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly finishReason?: string;
  /** The answer itself. Called only where it is to be kept. */
  readonly output: () => unknown;
}

/** What a model's answer tells of itself. Each provider tells it in a place of its own. */
export function modelAnswer(result: LLMResult): ModelAnswer {
  const [generation] = result.generations[0] ?? [];
  const info = record(generation?.generationInfo);
  const message = record((generation as { readonly message?: unknown } | undefined)?.message);
  const usage = record(message['usage_metadata']);
  const total = record(record(result.llmOutput)['tokenUsage'] ?? record(result.llmOutput)['usage']);
  const response = record(message['response_metadata']);
  const inputTokens = firstOf(isCount, usage['input_tokens'], total['promptTokens'], total['input_tokens']);
  const outputTokens = firstOf(isCount, usage['output_tokens'], total['completionTokens'], total['output_tokens']);
  const finishReason = firstOf(
    isText,
    response['finish_reason'],
    info['finish_reason'],
    response['stop_reason'],
    info['finishReason'],
  );
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(finishReason === undefined ? {} : { finishReason }),
    output: () =>
      (result.generations[0] ?? []).map((part) => (part as { readonly message?: unknown }).message ?? part.text),
  };
}

/** The name of a model, and who runs it, from what LangChain says of a call. */
export function modelOf(
  serialized: unknown,
  extraParams: unknown,
  metadata: unknown,
): { readonly model: string; readonly provider: string | undefined } {
  const [given, about] = [record(record(extraParams)['invocation_params']), record(metadata)];
  const id = record(serialized)['id'];
  const model =
    firstOf(isText, about['ls_model_name'], given['model'], given['model_name']) ??
    firstOf(isText, Array.isArray(id) ? id.at(-1) : undefined, record(serialized)['name']);
  return { model: model ?? 'unknown', provider: firstOf(isText, about['ls_provider']) };
}

function firstOf<Wanted>(is: (value: unknown) => value is Wanted, ...values: readonly unknown[]): Wanted | undefined {
  return values.find(is);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
