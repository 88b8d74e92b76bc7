import { type Clock, type LiveSecret, systemClock } from '@rekey/secret'
import type { ApiKeyVerifier } from '../spec/api-key-spec.ts'
import { FailureLimiter } from './failure-limiter.ts'
import { judgeKey, KeyIndex } from './key-index.ts'
import type { KeyEntry } from './key-entry.ts'
import { RefreshGate } from './refresh-gate.ts'
import type { Refused, Verified } from './verdict.ts'

/** The keys that a service accepts, by caller. */
export interface Keyring {
  /**
   * Identifies the caller by the key `text`. Synchronous, so one call sees one instant: `pending`, `current` and `previous`
   * of every caller, all accepted side by side. While the secret of a caller cannot be read, none of its keys is. An unknown
   * id costs the same hash and comparison as a known one.
   *
   * `source` is where it came from, such as a remote address: it names those who still use a key that retires, and limits
   * failures.
   */
  verify(text: string | undefined, source?: string): Verified | Refused
  /**
   * The same, and where the key is not known, waits for the callers' secrets to be read again: a receiver that is late
   * learns of a new key by its first use. A promise only then.
   */
  verifyFresh(
    text: string | undefined,
    source?: string,
  ): Verified | Refused | Promise<Verified | Refused>
}

/** How a keyring treats time, unknown keys and failures. */
export interface KeyringOptions {
  /** Default: the machine's own. */
  readonly clock?: Clock
  /**
   * How long after its `expiresAt` a key is still accepted, so that a clock that is fast by no more than this refuses
   * nothing too early. Default 300,000. What ends a key for certain is its revocation, which no clock delays.
   */
  readonly skewMs?: number
  /** The pause between two reads of the callers' secrets because of unknown keys. Default 30,000. */
  readonly refreshCooldownMs?: number
  /** How long a request with an unknown key waits for such a read. Default 1,000. */
  readonly refreshWaitMs?: number
  /** How many failed attempts of a source in a minute are answered with 401; those above get 429. Default 60. */
  readonly failuresPerMinute?: number
}

/**
 * Creates a keyring that follows the callers' live secrets: `createKeyring({ frontend: live })`. Every verification is
 * counted in the usage of the live secret it belongs to, also a refused one if it can be attributed: by its key id, or
 * because there is only one caller.
 *
 * @throws {SecretError} `refused` if two callers have a key in common
 *
 * @example
 * ```ts
 * const keyring = createKeyring({ frontend: service.secrets.frontend })
 * ```
 */
export function createKeyring(
  callers: Readonly<Record<string, LiveSecret<ApiKeyVerifier>>>,
  options: KeyringOptions = {},
): Keyring {
  return new LiveKeyring(new Map(Object.entries(callers)), options)
}

class LiveKeyring implements Keyring {
  readonly #callers: ReadonlyMap<string, LiveSecret<ApiKeyVerifier>>
  readonly #onlyCaller: LiveSecret<ApiKeyVerifier> | undefined
  readonly #clock: Clock
  readonly #index: KeyIndex
  readonly #refresh: RefreshGate
  readonly #failures: FailureLimiter

  constructor(
    callers: ReadonlyMap<string, LiveSecret<ApiKeyVerifier>>,
    {
      clock = systemClock,
      skewMs = 300_000,
      refreshCooldownMs = 30_000,
      refreshWaitMs = 1_000,
      failuresPerMinute = 60,
    }: KeyringOptions,
  ) {
    const lives = [...callers.values()]
    this.#callers = callers
    this.#onlyCaller = lives.length === 1 ? lives[0] : undefined
    this.#clock = clock
    const named = Array.from(callers, ([name, live]) => ({ name, live }))
    this.#index = new KeyIndex(named, { clock, skewMs })
    this.#refresh = new RefreshGate({
      clock,
      cooldownMs: refreshCooldownMs,
      waitMs: refreshWaitMs,
      refresh: () => Promise.allSettled(lives.map((live) => live.rejected('unknown-key'))),
    })
    this.#failures = new FailureLimiter(clock, failuresPerMinute)
  }

  verify(text: string | undefined, source?: string): Verified | Refused {
    const judged = judgeKey(text, this.#index, this.#clock)
    return judged.ok ? accept(judged, source) : this.#refuse(judged, source)
  }

  verifyFresh(
    text: string | undefined,
    source?: string,
  ): Verified | Refused | Promise<Verified | Refused> {
    const judged = judgeKey(text, this.#index, this.#clock)
    if (judged.ok) return accept(judged, source)
    const refreshed = this.#isWorthRefresh(judged, source) ? this.#refresh.pass() : undefined
    return refreshed?.then(() => this.verify(text, source)) ?? this.#refuse(judged, source)
  }

  /** A wrong secret waits like an unknown id, or the wait would reveal which ids exist. */
  #isWorthRefresh({ reason }: Refused, source: string | undefined): boolean {
    if (reason !== 'unknown-key' && reason !== 'wrong-secret') return false
    return source === undefined || !this.#failures.isUsedUp(source)
  }

  #refuse(refused: Refused, source: string | undefined): Refused {
    const { reason, caller, version } = refused
    // No fault of the sender, so it counts against no caller.
    if (reason === 'unconfirmed') return refused
    const usage = (caller === undefined ? this.#onlyCaller : this.#callers.get(caller))?.usage
    if (version !== undefined && reason === 'wrong-secret') usage?.failWrongSecret(version)
    else usage?.fail(version, source)
    if (source === undefined) return refused
    const limited = this.#failures.count(source)
    return { ...refused, source, ...(limited && { limited }) }
  }
}

function accept({ counter, isRetiring, verified }: KeyEntry, source: string | undefined): Verified {
  counter.use(isRetiring ? source : undefined)
  return verified
}
