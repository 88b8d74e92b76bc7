import { authenticate, type HeaderValue, type Outcome } from './authenticate.ts'
import { isRetiring } from './key-entry.ts'
import type { Keyring } from './keyring.ts'
import type { Refused, Verified } from './verdict.ts'

/** Something that an operator wants to know. Never holds a secret, so it may be logged as it is. */
export type AuthEvent =
  /** Of a source over the limit (`limited`), only the first refusal in a minute is reported. */
  | ({ readonly type: 'refused' } & Refused)
  /** Accepted with a key that is about to be revoked: the sender has not switched yet. Reported once per source. */
  | ({ readonly type: 'retiring'; readonly source?: string } & Omit<Verified, 'ok' | 'headers'>)

/** Options of every adapter. */
export interface ApiKeyAuthOptions {
  readonly keyring: Keyring
  /** Called within the request, so it must be quick; if it throws, the request fails. */
  readonly onEvent?: (event: AuthEvent) => void
}

/** Judges a request by its header and where it comes from. */
export type Admission = (header: HeaderValue, source?: string) => Outcome | Promise<Outcome>

/** {@link authenticate}, and reports what an operator needs. */
export function createAdmission({ keyring, onEvent }: ApiKeyAuthOptions): Admission {
  const isNews = createNewsFilter()

  const tell = (outcome: Outcome, source: string | undefined) => {
    if (outcome.ok) {
      if (!isRetiring(outcome.stage) || !isNews(`${outcome.keyId} ${source ?? ''}`)) return
      const { caller, keyId, stage, version } = outcome
      const where = source === undefined ? {} : { source }
      onEvent?.({ type: 'retiring', caller, keyId, stage, version, ...where })
    } else if (outcome.refused.limited?.isFirst ?? true) {
      onEvent?.({ type: 'refused', ...outcome.refused })
    }
  }

  return (header, source) => {
    const outcome = authenticate(keyring, header, source)
    if (outcome instanceof Promise) {
      return outcome.then((late) => {
        tell(late, source)
        return late
      })
    }
    tell(outcome, source)
    return outcome
  }
}

const NEWS_REMEMBERED = 256

/** Whether an event is reported for the first time, or for the first time in a long while. */
function createNewsFilter(): (what: string) => boolean {
  const told = new Set<string>()
  return (what) => {
    if (told.has(what)) return false
    if (told.size >= NEWS_REMEMBERED) told.clear()
    told.add(what)
    return true
  }
}
