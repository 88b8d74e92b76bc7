import { randomBytes } from 'node:crypto'
import { type LiveSecret, liveVersions, SecretError, type StagedSecret } from '@rekey/secret'
import type { ApiKeyVerifier } from './api-key-spec.ts'
import { DIGEST_BYTES } from './digest.ts'
import type { Verified } from './verdict.ts'

/** Somebody who holds keys. */
interface Caller {
  readonly name: string
  readonly live: LiveSecret<ApiKeyVerifier>
  /** The snapshot that the index holds. */
  seen: StagedSecret<ApiKeyVerifier>
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

/** Finds the key of an id in O(1), and follows the callers' live secrets without a pause in which a key is missing. */
export class KeyIndex {
  readonly #callers: readonly Caller[]
  readonly #entries = new Map<string, KeyEntry>()

  /** @throws {SecretError} `refused` if two callers have a key in common */
  constructor(callers: Readonly<Record<string, LiveSecret<ApiKeyVerifier>>>) {
    this.#callers = Object.entries(callers).map(([name, live]) => {
      const caller: Caller = { name, live, seen: live.snapshot, accepted: [], revoked: [] }
      this.#read(caller)
      const taken = caller.accepted.find((keyId) => this.#entries.get(keyId)?.caller !== caller)
      if (taken !== undefined) {
        throw new SecretError(
          'refused',
          'two callers share one API key, so nobody could tell them apart; issue one for each',
          { caller: name, keyId: taken },
        )
      }
      return caller
    })
  }

  /** The caller, if there is but one. */
  get onlyCaller(): Caller | undefined {
    return this.#callers.length === 1 ? this.#callers[0] : undefined
  }

  /**
   * What is known of `keyId` at this instant. An id that is known costs one look at its own caller's snapshot, however
   * many callers there are; an id that is not costs a look at each.
   */
  find(keyId: string): KeyEntry {
    const entry = this.#entries.get(keyId)
    if (entry?.caller !== undefined && isUpToDate(entry.caller)) return entry
    for (const caller of this.#callers) if (!isUpToDate(caller)) this.#read(caller)
    return this.#entries.get(keyId) ?? STRANGER
  }

  #read(caller: Caller): void {
    const seen = caller.live.snapshot
    const entries = entriesOf(caller, seen)
    const before = [...caller.revoked, ...caller.accepted]
    const revoked = before.filter((keyId) => !entries.has(keyId)).slice(-REVOKED_REMEMBERED)
    for (const keyId of before) this.#entries.delete(keyId)
    for (const keyId of revoked) this.#entries.set(keyId, { caller, digest: NOTHING_MATCHES })
    for (const [keyId, entry] of entries) {
      if (!this.#entries.has(keyId)) this.#entries.set(keyId, entry)
    }
    Object.assign(caller, { seen, revoked, accepted: [...entries.keys()] })
  }
}

function isUpToDate(caller: Caller): boolean {
  return caller.seen === caller.live.snapshot
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
