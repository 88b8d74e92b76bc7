import { liveVersions } from '@rekey/secret/internal'
import type { FarSide } from '@rekey/secret/kind'
import type { Call } from './actor.ts'
import type { FarSideModel } from './far-side-model.ts'
import { TIMES } from './scenario.ts'
import type { World } from './world.ts'

/** Makes a call; `isLate` tells whether the rotator has lost its claim when it takes place. */
export type Ask = <T>(
  call: Pick<Call, 'label' | 'isWrite' | 'object'>,
  work: (isLate: boolean) => T | Promise<T>,
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
            .filter(({ sessions }) => sessions.includes(version))
            .map(({ name }) => name),
        )
      },
    }),
  }
}
