import { createMemoryStore } from '@rekey/config-loader/store'
import { openStoreJournal } from '@rekey/rekey/internal/engine'
import { createFakeClock, Secret, type SecretStore, type StagedSecret } from '@rekey/secret'
import { GatedRotators, LEASE_MS, SECRET } from './gated-rotators.ts'
import type { Call, Entry } from './journal-state.ts'
import type { Replay } from './replay.ts'

const ENTRY = 'REKEY_ROTATION_NAME'

/** The journal in a memory store, one call of the store at a time. */
export async function openStoreReplay(urgent: readonly boolean[]): Promise<Replay> {
  const store = createMemoryStore()
  const clock = createFakeClock()
  const rotators = new GatedRotators<Call>()
  const overdue = new Set<string>()
  const open = (used: SecretStore) => openStoreJournal(used, { secrets: [SECRET], clock })
  const first = await (await open(store)).claim(SECRET, 'first', LEASE_MS)
  await first.release()
  for (const [who, isUrgent] of urgent.entries()) {
    let isOpen = false
    const gated = <T>(call: Call, work: () => Promise<T>): Promise<T> =>
      isOpen ? rotators.pass(who, call, work) : work()
    const journal = await open({
      ...store,
      locator: store.locator,
      read: (name) => gated('read', async () => withOverdue(await store.read(name), overdue)),
      stage: (...args) => gated('stage', () => store.stage(...args)),
      abort: (...args) => gated('abort', () => store.abort(...args)),
      promote: (...args) => gated('promote', () => store.promote(...args)),
      revoke: (...args) => gated('revoke', () => store.revoke(...args)),
    })
    isOpen = true
    await rotators.start(who, journal, isUrgent)
  }
  return {
    async shows() {
      const { current, pending, previous } = await store.read(ENTRY)
      const calls = urgent.map((_, who) => rotators.callOf(who))
      return {
        ...{ current: holderIn(current), pending: holderIn(pending) },
        ...{ hasPrevious: previous !== undefined, calls },
      }
    },
    /** `finish` is a `promote`, and the dead make no call. */
    shownOf({ current, pending, hasPrevious, rotators }) {
      const name = (entry: Entry | undefined) => (entry?.holds ? String(entry.by) : undefined)
      const calls = rotators.map(({ does, call }) =>
        does === 'done' || does === 'dead' ? undefined : call === 'finish' ? 'promote' : call,
      )
      return { current: name(current), pending: name(pending), hasPrevious, calls }
    },
    call: (_before, who, isLost) => rotators.let(who, isLost),
    kill(who) {
      rotators.kill(who)
    },
    async endLeases({ current, pending }) {
      const found = await store.read(ENTRY)
      if (current.isOver) overdue.add(found.current.value.expose())
      if (pending?.isOver && found.pending) overdue.add(found.pending.value.expose())
    },
  }
}

function holderIn(version: StagedSecret['pending']): string | undefined {
  if (version === undefined) return undefined
  return (JSON.parse(version.value.expose()) as { readonly holder?: string }).holder
}

function withOverdue(staged: StagedSecret, overdue: ReadonlySet<string>): StagedSecret {
  const late = <T extends StagedSecret['current']>(version: T): T => {
    const text = version.value.expose()
    if (!overdue.has(text)) return version
    const ended = { ...(JSON.parse(text) as object), leasedUntil: 0 }
    return { ...version, value: Secret.of(JSON.stringify(ended), ENTRY) }
  }
  const { current, pending } = staged
  return { ...staged, current: late(current), ...(pending && { pending: late(pending) }) }
}
