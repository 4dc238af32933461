import type { Graph, GraphNode, GraphStatus } from './execution-graph.js';

/** The longest label, in characters: what is longer is cut. */
const MAX_LABEL = 80;

/** The shape of a node by its kind: what opens and what closes it. */
const SHAPES: Readonly<Record<string, readonly [string, string]>> = {
  decision: ['{', '}'],
  approval: ['{{', '}}'],
  timer: ['([', '])'],
  signal: ['>', ']'],
  workflow: ['[[', ']]'],
};
const TASK_SHAPE = ['[', ']'] as const;

/** The colours of a status, for light and dark backgrounds alike. */
const STYLES: Readonly<Record<GraphStatus, string>> = {
  pending: 'fill:#f6f6f6,stroke:#999999,color:#666666',
  running: 'fill:#dbeafe,stroke:#2563eb,color:#1e3a8a',
  suspended: 'fill:#fef9c3,stroke:#ca8a04,color:#713f12',
  completed: 'fill:#dcfce7,stroke:#16a34a,color:#14532d',
  failed: 'fill:#fee2e2,stroke:#dc2626,color:#7f1d1d',
  cancelled: 'fill:#ffedd5,stroke:#ea580c,color:#7c2d12',
  interrupted: 'fill:#fee2e2,stroke:#dc2626,color:#7f1d1d,stroke-dasharray:4 3',
  skipped: 'fill:#ffffff,stroke:#bbbbbb,color:#999999,stroke-dasharray:4 3',
};

/**
 * A graph as a flowchart in Mermaid's language: what is within a node is a subgraph, statuses are classes, and what was
 * not taken is dotted.
 *
 * @example
 * console.log(toMermaid(graphOfWorkflow(workflow)));
 */
export function toMermaid(graph: Graph): string {
  const ids = new Map<string, string>();
  const statuses = new Map<GraphStatus, string[]>();
  const lines = ['flowchart TD', ...bodyLines(graph, '  ')];
  for (const [status, members] of statuses) {
    lines.push(`  classDef ${status} ${STYLES[status]}`, `  class ${members.join(',')} ${status}`);
  }
  return lines.join('\n');

  /** Ids are made: those of nodes may be words or signs of Mermaid's language. */
  function idOf(nodeId: string): string {
    const known = ids.get(nodeId);
    if (known !== undefined) return known;
    const made = `n${ids.size + 1}`;
    ids.set(nodeId, made);
    return made;
  }

  function bodyLines({ nodes, edges }: Graph, indent: string): readonly string[] {
    return [
      ...nodes.flatMap((node) => nodeLines(node, indent)),
      ...edges.map(({ from, to, label, taken }) => {
        const arrow = taken === false ? '-.->' : '-->';
        return `${indent}${idOf(from)} ${arrow}${label === null ? '' : `|${quoted(label)}|`} ${idOf(to)}`;
      }),
    ];
  }

  function nodeLines(node: GraphNode, indent: string): readonly string[] {
    const id = idOf(node.id);
    if (node.status !== null) statuses.set(node.status, [...(statuses.get(node.status) ?? []), id]);
    if (node.body !== null && node.body.nodes.length > 0) {
      return [
        `${indent}subgraph ${id}[${quoted(textOf(node))}]`,
        ...bodyLines(node.body, `${indent}  `),
        `${indent}end`,
      ];
    }
    const [open, close] = SHAPES[node.kind] ?? TASK_SHAPE;
    return [`${indent}${id}${open}${quoted(textOf(node))}${close}`];
  }
}

function textOf({ name, kind, detail, occurrences }: GraphNode): string {
  const isPlain = kind === 'task' || kind === '';
  const what = isPlain ? '' : ` (${detail === null ? kind : `${kind}: ${detail}`})`;
  return `${name}${what}${occurrences > 1 ? ` ×${occurrences}` : ''}`;
}

/**
 * A text between quotes. Every sign that may mean something, to Mermaid, to the Markdown that it takes labels for, or to
 * the HTML that it makes, is given by its number: `#60;`.
 */
function quoted(text: string): string {
  const characters = Array.from(text.replaceAll(/\s+/g, ' ').trim());
  const cut = characters.length <= MAX_LABEL ? characters : [...characters.slice(0, MAX_LABEL - 1), '…'];
  const list = /^(?:\d+(?=[.)] )|)[-+.)]/.exec(cut.join(''))?.[0].length;
  const safe = cut
    .map((character, at) => {
      const isWithin = isWord(cut[at - 1]) && isWord(cut[at + 1]);
      const isSafe = isPlain(character) && (character !== '_' || isWithin) && at + 1 !== list;
      return isSafe ? character : `#${character.codePointAt(0)};`;
    })
    .join('');
  return `"${safe === '' ? ' ' : safe}"`;
}

/** Letters and digits of any language, and signs that mean nothing. */
function isPlain(character: string): boolean {
  return /[\p{L}\p{M}\p{N} .,:()/_=!?'+×…-]/u.test(character);
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}
