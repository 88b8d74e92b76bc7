import type { Call } from './actor.ts'
import type { Shape } from './scenario.ts'

/** The account of a service at a server that is not ours: the versions that it accepts. */
export class FarSideModel {
  readonly name = 'the far side'
  readonly shape: Shape
  /** Versions that a rotator without a claim has added: their accounts are left over until a sweep. */
  readonly leftOver = new Set<string>()
  /** Orders to end a version that it has answered, and has not carried out. */
  readonly late: Pick<Call, 'label' | 'effect'>[] = []
  #accepted: readonly string[]

  /** Whether it answers to the next version that is added, and does not take it. */
  isDeaf: boolean

  constructor(shape: Shape, first: string, { isDeaf = false }: { isDeaf?: boolean | undefined }) {
    this.shape = shape
    this.isDeaf = isDeaf
    this.#accepted = [first]
  }

  get accepted(): readonly string[] {
    return this.#accepted
  }

  /** Each of these orders may be carried out. */
  get lateEnds() {
    return this.late.map((each) => ({
      label: `${this.name} ${each.label} late`,
      happen: async () => {
        this.late.splice(this.late.indexOf(each), 1)
        await each.effect()
      },
    }))
  }

  /** Whether it changes by its own writes alone. */
  get isSettled(): boolean {
    return this.late.length === 0
  }

  /** What else decides what can follow. */
  get state(): unknown {
    return undefined
  }

  accepts(version: string): boolean {
    return this.#accepted.includes(version)
  }

  add(version: string): void {
    const { isDeaf } = this
    this.isDeaf = false
    if (isDeaf) return
    this.#accepted = this.shape === 'one' ? [version] : [...new Set([...this.#accepted, version])]
  }

  end(version: string): void {
    this.#accepted = this.#accepted.filter((each) => each !== version)
    this.leftOver.delete(version)
  }
}
