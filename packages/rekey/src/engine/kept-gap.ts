import type { Clock } from '@rekey/secret'
import { type ErrorDetails, Moment } from '@rekey/secret/internal'
import type { Gap } from '@rekey/secret/internal/kind'
import { isOpen, type RotationIntent } from '../journal/journal.ts'

type Kept = Required<RotationIntent>['gap']

/** Keeps in the intent of a rotation how long logins may fail, so that each run knows it. */
export class KeptGap implements Gap {
  readonly #clock: Clock
  readonly #keep: (gap: Kept) => Promise<void>
  #begun: Moment | undefined
  #lastedMs: number | undefined

  constructor(
    clock: Clock,
    intent: RotationIntent | undefined,
    keep: (gap: Kept) => Promise<void>,
  ) {
    this.#clock = clock
    this.#keep = keep
    const { begunAt, lastedMs } = intent?.gap ?? {}
    if (isOpen(intent)) this.#lastedMs = lastedMs
    if (lastedMs === undefined && begunAt !== undefined) {
      this.#begun = Moment.recorded(clock, begunAt)
    }
  }

  get sinceMs(): number | undefined {
    return this.#begun?.agoMs
  }

  async begin(): Promise<void> {
    const begun = Moment.at(this.#clock)
    await this.#keep({ begunAt: begun.wallMs })
    this.#begun = begun
    this.#lastedMs = undefined
  }

  async end(): Promise<void> {
    if (this.#begun === undefined) return
    const lastedMs = Math.round(this.#begun.agoMs)
    await this.#keep({ begunAt: this.#begun.wallMs, lastedMs })
    this.#begun = undefined
    this.#lastedMs = lastedMs
  }

  /** Facts for the audit log: the length of one that has ended in this rotation. */
  get details(): ErrorDetails {
    return this.#lastedMs === undefined ? {} : { gapMs: this.#lastedMs }
  }
}
