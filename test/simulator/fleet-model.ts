import { createFleet } from '@rekey/rekey/engine'
import type { FakeClock } from '@rekey/secret/internal'
import type { Fleet } from '@rekey/secret/internal/kind'
import type { ReplicaModel } from './replica.ts'

/** For how long a replica is known to be leaving before it stops: calls and questions that are under way are answered. */
const LEAVING_MS = 5_000

/** The replicas that discovery lists, in the order in which they came. */
export class FleetModel {
  readonly #listed = new Set<ReplicaModel>()
  readonly #time: FakeClock
  #turns = 0

  constructor(time: FakeClock) {
    this.#time = time
  }

  /** Those that discovery lists now. */
  get replicas(): readonly ReplicaModel[] {
    return [...this.#listed]
  }

  /** The names of those of one service. */
  namesOf(service: string): string[] {
    return this.replicas
      .map(({ machine: { name } }) => name)
      .filter((name) => name.startsWith(`${service}-`))
  }

  /** The name of one of a service, each in its turn; undefined while there is none. */
  oneOf(service: string): string | undefined {
    const names = this.namesOf(service)
    this.#turns += 1
    return names[this.#turns % names.length]
  }

  /** Lists a replica from the beginning on. */
  add(replica: ReplicaModel): void {
    this.#listed.add(replica)
  }

  /** Starts a replica that is listed from when it is ready until it begins to leave, as in an EndpointSlice. */
  async host(replica: ReplicaModel, forMs: number): Promise<void> {
    await replica.start()
    this.#listed.add(replica)
    await this.#time.sleep(forMs)
    this.#listed.delete(replica)
    await this.#time.sleep(LEAVING_MS)
    await replica.stop()
  }

  /** The fleet as a rotator has it, which asks replicas by `fetch`. */
  askedBy(fetch: typeof globalThis.fetch): Fleet {
    const listed = () =>
      this.replicas.map(({ machine: { name } }) => {
        const [service = ''] = name.split('-')
        const url = `https://${name}`
        return { service, url, healthUrl: `${url}:9000` }
      })
    return createFleet(() => Promise.resolve(listed()), { fetch })
  }
}
