import { type Clock, type SecretStore, type StagedSecret, within } from '@rekey/secret'
import { Moment } from '@rekey/secret/internal'
import type { LateUse, Replica, RevokedVersion, Shown } from '@rekey/secret/internal/kind'
import type { SqlClient, RotationKind, StepContext } from '@rekey/secret/kind'
import { Accounts } from './accounts.ts'
import { type AuditSpool, withSpooled } from '../journal/audit-spool.ts'
import {
  type AnyStep,
  type Claim,
  receiptsBeside,
  type RotationIntent,
  withReceipt,
} from '../journal/journal.ts'
import { LastingStore } from '../journal/lasting-store.ts'
import {
  isConflict,
  isPostponed,
  postponed,
  RotationError,
  toRotationError,
} from './rotation-error.ts'
import { KeptGap } from './kept-gap.ts'
import { checkJournal, type JournalChoice } from '../journal/secret-journal.ts'
import { CHANGES, StepTrail } from './step-trail.ts'

/** How often a store is asked that may show what it held before its last write. */
const LOOKS = 3

/** Parts of an intent that end with the step under way. */
const AFRESH = { progress: undefined, resumesAt: undefined }

interface RunParts {
  readonly kind: RotationKind
  readonly store: SecretStore
  readonly claim: Claim
  readonly intent: RotationIntent | undefined
  readonly spool: AuditSpool | undefined
  readonly journals: JournalChoice
  readonly trail: StepTrail
  readonly clock: Clock
  readonly stepLimitMs: number
  /** How long the store may show what it held before its last write. */
  readonly settleMs: number
  readonly without: readonly Replica[]
  readonly closeStrangers: boolean
  readonly signal: AbortSignal
}

/** Options of a step beside its work. */
interface StepOptions {
  /** Written together with the begin of the step. */
  readonly intent?: RotationIntent
}

/** One claim on one secret: where it is going, and the steps that it takes. */
export class RotationRun {
  readonly kind: RotationKind
  readonly store: SecretStore
  readonly #claim: Claim
  readonly #spool: AuditSpool | undefined
  readonly #journals: JournalChoice
  readonly #trail: StepTrail
  readonly clock: Clock
  readonly #stepLimitMs: number
  readonly #settleMs: number
  readonly #without: readonly Replica[]
  readonly #closeStrangers: boolean
  readonly #signal: AbortSignal
  readonly #accounts: Accounts
  readonly #gap: KeptGap
  readonly #leftBehind: NonNullable<StepContext['leftBehind']> = new Map()
  readonly #lateUses = new Map<string, LateUse>()
  #hasChanged = false
  /** Of the step under way, from the first one on. */
  #context: StepContext | undefined
  #intent: RotationIntent | undefined
  /** When its version was promoted, and the time of that in the journal. */
  #promoted: { readonly moment: Moment; recordedAt: number } | undefined

  constructor(parts: RunParts) {
    const { kind, store, claim, intent, spool, journals } = parts
    const { trail, clock, stepLimitMs, without, signal } = parts
    this.kind = kind
    this.store = new LastingStore(store, () => this.#context)
    this.#claim = claim
    this.#spool = spool
    this.#journals = journals
    this.#trail = trail
    this.clock = clock
    this.#stepLimitMs = stepLimitMs
    this.#settleMs = parts.settleMs
    this.#without = without
    this.#closeStrangers = parts.closeStrangers
    this.#signal = signal
    this.#intent = intent
    this.#accounts = new Accounts(kind, intent)
    this.#gap = new KeptGap(clock, intent, (gap) => this.#amend({ gap }))
    if (intent?.promotedAt !== undefined) this.#notePromote(intent.promotedAt)
  }

  get intent(): RotationIntent | undefined {
    return this.#intent
  }

  /** How long ago `promote` was; 0 before it. */
  get sincePromoteMs(): number {
    return this.#promoted?.moment.agoMs ?? 0
  }

  /** Versions that were used after their time. */
  get lateUses(): readonly LateUse[] {
    return [...this.#lateUses.values()]
  }

  /** Whether this run has changed the secret in the store. */
  get hasChanged(): boolean {
    return this.#hasChanged
  }

  /** Whether strangers are closed that the journal has no record of. */
  get closesStrangers() {
    return this.#closeStrangers || this.#intent?.mode === 'emergency'
  }

  /** The intent with the accounts of `staged`; undefined if its versions have none. */
  knowing(staged: StagedSecret): RotationIntent | undefined {
    this.#accounts.add(staged)
    const { accounts } = this.#accounts.beside(this.#intent?.receipts)
    return this.#intent && accounts && { ...this.#intent, accounts }
  }

  /** Sets the intent. Receipts, accounts and events that are not in the audit log yet are kept, whatever the intent. */
  async setIntent(intent: RotationIntent): Promise<void> {
    const { receipts, unaudited } = this.#intent ?? {}
    const kept = { ...(receipts && { receipts }), ...(unaudited && { unaudited }) }
    const beside = { ...this.#accounts.beside(receipts), ...this.#promotedAt(intent) }
    await this.#save({ ...intent, ...kept, ...beside }, (next) => this.#claim.setIntent(next))
  }

  /** Has the journal keep the events that the audit log did not take. */
  async keepSpooled(): Promise<void> {
    if (this.#unsaved) await this.#save(this.#unsaved, (next) => this.#claim.setIntent(next))
  }

  /** The name of the journal that it works with. */
  get journal(): string {
    return this.#journals.journal
  }

  /** Reads the secret. @throws {RotationError} `other-journal` before anything was done, if it names a journal that is not this one */
  async read(): Promise<StagedSecret> {
    const staged = await this.step(undefined, () => this.#readSettled())
    await this.#trail.resumed()
    const left = checkJournal(staged, this.#journals)
    if (left !== undefined) await this.#trail.leftJournal(left, this.journal)
    if (this.#intent?.receipts !== undefined) {
      this.#intent = { ...this.#intent, receipts: receiptsBeside(this.#intent, staged) }
    }
    this.#accounts.add(staged)
    return staged
  }

  /**
   * A store may show for a while what it held before its last write. Where a promotion or an end was begun that it does not show, it is asked again: who
   * takes the new version for one that nothing uses would have the far side refuse it.
   */
  async #readSettled(): Promise<StagedSecret> {
    const deadline = this.clock.elapsed() + this.#settleMs
    for (;;) {
      const staged = await this.store.read(this.kind.name, this.#signal)
      if (!this.#mayBeBehind(staged) || this.clock.elapsed() >= deadline) return staged
      await this.clock.sleep(this.#settleMs / LOOKS, this.#signal, { keepAlive: true })
    }
  }

  #mayBeBehind({ pending, previous }: StagedSecret): boolean {
    const { from, to, promotedAt, mode, outcome } = this.#intent ?? {}
    const { begun } = this.#claim
    if (outcome !== undefined) return false
    // Any other rotation stops at the conflict, and has done no harm.
    const isEmergency = mode === 'emergency'
    if (isEmergency && begun === 'revoke' && previous?.version === from?.version) return true
    const isRolledBack = mode === 'rollback' && begun !== 'roll-back'
    const isPromoted = promotedAt !== undefined && pending !== undefined
    return !isRolledBack && isPromoted && pending.version === to?.version
  }

  /** Makes `to` current. */
  async promote<T>(to: RevokedVersion, work: () => Promise<T>): Promise<T> {
    const intent = this.#intent ?? { mode: 'forward', from: to }
    const next = { ...intent, to, promotedAt: this.clock.now(), ...AFRESH }
    const result = await this.step('promote', work, { intent: next })
    this.#promoted = { moment: Moment.at(this.clock), recordedAt: next.promotedAt }
    return result
  }

  /** Notes that `to` was promoted by an earlier run. Without a note of that run in the journal, its time begins now. */
  async resumePromoted(to: RevokedVersion): Promise<void> {
    const intent = this.#intent ?? { mode: 'forward', from: to }
    if (intent.to?.version === to.version) return
    const promotedAt = this.clock.now()
    await this.setIntent({ ...intent, to, promotedAt })
    this.#notePromote(promotedAt)
  }

  /** Writes a receipt. */
  async attest(shown: Shown): Promise<void> {
    const next = this.#withReceipt(shown)
    if (next === undefined) return
    await this.#save(next, (intent) => this.#claim.setIntent(intent))
  }

  /** Does one step, and reports it. Without a name nothing is reported. */
  async step<T>(
    step: AnyStep | undefined,
    work: (context: StepContext) => Promise<T>,
    { intent }: StepOptions = {},
  ): Promise<T> {
    this.#signal.throwIfAborted()
    const { name } = this.kind
    const what = `the ${step === undefined ? "store's answer for" : `end of ${step} of`} ${name}`
    const limit = { what, limitMs: this.#stepLimitMs, clock: this.clock, signal: this.#signal }
    try {
      return await within(limit, async (signal) => {
        if (step !== undefined) {
          await this.#report(intent ?? this.#unsaved, (next) => this.#trail.begin(step, next))
        }
        const context = { ...this.#contextOf(step), signal }
        // A failure before the first step ends nothing that was begun.
        if (step !== undefined || this.#context !== undefined) this.#context = context
        const result = await work(context)
        this.#hasChanged ||= step !== undefined && CHANGES.has(step)
        if (step !== undefined) {
          await this.#trail.succeeded(step, this.#gap.details)
          await this.#report(this.#unsaved, (next) => this.#trail.end(step, next))
        }
        return result
      })
    } catch (error) {
      const cause = await this.#causeOf(error)
      if (step !== undefined && !isPostponed(cause)) await this.#trail.failed(step, cause)
      throw toRotationError(cause, name, step)
    }
  }

  /** Changes parts of the intent. */
  async #amend(parts: Partial<RotationIntent>): Promise<void> {
    if (this.#intent !== undefined) await this.setIntent({ ...this.#intent, ...parts })
  }

  /** The intent, if the journal is to keep events with it that are only in this process. */
  get #unsaved(): RotationIntent | undefined {
    return this.#spool?.waiting.length ? this.#intent : undefined
  }

  /** Writes the intent, with the events that the audit log did not take. */
  async #save(
    intent: RotationIntent,
    write: (next: RotationIntent) => Promise<void>,
  ): Promise<void> {
    const fresh = this.#spool?.waiting ?? []
    const next =
      fresh.length === 0 ? intent : { ...intent, unaudited: withSpooled(intent.unaudited, fresh) }
    await write(next)
    this.#intent = next
    this.#spool?.kept(fresh)
  }

  /** Writes the begin or the end of a step, and with it the intent if that changes. */
  async #report(
    intent: RotationIntent | undefined,
    write: (next?: RotationIntent) => Promise<void>,
  ): Promise<void> {
    if (intent === undefined) await write()
    else await this.#save(intent, write)
  }

  /** Another one has changed the secret in the store: a rotator that has taken over, if the journal shows that. */
  async #causeOf(error: unknown): Promise<unknown> {
    if (!isConflict(error)) return error
    try {
      await this.#claim.renew()
      return error
    } catch (cause) {
      return cause instanceof RotationError ? cause : error
    }
  }

  #contextOf(step: AnyStep | undefined): StepContext {
    // Of the rotation before, it is no promotion of this one.
    const promoted = this.#intent?.promotedAt === undefined ? undefined : this.#promoted
    const { transaction } = this.#claim
    return {
      signal: this.#signal,
      clock: this.clock,
      compromised: this.#intent?.mode === 'emergency',
      leftBehind: this.#leftBehind,
      ...(promoted && { sincePromoteMs: () => promoted.moment.agoMs }),
      progress: this.#intent?.progress,
      saveProgress: (progress) => this.#amend({ progress }),
      postpone: async (leftMs, why) => {
        const until = Moment.at(this.clock, this.clock.elapsed() + leftMs).wallMs
        await this.#amend({ resumesAt: until })
        throw postponed(this.kind.name, step, { until, why })
      },
      waiting: (message, replicas) => {
        if (step !== undefined) this.#trail.waiting(step, message, replicas)
      },
      alarm: async (use) => {
        this.#lateUses.set(`${use.id} ${use.source}`, use)
        if (step !== undefined) await this.#trail.alarm(step, use)
      },
      fence: () => this.#claim.renew(),
      gap: this.#gap,
      attest: (shown) => this.attest(shown),
      ...(transaction && { transaction: (...work) => this.#transact(transaction, ...work) }),
    }
  }

  async #transact<T>(
    transaction: NonNullable<Claim['transaction']>,
    work: (client: SqlClient) => Promise<T>,
    shown: Shown | undefined,
  ): Promise<T> {
    const next = shown && this.#withReceipt(shown)
    const result = await transaction(async (client) => {
      const done = await work(client)
      if (next !== undefined) await this.#claim.setIntent(next, client)
      return done
    })
    if (next !== undefined) this.#intent = next
    return result
  }

  /** The intent with one receipt more; nothing to write it to where the journal is new. */
  #withReceipt(shown: Shown): RotationIntent | undefined {
    const intent = this.#intent
    if (intent === undefined) return undefined
    const left = this.#without.map(({ service, healthUrl }) => `${service} at ${healthUrl}`)
    const evidence = [shown.evidence, ...left.map((name) => `without ${name}`)].join(', ')
    const receipt = { ...shown, evidence, at: this.clock.now() }
    return { ...intent, receipts: withReceipt(intent.receipts, receipt) }
  }

  /** The time of the promotion for the next run, which has nothing but the wall clock: as that is set by now. */
  #promotedAt({ promotedAt }: RotationIntent): Pick<RotationIntent, 'promotedAt'> {
    if (this.#promoted === undefined || this.#promoted.recordedAt !== promotedAt) return {}
    this.#promoted.recordedAt = this.#promoted.moment.wallMs
    return { promotedAt: this.#promoted.recordedAt }
  }

  #notePromote(recordedAt: number): void {
    this.#promoted = { moment: Moment.recorded(this.clock, recordedAt), recordedAt }
  }
}
