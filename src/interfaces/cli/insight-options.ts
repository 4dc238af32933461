/** Which parts of an execution's story are wanted. */
export interface InsightOptions {
  readonly waterfall?: boolean;
  readonly graph?: boolean;
  readonly why?: boolean;
  readonly slowest?: number;
  readonly mermaid?: boolean;
  readonly workflow?: string;
}

/** Whether a part is wanted at all. */
export function wantsInsight({ waterfall, graph, why, slowest, mermaid }: InsightOptions): boolean {
  return [waterfall, graph, why, mermaid].includes(true) || slowest !== undefined;
}
