import { randomBytes } from 'node:crypto'
import { issueApiKey } from '@rekey/api-key-auth'
import { formatDatabaseUrl } from '@rekey/db-pool-rotator'
import { parseApiKey } from '@rekey/api-key-auth/internal'
import type { RotationError } from '@rekey/rekey/engine'
import type { Rotated, RotationIntent } from '@rekey/rekey/internal/engine'
import { liveVersions } from '@rekey/secret/internal'
import { NON_PRODUCTION_PREFIX, type SecretStore, type StagedSecret } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { Actor, type WorldTime } from './actor.ts'
import { DatabaseModel, OWNER } from './database-model.ts'
import { FarSideModel } from './far-side-model.ts'
import type { JournalTable } from './journal-table.ts'
import type { Use } from './look.ts'
import type { ReplicaModel } from './replica.ts'
import { startReplica } from './replicas-of-world.ts'
import type { Scenario } from './scenario.ts'

export const KEY = 'API_KEY_ALPHA_BETA'

const ADDRESS = { host: 'localhost', port: 5432, database: 'alpha' }

/** The journal, as far as it decides what can follow. */
export interface JournalState {
  epoch: number
  /** The rotator that made the last claim. */
  holder: string | undefined
  leasedUntilMs: number
  intent: RotationIntent | undefined
  /** Whether the last claim was one of an emergency. */
  isOfEmergency: boolean
  /** Where it is in PostgreSQL: its table. */
  table?: JournalTable
  /** Where it is in the store: its entry, and the same before the last write. */
  entry?: StagedSecret
  before?: StagedSecret
}

/** An emergency, from the first write of a rotator that carries it out. */
export interface Leak {
  /** The versions that the store held when that rotator read it. */
  readonly versions: ReadonlySet<string>
  /** The epoch of the claim under which it began. */
  readonly epoch: number
  /** How the last rotation since then ended: with receipts of all that was revoked, or without. Absent before. */
  ending?: 'proven' | 'unproven'
  /** A version of these that was made current since. */
  promoted?: string
  /** The same, by a write that was on its way before. */
  promotedLate?: string
}

/** A step that ends with a write to the store, and the epoch of the claim under which it was taken or written down. */
export interface Audited {
  readonly step: string
  readonly epoch: number
  /** Whether it is an entry on what a rotator before may have done. */
  readonly isLate?: boolean
}

/** A store, a journal, the replicas of alpha and beta, and the rotators, at one instant. */
export class World {
  readonly scenario: Scenario
  readonly time: WorldTime = { startMs: Date.UTC(2026, 0, 1), elapsedMs: 0 }
  readonly store: SecretStore
  readonly journal: JournalState = {
    epoch: 0,
    holder: undefined,
    leasedUntilMs: 0,
    intent: undefined,
    isOfEmergency: false,
  }
  readonly actors: Actor[] = []
  readonly replicas: ReplicaModel[] = []
  /** What alpha calls, if that is no service of ours. */
  farSide: FarSideModel | undefined
  /** Every version that a receipt was ever written of. */
  readonly receipts = new Set<string>()
  /** Changes of the store that have taken place, each under the claim of a rotator, and those that the audit log has. */
  readonly changes: Audited[] = []
  readonly audited: Audited[] = []
  readonly trace: string[] = []
  /** Whether the last rotation has ended. */
  isOver = false
  leak: Leak | undefined
  /** How an emergency ended that did not finish in one attempt. */
  stopped: string | undefined
  /** How many more faults there can be. */
  faultsLeft: number
  /** How often the fleet was looked at in the last attempt to rotate. */
  looks = 0
  /** How many events there have been since all rotators began, or the last one. */
  events = 0
  readonly uses: Use[] = []
  /** When a version became current last. */
  promotedAtMs = 0
  /** What a rotator did too early. */
  haste: string | undefined
  /** A call of a loaded sender that was not accepted, and no key had leaked. */
  refused: string | undefined
  /** What a rotator reported of another one, and was not so. */
  untrue: string | undefined
  readonly #names = new Map<string, string>()
  readonly #versions = new Map<string, string>()
  #latest: StagedSecret | undefined
  /** What the store held before the last write. */
  before: StagedSecret | undefined

  constructor(scenario: Scenario) {
    this.scenario = scenario
    this.faultsLeft = scenario.depth
    const firstKey =
      scenario.farSide === 'database'
        ? formatDatabaseUrl({ ...ADDRESS, user: `${OWNER}_g1`, password: newPassword() })
        : issueApiKey({ environment: 'test' }).text.expose()
    const { clock } = new Actor('store', this.time)
    this.store = createMemoryStore({ [KEY]: firstKey }, { clock })
  }

  async start(): Promise<void> {
    this.note(await this.store.read(KEY))
    const { farSide, replicas, sabotage, hasStandby } = this.scenario
    const { version, value } = this.latest.current
    if (farSide === 'database') {
      const first = { version, value: value.expose() }
      this.farSide = new DatabaseModel(first, this.replicas, { ...sabotage, hasStandby })
    } else if (farSide !== undefined) {
      this.farSide = new FarSideModel(farSide, version, { isDeaf: sabotage?.isDeaf })
    }
    for (const name of replicas) this.replicas.push(await startReplica(this, name))
  }

  /** What the store holds. */
  get latest(): StagedSecret {
    if (this.#latest === undefined) throw new TypeError('the world has not started')
    return this.#latest
  }

  /** Takes note of what the store holds by now, and whether that is by a write of an attempt that was stopped before. */
  note(staged: StagedSecret, { isLate } = { isLate: false }): void {
    const { version } = staged.current
    const isOther = this.#latest?.current.version !== version
    if (isOther) this.promotedAtMs = this.time.elapsedMs
    if (isOther && this.leak?.versions.has(version)) {
      this.leak[isLate ? 'promotedLate' : 'promoted'] = version
    }
    if (this.#latest?.revision !== staged.revision) this.before = this.#latest
    this.#latest = staged
    for (const { version, value } of liveVersions(staged)) {
      if (this.#names.has(version)) continue
      const name = `v${this.#versions.size + 1}`
      this.#versions.set(value.expose(), version)
      this.#names.set(version, name)
      if (this.farSide instanceof DatabaseModel) this.farSide.learn(version, value.expose())
      if (this.scenario.farSide === undefined) {
        this.#names.set(parseApiKey(value.expose()).keyId, name)
      }
    }
  }

  /** Takes note that a rotator which has read these versions has written something for an emergency. */
  noteEmergency(epoch: number, versions: readonly string[]): void {
    this.leak ??= { versions: new Set(versions), epoch }
  }

  /** Takes note of another rotator that has a live claim as this one calls the journal, or of an earlier one of its own as it claims. */
  meet({ name, met }: Actor, isClaiming = false): void {
    const { holder, leasedUntilMs } = this.journal
    const isOther = holder !== undefined && (isClaiming || holder !== name)
    // A lease lasts to its last millisecond in a store.
    if (isOther && leasedUntilMs >= this.time.elapsedMs) met.add(holder)
  }

  /** Takes note of the error with which an attempt ended: what it reports of another rotator has to be so. */
  noteEnd({ name, epoch, met }: Actor, { code, message }: RotationError): void {
    const isOpen = message.startsWith('a rotation of') && this.journal.intent !== undefined
    if (code === 'fenced' && epoch >= this.journal.epoch)
      this.untrue ??= `${name} reports that it was taken over, and was not`
    if (code === 'busy' && met.size === 0 && !isOpen)
      this.untrue ??= `${name} reports that another is rotating, and none was`
  }

  /** Takes note that a rotation has finished. */
  noteRotated(epoch: number, { unproven }: Rotated): void {
    if (this.leak === undefined || epoch < this.leak.epoch) return
    this.leak.ending = unproven === undefined ? 'proven' : 'unproven'
  }

  /** A change of the store of which the audit log has nothing. */
  get unaudited(): Audited | undefined {
    return this.changes.find(({ step, epoch }) =>
      this.audited.every((each) => {
        const isOfIt = each.isLate === true ? each.epoch > epoch : each.epoch === epoch
        return each.step !== step || !isOfIt
      }),
    )
  }

  /** The listed replicas of a service. */
  of(service: ReplicaModel['service']): ReplicaModel[] {
    return this.replicas.filter((replica) => replica.isListed && replica.service === service)
  }

  isBehind({ isListed, held }: ReplicaModel): boolean {
    return isListed && held.revision !== this.latest.revision
  }

  /** The version of a key's text. */
  versionOf(key: string): string | undefined {
    return this.#versions.get(key)
  }

  /** The key's text of a version. */
  keyOf(version: string): string {
    const found = [...this.#versions].find(([, known]) => known === version)
    return found?.[0] ?? ''
  }

  /** Has {@link nameOf} name a process by this name. */
  learnProcess(id: string, name: string): void {
    this.#names.set(id, name)
  }

  /** `v1`, `v2`, … for a version or the id of its key, by when it came; any other text as it is. */
  nameOf(text: string): string {
    return this.#names.get(text) ?? text
  }

  describe(staged: StagedSecret<unknown>): string {
    return liveVersions(staged)
      .map(({ stage, version }) => `${stage} ${this.nameOf(version)}`)
      .join(', ')
  }

  /** Adds a line to the trace. */
  log(what: string): void {
    this.trace.push(`${(this.time.elapsedMs / 1000).toFixed(3).padStart(7)}s ${what}`)
  }

  /** When the next process wakes; infinite if none sleeps. */
  get nextMs(): number {
    return Math.min(...this.actors.map((actor) => actor.wakesAt))
  }

  /** Lets time pass until a process wakes. Meanwhile every sender calls every receiver. */
  async passTime(): Promise<void> {
    this.time.elapsedMs = Math.max(this.time.elapsedMs, this.nextMs)
    for (const sender of this.of('alpha')) {
      if (this.farSide === undefined) await this.send(sender, sender.held.current.version)
      else {
        sender.logIn(this.farSide)
        if (this.farSide instanceof DatabaseModel) this.farSide.readThere(sender)
        if (sender.session !== undefined) this.noteUse(sender.session, [sender])
      }
    }
    if (this.scenario.hasThief === true) {
      for (const version of this.#retired()) {
        for (const receiver of this.of('beta')) receiver.show(version)
      }
    }
    for (const actor of this.actors) actor.wake()
  }

  /** Has a sender send a version to every receiver. */
  async send(sender: ReplicaModel, version: string): Promise<void> {
    const receivers = this.of('beta')
    for (const receiver of receivers) await sender.send(version, receiver)
    if (this.scenario.areReplicasLoaded !== true) this.noteUse(version, [sender, ...receivers])
  }

  /** Takes note of a use of a version, which these replicas count. */
  noteUse(version: string, by: readonly ReplicaModel[]): void {
    const names = by.map(({ name }) => name)
    this.uses.push({ version, atMs: this.time.elapsedMs, by: names })
  }

  #retired(): string[] {
    const { current, pending } = this.latest
    const inUse = [current.version, pending?.version]
    return [...this.#versions.values()].filter((version) => !inUse.includes(version))
  }
}

function newPassword(): string {
  return NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')
}
