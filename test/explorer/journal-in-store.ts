import type { RotationJournal } from '@rekey/rekey/engine'
import { openStoreJournal, type RotationIntent } from '@rekey/rekey/internal/engine'
import type { SecretStore, SecretVersion, StagedSecret } from '@rekey/secret'
import type { Actor } from './actor.ts'
import { doing, staleReply } from './doing.ts'
import { KEY, type World } from './world.ts'

/** A record of the journal, as far as it decides what can follow. */
interface JournalRecord {
  readonly epoch: number
  /** Absent once the claim was released. */
  readonly holder?: string
  readonly leasedUntil: number
  readonly intent?: RotationIntent
  readonly event?: { readonly step: string; readonly phase: string }
  readonly emergency?: { readonly epoch: number }
}

/** Where the journal is. */
const ENTRY = `REKEY_ROTATION_${KEY}`
const READING = 'reads the journal'

/** The real journal in the secret store of a world, each of whose calls of the store is one of an actor. */
export function journalInStore(world: World, actor: Actor): Promise<RotationJournal> {
  const { store } = world
  const found = () => store.read(ENTRY).catch(() => undefined)
  const ask = (label: string, work: () => Promise<StagedSecret>, expected?: string) => {
    const isWrite = label !== READING
    const describe = (staged: StagedSecret) => describeEntry(world, staged)
    return actor.ask<StagedSecret>({
      ...{ object: 'journal store', label, isWrite, expected },
      ...(!isWrite && { before: () => staleReply(world.journal.before, describe) }),
      async effect() {
        world.meet(actor)
        const before = await found()
        return doing(work, (staged) => {
          if (isWrite) learn(world, staged, before)
          return describe(staged)
        })()
      },
    })
  }
  const asked: SecretStore = {
    locator: store.locator,
    read: (name) => ask(READING, () => store.read(name)),
    create: (...args) => ask('creates the journal', () => store.create(...args)),
    stage: (...args) => ask('stages a record', () => store.stage(...args), args[2]),
    abort: (...args) => ask('withdraws a record', () => store.abort(...args), args[1]),
    promote: (...args) => ask('commits a record', () => store.promote(...args), args[1]),
    rollback: (...args) => ask('rolls a record back', () => store.rollback(...args), args[1]),
    revoke: (...args) => ask('drops a record', () => store.revoke(...args), args[1]),
  }
  return openStoreJournal(asked, { secrets: [KEY], clock: actor.clock, skewMs: 0 })
}

/** Takes note of what the journal holds once it was written. */
function learn(world: World, staged: StagedSecret, before: StagedSecret | undefined): void {
  Object.assign(world.journal, { entry: staged, before })
  if (before?.current.version === staged.current.version) return
  const { journal, receipts, time, actors } = world
  const last = before && recordIn(before.current)
  const { epoch, holder, leasedUntil, intent, event, emergency } = recordIn(staged.current)
  const leasedUntilMs = holder === undefined ? 0 : leasedUntil - time.startMs
  const isOfEmergency = emergency?.epoch === epoch
  Object.assign(journal, { epoch, intent, leasedUntilMs, isOfEmergency })
  for (const { version } of intent?.receipts ?? []) receipts.add(version)
  const owner = actors.find(({ name }) => name === holder)
  if (owner === undefined) return
  journal.holder = owner.name
  owner.epoch = epoch
  owner.known.intent = intent
  const isOrder = last?.epoch === epoch && !isSame([last.intent, last.event], [intent, event])
  if (isOrder && owner.order === 'rotate compromised') world.noteEmergency(epoch, owner.read)
}

/** What is in the entry, but for what differs from run to run; times count from now. */
export function describeEntry(world: World, { current, pending, previous }: StagedSecret): string {
  const now = world.time.startMs + world.time.elapsedMs
  const told = [recordIn(current), pending && recordIn(pending), previous !== undefined]
  return JSON.stringify(told, (name, value: unknown) => {
    if (RANDOM.has(name)) return undefined
    if (typeof value === 'string') return world.nameOf(value)
    return typeof value === 'number' && value >= world.time.startMs ? value - now : value
  })
}

const RANDOM: ReadonlySet<string> = new Set(['claim', 'process', 'write', 'at'])

function recordIn({ value }: SecretVersion): JournalRecord {
  return JSON.parse(value.expose()) as JournalRecord
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
