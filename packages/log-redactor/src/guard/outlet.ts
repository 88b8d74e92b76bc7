import { setTimeout } from 'node:timers'
import { type RedactPart, StreamCleaner } from './stream-cleaner.ts'

/** How long the beginning of a word waits for the rest: less than a person at a prompt notices. */
const WAIT_MS = 50

/** Options of an {@link Outlet}. */
export interface OutletOptions {
  /** Whether there is nothing to mask yet. */
  readonly isIdle?: () => boolean
  /** Called when text begins to wait. */
  readonly onWait?: () => void
}

/**
 * The bytes on their way to one place, in whatever way: a secret is found though half of it comes from `process.stdout.write` and the
 * other half from `fs.writeSync`. They are read as Latin-1, so that those of no text pass as they are.
 */
export class Outlet {
  readonly #cleaner: StreamCleaner
  readonly #isIdle: () => boolean
  readonly #onWait: () => void
  #printHeld: () => void = () => undefined
  #isWaiting = false
  #isDue = false
  #isEnding = false
  #isPrinting = false
  /** Prints in the background that have not ended. */
  #background = 0

  constructor(redact: RedactPart, { isIdle, onWait }: OutletOptions = {}) {
    this.#cleaner = new StreamCleaner(redact)
    this.#isIdle = isIdle ?? (() => false)
    this.#onWait = onWait ?? (() => undefined)
  }

  /** Sets the way in which held text is printed: `print` gives no bytes to {@link Outlet.clean}, and prints what comes back. */
  set printHeld(print: () => void) {
    this.#printHeld = print
  }

  /** Takes bytes, and returns those to print now. */
  clean(bytes: Uint8Array): Uint8Array {
    if (this.#isPrinting || (this.#isIdle() && !this.#cleaner.isHolding)) return bytes
    const text = latin1(bytes)
    let printed = this.#cleaner.push(text)
    if (this.#isDue || this.#isEnding) printed += this.#cleaner.flush()
    this.#isDue = false
    this.#wait()
    return printed === text ? bytes : Buffer.from(printed, 'latin1')
  }

  /** Returns the bytes to print now, the last of which are these, as they are. */
  pass(bytes: Uint8Array): Uint8Array {
    return Buffer.concat([this.take(), bytes])
  }

  /** Prints bytes that are clean, by a function that may itself be guarded. */
  print(print: () => void): void {
    const wasPrinting = this.#isPrinting
    this.#isPrinting = true
    try {
      print()
    } finally {
      this.#isPrinting = wasPrinting
    }
  }

  /** Notes that a print begins in the background, and returns the function to call when it has ended: held text comes after it. */
  printInBackground(): () => void {
    this.#background += 1
    return () => (this.#background -= 1)
  }

  /** Prints what is held. */
  flush(): void {
    if (!this.#cleaner.isHolding) return
    this.#isDue = true
    this.#printHeld()
  }

  /** Returns what is held, which is not held any longer. */
  take(): Uint8Array {
    return Buffer.from(this.#cleaner.flush(), 'latin1')
  }

  /** Holds nothing from now on, and returns what was held. */
  end(): Uint8Array {
    this.#isEnding = true
    return this.take()
  }

  #wait(): void {
    if (!this.#cleaner.isHolding || this.#isWaiting) return
    this.#isWaiting = true
    this.#onWait()
    setTimeout(() => {
      this.#isWaiting = false
      if (this.#background > 0) this.#wait()
      else this.flush()
    }, WAIT_MS).unref()
  }
}

function latin1({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}
