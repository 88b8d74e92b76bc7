import {
  backoffMs,
  type Clock,
  Secret,
  SecretError,
  type SecretStore,
  type StagedSecret,
} from '@rekey/secret'
import { formatRecord, type JournalRecord, recordsIn } from './journal-record.ts'

/** The content of a slot; nothing before its first record. */
export type SlotContent = ReturnType<typeof recordsIn> | undefined

/** Which write a record comes from. */
export type RecordId = Pick<JournalRecord, 'claim' | 'write'>

/** At ten foreign writes a second and 100 ms for each call of a store, one write of the journal meets about ten. */
const CONFLICTS = 100

/** A write is four calls, each of which goes on from the one before: at two throttles in five calls it takes eight tries on average. */
const UNANSWERED = 25
const PAUSE = { firstMs: 50, longestMs: 200, jitter: 0 }

/** The name of the entry of a secret store that holds the journal of one secret. */
export function journalName(secret: string): string {
  return `REKEY_ROTATION_${secret}`
}

/**
 * One entry of a secret store that holds the journal of one secret. A record is staged, and committed by being promoted; what a
 * rotator that died left on the way is finished by the next one who may write.
 */
export class JournalSlot {
  readonly #store: SecretStore
  readonly #name: string
  readonly #clock: Clock

  constructor(store: SecretStore, secret: string, clock: Clock) {
    this.#store = store
    this.#clock = clock
    this.#name = journalName(secret)
  }

  async read(): Promise<SlotContent> {
    const staged = await this.#find()
    return staged && recordsIn(staged)
  }

  /**
   * Commits the record that `next` makes of what is there, unless it throws. Where the store gave no reply, or another
   * writer came first, what is there by then decides: a record that came through is not written twice, and `next` throws where another
   * rotator has the claim. A conflict alone proves no rotator: an annotation of the entry causes one.
   *
   * @throws {SecretError} `unreachable` also if others change the entry without end; `forbidden`, `malformed`
   */
  async put(write: RecordId, next: (found: SlotContent) => JournalRecord): Promise<JournalRecord> {
    const left = new Map<unknown, number>([
      ['conflict', CONFLICTS],
      ['unreachable', UNANSWERED],
    ])
    for (;;) {
      try {
        return await this.#attempt(write, next)
      } catch (error) {
        const { code } = error instanceof SecretError ? error : {}
        const attempts = left.get(code) ?? 0
        if (attempts <= 0) throw code === 'conflict' ? changedWithoutEnd(this.#name) : error
        left.set(code, attempts - 1)
        const tries = UNANSWERED - attempts
        // An answer that was lost is no sign of a store that is busy: the first try comes at once.
        if (code !== 'unreachable' || tries <= 0) continue
        await this.#clock.sleep(backoffMs(PAUSE, tries - 1), undefined, { keepAlive: true })
      }
    }
  }

  /** Removes the record of `claim` that was staged and did not become current, so that it keeps no rotator out. */
  async withdraw(claim: string): Promise<void> {
    for (let left = CONFLICTS; ; left -= 1) {
      try {
        const staged = await this.#find()
        if (staged?.pending === undefined || recordsIn(staged).pending?.claim !== claim) return
        await this.#store.abort(this.#name, staged.revision)
        return
      } catch (error) {
        if (!isSecretError(error, 'conflict') || left <= 0) throw error
      }
    }
  }

  /** Drops the record before the one of `claim`, so that only one version is kept at rest. */
  async tidy(claim: string): Promise<void> {
    const staged = await this.#find()
    if (staged?.previous === undefined || recordsIn(staged).current.claim !== claim) return
    await this.#store.revoke(this.#name, staged.revision)
  }

  async #attempt(
    write: RecordId,
    next: (found: SlotContent) => JournalRecord,
  ): Promise<JournalRecord> {
    const staged = await this.#find()
    const found = staged && recordsIn(staged)
    if (isSame(found?.current, write)) return found.current
    if (staged && isSame(found?.pending, write)) {
      await this.#store.promote(this.#name, staged.revision)
      return found.pending
    }
    const record = next(found)
    if (staged?.pending !== undefined) {
      await this.#finish(staged)
      return this.#attempt(write, next)
    }
    await this.#write(staged, Secret.of(formatRecord(record), this.#name))
    return record
  }

  async #write(found: StagedSecret | undefined, text: Secret): Promise<void> {
    if (found === undefined) {
      await this.#store.create(this.#name, text)
      return
    }
    const { revision } = await this.#withoutPrevious(found)
    const staged = await this.#store.stage(this.#name, text, revision)
    await this.#store.promote(this.#name, staged.revision)
  }

  /**
   * Commits the record that another writer staged, which is one that it could have committed itself. Were it discarded, two whose calls
   * alternate could discard each other's without end: see `test/explorer/liveness`.
   */
  async #finish(found: StagedSecret): Promise<void> {
    const { revision } = await this.#withoutPrevious(found)
    await this.#store.promote(this.#name, revision)
  }

  async #withoutPrevious(found: StagedSecret): Promise<StagedSecret> {
    return found.previous ? this.#store.revoke(this.#name, found.revision) : found
  }

  async #find(): Promise<StagedSecret | undefined> {
    try {
      return await this.#store.read(this.#name)
    } catch (error) {
      if (isSecretError(error, 'missing')) return undefined
      throw error
    }
  }
}

function changedWithoutEnd(name: string): SecretError {
  const message = `${name} is changed by others again and again, ${CONFLICTS} times during one write of the journal: find who writes or annotates it`
  return new SecretError('unreachable', message, { name })
}

function isSame(
  found: JournalRecord | undefined,
  { claim, write }: RecordId,
): found is JournalRecord {
  return found?.claim === claim && found.write === write
}

/** Whether `error` is a {@link SecretError} of that code. */
function isSecretError(error: unknown, code: SecretError['code']): error is SecretError {
  return error instanceof SecretError && error.code === code
}
