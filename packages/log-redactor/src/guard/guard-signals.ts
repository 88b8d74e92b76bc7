import { setImmediate } from 'node:timers'
import { isatty } from 'node:tty'
import { isMainThread } from 'node:worker_threads'
import { replaceMethod } from './replace-method.ts'

/**
 * Signals with which processes are asked to end. SIGQUIT is left alone: it still ends a program that computes in one turn of the
 * event loop, which no listener can. Windows has no way to end by a signal that was listened to.
 */
const ENDING: readonly NodeJS.Signals[] =
  isMainThread && process.platform !== 'win32' ? ['SIGHUP', 'SIGINT', 'SIGTERM'] : []

/** Prints held text before a signal ends the process. */
export interface SignalGuard {
  /** Listens from the next turn of the event loop. */
  readonly listen: () => void
  readonly close: () => void
}

/**
 * Calls `flush` before SIGHUP, SIGINT, SIGTERM, `process.kill` or `process.abort` ends this process, which ends as it would without.
 * Once it listens it goes on to: libuv drops a signal that was caught when a listener is removed.
 */
export function guardSignals(flush: () => void): SignalGuard {
  let state: 'idle' | 'waiting' | 'listening' | 'closed' = 'idle'
  const onSignal = (signal: NodeJS.Signals) => {
    // First of the listeners, and gone before the others run: a program that counts them finds its own.
    process.off(signal, onSignal)
    flush()
    if (process.listenerCount(signal) === 0) endBy(signal)
    else process.nextTick(add, signal)
  }
  const add = (signal: NodeJS.Signals) => {
    if (state === 'listening') process.prependListener(signal, onSignal)
  }
  const undo = Object.entries(ENDS).map(([name, isEnd]) => flushBefore(name, isEnd, flush))
  return {
    listen() {
      if (state !== 'idle') return
      state = 'waiting'
      setImmediate(() => {
        if (state === 'closed') return
        state = 'listening'
        ENDING.forEach(add)
      }).unref()
    },
    close() {
      state = 'closed'
      for (const signal of ENDING) process.off(signal, onSignal)
      for (const restore of undo) restore()
    },
  }
}

/** Node.js takes a terminal out of raw mode when a signal ends it, but not after a listener to that signal was removed. */
function endBy(signal: NodeJS.Signals): void {
  if (isatty(0) && process.stdin.isRaw) process.stdin.setRawMode(false)
  process.kill(process.pid, signal)
}

/** Whether a call may end this process, by its arguments. */
type IsEnd = (args: readonly unknown[]) => boolean

/** Whether `process.kill(pid, signal)` may reach this process: groups and process 0 may include it. */
const reachesUs: IsEnd = ([pid, signal]) =>
  signal !== 0 && (Number(pid) === process.pid || Number(pid) <= 0)

/** The calls by which a process ends itself without an event `exit`. */
const ENDS: Readonly<Record<string, IsEnd>> = { kill: reachesUs, abort: () => true }

function flushBefore(name: string, isEnd: IsEnd, flush: () => void): () => void {
  return replaceMethod(
    // eslint-disable-next-line @rekey/no-raw-env -- of it a method is replaced
    process,
    name,
    (original) =>
      function (...args) {
        if (isEnd(args)) flush()
        return original.apply(this, args)
      },
  )
}
