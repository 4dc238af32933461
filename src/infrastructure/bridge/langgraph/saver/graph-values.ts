import { types } from 'node:util';
import type { ForeignValues } from '../../../../domain/checkpoint/content/encoded.js';
import { Dumped } from './dumped.js';
import type { LangChainPackages } from './langchain-packages.js';
import { TypedBytes } from './typed-bytes.js';

/** The names under which LangGraph's objects are stored. */
const NAMES = {
  /** Made by a class of LangChain's: its id and what its constructor takes. */
  langChain: 'langchain',
  /** The whole value of a delta channel. */
  deltaSnapshot: 'langgraph/delta-snapshot',
  send: 'langgraph/send',
  /** In a format of the host's own. */
  typedBytes: 'langgraph/typed-bytes',
  /** An object that says itself what data it is. */
  json: 'json',
} as const;

/** Objects of other classes are stored as the data they hold, with the name of the class. */
const INSTANCE = 'instance:';

/** Objects that hold nothing that could be stored, whatever can be seen of them. */
const UNSTORABLE = /^\[object (?:Promise|WeakMap|WeakSet|WeakRef|(?:Async)?Generator|AsyncFunction)\]$/;

/** Objects that hold what can't be seen: a class that extends `Map`, say. As an empty object, that would be lost. */
const HIDING = /^\[object (?:Map|Set|.+ Iterator|Iterator Helper|Date|RegExp|URL|SharedArrayBuffer)\]$/;

/** The part of LangChain's `Serializable` that says how an object was made. */
interface Serializable {
  readonly lc_serializable: boolean;
  readonly lc_id: readonly string[];
  readonly lc_kwargs: object;
  readonly lc_secrets?: object;
  toJSON(): unknown;
}

interface ConstructorRecord {
  readonly id: readonly string[];
  readonly kwargs: Record<string, unknown>;
}

/**
 * LangGraph's objects as data, and the other way round: messages and whatever else LangChain can make again come back as
 * what they were; a `Send` comes back as LangGraph's own serializer gives it, as its node and its arguments. An object of
 * a class that nobody knows comes back as plain data, as it does there.
 *
 * Nothing is made but by the constructors of LangChain's own serializable classes.
 */
export function graphValues({ checkpoint, modules, Serializable: Base }: LangChainPackages): ForeignValues {
  return {
    dump: (value) => {
      if (value instanceof Dumped) return { name: value.name, data: value.data };
      if (value instanceof TypedBytes) return { name: NAMES.typedBytes, data: [value.type, value.bytes] };
      if (checkpoint.isDeltaSnapshot(value)) return { name: NAMES.deltaSnapshot, data: value.value };
      if ((value as { lg_name?: unknown }).lg_name === 'Send') return { name: NAMES.send, data: sendOf(value) };
      const record = isSerializable(value) ? recordOf(value) : undefined;
      return record === undefined ? instanceOf(value) : { name: NAMES.langChain, data: record };
    },
    revive: (name, data) => {
      switch (name) {
        case NAMES.langChain:
          return madeAgain(data as ConstructorRecord, modules, Base);
        case NAMES.deltaSnapshot:
          return new checkpoint.DeltaSnapshot(data);
        case NAMES.typedBytes: {
          const [type, bytes] = data as [string, Uint8Array];
          return new TypedBytes(type, bytes);
        }
        default:
          return data;
      }
    },
  };
}

function isSerializable(value: object): value is Serializable {
  const { lc_serializable: says, lc_kwargs: kwargs, lc_id: id } = value as Partial<Serializable>;
  return says === true && typeof kwargs === 'object' && !Array.isArray(kwargs) && Array.isArray(id);
}

/**
 * How an object was made, with what it holds now. Not by `toJSON`, which makes something else of dates and bytes; but one
 * that has secrets knows which they are.
 */
function recordOf(value: Serializable): ConstructorRecord | undefined {
  if (Object.keys(value.lc_secrets ?? {}).length > 0) return undefined;
  const kwargs: Record<string, unknown> = {};
  for (const [key, given] of Object.entries(value.lc_kwargs)) {
    const now: unknown = key in value ? (value as unknown as Record<string, unknown>)[key] : given;
    if (now !== undefined && key !== '__proto__') kwargs[key] = now;
  }
  return { id: value.lc_id, kwargs };
}

function sendOf(value: object): object {
  const { node, args, timeout } = value as { node: unknown; args: unknown; timeout?: unknown };
  return timeout === undefined ? { node, args } : { node, args, timeout };
}

/** What an object of a class that nobody knows holds, or `undefined` where nothing that could be stored stands for it. */
function instanceOf(value: object): ReturnType<ForeignValues['dump']> {
  if (types.isBoxedPrimitive(value)) {
    const data: unknown = value.valueOf();
    return typeof data === 'symbol' ? undefined : { name: NAMES.json, data };
  }
  const tag = Object.prototype.toString.call(value);
  if (UNSTORABLE.test(tag) || value instanceof Error || tag === '[object Error]') return undefined;
  const { toJSON, constructor } = value as { toJSON?: () => unknown; constructor?: { name?: unknown } };
  if (typeof toJSON === 'function') {
    const data = toJSON.call(value);
    if (data !== value) return { name: NAMES.json, data };
  }
  const held = Object.entries(value).filter(([, part]) => typeof part !== 'function');
  if (held.length === 0 && HIDING.test(tag)) return undefined;
  const name = typeof constructor?.name === 'string' ? constructor.name : '';
  return { name: `${INSTANCE}${name}`, data: Object.fromEntries(held) };
}

/** An object of a class of LangChain's. What none of its classes claims stays the data that it is. */
function madeAgain(record: ConstructorRecord, modules: LangChainPackages['modules'], Base: object): unknown {
  const { id, kwargs } = record;
  const name = id.at(-1) ?? '';
  const module = modules.get(id.slice(0, -1).join('/'));
  const Class = module === undefined ? undefined : classIn(module, name, Base);
  return Class === undefined ? { lc: 1, type: 'constructor', id, kwargs } : new Class(kwargs);
}

type SerializableClass = (new (kwargs: object) => object) & { lc_name?: () => string };

function classIn(module: object, name: string, Base: object): SerializableClass | undefined {
  const isClass = (candidate: unknown): candidate is SerializableClass =>
    typeof candidate === 'function' && Object.prototype.isPrototypeOf.call(Base, candidate);
  const named: unknown = Object.hasOwn(module, name) ? (module as Record<string, unknown>)[name] : undefined;
  if (isClass(named)) return named;
  return Object.values(module).find(
    (candidate): candidate is SerializableClass => isClass(candidate) && candidate.lc_name?.() === name,
  );
}
