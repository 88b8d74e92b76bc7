import { SecretError } from '@rekey/secret'
import { TAG, timeText } from '../der.ts'
import { extentAt } from '../der-reader.ts'

/**
 * Reads DER values one after the other: a list of 100,000 makes no tree of nodes, as {@link readDer} would.
 * All methods throw `malformed` for another tag and for a length that is not the shortest form.
 */
export class DerCursor {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isDone(): boolean {
    return this.#at === this.#bytes.length
  }

  isNext(tag: number): boolean {
    return this.#bytes[this.#at] === tag
  }

  /** The content of the next value. */
  take(tag: number): Buffer {
    const start = this.#at
    return this.takeWhole(tag).subarray(this.#contentAt - start)
  }

  #contentAt = 0

  /** The next value with its tag and length. */
  takeWhole(tag: number): Buffer {
    const start = this.#at
    const extent = this.isNext(tag) ? extentAt(this.#bytes, start) : undefined
    if (extent === undefined) throw malformedCrl()
    this.#contentAt = extent.contentAt
    this.#at = extent.end
    return this.#bytes.subarray(start, this.#at)
  }

  /** The values inside of the next one. */
  enter(tag: number): DerCursor {
    return new DerCursor(this.take(tag))
  }

  /** The next value, a `Time` in the form that its year demands. */
  takeTime(): Date {
    const isUtc = this.isNext(TAG.utcTime)
    const text = this.take(isUtc ? TAG.utcTime : TAG.generalizedTime).toString('latin1')
    const date = parseTime(isUtc ? centuryOf(text) + text : text)
    if (Number.isNaN(date.getTime()) || timeText(date) !== text) throw malformedCrl()
    return date
  }

  /** Refuses what follows the last value. */
  end(): void {
    if (!this.isDone) throw malformedCrl()
  }
}

/** RFC 5280 §4.1.2.5.1: two digits from 50 on are of the 20th century. */
function centuryOf(text: string): string {
  return text < '5' ? '20' : '19'
}

/** Of `YYYYMMDDHHMMSSZ`; the caller compares the form. */
function parseTime(text: string): Date {
  const day = Number(text.slice(0, 8))
  const second = Number(text.slice(8, 14))
  const midnight = Date.UTC(Math.floor(day / 1e4), (Math.floor(day / 100) % 100) - 1, day % 100)
  const minutes = Math.floor(second / 1e4) * 60 + (Math.floor(second / 100) % 100)
  return new Date(midnight + (minutes * 60 + (second % 100)) * 1000)
}

/** The error of a text that is no revocation list of this package. */
export function malformedCrl(): SecretError {
  return new SecretError(
    'malformed',
    'the revocation list is not the strict DER of one, in PEM, that a keystore issues; publish a new one',
    { reason: 'crl' },
  )
}
