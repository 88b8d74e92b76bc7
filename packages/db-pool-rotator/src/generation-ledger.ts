import type pg from 'pg'

/** What a ledger tells as connections go. */
export interface LedgerTasks {
  held(versions: readonly string[]): void
  draining(version: string, left: number): void
  drained(version: string): void
}

/** Which connection logged in with which version, until its socket has ended. */
export class GenerationLedger {
  readonly #tasks: LedgerTasks
  readonly #versions = new WeakMap<pg.ClientBase, string>()
  readonly #draining = new Map<string, number>()

  constructor(tasks: LedgerTasks) {
    this.#tasks = tasks
  }

  stamp(client: pg.ClientBase, version: string): void {
    this.#versions.set(client, version)
  }

  isOf(client: pg.ClientBase, version: string): boolean {
    return this.#versions.get(client) === version
  }

  /** From now on the ledger tells how many connections of `version` are left. */
  drain(version: string): void {
    this.#draining.set(version, -1)
  }

  /** Counts the open connections anew. `active` is the version that may still be logged in with, if any. */
  update(clients: readonly pg.Client[], active: string | undefined): void {
    const counts = new Map<string, number>(active === undefined ? [] : [[active, 0]])
    for (const client of clients) {
      const version = this.#versions.get(client)
      if (version !== undefined) counts.set(version, (counts.get(version) ?? 0) + 1)
    }
    this.#tasks.held([...counts.keys()])
    for (const [version, before] of this.#draining) {
      const left = counts.get(version) ?? 0
      if (version === active || left === 0) this.#draining.delete(version)
      else this.#draining.set(version, left)
      if (version === active || left === before) continue
      if (left === 0) this.#tasks.drained(version)
      else this.#tasks.draining(version, left)
    }
  }
}
