import type { BornSecret } from '@rekey/secret/internal'
import { type Clock, onSecretBirth, systemClock } from '@rekey/secret'
import type { Owner } from './owner.ts'
import { isSecretName } from './signs/secret-names.ts'
import { LiveBytes } from './live-bytes.ts'
import { UnfoundSecrets } from './unfound-secrets.ts'
import { type Forget, indexValue } from './value-forms.ts'
import { ValueIndex } from './value-index.ts'

const MIN_LENGTH = 8
const SOAK_MS = 600_000

/** How many values of secrets that are gone are masked at most; the oldest are forgotten first. */
const MOST_SOAKING = 1_000

/** With more new ones at once, room is made for all: each of the usual length, in all its forms. */
const [MANY, USUAL_LENGTH] = [100, 128]

interface Known {
  readonly names: Pick<Owner, 'name'>
  readonly forget: Forget
  /** How many secrets with this value have not been collected. */
  holders: number
}

/**
 * The values of all secrets that are made in this process, by whatever part of it, while a redactor is open: each is masked from before the
 * next line is checked until ten minutes after the last secret with this value was collected. A new one costs its place in a queue; it is
 * indexed in the next turn of the event loop, or with the next line.
 */
export class BornSecrets {
  /** Those that are not found. */
  readonly unfound = new UnfoundSecrets()
  readonly index = new ValueIndex<Owner>(({ name }) => {
    this.unfound.add(name)
  })
  /** Those that are bytes: only for as long as they are there. */
  readonly bytes = new LiveBytes((label) => {
    this.unfound.add(label)
  })
  readonly #clock: Clock
  readonly #known = new Map<string, Known>()
  /** When the last secret with this value went, in order. */
  readonly #soaking = new Map<string, number>()
  readonly #collected = new FinalizationRegistry((text: string) => {
    this.#release(text)
  })
  readonly #keepers = new Set<symbol>()
  #queue: BornSecret[] = []
  #stop: (() => void) | undefined
  #isWaiting = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether there is nothing to mask. */
  get isEmpty(): boolean {
    return this.#queue.length === 0 && this.#known.size === 0 && this.bytes.isEmpty
  }

  /** Takes each new secret until the returned function is called, and all others are that were returned. What is known by then stays so. */
  keep(): () => void {
    const keeper = Symbol()
    this.#keepers.add(keeper)
    this.#stop ??= onSecretBirth((secret) => {
      this.#enqueue(secret)
    })
    return () => {
      if (!this.#keepers.delete(keeper) || this.#keepers.size > 0) return
      this.#stop?.()
      this.#stop = undefined
    }
  }

  /** Indexes the secrets made since the last call. */
  indexQueued(): void {
    if (this.#queue.length === 0) return
    const queue = this.#queue
    this.#queue = []
    if (queue.length > MANY) this.index.reserve(queue.length * USUAL_LENGTH)
    for (const secret of queue) this.#take(secret)
  }

  #enqueue(secret: BornSecret): void {
    if (this.#queue.push(secret) > 1) return
    setImmediate(() => {
      this.indexQueued()
    }).unref()
  }

  #take(secret: BornSecret): void {
    const value = valueOf(secret)
    if (value instanceof Uint8Array) this.bytes.add(secret)
    if (typeof value !== 'string') return
    for (const text of textsOf(value, secret.label)) {
      if (!this.#known.has(text)) {
        const names = { name: secret.label }
        const forget = indexValue(this.index, text, names, MIN_LENGTH)
        if (forget === undefined) continue
        this.#known.set(text, { names, forget, holders: 0 })
      }
      this.share(secret, text)
    }
  }

  /**
   * Keeps the value of a secret masked until `secret` is collected, too. Returns the names that it was entered with, or `undefined` if it
   * is not known.
   */
  share(secret: BornSecret, text: string): Pick<Owner, 'name'> | undefined {
    this.indexQueued()
    const known = this.#known.get(text)
    if (known === undefined) return undefined
    known.holders += 1
    this.#soaking.delete(text)
    this.#collected.register(secret, text)
    return known.names
  }

  #release(text: string): void {
    const known = this.#known.get(text)
    if (known === undefined) return
    known.holders -= 1
    if (known.holders > 0) return
    this.#soaking.set(text, this.#clock.elapsed())
    if (this.#soaking.size > MOST_SOAKING) this.#forgetFirst()
    void this.#forgetSoaked()
  }

  async #forgetSoaked(): Promise<void> {
    if (this.#isWaiting) return
    this.#isWaiting = true
    for (let left = this.#firstLeftMs(); left !== undefined; left = this.#firstLeftMs()) {
      if (left > 0) await this.#clock.sleep(left)
      else this.#forgetFirst()
    }
    this.#isWaiting = false
  }

  #firstLeftMs(): number | undefined {
    for (const goneAt of this.#soaking.values()) {
      return Math.max(0, goneAt + SOAK_MS - this.#clock.elapsed())
    }
    return undefined
  }

  #forgetFirst(): void {
    for (const text of this.#soaking.keys()) {
      this.#soaking.delete(text)
      this.#known.get(text)?.forget()
      this.#known.delete(text)
      return
    }
  }
}

/** `undefined` for a secret that was wiped before any line could show it. */
function valueOf(secret: BornSecret): unknown {
  try {
    return secret.expose()
  } catch {
    return undefined
  }
}

/**
 * The texts that a new secret makes secret. Most of a JSON document is not: what is named like a secret in it is, unless it is of the
 * label, as the name of the secret in the journal of its rotation.
 */
function textsOf(value: string, label: string): readonly string[] {
  if (!/^\s*[[{]/.test(value)) return [value]
  const texts: string[] = []
  try {
    JSON.parse(value, (name, member: unknown) => {
      const isSecret = typeof member === 'string' && isSecretName(name)
      if (isSecret && !label.includes(member)) texts.push(member)
      return member
    })
    return texts
  } catch {
    return [value]
  }
}

/** Those of this process. */
export const bornSecrets = new BornSecrets(systemClock)
