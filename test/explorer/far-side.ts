import { liveVersions } from '@rekey/secret/internal'
import type { FarSide } from '@rekey/secret/kind'
import type { Call } from './actor.ts'
import { TIMES } from './scenario.ts'
import type { World } from './world.ts'

/** The versions that a far side can accept at once: of one account, of an account each, or one alone. */
export type Shape = 'names' | 'two-secrets' | 'one'

/** The account of a service at a server that is not ours: the versions that it accepts. */
export class FarSideModel {
  readonly name = 'the far side'
  readonly shape: Shape
  /** Versions that a rotator without a claim has added: their accounts are left over until a sweep. */
  readonly leftOver = new Set<string>()
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

/** Makes a call; `isLate` tells whether the rotator has lost its claim when it takes place. */
type Ask = <T>(
  call: Pick<Call, 'label' | 'isWrite' | 'object'>,
  work: (isLate: boolean) => T,
) => Promise<T>

/** The calls of the far side of a world, each of which `ask` makes. */
export function farSideOf(world: World, model: FarSideModel, ask: Ask): FarSide {
  const versionOf = (value: { expose(): string }) => world.versionOf(value.expose()) ?? ''
  const write = (label: string, version: string, work: (isLate: boolean) => void) =>
    ask({ object: 'far side', label: `${label} ${world.nameOf(version)}`, isWrite: true }, work)
  const end = (version: string) =>
    write('ends', version, () => {
      model.end(version)
    })
  return {
    ...{ name: model.name, noun: 'key', slots: model.shape, gapMs: TIMES.deadlineMs },
    plan: () => Promise.resolve({ generate: '', admit: '', revoke: '' }),
    async add({ pending: { version } }, { fence }) {
      if (model.shape === 'one') await fence()
      await write('adds', version, (isLate) => {
        model.add(version)
        if (isLate) model.leftOver.add(version)
      })
    },
    accepts(value) {
      const version = versionOf(value)
      const label = `tries ${world.nameOf(version)}`
      return ask({ object: 'far side', label, isWrite: false }, () => model.accepts(version))
    },
    remove: (value) => end(versionOf(value)),
    async withdraw({ pending, current }, { fence }) {
      if (model.shape !== 'one') return end(pending.version)
      await fence()
      await write('puts back', current.version, () => {
        model.add(current.version)
      })
    },
    async sweep(staged) {
      const held = liveVersions(staged).map(({ version }) => version)
      const left = () => model.accepted.filter((version) => !held.includes(version))
      const call = { object: 'far side', label: 'ends what is left over', isWrite: true } as const
      return ask(call, () => {
        const ended = left()
        for (const version of ended) model.end(version)
        return ended
      })
    },
    ...(model.shape === 'names' && {
      accountOf: versionOf,
      close: end,
      sessions(value) {
        const version = versionOf(value)
        const label = `lists the sessions of ${world.nameOf(version)}`
        return ask({ object: 'alpha', label, isWrite: false }, () =>
          world
            .of('alpha')
            .filter((replica) => replica.session === version)
            .map(({ name }) => name),
        )
      },
    }),
  }
}
