import { Writable } from 'node:stream'
import type { Done, DroppedLines, Print } from './dropped-lines.ts'
import type { Outlet } from './outlet.ts'
import type { AnyFunction } from './replace-method.ts'

/** The part of a stream that has bytes written, below its queue: `stream.Writable`, "Implementing a writable stream". */
interface Implementation {
  _write(chunk: unknown, encoding: BufferEncoding | 'buffer', done: Done): void
  _writev?: ((chunks: readonly Chunk[], done: Done) => void) | null
  _final?: ((done: Done) => void) | null
}

/** Where a stream writes to. */
export interface GuardedOutput {
  readonly outlet: Outlet
  readonly dropped: DroppedLines
  /** Prints what comes before the next bytes of the stream. */
  readonly first: () => void
  /** Prints held text past the stream, which has ended. */
  readonly flush: () => void
}

interface Chunk {
  readonly chunk: unknown
  readonly encoding: BufferEncoding | 'buffer'
}

/**
 * Cleans what a stream writes, below its queue: return values, callbacks, `drain` and encodings stay those of the stream. Held text is
 * the last that it writes before it ends. Returns the way to end that.
 *
 * @param disclosed bytes that are printed as they are, once
 */
export function guardStream(
  stream: Writable,
  { outlet, dropped, first, flush }: GuardedOutput,
  disclosed: WeakSet<object>,
): () => void {
  const guarded = stream as unknown as Implementation
  const printBytes = printerOf(stream)
  const print: Print = (bytes, done) => {
    if (bytes.length === 0) {
      done()
      return
    }
    outlet.print(() => {
      dropped.print(printBytes, bytes, done)
    })
  }
  const write = (chunks: readonly Chunk[], done: Done) => {
    first()
    const bytes = chunks.map((chunk) => {
      const isDisclosed = typeof chunk.chunk === 'object' && disclosed.delete(chunk.chunk ?? chunk)
      return isDisclosed ? outlet.pass(bytesOf(chunk)) : outlet.clean(bytesOf(chunk))
    })
    print(Buffer.concat(bytes), done)
  }
  const together = Boolean(guarded._writev)
  guarded._write = (chunk, encoding, done) => {
    write([{ chunk, encoding }], done)
  }
  if (together) guarded._writev = write
  const hasEnded = guardEnd(stream, outlet, print)
  outlet.printHeld = () => {
    if (hasEnded() || stream.destroyed) flush()
    else if (!stream.writableEnded) stream.write(Buffer.alloc(0))
  }
  return () => {
    Reflect.deleteProperty(guarded, '_write')
    Reflect.deleteProperty(guarded, '_final')
    if (together) Reflect.deleteProperty(guarded, '_writev')
  }
}

/**
 * Has a stream print held text before it ends. Returns whether it has: a standard stream takes writes again after its end, but
 * its socket does not.
 */
function guardEnd(stream: Writable, outlet: Outlet, print: Print): () => boolean {
  const guarded = stream as unknown as Implementation
  let hasEnded = false
  const end = guarded._final
  guarded._final = (done) => {
    print(outlet.take(), (error) => {
      hasEnded = true
      if (error || !end) done(error)
      else end.call(stream, done)
    })
  }
  return () => hasEnded
}

/** The stream's own way to write. That of a worker thread has `_writev` alone. */
function printerOf(stream: Writable): Print {
  const { _write: write, _writev: writev } = stream as unknown as Record<
    keyof Implementation,
    AnyFunction | undefined
  >
  const hasWrite = write !== Reflect.get(Writable.prototype, '_write')
  return (bytes, done) => {
    if (hasWrite || !writev) write?.call(stream, bytes, 'buffer', done)
    else writev.call(stream, [{ chunk: bytes, encoding: 'buffer' }], done)
  }
}

function bytesOf({ chunk, encoding }: Chunk): Uint8Array {
  if (typeof chunk !== 'string') return chunk as Uint8Array
  return Buffer.from(chunk, encoding === 'buffer' ? 'utf8' : encoding)
}
