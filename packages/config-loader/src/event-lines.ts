import type { LoaderEvent, TellEvent } from './follow/loader-event.ts'

/** The levels of pino, so that these lines read like those of a logger. */
const LEVELS: Readonly<Record<LoaderEvent['type'], number>> = {
  changed: 30,
  recovered: 30,
  'left-out': 40,
  stale: 40,
  vetoed: 40,
  'source-failed': 40,
  'watch-failed': 40,
  'release-failed': 40,
  'last-good-failed': 40,
  'last-good-refused': 50,
  'last-good-used': 50,
  expired: 50,
}

/**
 * Writes each event as one line of JSON, for standard error: the first ones come before a service has a logger, which needs
 * the secrets in order to mask them. There is nothing to mask in an event.
 */
export function writeEvents(stream: { write(line: string): unknown }): TellEvent {
  return (event) => {
    const line = { level: LEVELS[event.type], time: Date.now(), msg: 'secrets', ...event }
    stream.write(`${JSON.stringify(line)}\n`)
  }
}
