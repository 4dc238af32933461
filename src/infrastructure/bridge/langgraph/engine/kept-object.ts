import type { ForeignValues } from '../../../../domain/checkpoint/content/encoded.js';

/** An object of LangGraph's, as it is stored: its name and its data. What it is needs none of LangGraph's code. */
export class KeptObject {
  readonly name: string;
  readonly data: unknown;

  constructor(name: string, data: unknown) {
    this.name = name;
    this.data = data;
  }
}

/** Reads LangGraph's objects as what is stored of them, and stores them as they were read. */
export const keptObjects: ForeignValues = {
  dump: (value) => (value instanceof KeptObject ? { name: value.name, data: value.data } : undefined),
  revive: (name, data) => new KeptObject(name, data),
};
