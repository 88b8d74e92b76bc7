import { defineService } from '@rekey/config-loader'
import { integrationSecret } from '@rekey/integration-secret'
import type { LiveSecret, StagedSecret } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import { z } from 'zod'
import type { Outage } from './faults.ts'
import { FleetModel } from './fleet-model.ts'
import { integrationWorld } from './integration-kind.ts'
import { JournalServer } from './journal-model.ts'
import type { PlacedOrder, PlacedStumble } from './key-scenario.ts'
import type { Sabotage } from './key-world.ts'
import { Network } from './network.ts'
import { placeStumbles } from './place-faults.ts'
import { ReplicaModel } from './replica.ts'
import { RotatorModel } from './rotator-model.ts'
import { rotateToEnd, runWorld } from './run-world.ts'
import { StoreModel } from './store-model.ts'
import type { Behaviour, Trouble } from './third-party.ts'
import type { Trace } from './trace.ts'
import { createWorldParts } from './world-parts.ts'

/** All that happens in one run at a third party. Times are milliseconds since the beginning. */
export interface ThirdPartyScenario {
  readonly seed: number
  readonly orders: readonly PlacedOrder[]
  readonly outages: readonly Outage[]
  readonly stumbles: readonly PlacedStumble[]
  /** What happens to orders to the adapter, by their number. */
  readonly troubles: readonly { readonly order: number; readonly trouble: Trouble }[]
}

const LEASE_MS = 15_000
const MAX_LATENCY_MS = 1_000
const POLL_MS = 5_000
const LAG_MS = 1_000
/** Rarer than the validation period, so that calls alone do not show that the old credential is in use. */
const CALL_EVERY_MS = 13_000
const ATTEMPTS = 20
/** How long a replica may be without the one credential that a third party makes, once the store has it and answers. */
const CUT_OVER_MS = POLL_MS + LAG_MS + 5_000

/** Runs a scenario: the orders with all their faults, then, when everything works, a rotation, a sweep, and another rotation. */
export async function simulateThirdParty(
  behaviour: Behaviour,
  scenario: ThirdPartyScenario,
  sabotage: Sabotage = (kind) => kind,
): Promise<Trace> {
  const world = new ThirdPartyWorld(behaviour, scenario, sabotage)
  await world.store.open()
  await runWorld(world.parts, world.run())
  return world.parts.trace
}

class ThirdPartyWorld {
  readonly parts
  readonly store: StoreModel
  readonly #behaviour: Behaviour
  readonly #scenario: ThirdPartyScenario
  readonly #kind: ReturnType<typeof integrationWorld>
  readonly #network: Network
  readonly #fleet: FleetModel
  /** The last one comes when everything works, and meets no fault. */
  readonly #rotators: readonly [RotatorModel, RotatorModel, RotatorModel]
  readonly #lives = new Map<string, LiveSecret>()

  constructor(behaviour: Behaviour, scenario: ThirdPartyScenario, sabotage: Sabotage) {
    const parts = createWorldParts(scenario.seed, scenario.outages)
    this.parts = parts
    this.#behaviour = behaviour
    this.#scenario = scenario
    this.#network = new Network({ ...parts, maxLatencyMs: MAX_LATENCY_MS, seen: () => undefined })
    this.#kind = integrationWorld(parts, this.#network, behaviour)
    this.#fleet = new FleetModel(parts.time)
    const { secret: name, firstValue, thirdParty } = this.#kind
    this.store = new StoreModel({ ...parts, name, firstValue, maxLagMs: LAG_MS })
    const journal = new JournalServer(parts)
    const rotator = (title: string) =>
      new RotatorModel(title, 0, {
        ...{ ...parts, store: this.store, leaseMs: LEASE_MS },
        journalFor: (process) => Promise.resolve(journal.for(process)),
        kindFor: async (process) => {
          const fleet = this.#fleet.askedBy(this.#network.fetchOf(process))
          return sabotage(
            await this.#kind.rotates(process, { fleet, store: this.store.forRotator(process) }),
          )
        },
      })
    this.#rotators = [rotator('rotator-0'), rotator('rotator-1'), rotator('rotator-2')]
    for (const { order, trouble } of scenario.troubles) thirdParty.troubles.set(order, trouble)
    thirdParty.onChange = () => {
      this.#checkAll()
    }
  }

  async run(): Promise<void> {
    const { parts } = this
    const { time } = parts
    const { orders, stumbles } = this.#scenario
    await Promise.all(['alpha-0', 'alpha-1'].map((name) => this.#start(name)))
    const [first, second, rotator] = this.#rotators
    placeStumbles(stumbles, [first, second], parts)
    const ended = orders.map(async ({ rotator: of, atMs, ...task }) => {
      await time.sleep(atMs)
      await this.#rotators[of].carryOut(task)
    })
    await Promise.all(ended)
    parts.faults.heal()
    await rotator.carryOut({ order: 'rotate', attempts: ATTEMPTS })
    await this.#sweep(rotator)
    await rotateToEnd(parts, rotator, ATTEMPTS)
    await this.#settle()
    const { held } = this.#kind.thirdParty
    const { current, ...others } = this.store.latest
    const isAlone = held.length === 1 && held[0]?.value === current.value.expose()
    if (!isAlone) parts.trace.violate('third party', `holds ${held.length} credentials at the end`)
    if (others.pending ?? others.previous) parts.trace.violate('store', 'has a version left over')
  }

  /** What no version in the store has is one credential at most, and a sweep names it. */
  async #sweep(rotator: RotatorModel): Promise<void> {
    const { trace } = this.parts
    await this.#settle()
    const known = liveVersions(this.store.latest).map(({ value }) => value.expose())
    const { held } = this.#kind.thirdParty
    const orphans = held.filter(({ value }) => !known.includes(value)).map(({ id }) => id)
    const { most, ignoresKeys = false } = this.#behaviour
    // An adapter that makes another one each time leaves one for each answer that is lost, as far as the third party lets it.
    const allowed = ignoresKeys ? most - 1 : 1
    if (orphans.length > allowed) trace.violate('third party', `has ${orphans.length} orphans`)
    const ending = await rotator.carryOut({ order: 'sweep', attempts: ATTEMPTS })
    const removed = ending.as === 'swept' ? ending.removed : []
    if (removed.toSorted().join() === orphans.toSorted().join()) return
    trace.violate('sweep', `removes ${removed.join()} of ${orphans.join()}`)
  }

  #settle(): Promise<void> {
    const { readsLagMs = 0, startsAfterMs = 0, endsAfterMs = 0 } = this.#behaviour
    return this.parts.time.sleep(readsLagMs + startsAfterMs + endsAfterMs + 60_000)
  }

  async #start(name: string): Promise<void> {
    const { parts } = this
    const { secret, parts: uses } = this.#kind
    const machine = { ...parts, name, network: this.#network, skewMs: 0, pollMs: POLL_MS }
    const replica = new ReplicaModel(
      { ...machine, view: this.store.viewFrom() },
      async (process, load) => {
        const secrets = { [secret]: integrationSecret('sms') }
        const definition = defineService({ name: 'alpha', settings: z.object({}), secrets })
        const service = await load(definition, { env: { REKEY_ENVIRONMENT: 'test' } })
        const live = service.secrets[secret]
        const use = await uses.alpha?.replicaComes(process, live)
        if (live === undefined || use === undefined) throw new TypeError('nothing is loaded')
        this.#lives.set(name, live)
        const callAll = async () => {
          for (;;) {
            await process.clock.sleep(CALL_EVERY_MS)
            void use.call?.()
            this.#check(name, live.snapshot)
          }
        }
        const watch = async () => {
          for await (const staged of live.changes(new AbortController().signal))
            this.#check(name, staged)
        }
        return { service, run: () => Promise.all([callAll(), watch()]).then(() => undefined) }
      },
    )
    await replica.start()
    this.#fleet.add(replica)
  }

  #checkAll(): void {
    for (const [name, live] of this.#lives) this.#check(name, live.snapshot)
  }

  /** One of the versions that a replica holds is accepted at every front end of the third party. */
  #check(name: string, snapshot: StagedSecret): void {
    const { thirdParty } = this.#kind
    const held = liveVersions(snapshot)
    if (held.some(({ value }) => thirdParty.accepts(value.expose()))) return
    if (this.#isCutOver()) return
    this.parts.trace.violate(name, 'holds no credential that is accepted')
  }

  /** Whether the one credential that the third party makes has not been in the store for long, and so is known to no replica yet. */
  #isCutOver(): boolean {
    const { most, takesValues } = this.#behaviour
    if (most > 1 || takesValues) return false
    const [only] = this.#kind.thirdParty.held
    const storedAt = this.store.storedAt(only?.value ?? '')
    const { time } = this.parts
    return storedAt === undefined || time.now() - storedAt < CUT_OVER_MS
  }
}
