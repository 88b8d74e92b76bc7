import type { Redactor } from '../redactor.ts'

/** Masks text: a {@link Redactor}. */
export type Redacts = Pick<Redactor, 'redact'>

/** The guard of this process. */
export interface CurrentGuard {
  /** Masks by this redactor, too. */
  add(redactor: Redacts): void
  /** Keeps the process guarded until the returned function is called. */
  keep(): () => void
}

/** Known by all copies of this package in a process, which share one guard. */
const GUARD = Symbol.for('@rekey/log-redactor/guard')

interface Globals {
  [GUARD]?: CurrentGuard | undefined
}

/** The guard of this process, if it has one. */
export const currentGuard = (): CurrentGuard | undefined => (globalThis as Globals)[GUARD]

/** Sets the guard of this process, or takes it away. */
export function setCurrentGuard(guard: CurrentGuard | undefined): void {
  ;(globalThis as Globals)[GUARD] = guard
}
