// An address names one instance of a node: the path of its local ids, with the index of the body after a loop or a map
// (`refine[2]/draft`, `each[17]/body`). A node id is an address without indices. See `Progress`.

/** The local id of the node in a body that is one node. */
export const SINGLE_BODY = 'body';

/** What a local id may not contain: addresses are made of it. */
export const ADDRESS_MARKS = /[/[\]]/;

/** The node id of an address: without indices. */
export function staticId(address: string): string {
  return address.includes('[') ? address.replaceAll(/\[\d+\]/g, '') : address;
}

/** The last part of an address. */
export function localId(address: string): string {
  return address.slice(address.lastIndexOf('/') + 1);
}

/** The body that an address lies in: its own address, and the one of the node that it is the body of. */
export interface BodyAddress {
  /** As in `refine[2]`; for what has one body the address of the node. */
  readonly body: string;
  /** As in `refine`. */
  readonly node: string;
  /** 0 for what has one body. */
  readonly index: number;
}

/** The body that an address lies in; `undefined` for one of the workflow itself. */
export function bodyOf(address: string): BodyAddress | undefined {
  const end = address.lastIndexOf('/');
  if (end < 0) return undefined;
  const body = address.slice(0, end);
  if (!body.endsWith(']')) return { body, node: body, index: 0 };
  const start = body.lastIndexOf('[');
  return { body, node: body.slice(0, start), index: Number(body.slice(start + 1, -1)) };
}

/** The bodies that an address lies in, the outer ones first. */
export function bodiesOf(address: string): readonly BodyAddress[] {
  const found: BodyAddress[] = [];
  for (let body = bodyOf(address); body !== undefined; body = bodyOf(body.node)) found.push(body);
  return found.reverse();
}

/** Whether an address lies within the node at another one, at any depth. */
export function isWithin(address: string, node: string): boolean {
  const next = address[node.length];
  return (next === '/' || next === '[') && address.startsWith(node);
}

/** Whether an address lies within a body, at any depth. */
export function isInBody(address: string, body: string): boolean {
  return address[body.length] === '/' && address.startsWith(body);
}
