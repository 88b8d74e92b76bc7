import { format } from 'node:util'
import { isMainThread } from 'node:worker_threads'
import { bornSecrets } from '../born-secrets.ts'
import { createRedactor, masksBorn } from '../redactor.ts'
import type { Redacts } from '../redacts.ts'
import { type CurrentGuard, currentGuard, setCurrentGuard } from './current-guard.ts'
import { guardCrash } from './guard-crash.ts'
import { type Descriptor, guardFiles } from './guard-files.ts'
import { guardReports } from './guard-reports.ts'
import { guardSignals } from './guard-signals.ts'
import { guardStream } from './guard-stream.ts'
import { Outlet } from './outlet.ts'
import { replaceMethod } from './replace-method.ts'
import { descriptorSink, streamSink } from './sink.ts'
import type { RedactPart } from './stream-cleaner.ts'

/** Keeps a process guarded. */
export interface ProcessGuard {
  /** Masks by this redactor, too. One that `createRedactor` makes in a guarded process is added by itself. */
  add(redactor: Redacts): void
  /** Ends this guard. When the last one of the process ends, all is as it was before. */
  close(): void
}

/**
 * Masks secrets in whatever this process prints to standard output and standard error: `process.stdout` and `process.stderr`, the
 * console, `node:fs` on descriptors 1 and 2, debug logs, warnings, and the error that ends it; and in diagnostic reports. Call it first: a function that was taken from `node:fs` before is not
 * guarded. A secret is masked though it comes in several writes. Bytes that are no text pass as they are.
 *
 * A word that no blank or line end follows waits 50 ms for its rest. A process has one guard; each call keeps it until it is closed.
 *
 * @example
 * ```ts
 * const guard = guardProcess()
 * guard.add(createRedactor({ secrets: Object.values(service.secrets) }))
 * ```
 */
export function guardProcess(redactor?: Redacts): ProcessGuard {
  const guard = currentGuard() ?? install()
  const release = guard.keep()
  if (redactor) guard.add(redactor)
  return {
    add: (other) => {
      guard.add(other)
    },
    close: release,
  }
}

function install(): CurrentGuard {
  const redactors = new Set<Redacts>()
  const disclosed = new WeakSet<object>()
  const born = createRedactor({ secrets: [], foreign: false })
  let isBornMasked = false
  const restore = guardOutput({
    redact(text, around) {
      let masked = text
      for (const redactor of redactors) masked = redactor.redact(masked, around)
      return isBornMasked ? masked : born.redact(masked, around)
    },
    isIdle: () => redactors.size === 0 && bornSecrets.isEmpty,
    disclosed,
  })
  const undo = () => {
    restore()
    born.close()
  }
  const keepers = new Set<symbol>()
  const guard: CurrentGuard = {
    add(redactor) {
      redactors.add(redactor)
      isBornMasked ||= masksBorn(redactor)
    },
    disclose: (bytes) => void disclosed.add(bytes),
    keep() {
      const keeper = Symbol()
      keepers.add(keeper)
      return () => {
        if (!keepers.delete(keeper) || keepers.size > 0) return
        setCurrentGuard(undefined)
        undo()
      }
    },
  }
  setCurrentGuard(guard)
  return guard
}

/** How output is masked. */
interface Masking {
  readonly redact: RedactPart
  /** Whether there is nothing to mask yet. */
  readonly isIdle: () => boolean
  /** Bytes to print as they are. */
  readonly disclosed: WeakSet<object>
}

function guardOutput(masking: Masking): () => void {
  const flush = () => {
    for (const { sink } of [out, error]) sink.flush()
  }
  const signals = guardSignals(flush)
  const out = guardDescriptor(1, masking, signals.listen)
  const error = guardDescriptor(2, masking, signals.listen)
  const printQueued = () => {
    for (const { outlet } of [out, error]) outlet.flush()
  }
  const end = () => {
    for (const { sink } of [out, error]) sink.end()
  }
  const printError = (text: string) => {
    error.sink.printSync(Buffer.from(text))
  }
  const undo = [
    ...[out.restore, error.restore, signals.close],
    guardFiles(
      new Map([
        [1, out.sink],
        [2, error.sink],
      ]),
    ),
    replaceMethod(process, '_rawDebug', () => (...args) => {
      printError(`${format(...args)}\n`)
    }),
    guardReports((text) => masking.redact(text, { channel: 'report' })),
    // The error of a worker thread goes to the thread that started it.
    ...(isMainThread ? [guardCrash(printError)] : []),
  ]
  process.on('beforeExit', printQueued)
  process.on('exit', end)
  return () => {
    process.off('beforeExit', printQueued)
    process.off('exit', end)
    printQueued()
    end()
    for (const restore of undo) restore()
  }
}

/** Cleans a standard stream, and makes the sink of its descriptor. */
function guardDescriptor(fd: Descriptor, masking: Masking, onWait: () => void) {
  const { redact, isIdle, disclosed } = masking
  const [stream, channel] = fd === 1 ? [process.stdout, 'stdout'] : [process.stderr, 'stderr']
  const outlet = new Outlet((text, around) => redact(text, { ...around, channel }), {
    ...{ isIdle, onWait },
  })
  const sink = isMainThread ? descriptorSink(fd, stream, outlet) : streamSink(stream, outlet)
  const restore = guardStream(stream, { outlet, flush: sink.flush }, disclosed)
  return { outlet, sink, restore }
}
