import type { RotationOptions } from '@rekey/rekey/internal/engine'
import type { SecretStore } from '@rekey/secret'
import type { RotationKind } from '@rekey/secret/kind'
import type { Mortal } from './mortal.ts'

/** Opens the store of a fixture, with its first versions. */
export type OpenStore = (
  first: Readonly<Record<string, string>>,
) => SecretStore | Promise<SecretStore>

/** What one rotator works with. */
export interface FixtureRotator {
  readonly kind: RotationKind
  readonly options: RotationOptions
  close?(): Promise<void>
}

/** One secret in use, whose rotators can be killed. */
export interface RotationFixture {
  /** A rotator all of whose calls pass through `mortal`. */
  rotator(mortal: Mortal): Promise<FixtureRotator>
  /** Lets the lease of a dead rotator run out. */
  expireLease(): Promise<void>
  /** Throws unless there is one version, accepted alone, and no call was refused; `cutsOff`: save by being cut off. */
  check(cutsOff: boolean): Promise<void>
  close(): Promise<void>
}

/** Work that goes on all the while. */
export class Background {
  #stopped = false
  #failure: Error | undefined
  #rounds = 0
  readonly #running: Promise<void>

  constructor(round: () => Promise<unknown>) {
    this.#running = this.#work(round)
  }

  async #work(round: () => Promise<unknown>): Promise<void> {
    while (!this.#stopped) {
      try {
        await round()
      } catch (error) {
        this.#failure ??= error as Error
        // One that fails without asking anything would let nothing else have its turn.
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      this.#rounds += 1
    }
  }

  /** Waits for two more rounds. Gives the first failure since the last look. */
  async failure(): Promise<Error | undefined> {
    const wanted = this.#rounds + 2
    while (this.#rounds < wanted) await new Promise((resolve) => setTimeout(resolve, 1))
    const failure = this.#failure
    this.#failure = undefined
    return failure
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }
}
