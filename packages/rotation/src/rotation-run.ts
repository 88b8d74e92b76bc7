import { hostname } from 'node:os'
import type { AuditSink } from '@rekey/audit-log'
import {
  type Clock,
  Moment,
  SecretError,
  type SecretStore,
  type StagedSecret,
  systemClock,
  within,
} from '@rekey/secret'
import type {
  LateUse,
  Replica,
  RevokedVersion,
  RotationKind,
  Shown,
  SqlClient,
  StepContext,
} from '@rekey/secret/kind'
import { Accounts } from './accounts.ts'
import type { Displaced } from './emergency-claim.ts'
import {
  type AnyStep,
  type Claim,
  receiptsBeside,
  type RotationEvent,
  type RotationIntent,
  type RotationJournal,
  withReceipt,
} from './journal.ts'
import { RotationError } from './rotation-error.ts'
import { checkJournal, type JournalChoice } from './secret-journal.ts'
import { StepTrail } from './step-trail.ts'
import { withClaim } from './with-claim.ts'

/** Options of a rotation. */
export interface RotationOptions {
  /** Where the secret is. */
  readonly store: SecretStore
  /** Where the rotation is recorded and its lease is held. */
  readonly journal: RotationJournal
  /** Who rotates, for the journal. Default `host:pid`. */
  readonly holder?: string
  /** How long a rotator that died keeps others out. Renewed three times in this time. Default 15,000. */
  readonly leaseMs?: number
  /** How long a step may take, all its waits together. Default: `longestStepMs` of the kind, else ten minutes. */
  readonly stepLimitMs?: number
  /** Stops the rotation before its next step, or in a wait; run it again to go on. */
  readonly signal?: AbortSignal
  /** Default: the machine's own. */
  readonly clock?: Clock
  /** Gets one event for each step that ended or failed. A rotation that cannot be audited stops. */
  readonly audit?: AuditSink
  /** Replicas that `withoutAbsent` leaves out: the audit log and each receipt name them. Default: none. */
  readonly without?: readonly Replica[]
  /**
   * The journal with which the secret was rotated until now, by its name, where it is to leave that one for `journal`: no rotator may work with it any more.
   * The audit log names it. Default: a secret that names another journal is refused.
   */
  readonly fromJournal?: string
  /** Called at each step's begin and end and with what it waits for; awaited. */
  readonly onEvent?: (event: RotationEvent) => void | Promise<void>
  /** Called when an emergency has taken the claim of a live rotator over, before anything else is done. */
  readonly onTakeOver?: (from: Displaced) => void
}

/** Longer than any wait of a kind with its default times. */
const STEP_LIMIT_MS = 600_000

/** Runs `work` with the claim on the secret of `kind`. Where it leaked, the claim of a live rotator is taken over. */
export function withRotation<T>(
  kind: RotationKind,
  options: RotationOptions & { readonly compromised?: boolean; readonly closeStrangers?: boolean },
  work: (run: RotationRun) => Promise<T>,
): Promise<T> {
  const { journal, holder = `${hostname()}:${process.pid}`, leaseMs = 15_000, signal } = options
  const { audit, onEvent, clock = systemClock, without = [], closeStrangers = false } = options
  const stepLimitMs = options.stepLimitMs ?? kind.longestStepMs ?? STEP_LIMIT_MS
  const isEmergency = options.compromised ?? false
  const request = { journal, secret: kind.name, holder, leaseMs, signal, clock, isEmergency }
  const claimed = withClaim(request, async (claim, lost) => {
    const trail = new StepTrail({ secret: kind.name, holder, claim, audit, onEvent })
    const { store, fromJournal } = options
    if (claim.takenFrom !== undefined) {
      options.onTakeOver?.(claim.takenFrom)
      await trail.tookOver(claim.takenFrom)
    }
    for (const replica of without) await trail.leftOut(replica)
    const journals = { journal: journal.name, fromJournal }
    const parts = {
      kind,
      store,
      claim,
      journals,
      trail,
      clock,
      stepLimitMs,
      without,
      closeStrangers,
    }
    return work(new RotationRun({ ...parts, signal: lost }))
  })
  return claimed.catch((error: unknown) => {
    throw toRotationError(error, kind.name, undefined)
  })
}

/** The steps that end with a write to the store. */
const CHANGES: ReadonlySet<AnyStep> = new Set(['stage', 'promote', 'revoke', 'abort', 'roll-back'])

interface RunParts {
  readonly kind: RotationKind
  readonly store: SecretStore
  readonly claim: Claim
  readonly journals: JournalChoice
  readonly trail: StepTrail
  readonly clock: Clock
  readonly stepLimitMs: number
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
  readonly #journals: JournalChoice
  readonly #trail: StepTrail
  readonly #clock: Clock
  readonly #stepLimitMs: number
  readonly #without: readonly Replica[]
  readonly #closeStrangers: boolean
  readonly #signal: AbortSignal
  readonly #accounts: Accounts
  readonly #lateUses = new Map<string, LateUse>()
  #hasChanged = false
  #intent: RotationIntent | undefined
  /** When its version was promoted, and the time of that in the journal. */
  #promoted: { readonly moment: Moment; recordedAt: number } | undefined

  constructor(parts: RunParts) {
    const { kind, store, claim, journals, trail, clock, stepLimitMs, without, signal } = parts
    this.kind = kind
    this.store = store
    this.#claim = claim
    this.#journals = journals
    this.#trail = trail
    this.#clock = clock
    this.#stepLimitMs = stepLimitMs
    this.#without = without
    this.#closeStrangers = parts.closeStrangers
    this.#signal = signal
    this.#intent = claim.intent
    this.#accounts = new Accounts(kind, claim.intent)
    if (claim.intent?.promotedAt !== undefined) this.#notePromote(claim.intent.promotedAt)
  }

  get intent(): RotationIntent | undefined {
    return this.#intent
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

  /** The intent with the accounts of `staged`; undefined if the journal knows all of them. */
  knowing(staged: StagedSecret): RotationIntent | undefined {
    this.#accounts.add(staged)
    if (this.#intent === undefined) return undefined
    const { accounts } = this.#accounts.beside(this.#intent.receipts)
    const isKnown = JSON.stringify(this.#intent.accounts) === JSON.stringify(accounts)
    return isKnown || accounts === undefined ? undefined : { ...this.#intent, accounts }
  }

  /** Sets the intent. Receipts and accounts are kept, whatever the intent. */
  async setIntent(intent: RotationIntent): Promise<void> {
    const { receipts } = this.#intent ?? {}
    const kept = { ...this.#accounts.beside(receipts), ...this.#promotedAt(intent) }
    const next = { ...intent, ...(receipts && { receipts }), ...kept }
    await this.#claim.setIntent(next)
    this.#intent = next
  }

  /** The name of the journal that it works with. */
  get journal(): string {
    return this.#journals.journal
  }

  /** Reads the secret. @throws {RotationError} `other-journal` before anything was done, if it names a journal that is not this one */
  async read(): Promise<StagedSecret> {
    const staged = await this.step(undefined, () => this.store.read(this.kind.name, this.#signal))
    const left = checkJournal(staged, this.#journals)
    if (left !== undefined) await this.#trail.leftJournal(left, this.journal)
    if (this.#intent?.receipts !== undefined) {
      this.#intent = { ...this.#intent, receipts: receiptsBeside(this.#intent, staged) }
    }
    this.#accounts.add(staged)
    return staged
  }

  /** Makes `to` current. */
  async promote<T>(to: RevokedVersion, work: () => Promise<T>): Promise<T> {
    const intent = this.#intent ?? { mode: 'forward', from: to }
    const next = { ...intent, to, promotedAt: this.#clock.now(), progress: undefined }
    const result = await this.step('promote', work, { intent: next })
    this.#promoted = { moment: Moment.at(this.#clock), recordedAt: next.promotedAt }
    return result
  }

  /** Notes that `to` was promoted by an earlier run. Without a note of that run in the journal, its time begins now. */
  async resumePromoted(to: RevokedVersion): Promise<void> {
    const intent = this.#intent ?? { mode: 'forward', from: to }
    if (intent.to?.version === to.version && intent.promotedAt !== undefined) return
    const promotedAt = this.#clock.now()
    await this.setIntent({ ...intent, to, promotedAt })
    this.#notePromote(promotedAt)
  }

  /** Writes a receipt. */
  async attest(shown: Shown): Promise<void> {
    const next = this.#withReceipt(shown)
    if (next === undefined) return
    await this.#claim.setIntent(next)
    this.#intent = next
  }

  /** Does one step, and reports it. Without a name nothing is reported. */
  async step<T>(
    step: AnyStep | undefined,
    work: (context: StepContext) => Promise<T>,
    { intent }: StepOptions = {},
  ): Promise<T> {
    this.#signal.throwIfAborted()
    const { name } = this.kind
    const what =
      step === undefined ? `the store's answer for ${name}` : `the end of ${step} of ${name}`
    const limit = { what, limitMs: this.#stepLimitMs, clock: this.#clock, signal: this.#signal }
    try {
      return await within(limit, async (signal) => {
        if (step !== undefined) await this.#trail.begin(step, intent)
        if (intent !== undefined) this.#intent = intent
        const result = await work({ ...this.#contextOf(step), signal })
        this.#hasChanged ||= step !== undefined && CHANGES.has(step)
        if (step !== undefined) await this.#trail.end(step)
        return result
      })
    } catch (error) {
      const cause = await this.#causeOf(error)
      if (step !== undefined) await this.#trail.failed(step, cause)
      throw toRotationError(cause, name, step)
    }
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
    const compromised = this.#intent?.mode === 'emergency'
    // Of the rotation before, it is no promotion of this one.
    const promoted = this.#intent?.promotedAt === undefined ? undefined : this.#promoted
    const clock = this.#clock
    return {
      ...{ signal: this.#signal, clock, compromised },
      ...(promoted && {
        sincePromoteMs: () => promoted.moment.agoMs,
      }),
      progress: this.#intent?.progress,
      saveProgress: async (progress) => {
        if (this.#intent !== undefined) await this.setIntent({ ...this.#intent, progress })
      },
      waiting: (message, replicas) => {
        if (step !== undefined) this.#trail.waiting(step, message, replicas)
      },
      alarm: async (use) => {
        this.#lateUses.set(`${use.id} ${use.source}`, use)
        if (step !== undefined) await this.#trail.alarm(step, use)
      },
      attest: (shown) => this.attest(shown),
      ...(this.#claim.transaction && {
        transaction: (work, shown) => this.#transaction(work, shown),
      }),
    }
  }

  async #transaction<T>(
    work: (client: SqlClient) => Promise<T>,
    shown: Shown | undefined,
  ): Promise<T> {
    const claim = this.#claim
    if (claim.transaction === undefined) throw new TypeError('the journal has no transactions')
    const next = shown && this.#withReceipt(shown)
    const result = await claim.transaction(async (client) => {
      const done = await work(client)
      if (next !== undefined) await claim.setIntent(next, client)
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
    const receipt = { ...shown, evidence, at: this.#clock.now() }
    return { ...intent, receipts: withReceipt(intent.receipts, receipt) }
  }

  /** The time of the promotion for the next run, which has nothing but the wall clock: as that is set by now. */
  #promotedAt({ promotedAt }: RotationIntent): Pick<RotationIntent, 'promotedAt'> {
    if (this.#promoted === undefined || this.#promoted.recordedAt !== promotedAt) return {}
    this.#promoted.recordedAt = this.#promoted.moment.wallMs
    return { promotedAt: this.#promoted.recordedAt }
  }

  #notePromote(recordedAt: number): void {
    this.#promoted = { moment: Moment.recorded(this.#clock, recordedAt), recordedAt }
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof SecretError && error.code === 'conflict'
}

function toRotationError(error: unknown, secret: string, step: AnyStep | undefined): unknown {
  if (!(error instanceof SecretError)) return error
  const message = `${secret} stopped at ${step ?? 'its journal or store'}: ${error.message}`
  const { code: reason, details } = error
  const at = { ...(step !== undefined && { step }), reason, details }
  return new RotationError(
    details['absent'] === undefined ? 'stopped' : 'stuck',
    secret,
    message,
    at,
  )
}
