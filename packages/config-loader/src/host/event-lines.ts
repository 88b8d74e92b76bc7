import type { LoaderEvent, SourceLevel, TellEvent } from '../follow/loader-event.ts'

/** The levels of pino, so that these lines read like those of a logger. */
const LEVELS: Readonly<Record<Exclude<LoaderEvent['type'], 'source-told'>, number>> = {
  changed: 30,
  recovered: 30,
  'left-out': 40,
  stale: 40,
  vetoed: 40,
  'source-failed': 40,
  'watch-failed': 40,
  'release-failed': 40,
  'last-good-failed': 40,
  'close-failed': 40,
  'last-good-refused': 50,
  'last-good-used': 50,
  expired: 50,
}

const SOURCE_LEVELS: Readonly<Record<SourceLevel, number>> = {
  info: 30,
  warning: 40,
  error: 50,
  security: 60,
}

/**
 * Writes each event as one line of JSON, for standard error: the first ones come before a service has a logger, which needs
 * the secrets in order to mask them. There is nothing to mask in an event.
 */
export function writeEvents(stream: { write(line: string): unknown }): TellEvent {
  return (event) => {
    // What a source tells has a level of its own, in words.
    const level = event.type === 'source-told' ? SOURCE_LEVELS[event.level] : LEVELS[event.type]
    const line = { ...event, level, time: Date.now(), msg: 'secrets' }
    stream.write(`${JSON.stringify(line)}\n`)
  }
}
