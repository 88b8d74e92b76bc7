import { randomBytes } from 'node:crypto'
import { openStoreJournal } from '@rekey/rekey/internal/engine'
import type { RotationJournal } from '@rekey/rekey/engine'
import { Secret, SecretError, type SecretVersion } from '@rekey/secret'
import type { RotationKind, StepContext } from '@rekey/secret/kind'
import type { Shown } from '@rekey/secret/internal/kind'
import { JournalServer } from './journal-model.ts'
import type { RoleScenario } from './role-scenario.ts'
import { type RoleChange, type RoleClient, RoleServer } from './role-server.ts'
import { RotatorModel } from './rotator-model.ts'
import { StoreModel } from './store-model.ts'
import type { VirtualProcess } from './virtual-process.ts'
import { createWorldParts, type WorldParts } from './world-parts.ts'

const LOGIN = 'DATABASE_ALPHA'
const LEASE_MS = 15_000
const CONFIRM_MS = 20_000

/** Replaces the journal of a rotator, to see whether the guarantees depend on it. */
export type OtherJournal = (process: VirtualProcess) => RotationJournal

/** A server with roles, a store and two rotators, in virtual time. A login is called as the version of its secret. */
export class RoleWorld {
  readonly parts: WorldParts
  readonly store: StoreModel
  readonly server: RoleServer
  readonly rotators: readonly [RotatorModel, RotatorModel]
  readonly #scenario: RoleScenario
  readonly #journal: JournalServer
  #proofs = 0

  private constructor(
    scenario: RoleScenario,
    {
      parts,
      store,
      other,
    }: { parts: WorldParts; store: StoreModel; other?: OtherJournal | undefined },
  ) {
    this.#scenario = scenario
    this.parts = parts
    this.store = store
    this.server = new RoleServer(parts, store.latest.current.version, () => {
      return store.latest.current.version
    })
    this.#journal = new JournalServer(parts)
    const rotator = (name: string, skewMs: number) =>
      new RotatorModel(name, skewMs, {
        ...{ ...parts, store, leaseMs: LEASE_MS },
        journalFor: (process) => Promise.resolve(other?.(process) ?? this.#journalFor(process)),
        kindFor: (process) => this.#kindFor(process),
      })
    const [first, second] = scenario.rotatorSkewMs
    this.rotators = [rotator('rotator-0', first), rotator('rotator-1', second)]
  }

  static async open(scenario: RoleScenario, other?: OtherJournal): Promise<RoleWorld> {
    const parts = createWorldParts(scenario.seed, scenario.outages)
    const firstValue = newPassword().expose()
    const store = new StoreModel({ ...parts, name: LOGIN, firstValue, maxLagMs: 0 })
    await store.open()
    return new RoleWorld(scenario, { parts, store, other })
  }

  #journalFor(process: VirtualProcess): RotationJournal | Promise<RotationJournal> {
    if (this.#scenario.journal === 'store') {
      const options = { secrets: [LOGIN], clock: process.clock, skewMs: 60_000 }
      return openStoreJournal(this.store.forRotator(process), options)
    }
    const transactionsOf = this.server.transactionsOf.bind(this.server, process)
    return this.#journal.for(process, transactionsOf)
  }

  #kindFor(process: VirtualProcess): RotationKind {
    const { server } = this
    const change = (wanted: RoleChange, { transaction }: StepContext, shown?: Shown) =>
      transaction === undefined
        ? server.change(process, wanted)
        : transaction((client) => (client as unknown as RoleClient).query(wanted), shown)
    const drop = async ({ version }: SecretVersion, context: StepContext) => {
      const shown = { version, evidence: 'dropped' }
      await change({ verb: 'drop', role: version }, context, shown)
      if (context.transaction === undefined) await context.attest(shown)
    }
    return {
      kind: 'database',
      name: LOGIN,
      plan: () => Promise.reject(new TypeError('nobody asks for a plan')),
      generate: () => Promise.resolve(newPassword()),
      admit: ({ pending }, context) => change({ verb: 'create', role: pending.version }, context),
      prove: ({ version }) => this.#prove(process, version),
      confirm: (_, { clock, signal }) => clock.sleep(CONFIRM_MS, signal),
      attestsItself: true,
      revoke: ({ previous }, context) => drop(previous, context),
      abort: ({ pending }, context) => drop(pending, context),
    }
  }

  async #prove(process: VirtualProcess, role: string): Promise<void> {
    const isRefused = this.#scenario.refusals[this.#proofs] === true
    this.#proofs += 1
    if (isRefused && !this.parts.faults.areHealed) {
      throw new SecretError('refused', 'the rights differ')
    }
    if (await this.server.canLogIn(process, role)) return
    throw new SecretError('rejected', 'the login is refused')
  }
}

function newPassword(): Secret {
  return Secret.of(randomBytes(16).toString('base64url'), LOGIN)
}
