/** How what is installed differs from what should be: each as `name@version`. */
export interface InstalledDifference {
  /** What should be there and is not. */
  readonly missing: readonly string[];
  /** What is there and should not be. */
  readonly unexpected: readonly string[];
}

/** Compares what should be installed with what is. */
export function installedDifference(expected: readonly string[], actual: readonly string[]): InstalledDifference {
  const [wanted, present] = [new Set(expected), new Set(actual)];
  return {
    missing: [...wanted].filter((each) => !present.has(each)).toSorted(),
    unexpected: [...present].filter((each) => !wanted.has(each)).toSorted(),
  };
}
