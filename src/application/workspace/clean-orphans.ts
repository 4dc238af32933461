import type { AmbientContext } from '../../domain/events/event-context.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import {
  WorkspaceCleanedUp,
  WorkspaceOrphanCleanupCompleted,
  WorkspaceOrphanDetected,
} from '../../domain/events/families/workspace.events.js';
import { isTerminal } from '../../domain/execution/execution-status.js';
import { assertKeys, assertOptional, assertOptionalSignal, wholeNumber } from '../../domain/shared/options.js';
import type { Workspace } from '../../domain/workspace/workspace.js';
import { toldPaths } from '../file/file-events.js';
import { aloneIn } from './alone-in.js';
import { standing } from './clean-workspaces.js';
import { preparePreserve, prepareRemoval, staysAfter } from './conclude-workspace.js';
import { commitPrepared } from './prepared-workspace.js';
import { hostOf } from './workspace-errors.js';
import type { FolderFound, FolderLock } from './workspace-folders.port.js';
import type { CleanOrphansOptions } from './workspace-options.js';
import { isOfThisHost, named, type WorkspaceServices } from './workspace-services.js';

/** A workspace, or a folder, whose owner is gone. */
export interface Orphan {
  readonly workspaceId: string;
  readonly executionId: string | null;
  readonly path: string;
  /** Who made it, or worked in it last: process 0 where nobody knows. */
  readonly ownerPid: number;
  readonly ownerHost: string;
  readonly ageMs: number;
  /** What was done with it, or would be. */
  readonly action: 'cleaned' | 'preserved';
  readonly freedBytes: number;
}

/** What the search for orphans came to. */
export interface CleanedOrphans {
  readonly orphans: readonly Orphan[];
  readonly cleaned: number;
  readonly freedBytes: number;
  /** What could not be removed, and why. */
  readonly errors: readonly string[];
}

/** Long enough for anybody who makes a folder to have said so. */
const MIN_AGE_MS = 3_600_000;

/**
 * Looks for what processes of this host that are provably gone have left: workspaces whose executions have ended or are
 * not there, and folders without a workspace. An execution that can be taken up keeps its own.
 */
export async function cleanOrphans(services: WorkspaceServices, options: CleanOrphansOptions): Promise<CleanedOrphans> {
  assertKeys(options, { dryRun: true, minAgeMs: true, actor: true, signal: true }, 'clean option');
  assertOptional(options.dryRun, 'boolean', 'dryRun');
  assertOptionalSignal(options.signal);
  const minAgeMs = wholeNumber(options.minAgeMs ?? MIN_AGE_MS, 'minAgeMs', 0);
  const search = new OrphanSearch(services, options, minAgeMs);
  for await (const workspace of standing(services, { status: 'open' })) await search.look(workspace);
  for (const found of await services.folders.leftovers()) await search.lookAtFolder(found);
  return search.end();
}

class OrphanSearch {
  readonly #services: WorkspaceServices;
  readonly #options: CleanOrphansOptions;
  readonly #minAgeMs: number;
  readonly #orphans: Orphan[] = [];
  readonly #errors: string[] = [];

  constructor(services: WorkspaceServices, options: CleanOrphansOptions, minAgeMs: number) {
    this.#services = services;
    this.#options = options;
    this.#minAgeMs = minAgeMs;
  }

  /** Looks at a workspace. */
  async look(workspace: Workspace): Promise<void> {
    this.#options.signal?.throwIfAborted();
    const services = this.#services;
    await this.#patiently(workspace.id, async () => {
      if (!isOfThisHost(services, workspace)) return;
      const lock = await services.folders.lockOf(workspace.id);
      const action = await this.#actionFor(workspace, lock);
      if (action === undefined) return;
      const { id: workspaceId, executionId, path, owner, createdAt } = workspace;
      const orphan = {
        workspaceId,
        executionId,
        path,
        ...ownerOf(lock?.owner ?? owner),
        ageMs: this.#ageMs(Date.parse(createdAt)),
        action,
      };
      if (this.#options.dryRun === true) {
        const freedBytes = action === 'cleaned' ? (await services.folders.measure(workspaceId)).totalBytes : 0;
        this.#orphans.push({ ...orphan, freedBytes });
        return;
      }
      const detected = this.#detected({ ...orphan, freedBytes: 0 });
      const prepare = action === 'cleaned' ? prepareRemoval : preparePreserve;
      // The lock of an owner who is gone is taken over, and given back.
      const done = await aloneIn(services, workspaceId, async (now) => {
        const isStill = now?.status === 'open' && now.owner === owner && (await this.#actionFor(now, lock)) === action;
        if (!isStill) return undefined;
        return commitPrepared(services, await prepare(services, now, 'orphan', detected), this.#verb);
      });
      if (done !== undefined) this.#orphans.push({ ...orphan, freedBytes: done.freed.totalBytes });
    });
  }

  /** Looks at a folder: one that no workspace is known of, or that is left of one that was removed. */
  async lookAtFolder(found: FolderFound): Promise<void> {
    this.#options.signal?.throwIfAborted();
    const { workspaces, folders, identity, recorder, factory } = this.#services;
    await this.#patiently(found.id, async () => {
      const row = await workspaces.find(found.id);
      if (row !== undefined && !isLeftOver(found, row)) return;
      const lock = await folders.lockOf(found.id);
      const ageMs = this.#ageMs(found.changedAtMs);
      if (lock === undefined ? ageMs < this.#minAgeMs : !identity.isGone(lock.owner)) return;
      if (found.kind === 'beside') {
        // What is left of a workspace that has been told of, or never was one.
        if (this.#options.dryRun !== true) await folders.removeFound(found);
        return;
      }
      const orphan: Orphan = {
        workspaceId: found.id,
        executionId: row?.executionId ?? null,
        path: found.path,
        ...ownerOf(lock?.owner ?? row?.owner ?? hostOf(identity.self)),
        ageMs,
        action: 'cleaned',
        freedBytes: 0,
      };
      if (this.#options.dryRun === true) {
        const freedBytes = found.kind === 'made' ? (await folders.measure(found.id)).totalBytes : 0;
        this.#orphans.push({ ...orphan, freedBytes });
        return;
      }
      const freed = await aloneIn(this.#services, found.id, async (now) =>
        now === undefined || isLeftOver(found, now) ? folders.removeFound(found) : undefined,
      );
      if (freed === undefined) return;
      this.#orphans.push({ ...orphan, freedBytes: freed.totalBytes });
      const cleaned = {
        workspaceId: found.id,
        ...(orphan.executionId === null ? {} : { executionId: orphan.executionId }),
        reason: 'orphan' as const,
        filesRemoved: freed.fileCount,
        freedBytes: freed.totalBytes,
        preserved: false,
      };
      await recorder.record([
        ...this.#detected(orphan)(this.#verb),
        factory.make(WorkspaceCleanedUp, cleaned, this.#verb),
      ]);
    });
  }

  /** Says what it came to. */
  async end(): Promise<CleanedOrphans> {
    const orphans = this.#orphans;
    const cleaned = orphans.filter(({ action }) => action === 'cleaned').length;
    const freedBytes = orphans.reduce((sum, orphan) => sum + orphan.freedBytes, 0);
    const errors = this.#errors;
    if (this.#options.dryRun !== true) {
      const { recorder, factory } = this.#services;
      const payload = { found: orphans.length, cleaned, freedBytes, errors: [...toldPaths(errors)] };
      await recorder.record([factory.make(WorkspaceOrphanCleanupCompleted, payload, this.#verb)]);
    }
    return { orphans, cleaned, freedBytes, errors };
  }

  get #verb(): { readonly actor?: string } {
    const { actor } = this.#options;
    return actor === undefined ? {} : { actor };
  }

  /** What is to be done with a workspace; `undefined` where it is no orphan. */
  async #actionFor(workspace: Workspace, lock: FolderLock | undefined): Promise<Orphan['action'] | undefined> {
    const { identity, executions } = this.#services;
    if (!identity.isGone(lock?.owner ?? workspace.owner)) return undefined;
    if (workspace.executionId === null) {
      // Somebody's own: only a process that died in it leaves it behind, and what is in it is for its owner to judge.
      if (lock === undefined) return undefined;
      return workspace.keep === 'never' ? 'cleaned' : 'preserved';
    }
    const execution = await executions.find(workspace.executionId);
    if (execution === undefined) return workspace.keep === 'always' ? 'preserved' : 'cleaned';
    if (!isTerminal(execution.status)) return undefined;
    return staysAfter(workspace, execution.status) ? 'preserved' : 'cleaned';
  }

  #detected(orphan: Orphan): (context?: AmbientContext) => readonly DomainEvent[] {
    const { workspaceId, executionId, path, ownerPid, ownerHost, ageMs, action } = orphan;
    const payload = { ...named({ id: workspaceId, executionId }), path, ownerPid, ownerHost, ageMs, action };
    return (context) => [this.#services.factory.make(WorkspaceOrphanDetected, payload, context)];
  }

  #ageMs(sinceMs: number): number {
    return Math.max(0, Math.round(this.#services.factory.clock.now() - sinceMs));
  }

  /** One that can't be removed does not keep the others from being. */
  async #patiently(id: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#errors.push(`${id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** Whether what was found is not the folder of a workspace, though there is one of its id. */
function isLeftOver({ kind }: FolderFound, { status, pendingRestore }: Workspace): boolean {
  if (kind === 'unfinished') return true;
  // What was put aside is whole until its removal is committed, and is put back by who works in it next.
  return status === 'removed' && pendingRestore === null;
}

/** The process and the host of an owner, as far as its name tells. */
function ownerOf(owner: string): { readonly ownerPid: number; readonly ownerHost: string } {
  const pid = Number(owner.split('/')[1] ?? 0);
  return { ownerPid: Number.isSafeInteger(pid) && pid >= 0 ? pid : 0, ownerHost: hostOf(owner) };
}
