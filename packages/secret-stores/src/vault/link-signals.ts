import { setMaxListeners } from 'node:events'

/** A signal that aborts with the first of several, until it is unlinked from them. */
export interface LinkedSignal {
  readonly controller: AbortController
  readonly signal: AbortSignal
  unlink(): void
}

/** Not `AbortSignal.any`: the signals of a session live as long as the process, and must not collect dependents. */
export function linkSignals(...signals: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController()
  // Any number of requests may be under way under one.
  setMaxListeners(0, controller.signal)
  const stops = signals
    .filter((signal) => signal !== undefined)
    .map((signal) => {
      const abort = () => {
        controller.abort(signal.reason)
      }
      if (signal.aborted) abort()
      signal.addEventListener('abort', abort, { once: true })
      return () => {
        signal.removeEventListener('abort', abort)
      }
    })
  const unlink = () => {
    for (const stop of stops) stop()
  }
  return { controller, signal: controller.signal, unlink }
}
