import assert from 'node:assert/strict';
import type { EntryDraft, StoredEntry } from '../../domain/audit/audit-entry.js';
import type { AuditLogRepository } from '../../domain/audit/audit-log.repository.port.js';
import type { AuditFilter } from '../../domain/audit/audit-criteria.js';
import { type AuditPage, type AuditQuery, toAuditQuery } from '../../domain/audit/audit-query.js';
import type { UnitOfWork } from '../../domain/shared/transaction.js';
import { rejectsWithSame, Thrown, same } from '../expectations.js';
import type { StoreUnderTest } from '../harness.js';
import { naiveMerkleRoot } from '../naive-merkle.js';

/** A log, and the transactions in which it is appended to. */
export interface AuditLogStore extends StoreUnderTest {
  readonly unitOfWork: UnitOfWork;
  readonly auditLog: AuditLogRepository;
}

export function append(store: AuditLogStore, drafts: readonly EntryDraft[]): Promise<readonly StoredEntry[]> {
  return store.unitOfWork.run((scope) => store.auditLog.append(drafts, scope));
}

/** Appends in a transaction that then fails. */
export async function appendAndFail(store: AuditLogStore, drafts: readonly EntryDraft[]): Promise<void> {
  const thrown = new Thrown('the transaction fails');
  const work = store.unitOfWork.run(async (scope) => {
    await store.auditLog.append(drafts, scope);
    throw thrown;
  });
  await rejectsWithSame(thrown, work);
}

export function find(
  store: AuditLogStore,
  filter: AuditFilter = {},
  page: AuditPage = {},
): Promise<readonly StoredEntry[]> {
  return store.auditLog.find(toAuditQuery(filter, page));
}

/**
 * Finds by a query that no filter from outside would become: what is stored may be odder than what may be asked for.
 */
export function findRaw(store: AuditLogStore, query: Partial<AuditQuery>): Promise<readonly StoredEntry[]> {
  return store.auditLog.find({ ...toAuditQuery(), ...query });
}

/** The head counts the entries, and its root is that of the tree over their texts. */
export async function expectIntactHead(auditLog: AuditLogRepository, size: number): Promise<void> {
  const entries = await auditLog.readRange(0, size + 10);
  const head = await auditLog.head();
  assert.equal(head.size, size);
  same(
    positionsOf(entries),
    Array.from({ length: size }, (_, position) => position),
  );
  assert.equal(head.rootHash, naiveMerkleRoot(entries.map((entry) => entry.body)));
}

export function positionsOf(entries: readonly StoredEntry[]): number[] {
  return entries.map((entry) => entry.position);
}

export function idsOf(entries: readonly (StoredEntry | EntryDraft)[]): string[] {
  return entries.map((entry) => entry.columns.eventId);
}

export function typesOf(entries: readonly StoredEntry[]): string[] {
  return entries.map((entry) => entry.columns.type);
}
