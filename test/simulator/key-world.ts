import { issueApiKey } from '@rekey/api-key-auth'
import { apiKeyKind } from '@rekey/api-key-auth/internal/rotate'
import { openStoreJournal } from '@rekey/rekey/internal/engine'
import type { RotationJournal } from '@rekey/rekey/engine'
import type { StagedSecret } from '@rekey/secret'
import type { RotationKind } from '@rekey/secret/kind'
import { FleetModel } from './fleet-model.ts'
import { JournalServer } from './journal-model.ts'
import type { KeyScenario, MachineSpec, Visit } from './key-scenario.ts'
import { alphaCalling, type CallOutcome, loadBeta } from './key-services.ts'
import { Network } from './network.ts'
import { placeAt } from './place-faults.ts'
import { type Load, ReplicaModel } from './replica.ts'
import { RotatorModel } from './rotator-model.ts'
import { StoreModel } from './store-model.ts'
import type { VirtualProcess } from './virtual-process.ts'
import { createWorldParts, type WorldParts } from './world-parts.ts'

const KEY = 'API_KEY_ALPHA_BETA'
export const MAX_LATENCY_MS = 1_000
/** Longer than a call is under way, or silence would prove nothing. */
const VALIDATION_MS = 10_000
const LEASE_MS = 15_000
const CALL_EVERY_MS = 2_500

/** Changes the rotation, to see whether the guarantees depend on what is changed. */
export type Sabotage = (kind: RotationKind) => RotationKind

/** A fleet of alpha and beta with its store, journal, network and two rotators, in virtual time. */
export class KeyWorld {
  readonly parts: WorldParts
  readonly store: StoreModel
  readonly network: Network
  readonly #fleet: FleetModel
  readonly #visits: readonly { readonly visit: Visit; readonly replica: ReplicaModel }[]
  readonly rotators: readonly [RotatorModel, RotatorModel]
  /** Calls of alpha that beta answered, and those that were refused: by a receiver at first, and for good after all retries. */
  readonly calls = { answered: 0, refusedAtFirst: 0, refused: 0, refusedWithoutReason: 0 }
  readonly #scenario: KeyScenario
  readonly #journal: JournalServer
  /** When a call between two replicas was last refused because one of them was late. */
  readonly #lateAtMs = new Map<string, number>()

  constructor(scenario: KeyScenario, sabotage: Sabotage = (kind) => kind) {
    const { seed, outages, maxLagMs, rotatorSkewMs } = scenario
    this.#scenario = scenario
    this.parts = createWorldParts(seed, outages)
    const { parts } = this
    this.#fleet = new FleetModel(parts.time)
    const seen = this.#noteAnswer.bind(this)
    this.network = new Network({ ...parts, maxLatencyMs: MAX_LATENCY_MS, seen })
    const firstValue = issueApiKey({ environment: 'test' }).text.expose()
    this.store = new StoreModel({ ...parts, name: KEY, firstValue, maxLagMs })
    this.#journal = new JournalServer(parts)
    const visits = scenario.visits ?? []
    const names = [...scenario.receivers, ...visits].map((_, n) => `beta-${n}`)
    const alpha = alphaCalling(names, {
      everyMs: scenario.callEveryMs ?? CALL_EVERY_MS,
      present: () => this.#fleet.namesOf('beta'),
      told: this.#noteOutcome.bind(this),
    })
    const loads = { alpha, beta: loadBeta }
    const counts = { alpha: 0, beta: 0 }
    const next = (service: keyof typeof loads, spec: MachineSpec) =>
      this.#replica(`${service}-${counts[service]++}`, spec, loads[service])
    for (const spec of scenario.receivers) this.#fleet.add(next('beta', spec))
    for (const spec of scenario.senders) this.#fleet.add(next('alpha', spec))
    this.#visits = visits.map((visit) => ({ visit, replica: next(visit.service, visit) }))
    const rotator = (name: string, skewMs: number) =>
      new RotatorModel(name, skewMs, {
        ...{ ...parts, store: this.store, leaseMs: LEASE_MS },
        journalFor: (process) => this.#journalFor(process),
        kindFor: (process) => sabotage(this.#kindFor(process)),
      })
    const [first, second] = rotatorSkewMs
    this.rotators = [rotator('rotator-0', first), rotator('rotator-1', second)]
  }

  /** Those that discovery lists now. */
  get replicas(): readonly ReplicaModel[] {
    return this.#fleet.replicas
  }

  get receivers(): readonly ReplicaModel[] {
    return this.replicas.filter(({ machine: { name } }) => name.startsWith('beta'))
  }

  /** Starts every replica, and lets the others come and go. */
  async start(): Promise<void> {
    await this.store.open()
    for (const replica of this.replicas) void replica.start()
    for (const { visit, replica } of this.#visits) {
      placeAt(this.parts, visit.atMs, () => void this.#fleet.host(replica, visit.forMs))
    }
  }

  #replica(name: string, { skewMs, pollMs }: MachineSpec, load: Load): ReplicaModel {
    const { parts, network } = this
    const view = this.store.viewFrom()
    return new ReplicaModel({ ...parts, name, network, skewMs, pollMs, view }, load)
  }

  #journalFor(process: VirtualProcess): Promise<RotationJournal> {
    if (this.#scenario.journal === 'server') return Promise.resolve(this.#journal.for(process))
    const options = { secrets: [KEY], clock: process.clock, skewMs: 60_000 }
    return openStoreJournal(this.store.forRotator(process), options)
  }

  #kindFor(process: VirtualProcess): RotationKind {
    const fetch = this.network.fetchOf(process)
    return apiKeyKind.rotation({
      ...{ sender: 'alpha', receiver: 'beta', environment: 'test', fetch },
      ...{ validationMs: VALIDATION_MS, deadlineMs: 90_000, pollMs: 2_000 },
      fleet: this.#fleet.askedBy(fetch),
    })
  }

  #noteAnswer(from: string, to: string, status: number): void {
    if (status === 200 || !from.startsWith('alpha')) return
    this.calls.refusedAtFirst += 1
    const isLate = [from, to].some((name) => this.#isLate(name))
    if (isLate) this.#lateAtMs.set(`${from} ${to}`, this.parts.trace.nowMs)
    this.parts.trace.add(to, `refuses a key of ${from}${isLate ? ', one of them is late' : ''}`)
  }

  #noteOutcome({ sender, receiver, status }: CallOutcome): void {
    const { trace } = this.parts
    if (status === undefined) return
    this.calls.answered += 1
    if (status === 200) return
    this.calls.refused += 1
    const lateAtMs = this.#lateAtMs.get(`${sender} ${receiver}`) ?? -Infinity
    const hasReason = trace.nowMs - lateAtMs < 4 * MAX_LATENCY_MS
    if (!hasReason) this.calls.refusedWithoutReason += 1
    trace.add(sender, `was refused by ${receiver}`)
  }

  /** Whether a replica has not yet seen the store as it is. */
  #isLate(name: string): boolean {
    const program = this.replicas.find(({ machine }) => machine.name === name)?.program
    const held = program?.service.health().secrets[0]?.versions ?? []
    const { latest } = this.store
    const known = held.map(({ stage, version }) => `${stage} ${version}`).join()
    return known !== versionsIn(latest).join()
  }
}

function versionsIn({ current, pending, previous }: StagedSecret): string[] {
  const versions = [current, pending, previous].filter((version) => version !== undefined)
  return versions.map(({ stage, version }) => `${stage} ${version}`)
}
