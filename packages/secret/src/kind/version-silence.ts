import { type Answer, nameOf } from './fleet.ts'
import type { StepContext } from './rotation-kind.ts'
import { callsOf } from './version-calls.ts'
import { type FleetLook, usersOf, type VersionUser } from './version-users.ts'

/** A user, and when by the rotator's clock their uses were last found to have grown. */
interface Heard extends VersionUser {
  readonly grewAt: number
}

/** The journal's record of a silence, so that the next run resumes it. */
interface SilenceRecord {
  /** Of which version. */
  readonly version: string
  /** By the wall clock of the rotator, the only one that two runs have in common. */
  readonly silentSince: number
  /** The counts of each replica when it was last seen. */
  readonly counts: Readonly<Record<string, string>>
}

/** A change is written down no more often than this. */
const SAVE_EVERY_MS = 5_000

/**
 * Observes for how long a version has not been used, over as many runs as it takes. Counts are compared rather than times, so that
 * clocks need not agree. What cannot be compared is no silence: a replica that was restarted, or is seen for the first time.
 */
export class VersionSilence {
  readonly #version: string
  readonly #context: StepContext
  readonly #earlier: SilenceRecord | undefined
  readonly #counts: Map<string, string>
  readonly #heard = new Map<string, Heard>()
  /** Since when, by the monotonic clock and by the wall clock. */
  #since: number | undefined
  #silentSince = 0
  #saved = ''
  #savedAt = -Infinity

  constructor(version: string, context: StepContext) {
    this.#version = version
    this.#context = context
    this.#earlier = recordIn(context.progress, version)
    this.#counts = new Map(Object.entries(this.#earlier?.counts ?? {}))
  }

  /** Takes another look. */
  look(look: FleetLook): void {
    const { senders, receivers, heardAt } = look
    const isFirst = this.#since === undefined
    if (isFirst && this.#earlier !== undefined) {
      this.#silentSince = this.#earlier.silentSince
      this.#since = heardAt - Math.max(0, this.#context.clock.now() - this.#silentSince)
    }
    const changed = [...senders, ...receivers].filter((answer) => this.#hasChanged(answer))
    if (changed.length > 0) this.restart(heardAt)
    for (const user of usersOf(look, this.#version)) {
      const before = this.#heard.get(user.who)
      const isSame = before?.since === user.since && before.uses === user.uses
      const grewAt = isSame ? before.grewAt : isFirst ? -Infinity : heardAt
      this.#heard.set(user.who, { ...user, grewAt })
    }
  }

  /** Silence begins no sooner than now. */
  restart(heardAt: number): void {
    this.#since = heardAt
    this.#silentSince = this.#context.clock.now()
  }

  /** Writes down what was observed, if it has changed. */
  async save(): Promise<void> {
    const { clock } = this.#context
    const counts = Object.fromEntries(this.#counts)
    const silence = { version: this.#version, silentSince: this.#silentSince, counts }
    const text = JSON.stringify(silence)
    if (text === this.#saved || clock.elapsed() - this.#savedAt < SAVE_EVERY_MS) return
    await this.#context.saveProgress({ silence })
    this.#saved = text
    this.#savedAt = clock.elapsed()
  }

  /** For how long it had been silent at the time at which the last look began. */
  silentMs({ askedAt }: FleetLook): number {
    return Math.max(0, Math.floor(askedAt - (this.#since ?? askedAt)))
  }

  /** Who broke the silence in the last `withinMs`. */
  users({ askedAt }: FleetLook, withinMs: number): readonly VersionUser[] {
    return [...this.#heard.values()].filter(({ grewAt }) => askedAt - grewAt < withinMs)
  }

  #hasChanged(answer: Answer): boolean {
    const { ack } = answer
    if (ack === undefined) return false
    const { since, attempts, failures } = callsOf(ack, this.#version)
    const counts = `${since} ${attempts - failures}`
    const name = nameOf(answer)
    const before = this.#counts.get(name)
    this.#counts.set(name, counts)
    return before !== counts
  }
}

function recordIn(progress: unknown, version: string): SilenceRecord | undefined {
  const { silence } = (progress ?? {}) as { silence?: SilenceRecord }
  return silence?.version === version ? silence : undefined
}
