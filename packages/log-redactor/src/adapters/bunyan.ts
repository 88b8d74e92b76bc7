/**
 * Masks secrets in what bunyan writes to the streams of a logger.
 *
 * @module
 */
import { type MasksText, redactValue } from '../redact-value.ts'

/** A logger of bunyan 1 or 2, as far as it is needed: `streams` is where it keeps its streams, and where its children get theirs. */
interface BunyanLogger {
  readonly fields: object
}

interface BunyanStream {
  readonly raw?: boolean
  stream: { write(line: unknown): unknown }
}

/**
 * The logger itself, whose streams get masked lines, and masked records where they are `raw`. Children that are created from then on
 * write to the same streams; a stream that is added or reopened later is not masked.
 *
 * @throws {TypeError} if the logger has no streams
 */
export function redactBunyan<L extends BunyanLogger>(redactor: MasksText, logger: L): L {
  const { streams } = logger as { streams?: BunyanStream[] }
  if (!Array.isArray(streams))
    throw new TypeError('a logger of bunyan has `streams`: pass what createLogger returned')
  for (const entry of streams) {
    const { stream } = entry
    const write = (line: unknown) => stream.write(redactValue(redactor, line))
    entry.stream = new Proxy(stream, {
      get(target, key) {
        if (key === 'write') return write
        const member: unknown = Reflect.get(target, key)
        return typeof member === 'function' ? (member.bind(target) as unknown) : member
      },
    })
  }
  return logger
}
