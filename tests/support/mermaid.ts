/** What a flowchart of ours says, as far as Mermaid would take it. */
export interface Flowchart {
  /** Labels by id, as they are shown. */
  readonly labels: ReadonlyMap<string, string>;
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly label: string;
    readonly dotted: boolean;
  }[];
  /** The ids of a subgraph's members, by its id. */
  readonly subgraphs: ReadonlyMap<string, readonly string[]>;
  /** Ids by class. */
  readonly classes: ReadonlyMap<string, readonly string[]>;
}

const LABEL = String.raw`"((?:[\p{L}\p{M}\p{N} .,:()/_=!?'+×…-]|#\d+;)+)"`;
const SHAPES = [
  String.raw`\[${LABEL}\]`,
  String.raw`\{${LABEL}\}`,
  String.raw`\{\{${LABEL}\}\}`,
  String.raw`\(\[${LABEL}\]\)`,
  String.raw`>${LABEL}\]`,
  String.raw`\[\[${LABEL}\]\]`,
];
const NODE = new RegExp(`^(n\\d+)(?:${SHAPES.join('|')})$`, 'u');
const SUBGRAPH = new RegExp(String.raw`^subgraph (n\d+)\[${LABEL}\]$`, 'u');
const EDGE = new RegExp(String.raw`^(n\d+) (-->|-\.->)(?:\|${LABEL}\|)? (n\d+)$`, 'u');
const CLASS_DEF = /^classDef ([a-z]+) (?:[a-z-]+:[#a-z0-9 ]+,?)+$/;
const CLASS = /^class (n\d+(?:,n\d+)*) ([a-z]+)$/;

/**
 * Reads a flowchart by a grammar that is stricter than Mermaid's: what it takes, Mermaid takes, and means the same.
 *
 * @throws Error with the line that does not fit
 */
export function readFlowchart(text: string): Flowchart {
  const [first, ...lines] = text.split('\n');
  if (first !== 'flowchart TD') throw new Error(`It begins with ${first}`);
  const labels = new Map<string, string>();
  const edges: Flowchart['edges'][number][] = [];
  const subgraphs = new Map<string, string[]>();
  const classes = new Map<string, readonly string[]>();
  const defined = new Set<string>();
  const open: string[] = [];
  const declare = (id: string, label: string): void => {
    if (labels.has(id)) throw new Error(`${id} is declared twice`);
    labels.set(id, shown(label));
    const outer = open.at(-1);
    if (outer !== undefined) subgraphs.get(outer)?.push(id);
  };
  for (const line of lines.map((each) => each.trim())) {
    const [node, subgraph, edge, classDef, members] = [NODE, SUBGRAPH, EDGE, CLASS_DEF, CLASS].map((each) =>
      each.exec(line),
    );
    if (subgraph?.[1] !== undefined) {
      declare(subgraph[1], subgraph[2] ?? '');
      subgraphs.set(subgraph[1], []);
      open.push(subgraph[1]);
    } else if (line === 'end') {
      if (open.pop() === undefined) throw new Error('There is an end too many');
    } else if (node?.[1] !== undefined) {
      declare(node[1], node.slice(2).find((label) => label !== undefined) ?? '');
    } else if (edge?.[1] !== undefined && edge[4] !== undefined) {
      edges.push({ from: edge[1], to: edge[4], label: shown(edge[3] ?? ''), dotted: edge[2] === '-.->' });
    } else if (classDef?.[1] !== undefined) {
      defined.add(classDef[1]);
    } else if (members?.[1] !== undefined && members[2] !== undefined && defined.has(members[2])) {
      classes.set(members[2], members[1].split(','));
    } else {
      throw new Error(`Mermaid would not take this line: ${line}`);
    }
  }
  if (open.length > 0) throw new Error(`A subgraph has no end: ${open.join(', ')}`);
  for (const id of [...edges.flatMap(({ from, to }) => [from, to]), ...[...classes.values()].flat()]) {
    if (!labels.has(id)) throw new Error(`${id} is not declared`);
  }
  return { labels, edges, subgraphs, classes };
}

/** A label as Mermaid shows it. */
function shown(label: string): string {
  return label.replaceAll(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}
