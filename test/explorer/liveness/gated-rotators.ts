import { RotationError, type RotationJournal } from '@rekey/rekey/engine'
import { SecretError } from '@rekey/secret'

/** Whatever is replayed rotates this one. */
export const SECRET = 'NAME'
export const LEASE_MS = 60_000

/** Rotators that stop at each call, until it is let through. */
export class GatedRotators<Call extends string> {
  readonly #waiting = new Map<
    number,
    { readonly call: Call; readonly go: (isLost: boolean) => void }
  >()
  readonly #arrivals = new Map<number, () => void>()

  /** Does a call once it is let through. Its reply may be lost. */
  async pass<T>(who: number, call: Call, work: () => Promise<T>): Promise<T> {
    const isLost = await new Promise<boolean>((go) => {
      this.#waiting.set(who, { call, go })
      this.#arrivals.get(who)?.()
    })
    if (!isLost) return work()
    // Nor is it known whether it was refused.
    await work().catch(() => undefined)
    throw new SecretError('unreachable', `no reply to ${call}`)
  }

  /** Starts a rotator that runs until it has rotated, and comes back when it stands at its first call. */
  async start(who: number, journal: RotationJournal, isEmergency: boolean): Promise<void> {
    await this.#untilItStands(who, () => {
      void rotateAt(journal, who, isEmergency).then(() => this.#arrivals.get(who)?.())
    })
  }

  /** Lets the call through at which a rotator stands, and comes back when it stands at the next one, or has ended. */
  async let(who: number, isLost: boolean): Promise<void> {
    const { go } = this.#waiting.get(who) ?? {}
    this.#waiting.delete(who)
    await this.#untilItStands(who, () => go?.(isLost))
  }

  /** It never makes the call at which it stands. */
  kill(who: number): void {
    this.#waiting.delete(who)
  }

  /** The call at which a rotator stands. */
  callOf(who: number): Call | undefined {
    return this.#waiting.get(who)?.call
  }

  async #untilItStands(who: number, begin: () => void): Promise<void> {
    await new Promise<void>((arrive) => {
      this.#arrivals.set(who, arrive)
      begin()
    })
  }
}

/** A rotator that runs until it has made its rotation: two writes after its claim. */
async function rotateAt(journal: RotationJournal, who: number, isEmergency: boolean) {
  for (;;) {
    try {
      const claim = await journal.claim(SECRET, String(who), LEASE_MS, { isEmergency })
      const isGrave = claim.intent?.mode === 'emergency' && claim.intent.outcome === undefined
      const mode = isEmergency || isGrave ? 'emergency' : 'forward'
      const intent = { mode, from: { version: 'v1' } } as const
      await claim.setIntent(intent)
      const ended = { ...intent, outcome: 'rolled-back' } as const
      await claim.record({ secret: SECRET, step: 'confirm', phase: 'end' }, ended)
      await claim.release()
      return
    } catch (error) {
      if (!(error instanceof RotationError || error instanceof SecretError)) throw error
    }
  }
}
