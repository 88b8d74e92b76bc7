import { LoadedReplica } from './loaded-replica.ts'
import { ReplicaModel } from './replica.ts'
import type { World } from './world.ts'

/** Starts a replica of a world: a model, or a loaded service that reads its store and calls its receivers. */
export async function startReplica(world: World, name: string): Promise<ReplicaModel> {
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
