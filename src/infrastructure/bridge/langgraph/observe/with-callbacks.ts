import type { BaseCallbackHandler } from '@langchain/core/callbacks/base';
import { isRecord } from './graph.js';

/** A part of LangChain's `CallbackManager`. */
interface Manager {
  readonly handlers: readonly unknown[];
  copy(handlers?: readonly BaseCallbackHandler[], inherit?: boolean): Manager;
  removeHandler(handler: BaseCallbackHandler): void;
}

/** The callbacks of a configuration, and one more: a list of them, or a manager, which stays as it was. */
export function withCallbacks(callbacks: unknown, handler: BaseCallbackHandler): unknown {
  if (callbacks === undefined || callbacks === null) return [handler];
  if (Array.isArray(callbacks)) return [...(callbacks as readonly unknown[]), handler];
  return isManager(callbacks) ? callbacks.copy([handler], true) : callbacks;
}

/** The callbacks of a configuration without one of them; `undefined` where there is no other. */
export function withoutCallbacks(callbacks: unknown, handler: BaseCallbackHandler): unknown {
  if (Array.isArray(callbacks)) {
    const others = (callbacks as readonly unknown[]).filter((other) => other !== handler);
    return others.length === 0 ? undefined : others;
  }
  if (!isManager(callbacks)) return callbacks;
  const others = callbacks.copy();
  others.removeHandler(handler);
  return others.handlers.length === 0 ? undefined : others;
}

function isManager(callbacks: unknown): callbacks is Manager {
  return isRecord(callbacks) && typeof callbacks['copy'] === 'function';
}
