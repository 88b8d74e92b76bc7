import { SecretError } from '@rekey/secret'
import type { SecretErrorCode, SecretState } from '@rekey/secret/internal'

interface Failure {
  readonly code: SecretErrorCode
  /** The fault and its remedy. */
  readonly message: string
}

/** Level of a source's event; `security` needs the attention of an operator now. */
export type SourceLevel = 'info' | 'warning' | 'error' | 'security'

interface OfSecret {
  /** Its name in the store. */
  readonly secret: string
}

/**
 * An event of a secret that operators of a service need. Each is reported once when it begins, not at each read, and holds
 * no value, so it may be logged as it is.
 */
export type LoaderEvent =
  /** Another version is `current` from now on. */
  | (OfSecret & { readonly type: 'changed'; readonly version: string })
  /** The source has another version, which is not taken over: the one before is served on. */
  | (OfSecret & { readonly type: 'vetoed'; readonly version: string } & Failure)
  /** A `pending` or `previous` version cannot be used; `current` can. */
  | (OfSecret & { readonly type: 'left-out' } & Failure)
  | (OfSecret & { readonly type: 'source-failed'; readonly source: string } & Failure)
  /** Changes are noticed by polling alone until the watch works again. */
  | (OfSecret & { readonly type: 'watch-failed'; readonly source: string } & Failure)
  /** Older than its `ttlMs`; served on. */
  | (OfSecret & { readonly type: 'stale'; readonly ageMs: number })
  /** Older than its `maxStaleMs`: it cannot be read any more. */
  | (OfSecret & { readonly type: 'expired'; readonly ageMs: number })
  /** The trouble that was reported before is over. */
  | (OfSecret & { readonly type: 'recovered' })
  /** The release of a version could not be reported to the source. */
  | (OfSecret & { readonly type: 'release-failed'; readonly version: string } & Failure)
  /** The service started on a value of the last-good snapshot, since the source is down. */
  | (OfSecret & { readonly type: 'last-good-used'; readonly ageMs: number })
  /** There is a last-good snapshot, and it may not be used. */
  | { readonly type: 'last-good-refused'; readonly reason: string; readonly message: string }
  | ({ readonly type: 'last-good-failed' } & Failure)
  /** A source or snapshot could not be closed; it ends with the process. */
  | { readonly type: 'close-failed'; readonly code: string; readonly message: string }
  /** An action of a source: a login, the renewal of a lease, an alarm. `event` is the word of the source. */
  | ({
      readonly type: 'source-event'
      readonly source: string
      readonly event: string
      readonly level: SourceLevel
      readonly path?: string
      readonly retryInMs?: number
    } & Partial<Failure>)

/** Takes {@link LoaderEvent}s. It is called in the middle of the work, so it must be quick and must not throw. */
export type EmitEvent = (event: LoaderEvent) => void

type Trouble = Extract<
  LoaderEvent,
  { type: 'source-failed' | 'watch-failed' | 'vetoed' | 'left-out' }
>

/** The troubles that are over once the source has named a version that is in use. */
const ENDS_WITH_IT = ['source-failed', 'vetoed'] as const

/** Reports what happens to one secret: each trouble once, however often it is met, and its end. */
export class EventDeduplicator {
  readonly #secret: string
  readonly #emit: EmitEvent
  readonly #troubles = new Map<Trouble['type'], string>()
  #state: SecretState = 'fresh'

  constructor(secret: string, emit: EmitEvent) {
    this.#secret = secret
    this.#emit = emit
  }

  /** @returns whether it is new. `about` distinguishes events with the same words, such as two revisions. */
  trouble(event: Trouble, about = ''): boolean {
    const words = `${event.code} ${about} ${event.message}`
    if (this.#troubles.get(event.type) === words) return false
    this.#troubles.set(event.type, words)
    this.#emit(event)
    return true
  }

  /** Something of that kind would be new again. */
  over(type: Trouble['type']): void {
    this.#troubles.delete(type)
  }

  /** Reports how old it has become. */
  aged(state: SecretState, ageMs: number): void {
    if (state === this.#state) return
    this.#state = state
    if (state === 'stale' || state === 'expired') {
      this.#emit({ type: state, secret: this.#secret, ageMs: Math.round(ageMs) })
    }
  }

  /** The source named a version, and it is in use. */
  confirmed(version: string | undefined): void {
    const wasTroubled = ENDS_WITH_IT.filter((type) => this.#troubles.delete(type)).length > 0
    const wasAged = this.#state !== 'fresh'
    this.#state = 'fresh'
    if (version !== undefined) this.#emit({ type: 'changed', secret: this.#secret, version })
    if (wasTroubled || wasAged) this.#emit({ type: 'recovered', secret: this.#secret })
  }
}

/** The reported part of an error: its code and our own words. */
export function reportedFailure({
  code,
  message,
}: SecretError): Pick<SecretError, 'code' | 'message'> {
  return { code, message }
}

type SourceEvent = Extract<LoaderEvent, { type: 'source-event' }>

/** Fields of a source's event that are passed on beside the type; any other field is left out. */
interface SourceReport {
  readonly type: string
  readonly level?: unknown
  readonly path?: unknown
  readonly error?: unknown
  readonly retryInMs?: unknown
}

const LEVELS: readonly SourceLevel[] = ['info', 'warning', 'error', 'security']

/** Makes what a source does by itself, such as a login or a renewal, a {@link LoaderEvent}. */
export function reportSource(source: string, emit: EmitEvent): (event: SourceReport) => void {
  return ({ type: event, level, path, error, retryInMs }) => {
    const reported: SourceEvent = {
      type: 'source-event',
      source,
      event,
      level: LEVELS.find((known) => known === level) ?? 'info',
      ...(typeof path === 'string' && { path }),
      ...(typeof retryInMs === 'number' && { retryInMs }),
      ...(error instanceof SecretError && reportedFailure(error)),
    }
    emit(reported)
  }
}
