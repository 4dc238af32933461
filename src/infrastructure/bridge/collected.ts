// One for all: a registry that is itself collected tells nobody.
const registry = new FinalizationRegistry<() => void>((collected) => collected());

/**
 * Calls back some time after `target` was garbage collected.
 *
 * @param collected it must not enclose the target: that would keep it
 * @param token {@link forgetCollected} takes it back with this
 */
export function onCollected(target: object, collected: () => void, token: object): void {
  registry.register(target, collected, token);
}

/** Calls nobody back that was registered with the token. */
export function forgetCollected(token: object): void {
  registry.unregister(token);
}
