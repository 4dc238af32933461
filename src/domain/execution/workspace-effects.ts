/** What a verb does to the workspace of an execution, where that has one. */
export const WORKSPACE_EFFECTS = {
  none: 'As it is',
  made: 'A new one, as it is declared; its files are kept with the first checkpoint',
  left: 'Left with its files as they are: somebody else may work in it',
  taken: 'Worked in again, with its files as they are',
  found: 'Worked in again, with the files that were kept last: what was half done is gone',
  back: 'The files of the checkpoint are put back: of what that overwrites or takes away there are copies',
  backAndOn: 'The files of the checkpoint are put back, with copies of what that overwrites, and it is worked in again',
  kept: 'As it is; its files are kept with the new checkpoint',
  copied: 'One of its own, with the files of the checkpoint',
  begun: 'One of its own, with the files that the original began with',
  ended: 'Left as it is, or removed, as its `keep` says',
} as const;

/** See {@link WORKSPACE_EFFECTS}. */
export type WorkspaceEffect = keyof typeof WORKSPACE_EFFECTS;
