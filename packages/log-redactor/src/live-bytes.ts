import { type BornSecret, isLowEntropy } from '@rekey/secret/internal'
import type { Owner } from './owner.ts'
import type { Match } from './form-matches.ts'
import type { ValueIndex } from './value-index.ts'

/** Bytes in a row that could not be chance. Any such run of a text has one character at a multiple of it. */
const ENOUGH = 12

/** A longer secret would take too long to compare with each line: of so many, a line of 16 KB in base64 takes a tenth of a second. */
const MOST_BYTES = 4_096

/**
 * The secrets that are bytes, which their owners wipe. Neither a copy of them is kept nor a hash, since hashes of overlapping pieces give a
 * passphrase away piece by piece: a text is compared with the bytes themselves, where they are, for as long as they are there.
 */
export class LiveBytes implements Pick<ValueIndex<Owner>, 'isEmpty' | 'hasQuotes' | 'scan'> {
  readonly hasQuotes = false
  #secrets: WeakRef<BornSecret>[] = []
  #pruneAt = 16
  readonly #onTooLong: (label: string) => void

  /** @param onTooLong called for a secret of more bytes than a line is compared with, which is not masked */
  constructor(onTooLong: (label: string) => void) {
    this.#onTooLong = onTooLong
  }

  /** Whether there are none, as far as is known. */
  get isEmpty(): boolean {
    return this.#secrets.length === 0
  }

  /** Adds a secret, which it holds weakly. */
  add(secret: BornSecret): void {
    if ((bytesOf(secret)?.length ?? 0) > MOST_BYTES) {
      this.#onTooLong(secret.label)
      return
    }
    this.#secrets.push(new WeakRef(secret))
    if (this.#secrets.length < this.#pruneAt) return
    this.#living()
    this.#pruneAt = Math.max(16, 2 * this.#secrets.length)
  }

  /** As {@link ValueIndex.scan}, for any twelve bytes in a row. */
  scan(
    reading: { readonly text: string },
    _words: Int32Array,
    _count: number,
    take: (match: Match<Owner>) => boolean,
  ): boolean {
    const { text } = reading
    for (const { bytes, label } of this.#living()) {
      const owner: Owner = { kind: 'secret', name: label, encoding: 'text' }
      for (let at = 0; at < text.length;) {
        const run = longestRun(text, at, bytes)
        if (run && isSecret(text, run, bytes) && !take({ ...run, owner })) return false
        const next = run?.end ?? at + 1
        at = Math.ceil(next / ENOUGH) * ENOUGH
      }
    }
    return true
  }

  /** Those that are neither collected nor wiped, the newest first. */
  #living(): LivingBytes[] {
    const living: LivingBytes[] = []
    this.#secrets = this.#secrets.filter((ref) => {
      const secret = ref.deref()
      const bytes = secret && bytesOf(secret)
      if (secret === undefined || bytes === undefined) return false
      // Wiped where they are, while the secret is not disposed of; or not filled yet.
      if (bytes.some((byte) => byte !== 0)) living.push({ bytes, label: secret.label })
      return true
    })
    return living.reverse()
  }
}

type Run = Pick<Match<Owner>, 'start' | 'end'>

interface LivingBytes {
  readonly bytes: Uint8Array
  readonly label: string
}

/** A part of a secret counts if it could not be a word that people write. */
function isSecret(text: string, { start, end }: Run, bytes: Uint8Array): boolean {
  return end - start === bytes.length || !isLowEntropy(text.slice(start, end))
}

/** `undefined` for a secret that was disposed of. */
function bytesOf(secret: BornSecret): Uint8Array | undefined {
  try {
    return secret.expose() as Uint8Array
  } catch {
    return undefined
  }
}

/** The longest stretch around `at` that `text` shares with `bytes`, if it is long enough. */
function longestRun(text: string, at: number, bytes: Uint8Array): Run | undefined {
  const code = text.charCodeAt(at)
  let best: Run | undefined
  // That of Buffer takes a code above U+00FF for its low byte.
  const indexFrom = (place: number) => Uint8Array.prototype.indexOf.call(bytes, code, place)
  for (let place = indexFrom(0); place !== -1; place = indexFrom(place + 1)) {
    let before = 0
    while (
      before < at &&
      before < place &&
      text.charCodeAt(at - before - 1) === bytes[place - before - 1]
    ) {
      before += 1
    }
    let after = 1
    while (place + after < bytes.length && text.charCodeAt(at + after) === bytes[place + after]) {
      after += 1
    }
    const length = before + after
    if (length >= ENOUGH && length > (best ? best.end - best.start : 0)) {
      best = { start: at - before, end: at + after }
    }
  }
  return best
}
