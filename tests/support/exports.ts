import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { ExportManifest, Waymark } from '../../src/index.js';
import { DealCreated, DealWon } from './deals.js';

/** Appends so many deals, of which every tenth is won. Their ids and times are the same in every run. */
export async function writeDeals(waymark: Waymark, count: number): Promise<void> {
  const { size } = await waymark.log.head();
  const made = Array.from({ length: count }, (_, index) => {
    const number = size + index;
    const context = { id: `deal-event-${number}`, occurredAt: '2026-01-01T12:00:00.000Z', actor: 'user:ada' };
    return number % 10 === 9
      ? new DealWon({ dealId: `d-${number}` }, context)
      : new DealCreated({ dealId: `d-${number}` }, context);
  });
  for (let from = 0; from < made.length; from += 1_000) await waymark.log.append(made.slice(from, from + 1_000));
}

/** The stored texts of a log. */
export async function bodiesOf(waymark: Waymark, from = 0): Promise<readonly string[]> {
  const bodies: string[] = [];
  for (;;) {
    const page = await waymark.store.auditLog.readRange(from + bodies.length, 1_000);
    if (page.length === 0) return bodies;
    bodies.push(...page.map(({ body }) => body));
  }
}

/** The text of an exported file. */
export function textOf(path: string): string {
  const bytes = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** The manifest beside an exported file. */
export function manifestOf(path: string): ExportManifest {
  return JSON.parse(readFileSync(`${path}.manifest.json`, 'utf8')) as ExportManifest;
}

/** Changes the manifest beside an exported file. */
export function changeManifest(path: string, change: (manifest: Record<string, unknown>) => void): void {
  const manifest = { ...manifestOf(path) };
  change(manifest);
  writeFileSync(`${path}.manifest.json`, JSON.stringify(manifest));
}
