import { createFleet } from '@rekey/rekey/engine'
import type { Answer, Fleet, FleetQuestion } from '@rekey/secret/internal/kind'
import type { Actor } from './actor.ts'
import { DatabaseModel } from './database-model.ts'
import { doing } from './doing.ts'
import { LoadedReplica } from './loaded-replica.ts'
import type { ReplicaModel } from './replica.ts'
import { keyIn } from './replicas-of-world.ts'
import type { World } from './world.ts'

/** The replicas of a world, as an actor finds and asks them. */
export function fleetOf(world: World, actor: Actor): Fleet {
  return {
    replicas: (service) =>
      Promise.resolve(world.of(asService(service)).map(({ listed }) => listed)),
    acknowledgements: (question, signal) => {
      const { service } = question
      const look = async () => {
        world.looks += 1
        const isConfirming = actor.known.steps.at(-1) === 'confirm'
        const isForged = isConfirming && world.scenario.sabotage?.trustsSilence === true
        const seen = await answersOf(world, question, signal)
        if (isConfirming) {
          const honest = seen.filter(({ replica }) => replica.lie === undefined)
          const who = (answers: boolean) =>
            honest
              .filter(({ ack }) => (ack !== undefined) === answers)
              .map(({ replica }) => replica.name)
          const at = { atMs: world.time.elapsedMs, uses: world.uses.length }
          actor.looks.set(service, { ...at, answering: who(true), silent: who(false) })
        }
        return seen.map(({ replica, ...answer }): Answer => {
          const ack = isForged ? (answer.ack ?? replica.report(world.latest)) : answer.ack
          return { ...answer, replica: replica.listed, ack }
        })
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

interface Seen extends Omit<Answer, 'replica'> {
  readonly replica: ReplicaModel
}

/** The answers of the replicas of a service: of models, or those that the real fleet reads in the reports of loaded services. */
async function answersOf(
  world: World,
  question: FleetQuestion,
  signal: AbortSignal,
): Promise<Seen[]> {
  const members = world.of(asService(question.service))
  if (world.scenario.areReplicasLoaded !== true)
    return members.map((replica) => ({ replica, ack: replica.answer(world.latest) }))
  const at = ({ hostname }: URL) => members.find(({ name }) => name === hostname)
  const fetch = (input: URL | string, init?: RequestInit) => {
    const replica = at(new URL(input))
    const isAnswering = replica instanceof LoadedReplica && replica.answers()
    return isAnswering
      ? Promise.resolve(replica.reportTo(new Request(input, { ...init, signal: null })))
      : Promise.reject(new TypeError('no answer'))
  }
  const listed = members.map((member) => member.listed)
  const answers = await createFleet(listed, { fetch }).acknowledgements(question, signal)
  return answers.flatMap(({ replica: { healthUrl }, ...answer }) => {
    const replica = at(new URL(healthUrl))
    return replica === undefined ? [] : [{ ...answer, replica }]
  })
}

/** Calls of the receivers of a world, each with a key. */
export function fetchOf(world: World, actor: Actor): typeof fetch {
  return (input, init) => {
    const { hostname } = new URL(input instanceof Request ? input.url : input)
    const request = new Request(input, { ...init, signal: null })
    const show = () => {
      const receiver = world.of('beta').find(({ name }) => name === hostname)
      if (receiver?.answers() !== true) return Promise.reject(new TypeError('no answer'))
      if (receiver instanceof LoadedReplica) return receiver.handle(request, actor.name)
      const isAccepted = receiver.accepts(world.versionOf(keyIn(request)) ?? '')
      return Promise.resolve(new Response(null, { status: isAccepted ? 204 : 401 }))
    }
    // A loaded receiver counts it.
    const isWrite = world.scenario.areReplicasLoaded === true
    return actor.ask<Response>({
      ...{ object: 'beta', label: `shows the key to ${hostname}`, isWrite },
      effect: doing(show, ({ status }) => String(status)),
    })
  }
}

function describe(world: World, { replica, ack }: Answer): string {
  if (ack === undefined) return `${replica.url} does not answer`
  const nameOf = (version: string) => world.nameOf(version)
  const versions = ack.versions.map(({ stage, version }) => `${stage} ${nameOf(version)}`)
  const uses = ack.usage.versions.map(({ version, uses, failures, sources = [] }) => {
    const by = sources.map((each) => ` ${each.source} ${each.uses}/${each.failures}`)
    return `${nameOf(version)} ${uses}/${failures}${by.join('')}`
  })
  const held = world.farSide instanceof DatabaseModel ? ack.usage.holding['client'] : undefined
  const holding = held === undefined ? '' : ` holds ${held.map(nameOf).join(', ')}`
  const rejected = ack.rejections?.map(({ version, reason }) => ` ${nameOf(version)} is ${reason}`)
  const problem = ack.problem === undefined ? '' : ` ${ack.problem}${rejected?.join('') ?? ''}`
  return `${nameOf(ack.replica)} ${versions.join(', ')} (${uses.join(', ')})${holding}${problem}`
}

function asService(service: string): ReplicaModel['service'] {
  return service === 'alpha' ? 'alpha' : 'beta'
}
