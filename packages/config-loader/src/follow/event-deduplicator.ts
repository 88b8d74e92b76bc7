import type { SecretError, SecretState } from '@rekey/secret'
import type { LoaderEvent, TellEvent } from './loader-event.ts'

type Trouble = Extract<
  LoaderEvent,
  { type: 'source-failed' | 'watch-failed' | 'vetoed' | 'left-out' }
>

/** The troubles that are over once the source has named a version that is in use. */
const ENDS_WITH_IT = ['source-failed', 'vetoed'] as const

/** Reports what happens to one secret: each trouble once, however often it is met, and its end. */
export class EventDeduplicator {
  readonly #secret: string
  readonly #tell: TellEvent
  readonly #troubles = new Map<Trouble['type'], string>()
  #state: SecretState = 'fresh'

  constructor(secret: string, tell: TellEvent) {
    this.#secret = secret
    this.#tell = tell
  }

  /** @returns whether it is new. `about` distinguishes events with the same words, such as two revisions. */
  trouble(event: Trouble, about = ''): boolean {
    const words = `${event.code} ${about} ${event.message}`
    if (this.#troubles.get(event.type) === words) return false
    this.#troubles.set(event.type, words)
    this.#tell(event)
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
      this.#tell({ type: state, secret: this.#secret, ageMs: Math.round(ageMs) })
    }
  }

  /** The source named a version, and it is in use. */
  confirmed(version: string | undefined): void {
    const wasTroubled = ENDS_WITH_IT.filter((type) => this.#troubles.delete(type)).length > 0
    const wasAged = this.#state !== 'fresh'
    this.#state = 'fresh'
    if (version !== undefined) this.#tell({ type: 'changed', secret: this.#secret, version })
    if (wasTroubled || wasAged) this.#tell({ type: 'recovered', secret: this.#secret })
  }
}

/** The reported part of an error: its code and our own words. */
export function failureOf({ code, message }: SecretError): Pick<SecretError, 'code' | 'message'> {
  return { code, message }
}
