import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { promisify } from 'node:util'
import { type AnyFunction, replaceMethod } from './replace-method.ts'
import type { Sink } from './sink.ts'

/** Standard output or standard error. */
export type Descriptor = 1 | 2

/** By what `node:fs` is asked to write to a descriptor. */
const TARGETS: ReadonlyMap<unknown, Descriptor> = new Map<unknown, Descriptor>(
  ([1, 2] as const).flatMap((fd) => [
    [fd, fd],
    [fd === 1 ? '/dev/stdout' : '/dev/stderr', fd],
    [`/dev/fd/${fd}`, fd],
    [`/proc/self/fd/${fd}`, fd],
  ]),
)

/** The bytes that a call is to write; `undefined` if it is not one that succeeds. */
type BytesOf = (args: readonly unknown[]) => Buffer | undefined

/** Of `write(fd, text, position, encoding)`, `write(fd, view, offset, length)` and `write(fd, view, { offset, length })`. */
const bytesOfWrite: BytesOf = ([, data, second, third]) => {
  if (typeof data === 'string') return encode(data, third)
  const view = viewOf(data)
  if (view === undefined) return undefined
  const named =
    typeof second === 'object' && second !== null ? second : { offset: second, length: third }
  const { offset, length } = named as { offset?: unknown; length?: unknown }
  const from = typeof offset === 'number' ? offset : 0
  const to = typeof length === 'number' ? from + length : view.length
  return from >= 0 && from <= to && to <= view.length ? view.subarray(from, to) : undefined
}

/** Of `writev(fd, views)`. */
const bytesOfViews: BytesOf = ([, views]) => {
  const parts = Array.isArray(views) ? views.map(viewOf) : [undefined]
  const known = parts.filter((part) => part !== undefined)
  return known.length === parts.length ? Buffer.concat(known) : undefined
}

/** Of `writeFile(fd, data, options)`. */
const bytesOfFile: BytesOf = ([, data, options]) => {
  if (typeof data !== 'string') return viewOf(data)
  const { encoding = options } = (options ?? {}) as { encoding?: unknown }
  return encode(data, encoding)
}

function encode(text: string, encoding: unknown): Buffer | undefined {
  if (typeof encoding !== 'string') return Buffer.from(text)
  return Buffer.isEncoding(encoding) ? Buffer.from(text, encoding) : undefined
}

function viewOf(data: unknown): Buffer | undefined {
  if (!ArrayBuffer.isView(data)) return undefined
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
}

interface Writer {
  readonly bytesOf: BytesOf
  /** Whether the caller gets the number of bytes, or nothing. */
  readonly counts: boolean
}

const WRITE: Writer = { bytesOf: bytesOfWrite, counts: true }
const WRITEV: Writer = { bytesOf: bytesOfViews, counts: true }
const FILE: Writer = { bytesOf: bytesOfFile, counts: false }

const WRITERS: Readonly<Record<string, Writer>> = {
  write: WRITE,
  writev: WRITEV,
  writeFile: FILE,
  appendFile: FILE,
}

/** Cleans whatever `node:fs` writes to standard output and standard error. Returns the way to end that. */
export function guardFiles(sinks: ReadonlyMap<Descriptor, Sink>): () => void {
  const undo = Object.entries(WRITERS).flatMap(([name, writer]) => {
    const take = takeFrom(sinks, writer.bytesOf)
    const guards = [
      replaceMethod(fs, `${name}Sync`, (original) => guardSync(original, take, writer)),
      replaceMethod(fs, name, (original) => guardCallback(original, take, writer)),
    ]
    if (writer !== FILE) return guards
    return [...guards, replaceMethod(fs.promises, name, (original) => guardPromise(original, take))]
  })
  syncBuiltinESMExports()
  return () => {
    for (const restore of undo) restore()
    syncBuiltinESMExports()
  }
}

/** The bytes that a call is to write. */
interface Taken {
  readonly sink: Sink
  readonly bytes: Uint8Array
}

/** Takes what a call writes to a guarded descriptor; `undefined` if it writes elsewhere, or will fail. */
type Take = (args: readonly unknown[]) => Taken | undefined

function takeFrom(sinks: ReadonlyMap<Descriptor, Sink>, bytesOf: BytesOf): Take {
  return (args) => {
    const fd = TARGETS.get(args[0])
    const sink = fd && sinks.get(fd)
    const bytes = sink && bytesOf(args)
    return bytes && { sink, bytes }
  }
}

function guardSync(original: AnyFunction, take: Take, { counts }: Writer): AnyFunction {
  return function (...args) {
    const taken = take(args)
    if (taken === undefined) return original.apply(this, args)
    taken.sink.printSync(taken.bytes)
    return counts ? taken.bytes.length : undefined
  }
}

function guardCallback(original: AnyFunction, take: Take, { counts }: Writer): AnyFunction {
  return function (...args) {
    const done = args.at(-1)
    const taken = isFunction(done) ? take(args.slice(0, -1)) : undefined
    if (taken === undefined || !isFunction(done)) return original.apply(this, args)
    taken.sink.print(taken.bytes, (error) => {
      if (error) done(error)
      else if (counts) done(null, taken.bytes.length, args[1])
      else done(null)
    })
    return undefined
  }
}

function guardPromise(original: AnyFunction, take: Take): AnyFunction {
  return function (...args) {
    const taken = take(args)
    if (taken === undefined) return original.apply(this, args)
    const { sink, bytes } = taken
    return promisify((done: (error?: Error | null) => void) => {
      sink.print(bytes, done)
    })()
  }
}

function isFunction(value: unknown): value is (...args: unknown[]) => void {
  return typeof value === 'function'
}
