/** What tells that somebody else was faster: what holds now is looked at anew. */
export const FASTER = ['WAYMARK_VERSION_CONFLICT', 'WAYMARK_ILLEGAL_TRANSITION', 'WAYMARK_LEASE_LOST'] as const;

/** How often something is tried when others change the execution at the same time. */
export const TRIES = 5;

/** How often an execution that another process runs is looked at, in milliseconds. */
export const LOOK_EVERY_MS = 1_000;
