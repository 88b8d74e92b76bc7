import type { SecretErrorCode } from '@rekey/secret'

interface Failure {
  readonly code: SecretErrorCode
  /** The fault and its remedy. */
  readonly message: string
}

/** How loud a source says something; `security` is for a person to look at now. */
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
      readonly type: 'source-told'
      readonly source: string
      readonly event: string
      readonly level: SourceLevel
      readonly path?: string
      readonly retryInMs?: number
    } & Partial<Failure>)

/** Takes {@link LoaderEvent}s. It is called in the middle of the work, so it must be quick and must not throw. */
export type TellEvent = (event: LoaderEvent) => void
