import type { AuditEvent, AuditSink } from '@rekey/audit-log/internal'
import { type Clock, type LiveSecret, SecretError } from '@rekey/secret'

/** Inputs of {@link recordAccesses}. */
export interface AccessParts {
  /** The name of the service. */
  readonly actor: string
  readonly replica: string
  readonly secrets: readonly LiveSecret<unknown>[]
  readonly audit: AuditSink
  readonly clock: Clock
  /** Called with each failure to record. */
  readonly onProblem: (error: unknown) => void
  /** How many accesses may wait in memory while the log cannot be written; beyond, the check fails. Default 0. */
  readonly buffer?: number
  /** How often uses of a version before `current` are examined, and what waits is tried again. Default a minute. */
  readonly everyMs?: number
}

/** Follows the accesses of a service. */
export interface AccessRecorder {
  /** A check of readiness: fails while more accesses wait to be recorded than may. */
  check(): Promise<void>
  /** Records the uses since the last look, and ends. */
  close(): Promise<void>
}

const MINUTE_MS = 60_000

/**
 * Records the accesses of a service to its secrets: `access.read` for each version that it has at its start, `access.refresh` for each that it takes over, and
 * `access.previous` for a version that was used after it was replaced, at most once a minute, with the number of these uses.
 *
 * @throws {SecretError} of the audit log, for the first reads: a service whose accesses cannot be recorded does not start
 */
export async function recordAccesses(parts: AccessParts): Promise<AccessRecorder> {
  const recorder = new Recorder(parts)
  await recorder.recordFirst()
  recorder.follow()
  return recorder
}

/** An access that waits to be recorded. */
interface WaitingAccess {
  readonly event: AuditEvent
  readonly since: number
}

/** Beyond what may wait, before further ones are only counted. */
const MOST_BEYOND = 1_000

class Recorder implements AccessRecorder {
  readonly #parts: AccessParts
  readonly #stop = new AbortController()
  /** Uses of each version that are recorded, or were of the current version. */
  readonly #counted = new Map<string, number>()
  #waiting: WaitingAccess[] = []
  #lost = 0
  #working: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  constructor(parts: AccessParts) {
    this.#parts = parts
  }

  async recordFirst(): Promise<void> {
    const { secrets, audit } = this.#parts
    // One that another process holds is not read here.
    const reads = secrets
      .filter(({ problem }) => problem === undefined)
      .flatMap(({ name, current, previous }) =>
        [current, ...(previous ? [previous] : [])].map(({ version, stage }) => {
          if (stage === 'previous') this.#counted.set(keyOf(name, version), 0)
          return this.#event('access.read', name, version, { stage })
        }),
      )
    await Promise.all(reads.map((event) => audit.record(event)))
  }

  follow(): void {
    const { secrets, everyMs = MINUTE_MS } = this.#parts
    for (const secret of secrets) void this.#followOne(secret)
    this.#timer = setInterval(() => {
      this.#look()
    }, everyMs).unref()
  }

  check(): Promise<void> {
    const waiting = this.#waiting.length + this.#lost
    if (waiting <= (this.#parts.buffer ?? 0)) return Promise.resolve()
    const message = `${waiting} accesses to secrets are not in the audit log: mend its directory or its database`
    return Promise.reject(new SecretError('unreachable', message, { waiting }))
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#stop.abort()
    this.#look()
    await this.#working
  }

  async #followOne(secret: LiveSecret<unknown>): Promise<void> {
    let known = secret.problem === undefined ? secret.current.version : ''
    for await (const { current } of secret.changes(this.#stop.signal)) {
      if (current.version === known) continue
      this.#counted.set(keyOf(secret.name, known), usesOf(secret, known))
      known = current.version
      this.#add(this.#event('access.refresh', secret.name, known, { stage: 'current' }))
    }
  }

  #look(): void {
    const { secrets } = this.#parts
    for (const secret of secrets.filter(({ problem }) => problem === undefined)) {
      for (const { version, uses } of secret.usage.report().versions) {
        const key = keyOf(secret.name, version)
        const counted = this.#counted.get(key) ?? uses
        if (version === secret.current.version || uses <= counted) continue
        this.#counted.set(key, uses)
        const details = { stage: 'previous', uses: uses - counted }
        this.#add(this.#event('access.previous', secret.name, version, details))
      }
    }
    this.#flush()
  }

  #event(
    action: string,
    subject: string,
    version: string,
    details: Readonly<Record<string, string | number>>,
  ): AuditEvent {
    const { actor, replica } = this.#parts
    const all = { ...details, replica }
    return { actor, action, subject, version, outcome: 'succeeded', details: all }
  }

  /** Takes an access in the middle of the work, which must not wait for a disk. */
  #add(event: AuditEvent): void {
    const { buffer = 0, clock } = this.#parts
    if (this.#waiting.length >= buffer + MOST_BEYOND) this.#lost += 1
    else this.#waiting.push({ event, since: clock.elapsed() })
    this.#flush()
  }

  #flush(): void {
    this.#working = this.#working.then(async () => {
      try {
        for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
          await this.#parts.audit.record(this.#late(first))
          this.#waiting.shift()
        }
      } catch (error) {
        this.#parts.onProblem(error)
      }
    })
  }

  #late({ event, since }: WaitingAccess): AuditEvent {
    const lateMs = Math.round(this.#parts.clock.elapsed() - since)
    return lateMs < LATE_MS ? event : { ...event, details: { ...event.details, lateMs } }
  }
}

/** From then on an entry states how late it is. */
const LATE_MS = 1_000

const keyOf = (name: string, version: string) => `${name} ${version}`

function usesOf({ usage }: LiveSecret<unknown>, version: string): number {
  return usage.report().versions.find((use) => use.version === version)?.uses ?? 0
}
