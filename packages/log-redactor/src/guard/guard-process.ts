import { format } from 'node:util'
import { isMainThread } from 'node:worker_threads'
import { bornSecrets } from '../born-secrets.ts'
import { createRedactor, masksBorn } from '../redactor.ts'
import type { Redacts } from '../redacts.ts'
import { type CurrentGuard, currentGuard, setCurrentGuard } from './current-guard.ts'
import { type CrashOutput, guardCrash } from './guard-crash.ts'
import { DroppedLines } from './dropped-lines.ts'
import { type Descriptor, guardFiles } from './guard-files.ts'
import { guardReports } from './guard-reports.ts'
import { guardSignals } from './guard-signals.ts'
import { guardStream } from './guard-stream.ts'
import { Outlet } from './outlet.ts'
import { replaceMethod } from './replace-method.ts'
import { guardWorkers, printByMainThread } from './guard-workers.ts'
import { descriptorSink, functionSink, type Sink, streamSink } from './sink.ts'
import type { RedactPart } from './stream-cleaner.ts'

/** Keeps a process guarded. */
export interface ProcessGuard {
  /** Masks by this redactor, too. One that `createRedactor` makes in a guarded process is added by itself. */
  add(redactor: Redacts): void
  /**
   * Has this process outlive its log: what cannot be written since a disk or a quota is used up, or since a device fails, is dropped from now on,
   * and is no error of the program. `describe` makes the line that is printed once something can be written again.
   */
  dropLines(describe: (lines: number) => string): void
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
    dropLines: guard.dropLines.bind(guard),
    close: release,
  }
}

function install(): CurrentGuard {
  const redactors = new Set<Redacts>()
  const disclosed = new WeakSet<object>()
  const dropped = new DroppedLines()
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
    dropped,
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
    dropLines(describe) {
      dropped.start(describe)
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
  readonly dropped: DroppedLines
}

function guardOutput(masking: Masking): () => void {
  const signals = guardSignals(() => {
    for (const sink of all.sinks) sink.flush()
  })
  const writer = {
    first: () => {
      workers.drain()
    },
    onWait: signals.listen,
    print: isMainThread ? undefined : printByMainThread(),
  }
  const [out, error] = [guardDescriptor(1, masking, writer), guardDescriptor(2, masking, writer)]
  const all = {
    outlets: [...out.outlets, ...error.outlets],
    sinks: [...out.sinks, ...error.sinks],
  }
  const sinks = new Map([out, error].map(({ fd, sink }) => [fd, sink]))
  const workers = guardWorkers(sinks)
  const printQueued = () => {
    for (const outlet of all.outlets) outlet.flush()
  }
  const end = () => {
    for (const sink of all.sinks) sink.end()
  }
  const report = (text: string) => masking.redact(text, { channel: 'report' })
  const undo = [
    out.restore,
    error.restore,
    signals.close,
    workers.close,
    guardFiles(sinks),
    guardReports(report),
    ...guardErrors(error.sink, { flush: end, afterExit: workers.drain }),
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

/** Cleans what native code prints on standard error: debug texts, and the error that ends the process. */
function guardErrors(sink: Sink, ends: Omit<CrashOutput, 'print'>): (() => void)[] {
  const print = (text: string) => {
    sink.printSync(Buffer.from(text))
  }
  const raw = replaceMethod(process, '_rawDebug', () => (...args) => {
    print(`${format(...args)}\n`)
  })
  // The error of a worker thread goes to the thread that started it.
  return isMainThread ? [raw, guardCrash({ print, ...ends })] : [raw]
}

interface Writer {
  /** Prints what worker threads have written to descriptors, which comes before what they have written to their streams. */
  readonly first: () => void
  /** Called when text begins to wait. */
  readonly onWait: () => void
  /** Has the main thread print the bytes of this one. */
  readonly print: ReturnType<typeof printByMainThread>
}

/** Cleans a standard stream and its descriptor, which are one way out: in a worker thread they are two. */
function guardDescriptor(fd: Descriptor, masking: Masking, { first, onWait, print }: Writer) {
  const { redact, isIdle, disclosed, dropped } = masking
  const [stream, channel] = fd === 1 ? [process.stdout, 'stdout'] : [process.stderr, 'stderr']
  const newOutlet = () =>
    new Outlet((text, around) => redact(text, { ...around, channel }), { isIdle, onWait })
  const outlet = newOutlet()
  const sink = isMainThread
    ? descriptorSink(fd, stream, outlet, dropped)
    : streamSink(stream, outlet)
  const restore = guardStream(stream, { outlet, dropped, first, flush: sink.flush }, disclosed)
  if (print === undefined) return { fd, sink, restore, outlets: [outlet], sinks: [sink] }
  const apart = newOutlet()
  const printed = functionSink((bytes) => {
    print(fd, bytes)
  }, apart)
  apart.printHeld = printed.flush
  return { fd, sink: printed, restore, outlets: [outlet, apart], sinks: [sink, printed] }
}
