import { type Clock, SecretError, type SecretSpec, type StagedSecret } from '@rekey/secret'
import {
  createLiveSecret,
  type RejectionCause,
  type SecretCounts,
  type SettableSecret,
  type VersionRejection,
} from '@rekey/secret/internal'
import type { ParsedStages, Rejected } from '../parse-staged.ts'
import { Freshness, nextReadMs, nextTryMs, type Staleness } from './freshness.ts'
import { EventDeduplicator, reportedFailure, type EmitEvent } from './loader-event.ts'
import type { Answer } from './source-reader.ts'

/** A secret that a service can start with. */
export interface LoadedSecret {
  readonly key: string
  readonly name: string
  readonly spec: SecretSpec
  readonly staleness: Staleness
  /** Absent if there is no value yet, which an optional secret may do without. */
  readonly stages?: ParsedStages<unknown>
  readonly raw?: StagedSecret
  /** Milliseconds since the source named it; above 0 only if it comes from the last-good snapshot. */
  readonly ageMs?: number
  /** Why the source did not give it, if so. */
  readonly failure?: SecretError
}

/** Callbacks of a followed secret. */
interface FollowContext {
  readonly clock: Clock
  readonly locator: string
  readonly emit: EmitEvent
  /** Whether what the source gave is kept as well as what was made of it. */
  readonly keepsRaw: boolean
  /** Has the source read again. */
  refresh(secret: FollowedSecret, cause: RejectionCause): Promise<void>
}

/** Versions that were not taken over. */
export interface Veto {
  readonly revision: string
  readonly rejected: readonly [Rejected, ...Rejected[]]
  readonly times: number
  /** On `Clock.elapsed`. */
  readonly retryAt: number
}

/** One secret of a service: what is held of it, how old that is, and what is wrong with what the source has. */
export class FollowedSecret {
  readonly name: string
  readonly key: string
  readonly spec: SecretSpec
  readonly live: SettableSecret<unknown>
  readonly staleness: Staleness
  readonly freshness: Freshness
  readonly events: EventDeduplicator
  readonly counts: SecretCounts = { reads: 0, failures: 0, changes: 0, vetoes: 0, rejections: 0 }
  /** When it is to be read next, on `Clock.elapsed`. */
  dueAt: number
  #held: StagedSecret<unknown> | undefined
  #raw: StagedSecret | undefined
  #leftOut: readonly Rejected[] = []
  #failure: SecretError | undefined
  #failuresInARow = 0
  #veto: Veto | undefined
  #notBefore = -Infinity
  #lastOrder = 0
  #lastRevision: string | undefined
  readonly #context: FollowContext

  constructor(loaded: LoadedSecret, context: FollowContext) {
    this.name = loaded.name
    this.key = loaded.key
    this.spec = loaded.spec
    this.staleness = loaded.staleness
    this.freshness = new Freshness(context.clock, loaded.staleness)
    this.events = new EventDeduplicator(loaded.name, context.emit)
    this.#context = context
    this.dueAt = context.clock.elapsed()
    const { stages, failure } = loaded
    this.live = createLiveSecret(stages?.staged ?? { name: loaded.name, absent: absence(loaded) }, {
      clock: context.clock,
      check: () => this.#check(),
      refresh: (cause) => context.refresh(this, cause),
    })
    if (stages !== undefined) {
      this.#keep(stages, loaded.raw, loaded.ageMs)
      this.#reportLeftOut()
    }
    if (failure !== undefined) this.failed(failure)
  }

  /** The held versions, also when expired; undefined if there is nothing yet. */
  get held(): StagedSecret<unknown> | undefined {
    return this.#held
  }

  /** The same as the source gave it, if that is kept. */
  get raw(): StagedSecret | undefined {
    return this.#raw
  }

  /** Why what the source has is not in use, or not all of it. */
  get problem(): SecretError | undefined {
    return this.#veto?.rejected[0].error ?? this.#failure ?? this.#leftOut[0]?.error
  }

  /** The versions that the source has and that are not taken over. */
  get rejections(): readonly VersionRejection[] {
    const rejected = this.#veto?.rejected ?? this.#leftOut
    return rejected.map(({ error: { code: reason, details }, ...version }) => ({
      ...version,
      reason,
      ...(Object.keys(details).length > 0 && { details }),
    }))
  }

  get failuresInARow(): number {
    return this.#failuresInARow
  }

  /** Whether its source asked for a pause, or reported lately that it has nothing. */
  get isResting(): boolean {
    return this.#context.clock.elapsed() < this.#notBefore
  }

  /** Whether what was held has to be judged at all. An answer that is older than the last one counts for nothing. */
  receive({ order, result }: Answer): StagedSecret | undefined {
    if (order < this.#lastOrder) return undefined
    this.#lastOrder = order
    this.counts.reads += 1
    if (result instanceof SecretError) {
      this.failed(result)
      return undefined
    }
    this.#failure = undefined
    this.#failuresInARow = 0
    this.#notBefore = -Infinity
    this.#lastRevision = result.revision
    if (result.revision === this.#held?.revision) {
      this.#confirm(result)
      return undefined
    }
    const isVetoed = this.#veto?.revision === result.revision
    return isVetoed && this.#context.clock.elapsed() < (this.#veto?.retryAt ?? 0)
      ? undefined
      : result
  }

  /** Whether its source still has that version, as of the last answer. */
  isLatest({ revision }: StagedSecret): boolean {
    return revision === this.#lastRevision
  }

  /** The next answer is judged, even if its revision was vetoed a moment ago. */
  forgetPause(): void {
    if (this.#veto !== undefined) this.#veto = { ...this.#veto, retryAt: -Infinity }
  }

  /** The source could not be read. */
  failed(error: SecretError): void {
    this.#failure = error
    this.#failuresInARow += 1
    this.counts.failures += 1
    this.#notBefore = this.#context.clock.elapsed() + restMs(error, this.staleness)
    const { locator: source } = this.#context
    this.events.trouble({
      type: 'source-failed',
      secret: this.name,
      source,
      ...reportedFailure(error),
    })
    this.tellAge()
  }

  /** A version that the source has may not be taken over, and so none of its revision is. */
  vetoed({ revision }: StagedSecret, rejected: Veto['rejected']): void {
    const times = this.#veto?.revision === revision ? this.#veto.times + 1 : 1
    const retryAt = this.#context.clock.elapsed() + nextTryMs(times)
    this.#veto = { revision, rejected, times, retryAt }
    const [{ version, error }] = rejected
    const event = { type: 'vetoed', secret: this.name, version, ...reportedFailure(error) } as const
    if (this.events.trouble(event, revision)) this.counts.vetoes += 1
    this.tellAge()
  }

  /** Records that the judged version is in use. Returns the version that it replaced, if it did. */
  took(stages: ParsedStages<unknown>, raw: StagedSecret): string | undefined {
    const before = this.#held?.current.version
    const { version } = stages.staged.current
    this.#keep(stages, raw)
    const isNew = before !== version
    if (isNew) this.counts.changes += 1
    this.events.confirmed(isNew ? version : undefined)
    this.#reportLeftOut()
    return isNew ? before : undefined
  }

  /** Decides when it is read next. @param draw - a random number in [0, 1) */
  schedule(draw: number): void {
    const now = this.#context.clock.elapsed()
    const regular = now + nextReadMs(this.staleness.ttlMs, this.#failuresInARow, draw)
    this.dueAt = Math.max(this.#notBefore, Math.min(regular, this.#veto?.retryAt ?? Infinity))
  }

  tellAge(): void {
    this.events.aged(this.freshness.state, this.freshness.ageMs)
  }

  #confirm(raw: StagedSecret): void {
    if (this.#context.keepsRaw) this.#raw = raw
    this.#veto = undefined
    this.freshness.confirm(raw.current)
    this.events.confirmed(undefined)
  }

  #keep({ staged, leftOut }: ParsedStages<unknown>, raw?: StagedSecret, ageMs = 0): void {
    this.#held = staged
    if (this.#context.keepsRaw) this.#raw = raw
    this.#leftOut = leftOut
    this.#veto = undefined
    this.freshness.confirm(staged.current, ageMs)
  }

  #reportLeftOut(): void {
    const [first] = this.#leftOut
    if (first === undefined) this.events.over('left-out')
    else
      this.events.trouble({ type: 'left-out', secret: this.name, ...reportedFailure(first.error) })
  }

  #check(): SecretError | undefined {
    if (!this.freshness.isExpired) return undefined
    this.tellAge()
    void this.#context.refresh(this, 'expired')
    const ageMs = Math.round(this.freshness.ageMs)
    return new SecretError(
      'unreachable',
      `${this.name} is too old to be used: bring its source ${this.#context.locator} back`,
      { reason: 'expired', ageMs },
    )
  }
}

/** How long a source is left alone after this answer. */
function restMs({ code, details }: SecretError, { negativeTtlMs }: Staleness): number {
  if (code === 'missing' || code === 'forbidden') return negativeTtlMs
  const { retryAfterMs } = details
  return typeof retryAfterMs === 'number' ? retryAfterMs : 0
}

function absence({ name, failure }: LoadedSecret): SecretError {
  const code = failure?.code ?? 'missing'
  const message = `${name} has no value yet: put one into its source`
  return new SecretError(code, message, { reason: 'absent' })
}
