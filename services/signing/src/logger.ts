import { API_KEY_FORMAT } from '@rekey/api-key-auth'
import { createRedactor } from '@rekey/log-redactor'
import { redactPino } from '@rekey/log-redactor/pino'
import type { LiveSecret } from '@rekey/secret'
import { type Logger, pino } from 'pino'

/** The service's only logger: every line passes the redactor, which knows the service's live secrets. */
export function createLogger(level: string, secrets: readonly LiveSecret<unknown>[]): Logger {
  const markers = API_KEY_FORMAT.markers.map((literal) => ({ literal, label: 'api key' }))
  return pino({ level, ...redactPino(createRedactor({ secrets, markers })) })
}
