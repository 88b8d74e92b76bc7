import type { Clock } from '@rekey/secret'
import type { RotationPolicy } from '../engine/schedule/due-times.ts'
import { dueRotations, isPutOff } from '../engine/schedule/schedule-rotations.ts'
import type { Rotator } from '../family/rotator/open-rotator.ts'
import { describeRotated } from './describe.ts'
import { holdOf, openEngine } from './engine.ts'
import { familyOf, type Member, WatchedFamily } from './members.ts'
import { isPostponed } from '../engine/rotation-error.ts'
import { leftUnaudited, pausedUntil, type RotationPrinter } from './rotation-lines.ts'

/** Inputs of work on all that is due. */
export interface DueRun {
  readonly rotator: Pick<Rotator, 'store' | 'journal' | 'audit' | 'kinds'> &
    Partial<Pick<Rotator, 'family'>>
  readonly policies: readonly RotationPolicy[]
  readonly printer: Pick<RotationPrinter, 'line' | 'failed' | 'step' | 'note'>
  readonly signal: AbortSignal
  readonly clock: Clock
  /** How many secrets are rotated side by side. Default 1. */
  readonly atOnce?: number
}

/** Which secrets may have a turn, and what came of it. */
export interface TurnBook {
  /** Whether a secret that is due may have its turn now. */
  may(secret: string): boolean
  began?(secret: string): void
  /** `code`: the exit code of its rotation. */
  ended(secret: string, code: number): void
}

/** Inputs of {@link takeTurns}. */
export interface Turns {
  readonly run: DueRun
  readonly watched: WatchedFamily
  readonly book: TurnBook
  /** Look at the whole family so often, until the signal of the run. Default: end when nothing is left that may have a turn. */
  readonly everyMs?: number
  /** Called after each look at the whole family, and waited for. */
  readonly onLook?: () => Promise<void>
}

/**
 * Gives each secret that is due its turn, those of different services side by side. Each is examined anew before its turn, with those
 * that must not be rotated shortly after each other, so that two runs share the work. One that waits for its replicas holds up those
 * of its services alone.
 *
 * @throws what a look at the family throws, and the reason of the signal; what was begun has ended by then
 */
export async function takeTurns(turns: Turns): Promise<void> {
  const { run, watched, everyMs, onLook } = turns
  const taking = new TurnTaker(turns)
  using looks = new Looks(run, everyMs)
  try {
    for (;;) {
      if (await taking.beginNext()) continue
      if (taking.isIdle && everyMs === undefined) return
      const event = await Promise.race([...looks.next(), ...taking.ends()])
      if (event === 'look') {
        await watched.look()
        await onLook?.()
        taking.listAnew()
      } else await taking.finish(event)
    }
  } finally {
    await Promise.all(taking.ends())
  }
}

/** Knows which secrets wait for their turn, and which have it. */
class TurnTaker {
  readonly #turns: Turns
  readonly #working = new Map<string, WorkedOn>()
  /** Those whose turn was over when it came, until something has changed. */
  readonly #passed = new Set<string>()
  #waiting = new Set<string>()

  constructor(turns: Turns) {
    this.#turns = turns
  }

  get isIdle(): boolean {
    return this.#working.size === 0
  }

  /** How each that has its turn ends. */
  ends(): Promise<End>[] {
    return Array.from(this.#working.values(), ({ turn }) => turn)
  }

  /** Gives the next one its turn, or finds that it is over. Returns whether there was one. */
  async beginNext(): Promise<boolean> {
    const { run, watched, book } = this.#turns
    if (this.#working.size >= (run.atOnce ?? 1)) return false
    if (this.#waiting.size === 0) this.#list()
    const name = nextOf(this.#waiting, this.#working, watched)
    if (name === undefined) return false
    this.#waiting.delete(name)
    const member = await lookBefore(name, run, watched)
    if (member === undefined) this.#passed.add(name)
    else {
      book.began?.(name)
      const turn = endOf(name, takeTurn(member, run))
      this.#working.set(name, { services: member.services, turn })
    }
    return true
  }

  /** Notes the end of a turn, and looks at its secret anew. */
  async finish(end: End): Promise<void> {
    const { watched, book } = this.#turns
    this.#working.delete(end.name)
    if ('error' in end) throw end.error
    book.ended(end.name, end.code)
    await watched.look([end.name])
    this.#passed.clear()
  }

  /** Lists who waits after a look at the whole family. */
  listAnew(): void {
    this.#passed.clear()
    this.#list()
  }

  #list(): void {
    const { run, watched, book } = this.#turns
    const due = dueRotations({ ...watched.family, ...scheduleOf(run) })
    const names = due.flatMap((turn) => (isPutOff(turn) ? [] : [turn.secret]))
    this.#waiting = new Set(
      names.filter((name) => book.may(name) && !this.#working.has(name) && !this.#passed.has(name)),
    )
  }
}

function scheduleOf({ policies, clock }: DueRun) {
  return { policies, now: new Date(clock.now()) }
}

/** When it is time to look at the whole family. */
class Looks implements Disposable {
  readonly #over = new AbortController()
  readonly #wait: (() => Promise<'look'>) | undefined
  #next: Promise<'look'> | undefined

  constructor({ clock, signal }: DueRun, everyMs: number | undefined) {
    if (everyMs === undefined) return
    const stop = AbortSignal.any([signal, this.#over.signal])
    this.#wait = async () => {
      await clock.sleep(everyMs, stop, { keepAlive: true })
      this.#next = undefined
      return 'look'
    }
  }

  /** The next look, if there is to be one. */
  next(): readonly Promise<'look'>[] {
    if (this.#wait === undefined) return []
    this.#next ??= this.#wait()
    return [this.#next]
  }

  [Symbol.dispose](): void {
    // Nothing waits for it any more.
    this.#next?.catch(() => undefined)
    this.#over.abort()
  }
}

/** A rotation that is under way, and how it ends. */
interface WorkedOn {
  readonly services: readonly string[]
  readonly turn: Promise<End>
}

type End = { readonly name: string } & ({ readonly code: number } | { readonly error: unknown })

/** Never rejects, so that it can be waited for later. */
function endOf(name: string, turn: Promise<number>): Promise<End> {
  return turn.then(
    (code) => ({ name, code }),
    (error: unknown) => ({ name, error }),
  )
}

/** The first that waits and is of no service for which one is worked on. */
function nextOf(
  waiting: ReadonlySet<string>,
  working: ReadonlyMap<string, WorkedOn>,
  watched: WatchedFamily,
): string | undefined {
  const inUse = new Set(Array.from(working.values(), ({ services }) => services).flat())
  for (const name of waiting) {
    const services = watched.member(name)?.services ?? []
    if (!services.some((service) => inUse.has(service))) return name
  }
  return undefined
}

/** Reads a secret anew, and those from which its rotation is kept apart. Returns it if its turn has not passed. */
async function lookBefore(
  name: string,
  run: DueRun,
  watched: WatchedFamily,
): Promise<Member | undefined> {
  const apart = run.policies.some(({ staggerMs }) => staggerMs > 0)
    ? neighboursOf(name, watched)
    : []
  await watched.look([name, ...apart])
  const members = [name, ...apart].flatMap((each) => watched.member(each) ?? [])
  const due = dueRotations({ ...familyOf(members), ...scheduleOf(run) })
  const turn = due.find(({ secret }) => secret === name)
  return turn === undefined || isPutOff(turn) ? undefined : watched.member(name)
}

/** The other secrets of its services. */
function neighboursOf(name: string, watched: WatchedFamily): string[] {
  const services = watched.member(name)?.services ?? []
  return watched.family.secrets
    .filter((other) => other.name !== name && other.services.some((one) => services.includes(one)))
    .map((other) => other.name)
}

/** Gives the exit code of this one rotation. */
async function takeTurn(
  member: Member,
  { rotator, printer, signal, clock }: DueRun,
): Promise<number> {
  const { store, journal, audit } = rotator
  const { name: secret, rotation, intent } = member
  const onUnaudited = (count: number) => {
    printer.line(...leftUnaudited(secret, count))
  }
  const hold = holdOf(rotator, rotation)
  const options = {
    store,
    journal,
    audit,
    signal,
    clock,
    onEvent: printer.step,
    onUnaudited,
    ...hold,
  }
  const { rollBack, rotate } = await openEngine(rotator)
  try {
    if (intent?.mode === 'rollback') {
      const back = await rollBack(rotation, options)
      printer.line(
        { type: 'rolled-back', ...back, outcome: 'rolled back' },
        `${secret} is rolled back to ${back.version}`,
      )
      return 0
    }
    const request = requestFor(member)
    const rotated = await rotate(rotation, {
      ...options,
      ...(request !== undefined && { request }),
    })
    printer.line({ type: 'rotated', ...rotated, outcome: 'rotated' }, describeRotated(rotated))
    return 0
  } catch (error) {
    signal.throwIfAborted()
    if (!isPostponed(error)) return printer.failed(secret, error)
    const [line, text] = pausedUntil(error)
    printer.line(line, text)
    return 0
  }
}

/** Two runs that found the same version due ask with one key: the later one is given the result of the other. */
function requestFor({ open, intent, staged }: Member): string | undefined {
  return open ? intent?.request : `due-${staged.current.version}`
}
