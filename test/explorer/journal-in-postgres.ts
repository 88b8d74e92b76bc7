import { openPostgresJournal, type RotationJournal } from '@rekey/rekey/engine'
import { type Actor, CLAIMING } from './actor.ts'
import { doing } from './doing.ts'
import type { JournalTable } from './journal-table.ts'
import { type Answering, modelPool } from './model-pool.ts'
import type { World } from './world.ts'

/** Answers to the statements that open a journal which exists already. They are no events. */
const STEADY: readonly (readonly [part: string, rows: readonly object[]])[] = [
  ['current_schemas', [{ path: ['pg_catalog'] }]],
  ['as complete', [{ complete: true }]],
  ['select name from rekey.journal', [{ name: 'postgres-0' }]],
  ...['pg_catalog', 'obj_description', 'set local', 'set_config'].map(
    (part) => [part, []] as const,
  ),
]

/** `lock_not_available`: another transaction has the row for longer than this one waits. */
const LOCKED = '55P03'

/** The real journal in PostgreSQL, over a model of its table, each of whose statements is a call of the actor. */
export function journalInPostgres(
  world: World,
  table: JournalTable,
  actor: Actor,
): Promise<RotationJournal> {
  return openPostgresJournal(modelPool(() => connectionOf(world, table, actor)))
}

function connectionOf(world: World, table: JournalTable, actor: Actor): Answering {
  const isEmergency = actor.order === 'rotate compromised'
  let isClaimed = false
  const ask = (label: string, work: () => readonly object[]) => {
    const isWrite = !label.startsWith('asks')
    // A claim does not wait for one that is not committed, unless it is of an emergency.
    const isPatient = isWrite && (isEmergency || label !== CLAIMING)
    return actor.ask<readonly object[]>({
      ...{ object: 'journal', label, isWrite },
      waits: () => isPatient && table.isLockedFor(actor),
      effect() {
        world.meet(actor, label === CLAIMING)
        const found = () => Promise.resolve(work())
        return doing(found, (rows) => {
          learn(world, table, actor)
          if (isOrder(label) && rows.length > 0 && isEmergency)
            world.noteEmergency(actor.epoch, actor.read)
          return describe(world, rows)
        })()
      },
    })
  }
  const end = (isCommitted: boolean) => {
    table.end(actor, isCommitted)
    return []
  }
  return async (text, values) => {
    if (text === 'rollback') return end(false)
    if (text === 'commit') return isClaimed ? ask('commits its claim', () => end(true)) : []
    const steady = STEADY.find(([part]) => text.includes(part))?.[1]
    if (steady !== undefined) return steady
    const label = labelOf(text, values)
    const isClaim = label === CLAIMING
    const rows = await ask(label, () => {
      if (isClaim && table.isLockedFor(actor))
        throw Object.assign(new Error('the row is locked'), { code: LOCKED })
      const own = isClaim ? actor : undefined
      const answered = table.run(text, values, world.time.elapsedMs, own)
      if (answered === undefined) throw new TypeError(`the model has no answer to: ${text}`)
      return answered
    })
    isClaimed = isClaim && rows.length > 0
    return rows
  }
}

function labelOf(text: string, [, , , step, phase, intent]: readonly unknown[]): string {
  if (text.includes('insert into rekey.rotation as r')) return CLAIMING
  if (text.includes('delete from')) return 'releases the secret'
  if (text.includes('insert into')) return `records the ${String(phase)} of ${String(step)}`
  if (text.includes('update')) return intent ? 'writes its intent' : 'renews its lease'
  return 'asks who has the secret'
}

/** Whether it is more than the renewal of a claim. */
function isOrder(label: string): boolean {
  return label.startsWith('records') || label.startsWith('writes')
}

/** Takes note of what the journal holds. */
function learn(world: World, { row }: JournalTable, actor: Actor): void {
  if (row === undefined) return
  const { journal, receipts } = world
  const { epoch, holder, leasedUntilMs, intent, emergency } = row
  const isOfEmergency = emergency?.epoch === epoch
  const until = holder === null ? 0 : leasedUntilMs
  Object.assign(journal, {
    epoch,
    isOfEmergency,
    intent: intent ?? undefined,
    leasedUntilMs: until,
  })
  for (const { version } of intent?.receipts ?? []) receipts.add(version)
  if (holder !== actor.name) return
  journal.holder = holder
  actor.epoch = epoch
  actor.known.intent = intent ?? undefined
}

/** Rows in words; times are those of the world. */
function describe(world: World, rows: readonly object[]): string {
  const nowMs = world.time.elapsedMs
  return JSON.stringify(rows, (name, value: unknown) => {
    if (name === 'leasedUntilMs') return Number(value) - nowMs
    return typeof value === 'string' ? world.nameOf(value) : value
  })
}
