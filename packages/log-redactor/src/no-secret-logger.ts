import type { NoSecret } from '@rekey/secret/internal'

/** The names under which loggers log. */
type LogMethod =
  | 'trace'
  | 'silly'
  | 'debug'
  | 'verbose'
  | 'http'
  | 'log'
  | 'info'
  | 'notice'
  | 'success'
  | 'warn'
  | 'warning'
  | 'error'
  | 'fatal'

/** `logger.info({ db: secret })` does not compile, wherever in the first four arguments the `Secret` lies. */
type LogFunction = <T, A, B, C>(
  value: NoSecret<T> & T,
  a?: NoSecret<A> & A,
  b?: NoSecret<B> & B,
  c?: NoSecret<C> & C,
  ...rest: unknown[]
) => void

/** A logger `L` to which no `Secret` can be given; nor can one be bound to its children. */
export type NoSecretLogger<L> = Omit<L, Extract<keyof L, LogMethod | 'child'>> &
  Record<Extract<keyof L, LogMethod>, LogFunction> &
  (L extends { child: (...args: infer Args) => unknown }
    ? { child: <B>(bindings: NoSecret<B> & B, ...rest: Tail<Args>) => NoSecretLogger<L> }
    : unknown)

type Tail<Args extends readonly unknown[]> = Args extends readonly [unknown, ...infer Rest]
  ? Rest
  : []

/**
 * The logger itself, with types that refuse a `Secret`. For pino, winston, bunyan, consola, the console and whatever logs by methods named like
 * theirs.
 */
export function withoutSecrets<L extends object>(logger: L): NoSecretLogger<L> {
  return logger as NoSecretLogger<L>
}
