import type { Outlet } from './outlet.ts'
import { print, printSync } from './print-bytes.ts'

/** Takes bytes for a descriptor. */
export interface Sink {
  printSync(bytes: Uint8Array): void
  print(bytes: Uint8Array, done: (error?: Error | null) => void): void
  /** Prints what is held, as the last of all. */
  end(): void
}

/** How often a process that ends waits for the reader of its last word, 5 ms each. */
const LAST_TRIES = 100

/** Prints on a descriptor what an outlet passes. */
export function descriptorSink(fd: number, outlet: Outlet): Sink {
  return {
    printSync(bytes) {
      printSync(fd, outlet.clean(bytes))
    },
    print(bytes, done) {
      const clean = outlet.clean(bytes)
      const end = outlet.printInBackground()
      print(fd, clean, (error) => {
        end()
        done(error)
      })
    },
    end() {
      printSync(fd, outlet.end(), LAST_TRIES)
    },
  }
}

/**
 * Prints through a guarded stream of a worker thread. The main thread prints what comes out of it, by streams of its own, which mask
 * what that thread knows.
 */
export function streamSink(stream: NodeJS.WritableStream, outlet: Outlet): Sink {
  return {
    printSync(bytes) {
      stream.write(bytes)
    },
    print(bytes, done) {
      stream.write(bytes, done)
    },
    end() {
      const rest = outlet.end()
      if (rest.length > 0) stream.write(rest)
    },
  }
}
