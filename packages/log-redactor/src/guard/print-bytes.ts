import fs from 'node:fs'
import { setTimeout } from 'node:timers'

const { write, writeSync } = fs

/** How long to wait for a reader, where a pipe is full. */
const FULL_MS = 5

const isFull = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EAGAIN'

/**
 * Prints all bytes. Where the descriptor does not block and its pipe is full, it waits for the reader: part of a text that was
 * masked cannot be given back to the caller.
 *
 * @param tries how often to wait before the rest is given up
 */
export function printSync(fd: number, bytes: Uint8Array, tries = Infinity): void {
  let at = 0
  for (let left = tries; at < bytes.length && left > 0;) {
    try {
      at += writeSync(fd, bytes, at)
    } catch (error) {
      if (!isFull(error)) throw error
      left -= 1
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_MS)
    }
  }
}

/** Prints all bytes in the background. */
export function print(fd: number, bytes: Uint8Array, done: (error: Error | null) => void): void {
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
