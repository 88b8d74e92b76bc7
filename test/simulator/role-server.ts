import type { Claim, RotationIntent } from '@rekey/rekey/internal/engine'
import { SecretError } from '@rekey/secret'
import type pg from 'pg'
import type { VirtualProcess } from './virtual-process.ts'
import type { WorldParts } from './world-parts.ts'

/** A change of the roles. */
export interface RoleChange {
  readonly verb: 'create' | 'drop'
  readonly role: string
}

/** A change of the journal in the same transaction. */
interface JournalChange {
  readonly verb: 'setIntent'
  readonly intent: RotationIntent
}

/** What stands in for a client within a transaction. */
export interface RoleClient {
  query(change: RoleChange | JournalChange): Promise<void>
}

/** A server with login roles, which keeps book of who changed them. */
export class RoleServer {
  readonly roles = new Set<string>()
  readonly #parts: WorldParts
  /** The login that services use at this moment. */
  readonly #inUse: () => string
  #lastEpoch = 0

  constructor(parts: WorldParts, first: string, inUse: () => string) {
    this.#parts = parts
    this.#inUse = inUse
    this.roles.add(first)
  }

  /** Changes a role at once, without a fence. */
  change(process: VirtualProcess, change: RoleChange): Promise<void> {
    return process.request(() =>
      this.#answer(() => {
        this.#apply(process, change)
      }),
    )
  }

  async canLogIn(process: VirtualProcess, role: string): Promise<boolean> {
    return process.request(() => this.#answer(() => this.roles.has(role)))
  }

  /** The transactions of a claim whose journal is on this server: nothing is done unless the claim still holds at the commit. */
  transactionsOf(process: VirtualProcess, claim: Claim): Required<Claim>['transaction'] {
    return async (work) => {
      const changes: RoleChange[] = []
      let intent: RotationIntent | undefined
      const client: RoleClient = {
        query: (change) =>
          process.request(() =>
            this.#answer(() => {
              if (change.verb === 'setIntent') intent = change.intent
              else changes.push(change)
            }),
          ),
      }
      const result = await work(client as unknown as pg.ClientBase)
      await process.request(() =>
        this.#answer(async () => {
          await (intent === undefined ? claim.renew() : claim.setIntent(intent))
          this.#commit(process, claim.epoch, changes)
        }),
      )
      return result
    }
  }

  #commit(process: VirtualProcess, epoch: number, changes: readonly RoleChange[]): void {
    const { trace } = this.#parts
    if (epoch < this.#lastEpoch) trace.violate(process.name, 'changes roles past its fence')
    this.#lastEpoch = epoch
    for (const change of changes) this.#apply(process, change)
  }

  #apply(process: VirtualProcess, { verb, role }: RoleChange): void {
    const { trace } = this.#parts
    trace.add(process.name, `${verb} role ${trace.nameOf({ version: role })}`)
    if (verb === 'create') this.roles.add(role)
    else this.roles.delete(role)
    if (!this.roles.has(this.#inUse())) trace.violate(process.name, 'drops the login in use')
  }

  async #answer<T>(work: () => T | Promise<T>): Promise<T> {
    await this.#travel()
    const result = await work()
    await this.#travel()
    return result
  }

  async #travel(): Promise<void> {
    const { time, random, faults } = this.#parts
    await time.sleep(random.between(1, 500))
    if (faults.isDown('database')) {
      throw new SecretError('unreachable', 'the database does not answer')
    }
  }
}
