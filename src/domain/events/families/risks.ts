/** How much could go wrong with an action, from least to most. */
export const RISKS = ['low', 'medium', 'high', 'critical'] as const;
