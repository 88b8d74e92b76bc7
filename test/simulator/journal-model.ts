import type { Claim } from '@rekey/rekey/internal/engine'
import { createMemoryJournal, type RotationJournal } from '@rekey/rekey/engine'
import { SecretError } from '@rekey/secret'
import type { RoleClient } from './role-server.ts'
import type { VirtualProcess } from './virtual-process.ts'
import type { WorldParts } from './world-parts.ts'

/** Makes the transactions of a claim. */
export type TransactionsOf = (claim: Claim) => Required<Claim>['transaction']

/** A journal on a server of its own with a true clock, as seen by rotators over a network. */
export class JournalServer {
  readonly #journal: RotationJournal
  readonly #parts: WorldParts

  constructor(parts: WorldParts) {
    this.#parts = parts
    this.#journal = createMemoryJournal(parts.time)
  }

  /** The journal as a rotator has it; with transactions, where what it changes is on the same server. */
  for(process: VirtualProcess, transactionsOf?: TransactionsOf): RotationJournal {
    const ask = <T>(work: () => Promise<T>) => process.request(() => this.#answer(work))
    return {
      name: this.#journal.name,
      entries: (secrets) => ask(() => this.#journal.entries(secrets)),
      claim: async (...request) => {
        const claim = await ask(() => this.#journal.claim(...request))
        return {
          epoch: claim.epoch,
          intent: claim.intent,
          takenFrom: claim.takenFrom,
          begun: claim.begun,
          // What is set in a transaction comes true at its commit.
          setIntent: (intent, client) =>
            client === undefined
              ? ask(() => claim.setIntent(intent))
              : (client as unknown as RoleClient).query({ verb: 'setIntent', intent }),
          record: (event, intent) => ask(() => claim.record(event, intent)),
          renew: () => ask(() => claim.renew()),
          release: () => ask(() => claim.release()),
          ...(transactionsOf && { transaction: transactionsOf(claim) }),
        }
      },
    }
  }

  async #answer<T>(work: () => Promise<T>): Promise<T> {
    await this.#travel()
    const result = await work()
    await this.#travel()
    return result
  }

  async #travel(): Promise<void> {
    const { time, random, faults } = this.#parts
    await time.sleep(random.between(1, 50))
    if (faults.isDown('journal')) {
      throw new SecretError('unreachable', 'the journal does not answer')
    }
  }
}
