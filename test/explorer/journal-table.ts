import type { Displaced, RotationIntent } from '@rekey/rekey/internal/engine'
import type { Actor } from './actor.ts'

/** The last claim of an emergency, and whose claim it took over. */
interface Emergency extends Displaced {
  readonly from?: string
}

/** The row of a secret in the table of the journal; times on the clock of the world. */
interface Row {
  readonly epoch: number
  readonly holder: string | null
  readonly leasedUntilMs: number
  readonly step: string | null
  readonly phase: string | null
  readonly intent: RotationIntent | null
  readonly emergency: Emergency | null
}

/** What a statement makes of the row, and the rows that it returns. */
interface Outcome {
  readonly row?: Row
  readonly rows: readonly object[]
}

type Statement = (row: Row | undefined, values: readonly unknown[], nowMs: number) => Outcome

const NONE: Outcome = { rows: [] }

/** What PostgreSQL does with each statement on the table, by a part of it. */
const STATEMENTS: readonly (readonly [part: string, does: Statement])[] = [
  ['insert into rekey.rotation as r', claim],
  ['insert into rekey.rotation_event', update],
  ['delete from rekey.rotation_event', release],
  ['update rekey.rotation', update],
  ['as left from rekey.rotation', (row, _, nowMs) => look(row, nowMs)],
  ['select emergency from rekey.rotation', (row, _, nowMs) => look(row, nowMs)],
]

/** The row of one secret, as each statement finds it: what a transaction has written locks it until that is committed. */
export class JournalTable {
  #row: Row | undefined
  #written: { readonly by: Actor; readonly row: Row } | undefined

  /** The row as it is committed. */
  get row(): Row | undefined {
    return this.#row
  }

  /** What decides how its statements are answered, beside what a world knows of its journal. */
  get state(): unknown {
    const { step = null, phase = null, emergency = null } = this.#row ?? {}
    return [step, phase, emergency, this.#lock && [this.#lock.by.name, this.#lock.row]]
  }

  /** Whether another connection has locked the row. The server rolls back what a process had open that died. */
  isLockedFor(actor: Actor): boolean {
    return this.#lock !== undefined && this.#lock.by !== actor
  }

  /** Does a statement at once, or within the transaction of an actor, which then locks the row. */
  run(
    text: string,
    values: readonly unknown[],
    nowMs: number,
    within?: Actor,
  ): readonly object[] | undefined {
    const does = STATEMENTS.find(([part]) => text.includes(part))?.[1]
    if (does === undefined) return undefined
    const { row, rows } = does(this.#row, values, nowMs)
    if (row !== undefined && within === undefined) this.#row = row
    else if (row !== undefined && within !== undefined) this.#written = { by: within, row }
    return rows
  }

  /** Ends the transaction of an actor. */
  end(actor: Actor, isCommitted: boolean): void {
    const written = this.#lock
    if (written?.by !== actor) return
    if (isCommitted) this.#row = written.row
    this.#written = undefined
  }

  get #lock() {
    return this.#written?.by.state === 'dead' ? undefined : this.#written
  }
}

function claim(row: Row | undefined, values: readonly unknown[], nowMs: number): Outcome {
  const [, holder, leaseMs, isEmergency] = values as [string, string, number, boolean]
  const leasedUntilMs = nowMs + leaseMs
  const epoch = (row?.epoch ?? 0) + 1
  const isLive = row !== undefined && row.leasedUntilMs >= nowMs
  if (isLive && row.holder !== null && !(isEmergency && mayTakeOver(row))) return NONE
  const from = isLive && row.holder !== null ? { from: row.holder } : {}
  const before = row ?? { step: null, phase: null, intent: null, emergency: null }
  const emergency = isEmergency ? { holder, epoch, ...from } : before.emergency
  const { intent, step, phase } = before
  const begun = phase === 'begin' ? step : null
  return {
    row: { ...before, epoch, holder, leasedUntilMs, emergency },
    rows: [{ epoch: String(epoch), intent, emergency, begun }],
  }
}

function mayTakeOver({ emergency, epoch, intent }: Row): boolean {
  const isOpen = intent !== null && intent.outcome === undefined
  return emergency?.epoch !== epoch && !(isOpen && intent.mode === 'emergency')
}

function update(row: Row | undefined, values: readonly unknown[], nowMs: number): Outcome {
  const [secret, epoch, leaseMs, step, phase, intent] = values as [
    ...[string, number, number],
    ...[string | null, string | null, string | null],
  ]
  if (row?.epoch !== epoch) return NONE
  const written = intent ? (JSON.parse(intent) as RotationIntent) : row.intent
  const next = { ...row, leasedUntilMs: nowMs + leaseMs, intent: written }
  return {
    row: { ...next, step: step ?? row.step, phase: phase ?? row.phase },
    rows: [{ secret }],
  }
}

function release(row: Row | undefined, values: readonly unknown[]): Outcome {
  const [, epoch] = values as [string, number]
  return row?.epoch === epoch ? { row: { ...row, holder: null }, rows: [] } : NONE
}

function look(row: Row | undefined, nowMs: number): Outcome {
  return row === undefined ? NONE : { rows: [{ ...row, left: row.leasedUntilMs - nowMs }] }
}
