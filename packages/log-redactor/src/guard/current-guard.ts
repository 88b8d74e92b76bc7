import type { Redacts } from '../redacts.ts'

/** The guard of this process. */
export interface CurrentGuard {
  /** Masks by this redactor, too. */
  add(redactor: Redacts): void
  /** As `ProcessGuard.dropLines`. */
  dropLines(describe: (lines: number) => string): void
  /** Has a stream print these bytes as they are. */
  disclose(bytes: Uint8Array): void
  /** Keeps the process guarded until the returned function is called. */
  keep(): () => void
}

/** Known by all copies of this package in a process, which share one guard. */
const GUARD = Symbol.for('@rekey/log-redactor')

interface Globals {
  [GUARD]?: CurrentGuard | undefined
}

/** The guard of this process, if it has one. */
export const currentGuard = (): CurrentGuard | undefined => (globalThis as Globals)[GUARD]

/** Sets the guard of this process, or takes it away. */
export function setCurrentGuard(guard: CurrentGuard | undefined): void {
  ;(globalThis as Globals)[GUARD] = guard
}

/**
 * The bytes of a text that the standard streams of a guarded process print as it is: for a command whose product is a secret, such as
 * one that makes a key and is piped into a store. Each call is good for one write.
 *
 * @example
 * ```ts
 * process.stdout.write(disclosed(key.expose()))
 * ```
 */
export function disclosed(text: string): Uint8Array {
  const bytes = Buffer.from(text)
  currentGuard()?.disclose(bytes)
  return bytes
}
