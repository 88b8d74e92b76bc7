import { type Attributes, type Span, SpanStatusCode } from '@opentelemetry/api'
import { SecretError } from '@rekey/secret'
import { RotationError } from '../rotation-error.ts'

/** Parts of a result that an attribute shows, and its name. The span has the secret already. */
const PARTS: Readonly<Record<string, string>> = {
  version: 'rekey.version.current',
  revoked: 'rekey.version.revoked',
  removed: 'rekey.version.removed',
  unproven: 'rekey.version.unproven',
  closed: 'rekey.closed',
  strangers: 'rekey.strangers',
}

/** The attributes of the result of a rotation: versions, key ids and role names. */
export function resultAttributes(result: object): Attributes {
  if (Array.isArray(result)) return { 'rekey.closed': namesIn(result) }
  const named = Object.entries(result).flatMap(([part, value]: [string, unknown]) => {
    const name = PARTS[part]
    if (name === undefined) return []
    return [[name, Array.isArray(value) ? namesIn(value) : String(value)] as const]
  })
  return Object.fromEntries(named)
}

function namesIn(list: readonly unknown[]): string[] {
  return list.map(String)
}

/** Gives a span the status of an error. The message of an error of another library may hold a value, so it is left out. */
export function failSpan(span: Span, error: unknown): void {
  const isOwn = error instanceof RotationError || error instanceof SecretError
  span.setStatus({ code: SpanStatusCode.ERROR, ...(isOwn && { message: error.message }) })
  span.setAttribute('error.type', typeOf(error))
  if (!(error instanceof RotationError)) return
  const { step, reason, details } = error
  if (step !== undefined) span.setAttribute('rekey.step', step)
  if (reason !== undefined) span.setAttribute('rekey.reason', reason)
  const absent = details['absent']
  if (typeof absent === 'string') span.setAttribute('rekey.replicas', absent.split(' '))
}

function typeOf(error: unknown): string {
  if (error instanceof RotationError || error instanceof SecretError) return error.code
  return error instanceof Error ? error.name : '_OTHER'
}
