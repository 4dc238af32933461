import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import { isTerminal } from '../../../domain/execution/execution-status.js';
import { prepareActivate, prepareDeactivate } from '../../workspace/activate-workspace.js';
import { prepareEnd } from '../../workspace/conclude-workspace.js';
import type { WorkStop } from '../../workspace/ongoing-work.js';
import { commitPrepared } from '../../workspace/prepared-workspace.js';
import { activeOwn } from './active-own.js';
import { ArrangementParts } from './arrangement-parts.js';
import { attachEnvironment } from './attach-environment.js';
import { beginSurroundings, made, takeRecorded } from './begin-surroundings.js';
import { copiedFiles, movedCopy, settledCopy } from './copied-files.js';
import { goBackAround, type Restoring, wayBackTo } from './go-back-around.js';
import { type HeldSurroundings, NOTHING_HELD } from './held-surroundings.js';
import { keepFiles } from './keep-files.js';
import { leaveSurroundings, untilLeft } from './leave-surroundings.js';
import type {
  Around,
  ArrangedStep,
  Arrangement,
  AroundNode,
  FilesToRestore,
  Surroundings,
} from './surroundings.port.js';
import type { SurroundingsServices } from './surroundings-services.js';

/**
 * The workspaces and environments of executions, moved along with their steps.
 *
 * What can be taken back is done before a step's transaction (folders are made, contents stored, locks taken), what
 * belongs to the truth is written in it (rows, links from checkpoints, events), and what can't be taken back is done
 * after it: files are put back, folders removed. That they are to be is in the transaction too, so that a crash between
 * the two is found, and finished, by whoever opens the store or works in the workspace next.
 */
export class ExecutionSurroundings implements Surroundings {
  readonly #services: SurroundingsServices;
  /** Of the executions that this instance runs; `null` for those that have nothing around them. */
  readonly #held = new Map<string, HeldSurroundings | null>();

  constructor(services: SurroundingsServices) {
    this.#services = services;
  }

  arrange(
    execution: ExecutionSnapshot,
    around: Around | undefined,
    step: () => ArrangedStep,
  ): Promise<Arrangement | undefined> | undefined {
    const { id } = execution;
    if (around === undefined) return this.#held.get(id) === null ? undefined : this.#arrange(step());
    if (around.kind !== 'declared' || !isBare(around, this.#parentOf(around))) return this.#arrange(step());
    if (execution.owner !== null) this.#held.set(id, null);
    return undefined;
  }

  of(executionId: string): AroundNode {
    const held = this.#held.get(executionId);
    if (held === undefined || held === null) return {};
    const { workspace, environment } = held;
    return {
      ...(workspace === undefined ? {} : { workspace: { id: workspace.id, path: workspace.path } }),
      ...(environment === undefined
        ? {}
        : {
            environment: {
              id: environment.id,
              variables: environment.activation.variables,
              path: environment.activation.path,
            },
          }),
    };
  }

  async enter(execution: ExecutionSnapshot): Promise<void> {
    const { id } = execution;
    if (this.#held.has(id)) return;
    const loaded = await this.#load(id, execution.headCheckpointId);
    if (loaded === undefined) return;
    const taken = await this.#taken(id, loaded);
    const held = await settledCopy(this.#services, id, taken, (prepared) =>
      commitPrepared(this.#services.workspaces, prepared),
    );
    const { workspace, isOwn } = held;
    if (!isOwn || workspace === undefined || workspace.status === 'removed') {
      this.#held.set(id, held);
      return;
    }
    const { workspaces } = this.#services;
    const active = await commitPrepared(workspaces, await prepareActivate(workspaces, workspace));
    const working = { ...held, workspace: active.workspace, isActive: true };
    this.#held.set(id, working);
    await attachEnvironment(this.#services, working);
  }

  works(executionId: string, name: string, work: Promise<unknown>): WorkStop | undefined {
    const { workspace } = this.#held.get(executionId) ?? {};
    return workspace && this.#services.workspaces.held.work.begin(workspace, { executionId, name }, work);
  }

  leave(executionId: string): Promise<void> | undefined {
    const held = this.#held.get(executionId);
    this.#held.delete(executionId);
    if (held === undefined || held === null) return undefined;
    const leaving = leaveSurroundings(this.#services, executionId, held);
    if (held.isActive && held.workspace !== undefined) {
      this.#services.workspaces.held.work.leaves(held.workspace.id, leaving);
    }
    return leaving;
  }

  close(): void {
    this.#services.workspaces.held.work.close();
  }

  wayBack(checkpointId: string): Promise<FilesToRestore | undefined> {
    return wayBackTo(this.#services, checkpointId);
  }

  async #arrange(step: ArrangedStep): Promise<Arrangement | undefined> {
    const { snapshot } = step;
    const { id } = snapshot;
    const parts = new ArrangementParts(step, this.#services.onError);
    try {
      const found = await this.#inTurn(await this.#whenLeft(step, parts), parts);
      if (found === undefined) {
        if (snapshot.owner !== null) this.#held.set(id, null);
        return undefined;
      }
      const { held, restoring } = await this.#moved(step, found, parts);
      const kept = await keepFiles(this.#services, step, { held, restoring }, parts);
      const last = snapshot.status === 'running' ? kept : await this.#ended(snapshot, kept, parts);
      const before = this.#held.get(id);
      parts.whenCommitted(() => this.#hold(snapshot, last));
      parts.whenDiscarded(() => Promise.resolve(this.#holdAgain(id, before)));
      return parts;
    } catch (error) {
      await parts.discard();
      parts.over();
      throw error;
    }
  }

  /** Executions that share a workspace take their steps in turn, so that each commit has what those before it had. */
  async #inTurn(found: HeldSurroundings | undefined, parts: ArrangementParts): Promise<HeldSurroundings | undefined> {
    const { workspace } = found ?? {};
    if (found === undefined || workspace === undefined) return found;
    const { workspaces } = this.#services;
    await new Promise<void>((begin) => {
      const turn = (): Promise<void> =>
        new Promise((end) => {
          parts.whenOver(end);
          begin();
        });
      void workspaces.held.inTurn(workspace.id, turn);
    });
    // Whoever was before may have changed it.
    const row =
      found.recordedAt === undefined || found.isActive ? undefined : await workspaces.workspaces.find(workspace.id);
    return row === undefined ? found : { ...found, workspace: row };
  }

  /** {@link #found}, as it is when what was begun there before has settled. @throws WaymarkError `WAYMARK_WORK_GOES_ON` */
  async #whenLeft(step: ArrangedStep, parts: ArrangementParts): Promise<HeldSurroundings | undefined> {
    const found = await this.#found(step, parts);
    const isRun = this.#held.has(step.snapshot.id);
    return (await untilLeft(this.#services, step, found, isRun)) ? this.#found(step, parts) : found;
  }

  /** What is around the execution before the step, or what a new one begins with. */
  async #found(
    { snapshot, around, newCheckpoints }: ArrangedStep,
    parts: ArrangementParts,
  ): Promise<HeldSurroundings | undefined> {
    const what = around?.what;
    if (what?.kind === 'declared' || what?.kind === 'forked' || what?.kind === 'restarted') {
      const parent = what.kind === 'declared' ? this.#parentOf(what) : undefined;
      return beginSurroundings(this.#services, snapshot.id, what, parent, parts);
    }
    return this.#held.get(snapshot.id) ?? this.#load(snapshot.id, newCheckpoints.before);
  }

  /** Works in what was found, where the execution runs; goes back, where the step does. */
  async #moved(
    step: ArrangedStep,
    found: HeldSurroundings,
    parts: ArrangementParts,
  ): Promise<{ readonly held: HeldSurroundings; readonly restoring: Restoring | undefined }> {
    const { id, status } = step.snapshot;
    let held = await movedCopy(this.#services, step, found);
    if (status === 'running' && held.environment === undefined && held.record !== undefined) {
      const { environment } = (held = await this.#taken(id, held));
      if (environment !== undefined) parts.whenDiscarded(() => environment.release());
    }
    if (status === 'running') {
      held = await settledCopy(this.#services, id, held, (prepared) =>
        Promise.resolve({ workspace: made(prepared, parts) }),
      );
    }
    if (status === 'running') held = await activeOwn(this.#services, step, held, parts);
    const back = await this.#back(step, held, parts);
    const isNew = !found.isActive || back.held.environment !== held.environment;
    if (isNew) await attachEnvironment(this.#services, back.held);
    return back;
  }

  async #back(
    step: ArrangedStep,
    held: HeldSurroundings,
    parts: ArrangementParts,
  ): Promise<{ readonly held: HeldSurroundings; readonly restoring: Restoring | undefined }> {
    const { snapshot, around } = step;
    const what = around?.what;
    if (what?.kind !== 'back' && what?.kind !== 'taken-over') return { held, restoring: undefined };
    const isWished = what.kind === 'back';
    const checkpointId = isWished ? what.checkpointId : snapshot.headCheckpointId;
    const isInUse = this.#isInUse(snapshot.id, held.workspace);
    return goBackAround(this.#services, step, { held, checkpointId, isWished, isInUse }, parts);
  }

  /** Whether another execution that is run here works in a workspace: the first of them has seen to its files. */
  #isInUse(executionId: string, workspace: HeldSurroundings['workspace']): boolean {
    return Array.from(this.#held).some(
      ([other, held]) => other !== executionId && held !== null && held.workspace?.id === workspace?.id,
    );
  }

  /** It stands still, or has ended: nobody works in its workspace any more. */
  async #ended(
    snapshot: ExecutionSnapshot,
    held: HeldSurroundings,
    parts: ArrangementParts,
  ): Promise<HeldSurroundings> {
    const { workspaces } = this.#services;
    const { workspace } = held;
    if (!held.isOwn || workspace === undefined || workspace.status === 'removed') return held;
    // What was given up may go on: it is left, in a step of its own, when that has settled.
    if (workspaces.held.work.isIn(workspace.id)) return held;
    const left = isTerminal(snapshot.status)
      ? await prepareEnd(workspaces, workspace, snapshot.status)
      : await prepareDeactivate(workspaces, workspace);
    return { ...held, workspace: parts.add(left, 'after').workspace, isActive: false };
  }

  /** Where it goes on here it is held until it is left. */
  async #hold({ id, status }: ExecutionSnapshot, held: HeldSurroundings): Promise<void> {
    if (status === 'running' || this.#held.has(id)) this.#held.set(id, held);
    else await held.environment?.release();
  }

  #holdAgain(id: string, before: HeldSurroundings | null | undefined): void {
    if (before === undefined) this.#held.delete(id);
    else this.#held.set(id, before);
  }

  #parentOf({ parentExecutionId }: Extract<Around, { readonly kind: 'declared' }>): HeldSurroundings | undefined {
    return (parentExecutionId === undefined ? undefined : this.#held.get(parentExecutionId)) ?? undefined;
  }

  /** As the newest checkpoint has it: every one of an execution with surroundings has a link. */
  async #load(executionId: string, checkpointId: string | null): Promise<HeldSurroundings | undefined> {
    if (checkpointId === null || checkpointId === '') return undefined;
    const link = await this.#services.links.find(checkpointId);
    if (link === undefined) return undefined;
    const { workspaceId } = link;
    const workspace = workspaceId === null ? undefined : await this.#services.workspaces.workspaces.find(workspaceId);
    return {
      ...NOTHING_HELD,
      workspace,
      isOwn: workspace !== undefined && workspace.executionId === executionId,
      files: copiedFiles(link),
      record: link.environment ?? undefined,
      recordedAt: link.checkpointId,
    };
  }

  async #taken(executionId: string, held: HeldSurroundings): Promise<HeldSurroundings> {
    const { record, recordedAt, environment } = held;
    if (record === undefined || recordedAt === undefined || environment !== undefined) return held;
    return { ...held, environment: await takeRecorded(this.#services, executionId, record, recordedAt) };
  }
}

function isBare(
  { declared }: Extract<Around, { readonly kind: 'declared' }>,
  parent: HeldSurroundings | undefined,
): boolean {
  return declared.workspace === undefined && declared.environment === undefined && parent?.workspace === undefined;
}
