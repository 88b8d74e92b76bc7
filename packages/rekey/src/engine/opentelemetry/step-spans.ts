import { type Context, type Span, SpanStatusCode, type Tracer } from '@opentelemetry/api'
import type { RotationEvent } from '../../journal/journal.ts'
import { RotationError } from '../rotation-error.ts'
import { failSpan } from './span-attributes.ts'

/** More would fill the span; the count is whole in any case. */
const NAMED = 20

/** A step that has begun. */
interface OpenStep {
  readonly step: RotationEvent['step']
  readonly span: Span
  /** Who was waited for last: a wait that polls is one event. */
  wait?: string
}

/**
 * Makes the spans of the steps of one rotation from its events. A step that fails has no event: its span lasts until the next one
 * begins, and gets its status from the error with which the rotation ends.
 */
export class StepSpans {
  readonly #tracer: Tracer
  readonly #name: string
  readonly #parent: Context
  readonly #failed: (OpenStep & { readonly at: Date })[] = []
  #open: OpenStep | undefined

  constructor(tracer: Tracer, name: string, parent: Context) {
    this.#tracer = tracer
    this.#name = name
    this.#parent = parent
  }

  note(event: RotationEvent): void {
    const { step, phase } = event
    if (phase === 'begin') this.#begin(step)
    else if (this.#open?.step !== step) return
    else if (phase === 'waiting') addWait(this.#open, event)
    else if (phase === 'alarm') addAlarm(this.#open.span, event)
    else this.#finish()
  }

  /** Ends what is left, by the error of the rotation if it has one. */
  end(error: unknown): void {
    this.#leave()
    for (const { step, span, at } of this.#failed) {
      if (error instanceof RotationError && error.step === step) failSpan(span, error)
      else span.setStatus({ code: SpanStatusCode.ERROR })
      span.end(at)
    }
  }

  #begin(step: RotationEvent['step']): void {
    this.#leave()
    const attributes = { 'rekey.step': step }
    const span = this.#tracer.startSpan(`${this.#name}.${step}`, { attributes }, this.#parent)
    this.#open = { step, span }
  }

  #finish(): void {
    this.#open?.span.end()
    this.#open = undefined
  }

  #leave(): void {
    if (this.#open !== undefined) this.#failed.push({ ...this.#open, at: new Date() })
    this.#open = undefined
  }
}

function addWait(open: OpenStep, { message = '', replicas = [] }: RotationEvent): void {
  const wait = [message, ...replicas].join(' ')
  if (open.wait === wait) return
  open.wait = wait
  open.span.addEvent('rekey.waiting', {
    'rekey.waiting.for': message,
    ...(replicas.length > 0 && {
      'rekey.replicas': replicas.slice(0, NAMED),
      'rekey.replicas.count': replicas.length,
    }),
  })
}

function addAlarm(span: Span, { message = '', lateUse }: RotationEvent): void {
  span.addEvent('rekey.alarm', {
    'rekey.alarm': message,
    ...(lateUse && { 'rekey.version.used': lateUse.id, 'client.address': lateUse.source }),
  })
}
