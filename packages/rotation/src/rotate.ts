import { hostname } from 'node:os'
import type { AuditSink } from '@rekey/audit-log'
import { SecretError, type SecretStore, type StagedSecret } from '@rekey/secret'
import type { RotationJournal } from './journal.ts'
import { RotationError } from './rotation-error.ts'
import type { RotationKind, StepContext, WithPending, WithPrevious } from './rotation-kind.ts'
import { StepTrail } from './step-trail.ts'
import type { RotationEvent } from './steps.ts'
import { withClaim } from './with-claim.ts'

/** What a rotation works with. */
export interface RotateOptions {
  readonly store: SecretStore
  readonly journal: RotationJournal
  /** Who rotates, for the journal. Default `host:pid`. */
  readonly holder?: string
  /** How long a rotator that died keeps others out. Renewed three times in this time. Default 15,000. */
  readonly leaseMs?: number
  readonly signal?: AbortSignal
  /** Gets one event for each step that ended or failed. A rotation that cannot be audited stops. */
  readonly audit?: AuditSink
  /** Told of each step's begin and end and of what it waits for; awaited. */
  readonly onEvent?: (event: RotationEvent) => void | Promise<void>
}

/** What a finished rotation changed. */
export interface Rotated {
  readonly secret: string
  /** The version that is now current. */
  readonly version: string
  /** Key id or role name that is gone. */
  readonly revoked: string
}

/**
 * Rotates one secret by the seven steps. The stages in the store say how far it got: `pending` means staged, `previous` means
 * promoted. So a rotation that was killed anywhere is resumed by calling this again.
 *
 * @throws {RotationError}
 */
export function rotate(kind: RotationKind, options: RotateOptions): Promise<Rotated> {
  const { journal, holder = `${hostname()}:${process.pid}`, leaseMs = 15_000, signal } = options
  const { audit, onEvent } = options
  const secret = kind.name
  return withClaim({ journal, secret, holder, leaseMs, signal }, (claim, lost) => {
    const trail = new StepTrail({ secret, holder, claim, audit, onEvent })
    return new Rotation(kind, options.store, trail, lost).run()
  })
}

class Rotation {
  readonly #kind: RotationKind
  readonly #store: SecretStore
  readonly #trail: StepTrail
  readonly #signal: AbortSignal

  constructor(kind: RotationKind, store: SecretStore, trail: StepTrail, signal: AbortSignal) {
    this.#kind = kind
    this.#store = store
    this.#trail = trail
    this.#signal = signal
  }

  async run(): Promise<Rotated> {
    const before = await this.#store.read(this.#kind.name)
    const promoted = hasPrevious(before) ? before : await this.#switchOver(before)
    await this.#step('confirm', (context) => this.#kind.confirm(promoted, context))
    await this.#step('revoke', async (context) => {
      await this.#kind.revoke(promoted, context)
      await this.#store.revoke(this.#kind.name, promoted.revision)
      await this.#kind.settle?.(promoted.previous, context)
    })
    const { name, current, previous } = promoted
    return { secret: name, version: current.version, revoked: previous.id ?? previous.version }
  }

  async #switchOver(before: StagedSecret): Promise<WithPrevious> {
    const staged = hasPending(before) ? before : await this.#stageNext(before)
    try {
      await this.#step('admit', (context) => this.#kind.admit(staged, context))
      await this.#step('prove', (context) => this.#kind.prove(staged, context))
    } catch (error) {
      if (isDefinite(error)) await this.#undo(staged, error)
      throw error
    }
    const promoted = await this.#step('promote', () =>
      this.#store.promote(this.#kind.name, staged.revision),
    )
    return requirePrevious(promoted)
  }

  async #stageNext(before: StagedSecret): Promise<WithPending> {
    const next = await this.#step('generate', () => this.#kind.generate(before.current))
    const staged = await this.#step('stage', () =>
      this.#store.stage(this.#kind.name, next, before.revision),
    )
    return requirePending(staged)
  }

  async #undo(staged: WithPending, cause: RotationError): Promise<never> {
    await this.#step('undo', async (context) => {
      await this.#kind.undo(staged, context)
      await this.#store.discard(this.#kind.name, staged.revision)
    })
    const { secret, step, reason, message } = cause
    throw new RotationError('undone', secret, message, {
      ...(step && { step }),
      ...(reason && { reason }),
    })
  }

  async #step<T>(
    step: RotationEvent['step'],
    work: (context: StepContext) => Promise<T>,
  ): Promise<T> {
    this.#signal.throwIfAborted()
    try {
      await this.#trail.begin(step)
      const waiting = (message: string) => {
        this.#trail.waiting(step, message)
      }
      const result = await work({ signal: this.#signal, waiting })
      await this.#trail.end(step)
      return result
    } catch (error) {
      await this.#trail.failed(step, error)
      throw asRotationError(error, this.#kind.name, step)
    }
  }
}

/** A definite "no", as opposed to no answer. Only this is undone; anything else may still come true. */
function isDefinite(error: unknown): error is RotationError {
  return (
    error instanceof RotationError && (error.reason === 'rejected' || error.reason === 'refused')
  )
}

function asRotationError(error: unknown, secret: string, step: RotationEvent['step']): unknown {
  if (!(error instanceof SecretError)) return error
  const message = `${secret} stopped at ${step}: ${error.message}`
  return new RotationError('stopped', secret, message, { step, reason: error.code })
}

function hasPending(staged: StagedSecret): staged is WithPending {
  return staged.pending !== undefined
}

function hasPrevious(staged: StagedSecret): staged is WithPrevious {
  return staged.previous !== undefined
}

function requirePending(staged: StagedSecret): WithPending {
  if (!hasPending(staged)) throw new SecretError('missing', 'the store lost what was staged')
  return staged
}

function requirePrevious(staged: StagedSecret): WithPrevious {
  if (!hasPrevious(staged)) throw new SecretError('missing', 'the store lost what was replaced')
  return staged
}
