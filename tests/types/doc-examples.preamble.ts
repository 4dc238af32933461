import { z } from 'zod';
import { defineEvent } from '../../src/index.js';
import type { Container as InversifyContainer } from 'inversify';
import type {
  AuditLogRepository,
  CheckpointRepository,
  Clock,
  DomainEvent as AnyDomainEvent,
  EntryDraft,
  ExecutionHandle,
  ExecutionRepository,
  ExecutionSnapshot,
  FileCommit,
  IdGenerator,
  TransactionScope,
  Waymark,
  Workflow,
  Workspace,
} from '../../src/index.js';
import type { TypeOrmDatabase } from '../../src/infrastructure/persistence/typeorm/database.js';
import type { StoreFactory, WholeStore } from '../../src/testing.js';

// What the examples of doc comments take for granted. `npm run docs:examples` gives each the names that it uses.

export { Ajv2020 } from 'ajv/dist/2020.js';
export { Container } from 'inversify';
export { z } from 'zod';
export { writeFile } from 'node:fs/promises';
export { join } from 'node:path';
export { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
export { PostgresDatabase } from '../../src/infrastructure/persistence/typeorm/postgres-database.js';
export { PostgresStore } from '../../src/infrastructure/persistence/typeorm/postgres-store.js';
export { SqliteStore } from '../../src/infrastructure/persistence/typeorm/sqlite-store.js';

export declare const waymark: Waymark;
export declare const workflow: Workflow;
export declare const commit: FileCommit;
export declare const workspace: Workspace;
export declare const run: ExecutionHandle;
export declare const container: InversifyContainer;
export declare const executionId: string;
export declare const checkpointId: string;
export declare const before: string;
export declare const after: string;
export declare const signal: AbortSignal;
export declare const request: { readonly id: string; readonly params: { readonly id: string } };
export declare function handle(request: unknown): Promise<void>;
export declare function download(url: unknown, signal: AbortSignal): Promise<string>;
export declare function check(state: unknown): Record<string, never>;
export declare const database: TypeOrmDatabase;
export declare const executions: ExecutionRepository;
export declare const checkpoints: CheckpointRepository;
export declare const auditLog: AuditLogRepository;
export declare const snapshot: ExecutionSnapshot;
export declare const drafts: readonly EntryDraft[];
export declare const scope: TransactionScope;
export declare const clock: Clock;
export declare const ids: IdGenerator;
export declare const makeStore: StoreFactory<WholeStore>;

export interface Deal {
  readonly id: string;
}
export declare function save(name: string): Promise<Deal>;
export class DealRefused extends defineEvent('deal.refused', {
  version: 1,
  severity: 'info',
  category: 'workflow',
  emitter: 'host',
  description: 'A deal was refused.',
  message: (deal) => `deal ${deal.name}`,
  payload: z.object({ name: z.string(), reason: z.string() }),
}) {}
export class DealCreated extends defineEvent('deal.created', {
  version: 1,
  severity: 'info',
  category: 'workflow',
  emitter: 'host',
  description: 'A deal was entered.',
  message: (deal) => `deal ${deal.dealId}`,
  payload: z.object({ dealId: z.string() }),
}) {}
export class DealArchived extends defineEvent('deal.archived', {
  version: 1,
  severity: 'info',
  category: 'workflow',
  emitter: 'host',
  description: 'A deal was put away.',
  message: (deal) => `deal ${deal.dealId}`,
  payload: z.object({ dealId: z.string() }),
}) {}
export declare function store(event: AnyDomainEvent): Promise<void>;
export declare function storeAll(events: readonly AnyDomainEvent[]): Promise<void>;
