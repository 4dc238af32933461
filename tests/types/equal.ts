/** `true` when two types are the same, in both directions and with their modifiers. */
export type Equal<A, B> =
  (<Probe>() => Probe extends A ? 1 : 2) extends <Probe>() => Probe extends B ? 1 : 2 ? true : false;

/** Compiles only for `true`. */
export function assertType<_Holds extends true>(): void {
  // What it says is said to the compiler.
}
