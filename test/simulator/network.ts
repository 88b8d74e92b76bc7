import type { VirtualProcess } from './virtual-process.ts'
import type { WorldParts } from './world-parts.ts'

/** Who answers at an address. */
export interface Host {
  readonly process: VirtualProcess
  handle(request: Request, from: string): Promise<Response>
}

/** What a {@link Network} is made of. */
export interface NetworkParts extends WorldParts {
  readonly maxLatencyMs: number
  /** Told of every answer as it leaves its host. */
  readonly seen: (from: string, to: string, status: number) => void
}

/** How long a call that gets no answer waits. */
const TIMEOUT_MS = 2_000

/** The network between all processes. Each way of a call takes a time of its own, so answers overtake each other. */
export class Network {
  readonly #parts: NetworkParts
  readonly #hosts = new Map<string, Host>()

  constructor(parts: NetworkParts) {
    this.#parts = parts
  }

  /** Puts a host at `origin`, in the place of the one before. */
  connect(origin: string, host: Host): void {
    this.#hosts.set(origin, host)
  }

  /** The `fetch` of a process. */
  fetchOf(process: VirtualProcess): typeof fetch {
    return (input, init) =>
      process.outside(() => this.#call(process, new Request(input, { ...init, signal: null })))
  }

  async #call(process: VirtualProcess, request: Request): Promise<Response> {
    const { time, faults, seen } = this.#parts
    const { origin, hostname } = new URL(request.url)
    await this.#travel()
    const host = this.#hosts.get(origin)
    if (faults.isDown(hostname)) {
      await time.sleep(TIMEOUT_MS)
      throw new TypeError('no answer')
    }
    if (host?.process.isAlive !== true) throw new TypeError('connection refused')
    const response = await host.process.untilKilled(host.handle(request, process.name))
    if (response !== undefined) seen(process.name, hostname, response.status)
    await this.#travel()
    if (response === undefined) throw new TypeError('connection reset')
    return response
  }

  #travel(): Promise<void> {
    const { time, random, maxLatencyMs } = this.#parts
    return time.sleep(random.between(1, maxLatencyMs))
  }
}
