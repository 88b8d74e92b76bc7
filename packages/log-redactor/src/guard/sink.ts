import type { Writable } from 'node:stream'
import fs from 'node:fs'
import { setTimeout } from 'node:timers'
import type { Done, DroppedLines, Print } from './dropped-lines.ts'
import type { Outlet } from './outlet.ts'

const { write, writeSync } = fs

/** How long to wait for a reader, where a pipe is full. */
const FULL_MS = 5

const isFull = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EAGAIN'

/** Takes bytes for a descriptor. */
export interface Sink {
  printSync(bytes: Uint8Array): void
  print(bytes: Uint8Array, done: Done): void
  /** Prints what is held. */
  readonly flush: () => void
  /** Prints what is held, as the last of all. */
  end(): void
}

/** How often a process that ends waits for the reader of its last word, 5 ms each. */
const LAST_TRIES = 100

/**
 * Prints on a descriptor what an outlet passes. Held text comes behind the queue of the stream of this descriptor: as long as
 * that has one, it is not printed past it.
 */
export function descriptorSink(
  fd: number,
  stream: Writable,
  outlet: Outlet,
  dropped: DroppedLines,
): Sink {
  const printLast = (take: () => Uint8Array) => {
    if (stream.writableLength === 0) printSync(fd, take(), LAST_TRIES)
  }
  const printWhole: Print = (bytes, done) => {
    done(
      failureOf(() => {
        printSync(fd, bytes)
      }),
    )
  }
  const printLater: Print = (bytes, done) => {
    print(fd, bytes, done)
  }
  return {
    printSync(bytes) {
      dropped.print(printWhole, outlet.clean(bytes), (error) => {
        if (error) throw error
      })
    },
    print(bytes, done) {
      const clean = outlet.clean(bytes)
      const end = outlet.printInBackground()
      dropped.print(printLater, clean, (error) => {
        end()
        done(error)
      })
    },
    flush() {
      printLast(() => outlet.take())
    },
    end() {
      printLast(() => outlet.end())
    },
  }
}

function failureOf(work: () => void): Error | null {
  try {
    work()
    return null
  } catch (error) {
    return error as Error
  }
}

/** Prints by a function that takes clean bytes, as the main thread does for a worker thread. */
export function functionSink(print: (bytes: Uint8Array) => void, outlet: Outlet): Sink {
  const printSome = (bytes: Uint8Array) => {
    if (bytes.length > 0) print(bytes)
  }
  return {
    printSync(bytes) {
      printSome(outlet.clean(bytes))
    },
    print(bytes, done) {
      printSome(outlet.clean(bytes))
      process.nextTick(done, null)
    },
    flush() {
      printSome(outlet.take())
    },
    end() {
      printSome(outlet.end())
    },
  }
}

/**
 * Prints through a guarded stream of a worker thread. The main thread prints what comes out of it, by streams of its own, which mask
 * what that thread knows.
 */
export function streamSink(stream: Writable, outlet: Outlet): Sink {
  const printLast = (rest: Uint8Array) => {
    if (rest.length > 0) stream.write(rest)
  }
  return {
    printSync(bytes) {
      stream.write(bytes)
    },
    print(bytes, done) {
      stream.write(bytes, done)
    },
    flush() {
      printLast(outlet.take())
    },
    end() {
      printLast(outlet.end())
    },
  }
}

/**
 * Prints all bytes. Where the descriptor does not block and its pipe is full, it waits for the reader: part of a text that was
 * masked cannot be given back to the caller.
 *
 * @param tries how often to wait before the rest is given up, as it is at once where it cannot be printed: the caller has ended
 */
function printSync(fd: number, bytes: Uint8Array, tries = Infinity): void {
  let at = 0
  for (let left = tries; at < bytes.length && left > 0;) {
    try {
      at += writeSync(fd, bytes, at)
    } catch (error) {
      if (!isFull(error) && tries === Infinity) throw error
      left = isFull(error) ? left - 1 : 0
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_MS)
    }
  }
}

/** Prints all bytes in the background. */
function print(fd: number, bytes: Uint8Array, done: (error: Error | null) => void): void {
  if (bytes.length === 0) {
    process.nextTick(done, null)
    return
  }
  write(fd, bytes, (error, written) => {
    const goOn = () => {
      print(fd, error ? bytes : bytes.subarray(written), done)
    }
    if (error === null) goOn()
    else if (isFull(error)) setTimeout(goOn, FULL_MS)
    else done(error)
  })
}
