import type { Clock } from '@rekey/secret'
import { Moment } from '@rekey/secret/internal'
import type { Gap } from '@rekey/secret/internal/kind'
import type { RotationIntent } from '../journal/journal.ts'

type Kept = Required<RotationIntent>['gap']

/** Keeps in the intent of a rotation how long logins may fail, so that each run knows it. */
export class KeptGap implements Gap {
  readonly #clock: Clock
  readonly #keep: (gap: Kept) => Promise<void>
  #begun: Moment | undefined

  constructor(clock: Clock, kept: Kept | undefined, keep: (gap: Kept) => Promise<void>) {
    this.#clock = clock
    this.#keep = keep
    const isOpen = kept !== undefined && kept.lastedMs === undefined
    if (isOpen) this.#begun = Moment.recorded(clock, kept.begunAt)
  }

  get sinceMs(): number | undefined {
    return this.#begun?.agoMs
  }

  async begin(): Promise<void> {
    const begun = Moment.at(this.#clock)
    await this.#keep({ begunAt: begun.wallMs })
    this.#begun = begun
  }

  async end(): Promise<void> {
    if (this.#begun === undefined) return
    const lastedMs = Math.round(this.#begun.agoMs)
    await this.#keep({ begunAt: this.#begun.wallMs, lastedMs })
    this.#begun = undefined
  }
}
