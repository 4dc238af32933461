/** What a folder is called while it is not yet a workspace. */
export const MAKING = '.making-';
/** What one is called that is whole: it is put back if its removal is not committed. */
export const REMOVING = '.removing-';
/** What one is called that is nobody's any more. */
export const GONE = '.gone-';
