import { openPostgresJournal, type RotationJournal } from '@rekey/rekey/engine'
import { SecretError } from '@rekey/secret'
import type { SqlPool } from '@rekey/secret/kind'
import { GatedRotators } from './gated-rotators.ts'
import type { Rotator } from './journal-state.ts'
import type { Replay } from './replay.ts'

type Call = 'claim' | 'setIntent' | 'record' | 'release'

/** The journal in a database of its own, one statement at a time. */
export async function openPostgresReplay(
  database: SqlPool,
  urgent: readonly boolean[],
): Promise<Replay> {
  const journal = await openPostgresJournal(database)
  await database.query('truncate rekey.rotation, rekey.rotation_event')
  const rotators = new GatedRotators<Call>()
  for (const [who, isUrgent] of urgent.entries()) {
    await rotators.start(who, gated(journal, who, rotators), isUrgent)
  }
  return {
    async shows() {
      const { rows } = await database.query(
        "select holder, intent->>'mode' as mode, intent ? 'outcome' as over from rekey.rotation",
      )
      const [row] = rows as { holder: string | null; mode: string | null; over: boolean | null }[]
      const isOpen = row?.over === false
      const calls = urgent.map((_, who) => rotators.callOf(who))
      return { holder: row?.holder ?? undefined, open: isOpen ? row.mode : undefined, calls }
    },
    shownOf({ current: { holds, by, open }, rotators: all }) {
      const mode = open === 'rotation' ? 'forward' : open
      return { holder: holds ? String(by) : undefined, open: mode, calls: all.map(callOf) }
    },
    async call({ rotators: before }, who, isLost) {
      // In a secret store it would tidy up here.
      const { does } = before[who] ?? {}
      if (does !== 'withdraw' && does !== 'tidy') await rotators.let(who, isLost)
    },
    kill(who) {
      rotators.kill(who)
    },
    async endLeases({ current }) {
      if (current.isOver)
        await database.query("update rekey.rotation set leased_until = '-infinity'")
    },
  }
}

/** The call that a rotator of the model makes next. */
function callOf({ does, write }: Rotator): Call | undefined {
  if (does === 'claim' || does === 'withdraw') return 'claim'
  if (does === 'work') return write === 1 ? 'setIntent' : 'record'
  return does === 'release' ? 'release' : undefined
}

function gated(
  journal: RotationJournal,
  who: number,
  rotators: GatedRotators<Call>,
): RotationJournal {
  /** Once more, after a reply that was lost. */
  const again = async <T>(call: Call, work: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await rotators.pass(who, call, work)
      } catch (error) {
        if (!(error instanceof SecretError)) throw error
      }
    }
  }
  return {
    ...journal,
    async claim(...request) {
      const claim = await rotators.pass(who, 'claim', () => journal.claim(...request))
      return {
        ...claim,
        setIntent: (intent) => again('setIntent', () => claim.setIntent(intent)),
        record: (...args) => again('record', () => claim.record(...args)),
        release: () => again('release', () => claim.release()),
      }
    },
  }
}
