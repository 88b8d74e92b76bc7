import { kindsOf } from '../family/kinds.ts'
import type { RotationIntent, JournalEntry } from '../journal/journal.ts'
import type { LastRotation, SecretAge } from '../engine/schedule/due-times.ts'
import type { StagedSecret } from '@rekey/secret'
import type { RotationKind, SecretKind } from '@rekey/secret/kind'
import { storedLife, type VersionLife } from '@rekey/secret/internal/kind'
import type { Rotator } from '../family/rotator/open-rotator.ts'

/** One secret that can be rotated, and where it stands. */
export interface Member extends SecretAge {
  /** The name on the command line: `api-key frontend:signing`. */
  readonly title: string
  readonly rotation: RotationKind
  readonly staged: StagedSecret
  /** Its line in the journal, once it was rotated. */
  readonly entry?: JournalEntry
  /** The intent of its open rotation, if the journal has it. */
  readonly intent?: RotationIntent
}

/** Every secret of a stack. */
export interface Members {
  readonly secrets: readonly Member[]
  readonly lastRotations: readonly LastRotation[]
  /** Secrets that the store could not return, or whose end the far side could not, and why. */
  readonly unreadable: readonly { readonly secret: string; readonly error: unknown }[]
}

/**
 * Reads where every secret stands, or each of `names`. One that cannot be read does not hide the others.
 *
 * @throws {SecretError} if the journal cannot be read
 */
export async function readMembers(
  rotator: Pick<Rotator, 'store' | 'journal' | 'kinds'> & Partial<Pick<Rotator, 'family'>>,
  signal: AbortSignal,
  names?: readonly string[],
): Promise<Members> {
  const entries = new Map((await rotator.journal.entries(names)).map((e) => [e.secret, e]))
  const asked = names && new Set(names)
  const kinds = kindsOf(rotator.family ?? {})
  const secrets: Member[] = []
  const unreadable: { secret: string; error: unknown }[] = []
  for (const [title, rotation] of rotator.kinds) {
    if (asked?.has(rotation.name) === false) continue
    const entry = entries.get(rotation.name)
    try {
      const staged = await rotator.store.read(rotation.name, signal)
      const kind = kinds.get(rotation.kind)
      const life = kind?.lifeOf(staged.current) ?? storedLife(staged.current)
      const known = {
        title,
        services: servicesOf(rotation, title, kind),
        rotation,
        staged,
        ...life,
      }
      secrets.push(toMember({ ...known, ...(entry && { entry }) }))
    } catch (error) {
      signal.throwIfAborted()
      unreadable.push({ secret: rotation.name, error })
    }
  }
  return { ...familyOf(secrets), unreadable }
}

/** A family of which some secrets are read anew, again and again. */
export class WatchedFamily {
  readonly #read: (names?: readonly string[]) => Promise<Members>
  readonly #members = new Map<string, Member>()
  readonly #unreadable = new Map<string, unknown>()

  constructor(rotator: Parameters<typeof readMembers>[0], signal: AbortSignal) {
    const ends: KnownEnds = new Map()
    this.#read = async (names) => withEnds(await readMembers(rotator, signal, names), signal, ends)
  }

  /** Reads all secrets, or those of `names`. */
  async look(names?: readonly string[]): Promise<void> {
    const { secrets, unreadable } = await this.#read(names)
    for (const name of names ?? []) {
      this.#members.delete(name)
      this.#unreadable.delete(name)
    }
    for (const member of secrets) this.#members.set(member.name, member)
    for (const { secret, error } of unreadable) this.#unreadable.set(secret, error)
  }

  member(name: string): Member | undefined {
    return this.#members.get(name)
  }

  /** All of it as it was read last. */
  get family(): Members {
    const unreadable = Array.from(this.#unreadable, ([secret, error]) => ({ secret, error }))
    return { ...familyOf([...this.#members.values()]), unreadable }
  }
}

/** Secrets, with their last rotations. */
export function familyOf(secrets: readonly Member[]): Pick<Members, 'secrets' | 'lastRotations'> {
  return { secrets, lastRotations: secrets.flatMap(lastRotation) }
}

/** The ends that were asked for, by secret and version. */
export type KnownEnds = Map<string, Promise<Date | undefined> | undefined>

/**
 * Asks each far side that has an end of its own for the versions in use, once for each version: the schedule goes by the earliest end.
 * A secret whose far side gives no answer keeps the end that is known, and is among the unreadable ones.
 */
export async function withEnds(
  family: Members,
  signal: AbortSignal,
  known: KnownEnds = new Map(),
): Promise<Members> {
  const unreadable = [...family.unreadable]
  const ask = async (member: Member) => {
    const { rotation, staged, name: secret } = member
    const key = `${secret} ${staged.current.version}`
    const asked = known.get(key) ?? rotation.acceptedUntil?.(staged.current, signal)
    known.set(key, asked)
    try {
      return endingBy(member, await asked)
    } catch (error) {
      signal.throwIfAborted()
      unreadable.push({ secret, error })
      return member
    }
  }
  return { ...family, secrets: await Promise.all(family.secrets.map(ask)), unreadable }
}

function endingBy(member: Member, end: Date | undefined): Member {
  const { expiresAt = end } = member
  if (end === undefined || expiresAt === undefined) return member
  return { ...member, expiresAt: expiresAt < end ? expiresAt : end }
}

type Known = Pick<Member, 'title' | 'services' | 'rotation' | 'staged' | 'entry'> & VersionLife

function toMember(known: Known): Member {
  const { rotation, staged, entry } = known
  const isHalfWay = staged.pending !== undefined || staged.previous !== undefined
  const intent = entry?.intent?.outcome === undefined ? entry?.intent : undefined
  return {
    ...known,
    name: rotation.name,
    kind: rotation.kind,
    open: isHalfWay || intent !== undefined,
    ...(intent && { intent }),
    ...(intent?.resumesAt !== undefined && { resumesAt: new Date(intent.resumesAt) }),
    ...(intent?.hold && !intent.hold.isOver && { isHeld: true }),
    ...(intent?.mode === 'forward' && !isHalfWay && !intent.to && { isUnstaged: true }),
  }
}

/** Reads the services whose replicas report a secret out of its title on the command line. */
export function servicesOf(
  { isReported = true }: Pick<RotationKind, 'isReported'>,
  title: string,
  kind: SecretKind | undefined,
): string[] {
  if (!isReported) return []
  const [first = '', second] = title.split(' ')[1]?.split(':') ?? []
  return second === undefined || kind?.parties[1] === 'name' ? [first] : [first, second]
}

function lastRotation({ name, entry, staged }: Member): LastRotation[] {
  const outcome = entry?.intent?.outcome
  if (entry === undefined || outcome === undefined) return []
  // The journal keeps the time of what was done last; a sweep is no rotation.
  const at = entry.step === 'sweep' ? staged.current.createdAt : entry.at
  return at === undefined ? [] : [{ secret: name, at, finished: outcome !== 'rolled-back' }]
}
