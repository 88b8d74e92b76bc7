import type { Claim, RotationIntent } from '@rekey/rekey/internal/engine'
import type { AdminSqlPool } from '@rekey/secret/internal/kind'
import type { SqlClient } from '@rekey/secret/kind'
import { steadyAnswer, answerOf } from './database-answers.ts'
import type { DatabaseModel, Transaction } from './database-model.ts'
import type { Ask } from './far-side.ts'
import { modelPool } from './model-pool.ts'
import { standbyPoolOf } from './standby-pool.ts'

const NOTHING: readonly object[] = []

/** A connection of a rotator. What it does within a transaction takes place when that is committed. */
class AdminConnection {
  readonly #model: DatabaseModel
  readonly #ask: Ask
  #transaction: Transaction | undefined

  constructor(model: DatabaseModel, ask: Ask) {
    this.#model = model
    this.#ask = ask
  }

  async answer(text: string, [value]: readonly unknown[]): Promise<readonly object[]> {
    const model = this.#model
    const steady = steadyAnswer(text)
    if (steady !== undefined) return steady
    if (text === 'begin') {
      const call = {
        object: 'far side',
        label: 'begins a change of roles',
        isWrite: false,
      } as const
      await this.#ask(call, () => undefined)
      this.#transaction = model.begin()
      return NOTHING
    }
    if (text === 'commit' || text === 'rollback') {
      const transaction = this.#transaction
      this.#transaction = undefined
      if (text === 'commit' && transaction !== undefined) await this.commit(transaction)
      return NOTHING
    }
    if (this.#transaction !== undefined) return within(model, this.#transaction, text, value)
    if (text.includes('pg_logical_emit_message')) {
      const call = { object: 'far side', label: 'marks its position', isWrite: false } as const
      return this.#ask(call, () => [{ position: String(model.standby?.end) }])
    }
    if (text.startsWith('select pg_terminate_backend')) {
      const call = { object: 'far side', label: 'ends sessions', isWrite: true } as const
      return this.#ask(call, () => {
        model.terminate(Number(value))
        return NOTHING
      })
    }
    // Sessions change as replicas log in.
    const object = text.includes('pg_stat_activity') ? 'alpha' : 'far side'
    const label = `asks about ${typeof value === 'string' ? value : 'a role'}`
    return this.#ask({ object, label, isWrite: false }, () => {
      const rows = answerOf(model, text, value)
      if (rows === undefined) throw new TypeError(`the model has no answer to: ${text}`)
      return rows
    })
  }

  async commit(transaction: Transaction): Promise<void> {
    if (transaction.changes.length === 0) return
    const call = { object: 'far side', label: labelOf(transaction), isWrite: true } as const
    await this.#ask(call, (isLate) => {
      this.#model.commit(transaction, isLate)
    })
  }
}

/** The pool of an administrator of the model, each of whose statements `ask` makes. */
export function adminPoolOf(model: DatabaseModel, ask: Ask): AdminSqlPool {
  const connections = modelPool(() => {
    const connection = new AdminConnection(model, ask)
    return (...of) => connection.answer(...of)
  })
  const pool = { ...connections, options: { host: 'localhost', port: 5432 } }
  if (model.standby === undefined) return pool
  return { ...pool, endpoints: [pool, standbyPoolOf(model, model.standby, ask)] }
}

/** A client within a transaction of the journal, which may have a change of the intent beside it. */
interface JournalClient extends SqlClient {
  intent?: RotationIntent
}

/** Where the intent of a transaction waits for its commit. */
export function intentIn(client: SqlClient): JournalClient {
  return client
}

/** How a journal on the server of the roles commits. */
interface Committing {
  readonly model: DatabaseModel
  readonly ask: Ask
  readonly renew: () => Promise<void>
  /** Fails where the claim has passed to another. */
  readonly fenced: (intent: RotationIntent | undefined) => Promise<void>
}

/** The transactions of a claim: what they change takes place under it, or not at all. */
export function transactionsOf({
  model,
  ask,
  renew,
  fenced,
}: Committing): NonNullable<Claim['transaction']> {
  return async (work) => {
    await renew()
    const transaction = model.begin()
    const query = (text: string, [value]: unknown[] = []) => {
      const rows = steadyAnswer(text) ?? within(model, transaction, text, value)
      return Promise.resolve({ rows, rowCount: rows.length })
    }
    const client = { query } as unknown as JournalClient
    const result = await work(client)
    const call = { object: 'far side', label: labelOf(transaction), isWrite: true } as const
    await ask(call, async (isLate) => {
      await fenced(client.intent)
      model.commit(transaction, isLate)
    })
    return result
  }
}

function within(model: DatabaseModel, transaction: Transaction, text: string, value: unknown) {
  if (text === 'savepoint copied') transaction.saved = new Map(transaction.roles)
  else if (text === 'rollback to savepoint copied') transaction.roles = transaction.saved
  else if (text !== 'release savepoint copied') {
    return model.within(transaction, text, value)
  }
  return NOTHING
}

/** `drop role if exists "alpha_owner_g1"`: the first change of a transaction. */
function labelOf({ changes }: Transaction): string {
  const [first = 'nothing'] = changes
  return `commits ${first.replace(/ with .*$/, '')}`
}
