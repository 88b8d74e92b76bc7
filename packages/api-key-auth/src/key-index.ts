import { randomBytes } from 'node:crypto'
import { type LiveSecret, liveVersions, SecretError, type StagedSecret } from '@rekey/secret'
import type { ApiKeyVerifier } from './api-key-spec.ts'
import { DIGEST_BYTES } from './digest.ts'
import type { Verified } from './verdict.ts'

/** Somebody who holds keys. */
interface Caller {
  readonly name: string
  readonly live: LiveSecret<ApiKeyVerifier>
  accepted: readonly string[]
  revoked: readonly string[]
}

/** What is known of a key id. */
export interface KeyEntry {
  /** What the key has to match; of an id that is not accepted, something that nothing matches. */
  readonly digest: Buffer
  readonly caller?: Caller
  readonly verified?: Verified
}

/** How many revoked ids of a caller are remembered, so that late uses can be told whose they are. */
const REVOKED_REMEMBERED = 8

const NOTHING_MATCHES = randomBytes(DIGEST_BYTES)
const STRANGER: KeyEntry = { digest: NOTHING_MATCHES }

/**
 * Finds the key of an id in O(1), known or not. It learns of each change before anybody can read it from the live secret, so
 * there is no pause in which a key is missing, and nothing to check when a key is presented.
 */
export class KeyIndex {
  readonly #callers: readonly Caller[]
  readonly #entries = new Map<string, KeyEntry>()

  /** @throws {SecretError} `refused` if two callers have a key in common */
  constructor(callers: Readonly<Record<string, LiveSecret<ApiKeyVerifier>>>) {
    this.#callers = Object.entries(callers).map(([name, live]) => {
      const caller: Caller = { name, live, accepted: [], revoked: [] }
      this.#read(caller, live.snapshot)
      const taken = caller.accepted.find((keyId) => this.#entries.get(keyId)?.caller !== caller)
      if (taken !== undefined) {
        throw new SecretError(
          'refused',
          'two callers share one API key, so nobody could tell them apart; issue one for each',
          { caller: name, keyId: taken },
        )
      }
      live.beforeUpdate((staged) => {
        this.#read(caller, staged)
      })
      return caller
    })
  }

  /** The caller, if there is but one. */
  get onlyCaller(): Caller | undefined {
    return this.#callers.length === 1 ? this.#callers[0] : undefined
  }

  /** What is known of `keyId` at this instant. */
  find(keyId: string): KeyEntry {
    return this.#entries.get(keyId) ?? STRANGER
  }

  #read(caller: Caller, staged: StagedSecret<ApiKeyVerifier>): void {
    const entries = entriesOf(caller, staged)
    const before = [...caller.revoked, ...caller.accepted]
    const revoked = before.filter((keyId) => !entries.has(keyId)).slice(-REVOKED_REMEMBERED)
    for (const keyId of before) this.#entries.delete(keyId)
    for (const keyId of revoked) this.#entries.set(keyId, { caller, digest: NOTHING_MATCHES })
    for (const [keyId, entry] of entries) {
      if (!this.#entries.has(keyId)) this.#entries.set(keyId, entry)
    }
    Object.assign(caller, { revoked, accepted: [...entries.keys()] })
  }
}

function entriesOf(
  caller: Caller,
  staged: StagedSecret<ApiKeyVerifier>,
): Map<string, Required<KeyEntry>> {
  const entries = liveVersions(staged).map(({ value, stage, version }) => {
    const { keyId, digest } = value.expose()
    const verified = { ok: true, caller: caller.name, keyId, stage, version } as const
    return [keyId, { caller, digest, verified: Object.freeze(verified) }] as const
  })
  return new Map(entries.reverse())
}
