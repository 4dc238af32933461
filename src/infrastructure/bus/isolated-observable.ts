import { Observable, type Observer, type Operator, Subscriber, type Subscription } from 'rxjs';
import { onRejection } from '../../application/shared/thenable.js';

/** Who is told of a failure. */
export type Report = (error: unknown) => void;

/**
 * An Observable over something that is begun for each subscriber. What an observer throws or rejects with, and what a
 * teardown throws, is reported.
 *
 * @param begin begins, and returns what ends it
 * @param report gives who is told of what fails now, or of what is begun now and fails later
 */
export function observe<Value>(
  begin: (next: (value: Value) => void, complete: () => void) => () => void,
  report: () => Report,
): Observable<Value> {
  return new IsolatedObservable<Value>((subscriber) => {
    const complete = (): void => {
      try {
        subscriber.complete();
      } catch (error) {
        // What a teardown throws must keep neither the others nor the bus from ending.
        report()(error);
      }
    };
    return begin((value) => subscriber.next(value), complete);
  }, report);
}

/**
 * An Observable whose final observer can't hurt anybody. RxJS throws what an observer throws, and an error that nobody
 * handles, into the process, and knows nothing of promises; here all of that is reported instead. Operators keep the property, through `lift`.
 */
class IsolatedObservable<Value> extends Observable<Value> {
  readonly #report: () => Report;

  constructor(
    subscribe: ((this: Observable<Value>, subscriber: Subscriber<Value>) => (() => void) | void) | undefined,
    report: () => Report,
  ) {
    super(subscribe);
    this.#report = report;
  }

  // How RxJS 7 builds the result of an operator: internal to RxJS, and the only way to be asked at the end of a chain.
  // oxlint-disable typescript/no-deprecated
  /** @internal */
  override lift<Result>(operator?: Operator<Value, Result>): Observable<Result> {
    const lifted = new IsolatedObservable<Result>(undefined, this.#report);
    lifted.source = this;
    if (operator !== undefined) lifted.operator = operator;
    return lifted;
  }
  // oxlint-enable typescript/no-deprecated

  override subscribe(
    observerOrNext?: Partial<Observer<Value>> | ((value: Value) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    // The inner part of a chain of operators: the observer at its end is wrapped.
    if (observerOrNext instanceof Subscriber) return super.subscribe(observerOrNext);
    const observer: Partial<Observer<Value>> =
      typeof observerOrNext === 'function' ? { next: observerOrNext } : (observerOrNext ?? {});
    const onError = observer.error?.bind(observer) ?? error;
    const onComplete = observer.complete?.bind(observer) ?? complete;
    return super.subscribe({
      next: (value) => this.#guard(() => observer.next?.(value)),
      error: (thrown: unknown) => {
        if (onError === undefined || onError === null) this.#report()(thrown);
        else this.#guard(() => onError(thrown));
      },
      complete: () => this.#guard(() => onComplete?.()),
    });
  }

  #guard(call: () => unknown): void {
    try {
      const returned = call();
      // An observer may be an async function: TypeScript and RxJS let it.
      if (returned !== undefined) onRejection(returned, this.#report());
    } catch (thrown) {
      this.#report()(thrown);
    }
  }
}
