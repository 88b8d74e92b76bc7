import type { Secret } from './secret.ts'

/** Searching the members of a type ends here. */
type DeepEnough = readonly [0, 0, 0, 0, 0]

/**
 * `T` where no {@link Secret} lies in it, at up to five levels: `log<T>(value: NoSecret<T> & T): void` does not compile for `log({ db: secret })`, and
 * the compiler points at `db`. Members, elements, maps and sets are searched; `any`, `unknown` and the parameters of functions are not. It knows
 * the type `Secret` alone: what `expose()` gave is a string like any other, which the linter follows and the redactor masks.
 *
 * @typeParam Depth how deep the search is already
 */
export type NoSecret<T, Depth extends readonly 0[] = []> = 0 extends T & 1
  ? T
  : T extends Secret<unknown>
    ? 'A Secret is not logged: log its label'
    : Depth extends DeepEnough
      ? T
      : T extends ReadonlyMap<infer K, infer V>
        ? ReadonlyMap<NoSecret<K, [...Depth, 0]>, NoSecret<V, [...Depth, 0]>>
        : T extends ReadonlySet<infer V>
          ? ReadonlySet<NoSecret<V, [...Depth, 0]>>
          : T extends (...args: never) => unknown
            ? T
            : T extends object
              ? { [K in keyof T]: NoSecret<T[K], [...Depth, 0]> }
              : T
