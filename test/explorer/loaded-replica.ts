import { type StagedSecret, SecretError } from '@rekey/secret'
import { KeyProcess, type Outside } from './key-process.ts'
import { ReplicaModel } from './replica.ts'

/** What a loaded replica has around it. */
export interface Surroundings extends Omit<Outside, 'readStore' | 'deliver'> {
  /** What the store holds. */
  readonly latest: () => StagedSecret
  /** Delivers a request of a sender. */
  readonly deliver: (sender: LoadedReplica, request: Request) => Promise<Response>
  /** Takes the answer that a sender got in the end. */
  readonly told: (sender: LoadedReplica, url: string, status: number | undefined) => void
  /** The key of a version. */
  readonly keyOf: (version: string) => string
  /** Gives the process that reports under this id a name. */
  readonly named: (id: string, name: string) => void
}

/** One replica whose processes are real: each is a loaded service that reads the store of the world. */
export class LoadedReplica extends ReplicaModel {
  readonly #around: Surroundings
  #process: KeyProcess | undefined

  private constructor(name: string, around: Surroundings) {
    super(name, around.latest())
    this.#around = around
  }

  /** Starts its first process. */
  static async start(name: string, around: Surroundings): Promise<LoadedReplica> {
    const replica = new LoadedReplica(name, around)
    await replica.#load()
    return replica
  }

  override get held(): StagedSecret<unknown> {
    return this.#process?.held ?? super.held
  }

  override get dropped(): readonly string[] {
    return this.#running.dropped
  }

  override async load(staged: StagedSecret): Promise<void> {
    this.isLate = false
    this.isLeftBehind = false
    await this.#running.poll(staged)
  }

  override async restart(staged: StagedSecret): Promise<void> {
    await super.restart(staged)
    await this.close()
    await this.#load()
  }

  override accepts(version: string): boolean {
    if (this.service === 'beta') return this.#running.accepts(this.#around.keyOf(version))
    return super.accepts(version)
  }

  /** Calls a receiver, with the version that it sends first. */
  override async send(_version: string, { listed }: ReplicaModel): Promise<void> {
    this.#around.told(this, listed.url, await this.#running.call(listed.url))
  }

  override state(): unknown {
    return [this.since, this.isLeftBehind, this.isStarting, this.#running.state]
  }

  /** Answers a request with a key. */
  handle(request: Request, from: string): Promise<Response> {
    return this.#running.handle(request, from)
  }

  /** Answers a request for its health report. */
  reportTo(request: Request): Response {
    return this.#running.report(request)
  }

  override async close(): Promise<void> {
    await this.#process?.close()
  }

  get #running(): KeyProcess {
    if (this.#process === undefined) throw new TypeError(`${this.name} has not started`)
    return this.#process
  }

  async #load(): Promise<void> {
    const { time, givesUpAtOnce, latest, deliver, named } = this.#around
    const readStore = () =>
      this.isLeftBehind
        ? Promise.reject(new SecretError('unreachable', 'the store does not answer this replica'))
        : Promise.resolve(latest())
    const outside = {
      time,
      givesUpAtOnce,
      readStore,
      deliver: (request: Request) => deliver(this, request),
    }
    // No process starts in the millisecond in which the one before it did.
    this.#process = await KeyProcess.load(this.service, outside, this.since - 1)
    named(this.#process.service.health().replica, `${this.name}#${this.since}`)
  }
}
