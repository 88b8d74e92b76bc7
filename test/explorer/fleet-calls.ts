import type { Answer, Fleet } from '@rekey/secret/internal/kind'
import type { Actor } from './actor.ts'
import { DatabaseModel } from './database-model.ts'
import { doing } from './doing.ts'
import type { ReplicaModel } from './replica.ts'
import type { World } from './world.ts'

/** The replicas of a world, as an actor finds and asks them. */
export function fleetOf(world: World, actor: Actor): Fleet {
  return {
    replicas: (service) =>
      Promise.resolve(world.of(asService(service)).map(({ listed }) => listed)),
    acknowledgements: ({ service }) => {
      const look = () => {
        world.looks += 1
        const isConfirming = actor.known.steps.at(-1) === 'confirm'
        const isForged = isConfirming && world.scenario.sabotage?.trustsSilence === true
        const seen = world.of(asService(service)).map((replica) => {
          return { replica, ack: replica.answer(world.latest) }
        })
        if (isConfirming) {
          const honest = seen.filter(({ replica }) => replica.lie === undefined)
          const who = (answers: boolean) =>
            honest
              .filter(({ ack }) => (ack !== undefined) === answers)
              .map(({ replica }) => replica.name)
          const at = { atMs: world.time.elapsedMs, uses: world.uses.length }
          actor.looks.set(service, { ...at, answering: who(true), silent: who(false) })
        }
        const forged = ({ replica, ack }: (typeof seen)[number]) =>
          isForged ? (ack ?? replica.report(world.latest)) : ack
        return Promise.resolve(
          seen.map((each) => ({ replica: each.replica.listed, ack: forged(each) })),
        )
      }
      const inWords = (answers: readonly Answer[]) =>
        answers.map((answer) => describe(world, answer)).join('; ')
      return actor.ask<Answer[]>({
        ...{ object: asService(service), label: `looks at ${service}`, isWrite: false },
        effect: doing(look, inWords),
      })
    },
  }
}

/** Calls of the receivers of a world, each with a key. */
export function fetchOf(world: World, actor: Actor): typeof fetch {
  return (input, init) => {
    const { hostname } = new URL(input instanceof Request ? input.url : input)
    const key = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '') ?? ''
    const show = () => {
      const receiver = world.of('beta').find(({ name }) => name === hostname)
      if (receiver?.answers() !== true) return Promise.reject(new TypeError('no answer'))
      const isAccepted = receiver.accepts(world.versionOf(key) ?? '')
      return Promise.resolve(new Response(null, { status: isAccepted ? 204 : 401 }))
    }
    return actor.ask<Response>({
      ...{ object: 'beta', label: `shows the key to ${hostname}`, isWrite: false },
      effect: doing(show, ({ status }) => String(status)),
    })
  }
}

function describe(world: World, { replica, ack }: Answer): string {
  if (ack === undefined) return `${replica.url} does not answer`
  const nameOf = (version: string) => world.nameOf(version)
  const versions = ack.versions.map(({ stage, version }) => `${stage} ${nameOf(version)}`)
  const uses = ack.usage.versions.map(
    ({ version, uses, failures }) => `${nameOf(version)} ${uses}/${failures}`,
  )
  const held = world.farSide instanceof DatabaseModel ? ack.usage.holding['client'] : undefined
  const holding = held === undefined ? '' : ` holds ${held.map(nameOf).join(', ')}`
  return `${ack.replica} ${versions.join(', ')} (${uses.join(', ')})${holding}`
}

function asService(service: string): ReplicaModel['service'] {
  return service === 'alpha' ? 'alpha' : 'beta'
}
