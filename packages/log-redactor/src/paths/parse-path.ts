import { SecretError } from '@rekey/secret'

/** The names on the way to a value; {@link ANY} is each name, or each place of an array. */
export type Path = readonly (string | typeof ANY)[]

/** `*` in a path. */
export const ANY = Symbol('*')

/** A name, or in brackets a quoted name, a place or a wildcard. */
const SEGMENT =
  /(?:^|(?<!^)\.)(?:([^.[\]\s,"'`*]+)|(\*))|\[(?:"([^"]*)"|'([^']*)'|`([^`]*)`|(\*)|(\d+))\]/y

/**
 * Reads a path as those of pino's `redact` are written: `req.headers.cookie`, `a["b-c"]`, `users[*].token`, `*.password`.
 *
 * @throws {SecretError} `malformed`, with its place in the list
 */
export function parsePath(text: unknown, place: number): Path {
  const segments: (string | typeof ANY)[] = []
  const isText = typeof text === 'string' && text !== ''
  for (SEGMENT.lastIndex = 0; isText && SEGMENT.lastIndex < text.length;) {
    const found = SEGMENT.exec(text)
    if (found === null) throw malformed(place)
    const [, name, any, double, single, backtick, anyInBrackets, index] = found
    if (any !== undefined || anyInBrackets !== undefined) segments.push(ANY)
    else segments.push(name ?? double ?? single ?? backtick ?? index ?? '')
  }
  if (segments.length === 0) throw malformed(place)
  return segments
}

function malformed(place: number): SecretError {
  const message = `path ${place} of redact is not written like 'req.headers.cookie', 'a["b-c"]' or 'users[*].token'`
  return new SecretError('malformed', message, { place })
}
