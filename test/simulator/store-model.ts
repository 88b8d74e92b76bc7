import { SecretError, type SecretSource, type SecretStore, type StagedSecret } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { liveVersions } from '@rekey/secret/internal'
import type { VirtualProcess } from './virtual-process.ts'
import type { WorldParts } from './world-parts.ts'

/** What a {@link StoreModel} is made of. */
export interface StoreModelParts extends WorldParts {
  readonly name: string
  readonly firstValue: string
  /** How late a replica may see a change, in milliseconds. */
  readonly maxLagMs: number
}

/** A change that a rotator makes. */
export type Write = 'stage' | 'abort' | 'promote' | 'rollback' | 'revoke'

const LATENCY_MS = [5, 200] as const

/**
 * The secret store of a fleet: one truth for the rotators, who write it by compare-and-set, and a late view of it for each machine
 * on which replicas run. A view is late by a time that varies up to the limit, and never goes back.
 */
export class StoreModel {
  readonly truth: SecretStore
  readonly #parts: StoreModelParts
  readonly #writes: { readonly verb: Write; readonly atMs: number }[] = []
  readonly #history: { readonly at: number; readonly staged: StagedSecret }[] = []

  constructor(parts: StoreModelParts) {
    this.#parts = parts
    this.truth = createMemoryStore({ [parts.name]: parts.firstValue }, { clock: parts.time })
  }

  async open(): Promise<void> {
    this.#remember(await this.truth.read(this.#parts.name))
  }

  /** What it holds at this instant. */
  get latest(): StagedSecret {
    const staged = this.#history.at(-1)?.staged
    if (staged === undefined) throw new TypeError('the store was not opened')
    return staged
  }

  /** Every value that was ever there, with its version. */
  get values(): ReadonlyMap<string, string> {
    const all = this.#history.flatMap(({ staged }) => [staged.current, staged.pending])
    const known = all.filter((each) => each !== undefined)
    return new Map(known.map(({ version, value }) => [version, value.expose()]))
  }

  /** What rotators have changed, and when, in milliseconds since the beginning. */
  get writes(): readonly { readonly verb: Write; readonly atMs: number }[] {
    return this.#writes
  }

  /** When it first held a value; undefined if it never did. */
  storedAt(value: string): number | undefined {
    return this.#history.find(({ staged }) =>
      liveVersions(staged).some((version) => version.value.expose() === value),
    )?.at
  }

  /** The store as a rotator has it. */
  forRotator(process: VirtualProcess): SecretStore {
    const { truth } = this
    const ask = <T>(what: string, work: () => Promise<T>) =>
      process.request(() => this.#answer(process, what, work))
    const write = (verb: Write, name: string, work: () => Promise<StagedSecret>) =>
      ask(`${verb} ${name}`, async () => this.#written(process, verb, name, await work()))
    return {
      locator: 'model',
      read: (name) => ask(`read ${name}`, () => truth.read(name)),
      create: (name, value) => ask(`create ${name}`, () => truth.create(name, value)),
      stage: (name, ...rest) => write('stage', name, () => truth.stage(name, ...rest)),
      abort: (name, expected) => write('abort', name, () => truth.abort(name, expected)),
      promote: (name, expected) => write('promote', name, () => truth.promote(name, expected)),
      rollback: (name, expected) => write('rollback', name, () => truth.rollback(name, expected)),
      revoke: (name, expected) => write('revoke', name, () => truth.revoke(name, expected)),
    }
  }

  /** The store as the replicas on one machine see it. */
  viewFrom(): (process: VirtualProcess) => SecretSource {
    const { random, time, name, maxLagMs } = this.#parts
    let seen = 0
    const look = () => {
      const visible = time.now() - random.between(0, maxLagMs)
      const newest = this.#history.findLastIndex(({ at }) => at <= visible)
      seen = Math.max(seen, newest)
      const staged = this.#history[seen]?.staged
      if (staged === undefined) throw new TypeError(`${name} was never there`)
      return Promise.resolve(staged)
    }
    return (process) => ({
      locator: 'model',
      read: () => process.outside(() => this.#answer(process, 'view', look)),
    })
  }

  #written(process: VirtualProcess, verb: Write, name: string, staged: StagedSecret): StagedSecret {
    if (name !== this.#parts.name) return staged
    this.#remember(staged)
    const { trace } = this.#parts
    this.#writes.push({ verb, atMs: trace.nowMs })
    const stages = (['current', 'pending', 'previous'] as const).flatMap((stage) => {
      const version = staged[stage]
      return version ? [`${stage} ${trace.nameOf(version)}`] : []
    })
    trace.add(process.name, `${verb} → ${stages.join(', ')}`)
    return staged
  }

  #remember(staged: StagedSecret): void {
    this.#history.push({ at: this.#parts.time.now(), staged })
  }

  /** A request may be lost on its way there, or its reply on the way back. */
  async #answer<T>(process: VirtualProcess, what: string, work: () => Promise<T>): Promise<T> {
    const { time, random, faults, trace } = this.#parts
    const travel = async (way: string) => {
      await time.sleep(random.between(...LATENCY_MS))
      if (!faults.isDown('store')) return
      if (what !== 'view') trace.add(process.name, `store down: ${way} of "${what}" is lost`)
      throw new SecretError('unreachable', 'the store does not answer')
    }
    await travel('request')
    const result = await work()
    await travel('reply')
    return result
  }
}
