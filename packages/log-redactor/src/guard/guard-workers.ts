import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { fileURLToPath } from 'node:url'
import workerThreads, {
  BroadcastChannel,
  getEnvironmentData,
  isMainThread,
  receiveMessageOnPort,
  setEnvironmentData,
  type Worker,
  type WorkerOptions,
} from 'node:worker_threads'
import type { Descriptor } from './guard-files.ts'
import type { Sink } from './sink.ts'

/** Under this name each worker thread finds the channel to the main thread. */
const CHANNEL = '@rekey/log-redactor'

/** The bytes that a worker thread has for a descriptor. */
interface WorkerBytes {
  readonly fd: Descriptor
  readonly bytes: Uint8Array
}

/** Gives the way in which this worker thread has the main thread print bytes; `undefined` if that is not guarded. */
export function printByMainThread(): ((fd: Descriptor, bytes: Uint8Array) => void) | undefined {
  const name = getEnvironmentData(CHANNEL)
  if (typeof name !== 'string') return undefined
  const channel = new BroadcastChannel(name)
  channel.unref()
  return (fd, bytes) => {
    const message: WorkerBytes = { fd, bytes: Uint8Array.from(bytes) }
    channel.postMessage(message)
  }
}

/** The main thread's side of the worker threads. */
export interface WorkerGuard {
  /** Prints at once what has not been printed yet. */
  readonly drain: () => void
  readonly close: () => void
}

/**
 * Guards each worker thread that this one starts, before its program is loaded: what it writes to the descriptors comes to the main
 * thread, which masks it by what it knows.
 */
export function guardWorkers(sinks: ReadonlyMap<Descriptor, Sink>): WorkerGuard {
  let channel: BroadcastChannel | undefined
  const print = ({ fd, bytes }: WorkerBytes) => {
    sinks.get(fd)?.printSync(bytes)
  }
  const listen = () => {
    if (!isMainThread || channel !== undefined) return
    const name = `${CHANNEL}:${randomUUID()}`
    channel = new BroadcastChannel(name)
    channel.onmessage = ({ data }: { data: unknown }) => {
      print(data as WorkerBytes)
    }
    // It keeps no process running.
    channel.unref()
    setEnvironmentData(CHANNEL, name)
  }
  const restore = replaceWorker(listen)
  return {
    drain() {
      for (let next = take(channel); next !== undefined; next = take(channel)) print(next)
    },
    close() {
      restore()
      if (channel === undefined) return
      setEnvironmentData(CHANNEL, undefined)
      channel.close()
    },
  }
}

function take(channel: BroadcastChannel | undefined): WorkerBytes | undefined {
  // It takes a channel as well, which its type does not have.
  const from = channel as unknown as Parameters<typeof receiveMessageOnPort>[0] | undefined
  const received = from && (receiveMessageOnPort(from) as { message: WorkerBytes } | undefined)
  return received?.message
}

type Construct = (file: string | URL, options?: WorkerOptions) => Worker

function replaceWorker(onStart: () => void): () => void {
  const flag = guardFlag()
  if (flag === undefined) return () => undefined
  const original = workerThreads.Worker
  workerThreads.Worker = new Proxy(original, {
    construct(target, [file, options], newTarget) {
      onStart()
      const construct: Construct = (...args) => Reflect.construct(target, args, newTarget) as Worker
      return startGuarded(construct, file as string | URL, options as WorkerOptions, flag)
    },
  })
  syncBuiltinESMExports()
  return () => {
    workerThreads.Worker = original
    syncBuiltinESMExports()
  }
}

/**
 * The flag that guards a worker thread, where the module that does so is there: in a program that was bundled it may not be.
 * A source is loaded by the hooks that this process has, others before anything else, as a program of the option `eval` needs it.
 */
function guardFlag(): string | undefined {
  const name = import.meta.url.replace(/.*(?=\.\w+$)/, './worker-main')
  const url = new URL(name, import.meta.url)
  if (url.protocol !== 'file:' || !existsSync(url)) return undefined
  return name.endsWith('.ts') ? `--import=${url.href}` : `--require=${fileURLToPath(url)}`
}

/** With the flags of this process that a worker thread may have; unguarded, if it takes none of them. */
function startGuarded(
  construct: Construct,
  file: string | URL,
  options: WorkerOptions | undefined,
  flag: string,
): Worker {
  const { execArgv } = process
  const attempt = (flags: readonly string[]) =>
    construct(file, { ...options, execArgv: [...flags, flag] })
  try {
    return attempt(options?.execArgv ?? execArgv)
  } catch (error) {
    if (!isInvalidFlag(error)) throw error
    const { message } = error
    try {
      return attempt(execArgv.filter((each) => !message.includes(each)))
    } catch {
      return construct(file, options)
    }
  }
}

function isInvalidFlag(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_INVALID_EXEC_ARGV'
}
