import { defineService } from '@rekey/config-loader'
import { createMemoryStore } from '@rekey/config-loader/store'
import type { SecretSource, SecretSpec, SecretStore } from '@rekey/secret'
import { z } from 'zod'
import { AuditModel } from './audit-model.ts'
import { secretsOf, type Title, TITLES } from './family-kinds.ts'
import type { Outage } from './faults.ts'
import { FleetModel } from './fleet-model.ts'
import { JournalServer } from './journal-model.ts'
import type { Sabotage } from './key-world.ts'
import type { KindWorld, ServiceName, Use } from './kind-world.ts'
import { Network } from './network.ts'
import { type Load, type Machine, ReplicaModel } from './replica.ts'
import { RotatorModel } from './rotator-model.ts'
import { StoreModel } from './store-model.ts'
import { TlsNetwork } from './tls-network.ts'
import type { VirtualProcess } from './virtual-process.ts'
import { createWorldParts, type WorldParts } from './world-parts.ts'

const MAX_LATENCY_MS = 1_000
const LEASE_MS = 15_000
/** Longer than a call is under way, with all that is tried again. */
const CALL_MS = 20_000

/** What distinguishes one world from another. */
export interface FamilyOptions {
  readonly seed: number
  /** How late a replica may see a change of the store. */
  readonly maxLagMs: number
  readonly pollMs: number
  readonly callEveryMs: number
  /** How many replicas there are of each service over time. */
  readonly replicas: number
  /** The titles of its secrets. Default: all. */
  readonly kinds?: readonly Title[]
  /** Default: none. */
  readonly outages?: readonly Outage[]
  /** How far the clocks of the machines are from the true time, each machine in its turn. Default: all are right. */
  readonly skewsMs?: readonly number[]
  /** Whether rotators have an audit log. Default: they have. */
  readonly isAudited?: boolean
  /** Changes the rotation of one kind, to see whether the guarantees depend on what is changed. */
  readonly sabotage?: Readonly<Record<string, Sabotage>>
}

/** A secret with all that it has for itself: its store, its journal and its rotators. */
export interface Rotating {
  readonly kind: KindWorld
  readonly store: StoreModel
  readonly rotator: RotatorModel
  /** Works on it beside the first one. */
  readonly second: RotatorModel
}

/** Two services that hold secrets of many kinds, in virtual time. Their replicas come and go; each secret has two rotators. */
export class FamilyWorld implements Disposable {
  readonly parts: WorldParts
  readonly fleet: FleetModel
  readonly audit: AuditModel
  readonly #options: FamilyOptions
  readonly #network: Network
  readonly #tls: TlsNetwork
  readonly #secrets: Rotating[] = []
  readonly #counts = { alpha: 0, beta: 0 }
  #machines = 0

  private constructor(options: FamilyOptions) {
    this.#options = options
    // OpenSSL judges certificates by the clock of this machine.
    this.parts = createWorldParts(options.seed, options.outages ?? [], Date.now())
    const { parts } = this
    this.fleet = new FleetModel(parts.time)
    this.audit = new AuditModel(parts)
    this.#tls = new TlsNetwork(parts)
    this.#network = new Network({
      ...{ ...parts, maxLatencyMs: MAX_LATENCY_MS },
      seen: () => undefined,
    })
  }

  static async open(options: FamilyOptions): Promise<FamilyWorld> {
    const world = new FamilyWorld(options)
    for (const kind of await world.#kinds()) {
      const secret = world.#rotating(kind)
      await secret.store.open()
      world.#secrets.push(secret)
    }
    return world
  }

  /** Every secret, with what it has for itself. */
  get secrets(): readonly Rotating[] {
    return this.#secrets
  }

  /** The secret of a number, which may be any. */
  secretAt(n: number): Rotating {
    const secret = this.#secrets[n % this.#secrets.length]
    if (secret === undefined) throw new TypeError('the world has no secrets yet')
    return secret
  }

  [Symbol.dispose](): void {
    this.#tls[Symbol.dispose]()
  }

  #kinds(): Promise<readonly KindWorld[]> {
    const { replicas, kinds = TITLES } = this.#options
    const receivers = Array.from({ length: replicas }, (_, n) => `beta-${n}`)
    const around = { network: this.#network, tls: this.#tls, fleet: this.fleet, receivers }
    return secretsOf(kinds, this.parts, around)
  }

  /** The next replica of a service, not started yet. */
  replicaOf(service: ServiceName): ReplicaModel {
    const { parts } = this
    const name = `${service}-${this.#counts[service]++}`
    const views = new Map(
      this.secrets.map(({ kind, store }) => [kind.secret, store.viewFrom()] as const),
    )
    const view = (process: VirtualProcess): SecretSource => ({
      locator: 'model',
      read: (secret) => {
        const source = views.get(secret)?.(process)
        if (source === undefined) throw new TypeError(`${name} does not hold ${secret}`)
        return source.read(secret)
      },
    })
    const { pollMs } = this.#options
    const skewMs = this.#nextSkewMs()
    const machine: Machine = { ...parts, name, network: this.#network, skewMs, pollMs, view }
    return new ReplicaModel(machine, this.#loading(service))
  }

  #loading(service: ServiceName): Load {
    return async (process, load) => {
      const held = this.secrets.flatMap(({ kind }) => {
        const part = kind.parts[service]
        return part === undefined ? [] : [{ secret: kind.secret, part }]
      })
      const specs = held.flatMap(({ secret, part }): [string, SecretSpec][] => {
        const spec = part.spec?.(process)
        return spec === undefined ? [] : [[secret, spec]]
      })
      const secrets = Object.fromEntries(specs)
      const definition = defineService({ name: service, settings: z.object({}), secrets })
      const loaded = await load(definition, { env: { REKEY_ENVIRONMENT: 'test' } })
      const leaving = new AbortController()
      const uses: Use[] = []
      for (const { secret, part } of held) {
        uses.push(await part.replicaComes(process, loaded.secrets[secret]))
      }
      const handle = uses.find((use) => use.handle !== undefined)?.handle
      return {
        service: loaded,
        ...(handle && { handle }),
        run: () => this.#callAll(process, uses, leaving.signal),
        async close() {
          leaving.abort()
          await process.clock.sleep(CALL_MS)
          for (const use of uses) await use.replicaGoes?.()
        },
      }
    }
  }

  /** Makes every call of a replica again and again until it leaves, and never waits for an answer before the next one. */
  async #callAll(
    { clock }: VirtualProcess,
    uses: readonly Use[],
    leaving: AbortSignal,
  ): Promise<void> {
    const { random } = this.parts
    const { callEveryMs } = this.#options
    const callers = uses.flatMap(({ call }) => (call === undefined ? [] : [call]))
    const repeat = async (call: () => Promise<void>) => {
      await clock.sleep(random.between(0, callEveryMs))
      while (!leaving.aborted) {
        void call()
        await clock.sleep(callEveryMs)
      }
    }
    await Promise.all(callers.map(repeat))
  }

  #nextSkewMs(): number {
    const { skewsMs = [] } = this.#options
    return skewsMs[this.#machines++ % skewsMs.length] ?? 0
  }

  #rotating(kind: KindWorld): Rotating {
    const { parts } = this
    const { maxLagMs, isAudited = true, sabotage = {} } = this.#options
    const { secret: name, firstValue } = kind
    const store = new StoreModel({ ...parts, name, firstValue, maxLagMs })
    const own = createMemoryStore(kind.ownSecrets ?? {}, { clock: parts.time })
    const journal = new JournalServer(parts)
    const change = sabotage[kind.title] ?? ((rotation) => rotation)
    const rotatorNamed = (title: string) =>
      new RotatorModel(title, this.#nextSkewMs(), {
        ...{ ...parts, store, leaseMs: LEASE_MS },
        journalFor: (process) => Promise.resolve(journal.for(process)),
        ...(isAudited && { auditFor: (process) => this.audit.for(process) }),
        kindFor: async (process) => {
          const fleet = this.fleet.askedBy(this.#network.fetchOf(process))
          const both = withOwn(store.forRotator(process), own, kind)
          return change(await kind.rotates(process, { fleet, store: both }))
        },
      })
    const rotator = rotatorNamed(`rotator of ${name}`)
    return { kind, store, rotator, second: rotatorNamed(`rotator-2 of ${name}`) }
  }
}

/** The store of a secret, which the secrets of its rotator are read from too. */
function withOwn(
  store: SecretStore,
  own: SecretStore,
  { ownSecrets = {} }: KindWorld,
): SecretStore {
  return { ...store, read: (name) => (name in ownSecrets ? own : store).read(name) }
}
