/** How what is installed gets into a workspace: shared with all others and not to be written to, or copied into it. */
export const ENVIRONMENT_MODES = ['shared', 'copied'] as const;

/** See {@link ENVIRONMENT_MODES}. */
export type EnvironmentMode = (typeof ENVIRONMENT_MODES)[number];
