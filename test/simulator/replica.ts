import { loadService, type Service } from '@rekey/config-loader'
import type { SecretSource } from '@rekey/secret'
import { answerQuestion } from './key-replicas.ts'
import type { Network } from './network.ts'
import { VirtualProcess } from './virtual-process.ts'
import type { WorldParts } from './world-parts.ts'

/** What a replica runs on. */
export interface Machine extends WorldParts {
  /** Its name, and that of its host. */
  readonly name: string
  readonly network: Network
  /** How far its clock is from the true time. */
  readonly skewMs: number
  /** How often it reads its secrets. */
  readonly pollMs: number
  readonly view: (process: VirtualProcess) => SecretSource
}

/** The service that a replica runs, loaded for one process. */
export interface Program {
  readonly service: Service
  /** Serves `https://<name>`; nothing does where it is absent. */
  handle?(request: Request, from: string): Promise<Response>
  /** Its own work, until the process ends. */
  run?(): Promise<void>
  /** Gives up all that it holds outside, before its service closes. */
  close?(): Promise<void>
}

/** Loads a program, as `main.ts` does. Throws a `StartupError` if its secrets cannot be had. */
export type Load = (
  process: VirtualProcess,
  load: typeof loadService,
  machine: Machine,
) => Promise<Program>

const RESTART_MS = 5_000

/** One replica of a service, over all its processes: a real loaded service with its health listener on a machine of the model. */
export class ReplicaModel {
  readonly machine: Machine
  readonly #load: Load
  #process: VirtualProcess | undefined
  #program: Program | undefined

  constructor(machine: Machine, load: Load) {
    this.machine = machine
    this.#load = load
  }

  /** The running program; undefined while it is down or starting. */
  get program(): Program | undefined {
    return this.#process?.isAlive === true ? this.#program : undefined
  }

  /** Starts a process, again and again until it has its secrets, as a supervisor does. */
  async start(): Promise<void> {
    const { name, time, trace, network, skewMs, pollMs, view } = this.machine
    for (;;) {
      const process = new VirtualProcess(name, time, () => skewMs)
      const source = view(process)
      const load: typeof loadService = (definition, options) =>
        loadService(definition, {
          ...options,
          source,
          clock: process.clock,
          policy: { ttlMs: pollMs },
          // A run must not depend on chance; each read comes as late as it may.
          random: () => 1,
        })
      try {
        const program = await this.#load(process, load, this.machine)
        this.#process = process
        this.#program = program
        network.connect(`https://${name}`, {
          process,
          handle: (request, from) =>
            process.outside(
              () => program.handle?.(request, from) ?? Promise.resolve(new Response(null)),
            ),
        })
        const handle = (request: Request) =>
          process.outside(() => Promise.resolve(answerQuestion(program.service, request)))
        network.connect(`https://${name}:9000`, { process, handle })
        trace.add(name, 'started')
        void program.run?.()
        return
      } catch (error) {
        trace.add(name, `cannot start: ${error instanceof Error ? error.name : 'unknown'}`)
        await time.sleep(RESTART_MS)
      }
    }
  }

  /** Ends for good. */
  async stop(): Promise<void> {
    this.machine.trace.add(this.machine.name, 'stopped')
    await this.#program?.close?.()
    await this.#program?.service.close()
    this.#process?.kill()
  }

  /** Kills the process, and starts the next one after a while. */
  async restart(downMs: number): Promise<void> {
    const { name, time, trace } = this.machine
    if (this.#process === undefined) return
    trace.add(name, 'killed')
    this.#process.kill()
    await this.#program?.service.close()
    this.#process = undefined
    await time.sleep(downMs)
    await this.start()
  }
}
