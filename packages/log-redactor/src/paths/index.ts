import { SecretError } from '@rekey/secret'
import { uncheckedLine } from '../withheld-line.ts'
import { type Censor, censorJson } from './censor-line.ts'
import { ANY, parsePath } from './parse-path.ts'

/** The option `redact` of pino. */
export type RedactPaths = readonly string[] | PathOptions

interface PathOptions {
  readonly paths: readonly string[]
  readonly censor?: unknown
  readonly remove?: boolean
}

const CENSORED = '[Redacted]'

/**
 * Makes a function that censors, in a finished line of pino, the values at paths that are written as those of pino's `redact`. It
 * never throws: a line that it cannot censor is withheld, and a note takes its place.
 *
 * @throws {SecretError} `malformed` for a list that is none, or a path that is not written so
 */
export function createPathCensor(redact: RedactPaths): (line: string) => string {
  const options = Array.isArray(redact) ? { paths: redact } : (redact as PathOptions)
  if (!Array.isArray(options.paths)) {
    throw new SecretError('malformed', 'redact is no list of paths, and no object with one')
  }
  const paths = options.paths.map(parsePath)
  const names = paths.map((path) => path.findLast((name) => name !== ANY) ?? '')
  const sought = names.map((name) => JSON.stringify(name).slice(1, -1))
  const censor = censorOf(options)
  return (line) => {
    try {
      return sought.some((name) => line.includes(name)) ? censorJson(line, paths, censor) : line
    } catch (error) {
      return uncheckedLine(line, error)
    }
  }
}

function censorOf({ censor = CENSORED, remove = false }: PathOptions): Censor {
  if (remove) return () => undefined
  if (typeof censor !== 'function') return () => censor
  const own = censor as (value: unknown, way: string[]) => unknown
  return (value, way) => {
    try {
      const made = own(value, [...way])
      // What is no JSON, such as a bigint or a cycle, fails here and not in the logger.
      JSON.stringify(made)
      return made
    } catch {
      // The line is worth more than the text that it would have had here.
      return CENSORED
    }
  }
}
