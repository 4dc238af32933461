/**
 * Loaded before every suite: `WAYMARK_FC_SEED` plays properties with the seed that fast-check printed for a failure,
 * or with any other. Without it each run has a seed of its own.
 */
const wanted = process.env['WAYMARK_FC_SEED'];
if (wanted !== undefined) {
  const seed = Number(wanted);
  if (!Number.isSafeInteger(seed)) throw new Error(`WAYMARK_FC_SEED is ${wanted}; it must be a whole number.`);
  const { default: fc } = await import('fast-check');
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
}
export {};
