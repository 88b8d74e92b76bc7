import { SecretError } from '@rekey/secret'
import { StartupError } from '../startup-error.ts'

/** Masks secret values in a text, as a `Redactor` of `@rekey/log-redactor` does. */
export type Redact = (text: string) => string

/** How much of a failure may be printed. */
export interface FailureDetail {
  readonly production: boolean
  /** Absent until the service has loaded what is to be masked; then messages of other code are withheld. */
  readonly redact: Redact | undefined
}

const REMEDIES: ReadonlyMap<unknown, string> = new Map([
  ['EADDRINUSE', 'the port is taken: stop what listens there, or choose another'],
  ['EADDRNOTAVAIL', 'this machine has no such address: correct HOST or HEALTH_HOST'],
  ['EACCES', 'the port may not be opened by this user: choose one above 1024'],
])

/**
 * Describes why a service does not start. Errors of this project carry no value and are printed as they are; of any other, such as a
 * `TypeError` of the service's own code: class and code, in production with file and line, elsewhere with its message and stack,
 * redacted.
 */
export function describeFailure(error: unknown, { production, redact }: FailureDetail): string {
  const mask: Redact = redact ?? ((text) => text)
  if (error instanceof StartupError) return mask(error.message)
  if (error instanceof SecretError) return mask(`cannot start: ${error.code}: ${error.message}`)
  if (!(error instanceof Error)) return `cannot start: a ${typeof error} was thrown`
  const code: unknown = 'code' in error ? error.code : undefined
  const remedy = REMEDIES.get(code)
  if (remedy !== undefined) return `cannot start: ${remedy}`
  const kind = isCode(code) ? `${classOf(error)} (${code})` : classOf(error)
  const frames = framesOf(error)
  if (production) return mask(`cannot start: ${kind}${placeOf(frames)}`)
  if (redact === undefined) {
    const why = 'message withheld, nothing masks it yet: see redactWith of runService'
    return [`cannot start: ${kind} (${why})`, ...frames].join('\n')
  }
  return redact([`cannot start: ${kind}: ${error.message}`, ...frames].join('\n'))
}

/** Codes of Node.js and of SQL, and those of this project; anything else could be a text with a value. */
function isCode(code: unknown): code is string {
  return typeof code === 'string' && /^(?:E[A-Z0-9_]{2,60}|[0-9A-Z]{5}|[a-z-]{2,40})$/.test(code)
}

function classOf({ constructor }: Error): string {
  return /^[A-Za-z_$][\w$]{0,60}$/.test(constructor.name) ? constructor.name : 'Error'
}

/** The frames alone: V8 puts the message before them, and a message may have lines that look like frames. */
function framesOf({ message, stack = '' }: Error): string[] {
  const start = stack.indexOf(message)
  if (start < 0) return []
  const lines = stack.slice(start + message.length).split('\n')
  return lines.filter((line) => /^ {4}at /.test(line))
}

/** File and line of the first frame that is not of Node.js itself. */
function placeOf(frames: readonly string[]): string {
  for (const frame of frames) {
    const [, place] = /(?:\(|at |async )(?:file:\/\/)?(\/[^():]+:\d+):\d+\)?$/.exec(frame) ?? []
    if (place !== undefined) return ` at ${place}`
  }
  return ''
}
