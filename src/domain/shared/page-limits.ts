/** How many entries of the log one page may have. */
export const MAX_AUDIT_PAGE = 10_000;

/** How many executions one list may have. */
export const MAX_EXECUTION_PAGE = 1_000;

/** How many dead letters one list may have. */
export const MAX_DEAD_LETTER_PAGE = 1_000;
