import { setImmediate as nextTurn } from 'node:timers/promises'
import { createMemoryStore } from '@rekey/config-loader/store'
import { RotationError, type RotationJournal } from '@rekey/rekey/engine'
import { openStoreJournal } from '@rekey/rekey/internal/engine'
import {
  createFakeClock,
  Secret,
  SecretError,
  type SecretStore,
  type StagedSecret,
} from '@rekey/secret'
import type { Call, Entry, State } from './journal-model.ts'

const SECRET = 'NAME'
const ENTRY = 'REKEY_ROTATION_NAME'
const LEASE_MS = 60_000

/** What a journal in a secret store shows of itself between two calls. */
export interface Shown {
  readonly current: string | undefined
  readonly pending: string | undefined
  readonly hasPrevious: boolean
  /** The call that each rotator is about to make; `undefined` for one that has ended. */
  readonly calls: readonly (Call | undefined)[]
}

/** The same of a state of the model, whose `finish` is a `promote`, and in which the dead make no call. */
export function shownOf({ current, pending, hasPrevious, rotators }: State): Shown {
  const name = (entry: Entry | undefined) => (entry?.holds ? String(entry.by) : undefined)
  const calls = rotators.map(({ does, call }) =>
    does === 'done' || does === 'dead' ? undefined : call === 'finish' ? 'promote' : call,
  )
  return { current: name(current), pending: name(pending), hasPrevious, calls }
}

export type Replay = Awaited<ReturnType<typeof openReplay>>

/** Real rotators at the real journal in a memory store, one call of the store at a time. */
export async function openReplay(urgent: readonly boolean[]) {
  const store = createMemoryStore()
  const clock = createFakeClock()
  const waiting = new Map<number, { readonly call: Call; readonly go: (isLost: boolean) => void }>()
  const overdue = new Set<string>()
  const open = (used: SecretStore) => openStoreJournal(used, { secrets: [SECRET], clock })
  const first = await (await open(store)).claim(SECRET, 'first', LEASE_MS)
  await first.release()
  let isGated = false
  const journals = urgent.map((_, who) => {
    const gated = async <T>(call: Call, work: () => Promise<T>): Promise<T> => {
      if (!isGated) return work()
      const isLost = await new Promise<boolean>((go) => waiting.set(who, { call, go }))
      const result = await work()
      if (isLost) throw new SecretError('unreachable', `no reply to ${call}`)
      return result
    }
    return open({
      ...store,
      locator: store.locator,
      read: (name) => gated('read', async () => withOverdue(await store.read(name), overdue)),
      stage: (...args) => gated('stage', () => store.stage(...args)),
      abort: (...args) => gated('abort', () => store.abort(...args)),
      promote: (...args) => gated('promote', () => store.promote(...args)),
      revoke: (...args) => gated('revoke', () => store.revoke(...args)),
    })
  })
  const opened = await Promise.all(journals)
  isGated = true
  const dead = new Set<number>()
  for (const [who, journal] of opened.entries()) void rotateAt(journal, who, urgent[who] === true)
  await nextTurn()
  return {
    async shows(): Promise<Shown> {
      const { current, pending, previous } = await store.read(ENTRY)
      const calls = urgent.map((_, who) => (dead.has(who) ? undefined : waiting.get(who)?.call))
      return {
        ...{ current: holderIn(current), pending: holderIn(pending) },
        ...{ hasPrevious: previous !== undefined, calls },
      }
    },
    /** Lets a rotator's call through; its reply may be lost. */
    async step(who: number, isLost: boolean) {
      const { go } = waiting.get(who) ?? {}
      waiting.delete(who)
      go?.(isLost)
      await nextTurn()
    },
    crash(who: number) {
      dead.add(who)
      return Promise.resolve()
    },
    /** Ends the leases that have ended in the model. */
    async endLeases({ current, pending }: State) {
      const found = await store.read(ENTRY)
      if (current.isOver) overdue.add(found.current.value.expose())
      if (pending?.isOver && found.pending) overdue.add(found.pending.value.expose())
    },
  }
}

/** A rotator that runs until it has made its rotation: two writes after its claim. */
async function rotateAt(journal: RotationJournal, who: number, isEmergency: boolean) {
  for (;;) {
    try {
      const claim = await journal.claim(SECRET, String(who), LEASE_MS, { isEmergency })
      const isGrave = claim.intent?.mode === 'emergency' && claim.intent.outcome === undefined
      const mode = isEmergency || isGrave ? 'emergency' : 'forward'
      const intent = { mode, from: { version: 'v1' } } as const
      await claim.setIntent(intent)
      const ended = { ...intent, outcome: 'rolled-back' } as const
      await claim.record({ secret: SECRET, step: 'confirm', phase: 'end' }, ended)
      await claim.release()
      return
    } catch (error) {
      if (!(error instanceof RotationError)) throw error
    }
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
