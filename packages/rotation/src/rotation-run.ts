import { hostname } from 'node:os'
import type { AuditSink } from '@rekey/audit-log'
import {
  type Clock,
  SecretError,
  type SecretStore,
  type StagedSecret,
  systemClock,
} from '@rekey/secret'
import type { Claim, Course, RotationJournal } from './journal.ts'
import { RotationError } from './rotation-error.ts'
import type { RotationKind, StepContext } from './rotation-kind.ts'
import { StepTrail } from './step-trail.ts'
import type { AnyStep, RotationEvent } from './steps.ts'
import { withClaim } from './with-claim.ts'

/** What a rotation works with. */
export interface RotationOptions {
  readonly store: SecretStore
  readonly journal: RotationJournal
  /** Who rotates, for the journal. Default `host:pid`. */
  readonly holder?: string
  /** How long a rotator that died keeps others out. Renewed three times in this time. Default 15,000. */
  readonly leaseMs?: number
  readonly signal?: AbortSignal
  readonly clock?: Clock
  /** Gets one event for each step that ended or failed. A rotation that cannot be audited stops. */
  readonly audit?: AuditSink
  /** Told of each step's begin and end and of what it waits for; awaited. */
  readonly onEvent?: (event: RotationEvent) => void | Promise<void>
}

/** Runs `work` with the claim on the secret of `kind`. */
export function withRotation<T>(
  kind: RotationKind,
  options: RotationOptions,
  work: (run: RotationRun) => Promise<T>,
): Promise<T> {
  const { journal, holder = `${hostname()}:${process.pid}`, leaseMs = 15_000, signal } = options
  const { audit, onEvent, clock = systemClock } = options
  const request = { journal, secret: kind.name, holder, leaseMs, signal, clock }
  const claimed = withClaim(request, (claim, lost) => {
    const trail = new StepTrail({ secret: kind.name, holder, claim, audit, onEvent })
    return work(new RotationRun({ kind, store: options.store, claim, trail, clock, signal: lost }))
  })
  return claimed.catch((error: unknown) => {
    throw toRotationError(error, kind.name, undefined)
  })
}

interface RunParts {
  readonly kind: RotationKind
  readonly store: SecretStore
  readonly claim: Claim
  readonly trail: StepTrail
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** One claim on one secret: where it is going, and the steps that it takes. */
export class RotationRun {
  readonly kind: RotationKind
  readonly store: SecretStore
  readonly #claim: Claim
  readonly #trail: StepTrail
  readonly #clock: Clock
  readonly #signal: AbortSignal
  #course: Course | undefined

  constructor({ kind, store, claim, trail, clock, signal }: RunParts) {
    this.kind = kind
    this.store = store
    this.#claim = claim
    this.#trail = trail
    this.#clock = clock
    this.#signal = signal
    this.#course = claim.course
  }

  get course(): Course | undefined {
    return this.#course
  }

  async steer(course: Course): Promise<Course> {
    await this.#claim.steer(course)
    this.#course = course
    return course
  }

  read(): Promise<StagedSecret> {
    return this.step(undefined, () => this.store.read(this.kind.name, this.#signal))
  }

  /** Does one step, and tells of it. Without a name nobody is told. */
  async step<T>(
    step: AnyStep | undefined,
    work: (context: StepContext) => Promise<T>,
    { compromised = this.#course?.goal === 'emergency' } = {},
  ): Promise<T> {
    this.#signal.throwIfAborted()
    const waiting = (message: string) => {
      if (step !== undefined) this.#trail.waiting(step, message)
    }
    const { transaction } = this.#claim
    const context = { signal: this.#signal, clock: this.#clock, compromised, waiting }
    try {
      if (step !== undefined) await this.#trail.begin(step)
      const result = await work({ ...context, ...(transaction && { transaction }) })
      if (step !== undefined) await this.#trail.end(step)
      return result
    } catch (error) {
      if (step !== undefined) await this.#trail.failed(step, error)
      throw toRotationError(error, this.kind.name, step)
    }
  }
}

function toRotationError(error: unknown, secret: string, step: AnyStep | undefined): unknown {
  if (!(error instanceof SecretError)) return error
  const message = `${secret} stopped at ${step ?? 'its journal or store'}: ${error.message}`
  const at = { ...(step !== undefined && { step }), reason: error.code }
  return new RotationError('stopped', secret, message, at)
}
