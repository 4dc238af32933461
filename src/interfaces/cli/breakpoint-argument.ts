import { InvalidArgumentError, Option } from 'commander';
import type { BreakpointLike, StoredBreakpoint } from '../../domain/execution/breakpoints.js';

// The domain is loaded when a command runs, and not to print help: what is below does without it.

/** `--break`, as often as needed. */
export function breakpointOption(description: string): Option {
  return new Option(
    '--break, --breakpoint <where>',
    `${description}: NODE, NODE:after, 'NODE if EXPRESSION', or * for every node; repeatable`,
  ).argParser((value, previous: readonly BreakpointLike[] | undefined) => [
    ...(previous ?? []),
    parseBreakpoint(value),
  ]);
}

/** A breakpoint as it is written on a command line: `review`, `send:after`, `refine/draft:after if state.score < 0.5`. */
export function parseBreakpoint(text: string): BreakpointLike {
  const { place = '', condition } =
    /^(?<place>.*?)(?:(?:^|\s+)if\s+(?<condition>.+))?$/s.exec(text.trim())?.groups ?? {};
  const { node = place, when } = /^(?<node>.+):(?<when>before|after)$/.exec(place)?.groups ?? {};
  if (node === '') throw new InvalidArgumentError('It names no node.');
  if (when === undefined && condition === undefined) return node;
  return { node, when: when === 'after' ? 'after' : 'before', ...(condition === undefined ? {} : { if: condition }) };
}

/** The same, of one that is kept. */
export function breakpointText(breakpoint: StoredBreakpoint): string {
  if (typeof breakpoint === 'string') return breakpoint;
  const { node, when, if: condition } = breakpoint;
  return `${node}${when === 'after' ? ':after' : ''}${condition === undefined ? '' : ` if ${condition.text}`}`;
}
