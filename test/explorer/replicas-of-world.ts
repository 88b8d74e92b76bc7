import type { StagedSecret } from '@rekey/secret'
import type { WorldTime } from './actor.ts'
import { LoadedReplica } from './loaded-replica.ts'
import { ReplicaModel } from './replica.ts'
import type { Scenario } from './scenario.ts'

/** The part of a world that replicas need. */
interface Place {
  readonly scenario: Scenario
  readonly time: WorldTime
  readonly latest: StagedSecret
  /** Present once a key has leaked. */
  readonly leak: unknown
  refused: string | undefined
  of(service: 'beta'): readonly ReplicaModel[]
  keyOf(version: string): string
  versionOf(key: string): string | undefined
  learnProcess(id: string, name: string): void
  noteUse(version: string, by: readonly ReplicaModel[]): void
}

/** Starts a replica of a world: a model, or a loaded service that reads its store and calls its receivers. */
export async function startReplica(world: Place, name: string): Promise<ReplicaModel> {
  const { scenario, time, latest } = world
  if (scenario.areReplicasLoaded !== true) return new ReplicaModel(name, latest)
  return LoadedReplica.start(name, {
    time,
    givesUpAtOnce: scenario.sabotage?.givesUpAtOnce === true,
    latest: () => world.latest,
    keyOf: (version) => world.keyOf(version),
    told: ({ name }, url, status) => {
      if (status === 200 || world.leak !== undefined) return
      world.refused ??= `${name} gets ${status ?? 'no answer'} from ${new URL(url).hostname}`
    },
    named: (id, process) => {
      world.learnProcess(id, process)
    },
    deliver: async (sender, request) => {
      const { hostname } = new URL(request.url)
      const receiver = world.of('beta').find((each) => each.name === hostname)
      if (!(receiver instanceof LoadedReplica)) throw new TypeError('no answer')
      const version = world.versionOf(keyIn(request))
      if (version !== undefined) world.noteUse(version, [sender, receiver])
      return receiver.handle(request, sender.name)
    },
  })
}

/** The key that a request shows. */
export function keyIn({ headers }: Pick<Request, 'headers'>): string {
  return headers.get('authorization')?.replace('Bearer ', '') ?? ''
}
