import { SecretError } from '@rekey/secret'
import type { LoaderEvent, SourceLevel, TellEvent } from './loader-event.ts'
import { failureOf } from './event-deduplicator.ts'

type SourceTold = Extract<LoaderEvent, { type: 'source-told' }>

/** Fields of a source's event that are passed on beside the type; any other field is left out. */
interface Told {
  readonly type: string
  readonly level?: unknown
  readonly path?: unknown
  readonly error?: unknown
  readonly retryInMs?: unknown
}

const LEVELS: readonly SourceLevel[] = ['info', 'warning', 'error', 'security']

/** Makes what a source does by itself, such as a login or a renewal, a {@link LoaderEvent}. */
export function tellOfSource(source: string, tell: TellEvent): (event: Told) => void {
  return ({ type: event, level, path, error, retryInMs }) => {
    const told: SourceTold = {
      type: 'source-told',
      source,
      event,
      level: LEVELS.find((known) => known === level) ?? 'info',
      ...(typeof path === 'string' && { path }),
      ...(typeof retryInMs === 'number' && { retryInMs }),
      ...(error instanceof SecretError && failureOf(error)),
    }
    tell(told)
  }
}
