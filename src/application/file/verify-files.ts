import type { DomainEvent } from '../../domain/events/domain-event.js';
import { FileCheckpointLinkVerified, FileCommitVerified } from '../../domain/events/families/file.events.js';
import type { FileCommit } from '../../domain/file/file-commit.js';
import { checkpointWithoutFiles, commitDamaged, commitNotFound } from './file-commit.errors.js';
import type { FileServices } from './file-services.js';
import type { FileWorkOptions } from './file-storage.port.js';
import { isKept, keptCommit } from './kept-commit.js';

/** A commit whose contents were all read back. */
export interface VerifiedFiles {
  readonly commit: FileCommit;
  /** How many contents: what several files have in common counts once. */
  readonly blobsVerified: number;
}

/** Reads every content of a commit back. */
export function verifyCommit(
  services: FileServices,
  commitId: string,
  options: FileWorkOptions,
): Promise<VerifiedFiles> {
  return verify(services, commitId, options, () => []);
}

/** Reads every content of the commit back that a checkpoint is linked to. */
export async function verifyCheckpointFiles(
  services: FileServices,
  checkpointId: string,
  options: FileWorkOptions,
): Promise<VerifiedFiles> {
  const { factory, links } = services;
  const commitId = (await links.find(checkpointId))?.commitId ?? null;
  if (commitId === null) throw checkpointWithoutFiles(checkpointId);
  return verify(services, commitId, options, (blobsVerified) => [
    factory.make(FileCheckpointLinkVerified, { checkpointId, commitId, blobsVerified }),
  ]);
}

async function verify(
  services: FileServices,
  commitId: string,
  options: FileWorkOptions,
  more: (blobsVerified: number) => readonly DomainEvent[],
): Promise<VerifiedFiles> {
  const { commits, factory, recorder, storage } = services;
  const { treeHash } = await keptCommit(commits, commitId);
  const check = await storage.verify(treeHash, options);
  const isIntact = check.problems.length === 0;
  let commit: FileCommit | undefined;
  await recorder.commit({
    weight: 2,
    write: async (scope) => {
      const found = await commits.find(commitId, scope);
      // Deleted meanwhile: then there is nothing to tell of.
      if (found === undefined || !isKept(found)) throw commitNotFound(commitId);
      commit = Object.freeze({
        ...found,
        // What is damaged is not verified any more, whatever it was.
        status: isIntact ? 'verified' : 'finalised',
        verifiedAt: isIntact ? factory.now() : null,
      });
      await commits.save(commit, scope);
      if (!isIntact) return [];
      const { blobsVerified } = check;
      return [factory.make(FileCommitVerified, { commitId, blobsVerified }), ...more(blobsVerified)];
    },
  });
  if (!isIntact || commit === undefined) throw commitDamaged(commitId, check);
  return { commit, blobsVerified: check.blobsVerified };
}
