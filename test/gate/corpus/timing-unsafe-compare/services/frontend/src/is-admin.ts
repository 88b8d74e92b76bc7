import type { IncomingMessage } from 'node:http'
import type { Secret } from '@rekey/secret'

export function isAdmin(request: IncomingMessage, key: Secret): boolean {
  return request.headers['x-api-key'] === key.expose()
}
