import type { IncomingMessage } from 'node:http'
import { secret } from '../../secret.ts'

export function isAllowed(request: IncomingMessage): boolean {
  return request.headers['x-api-key'] === secret.expose()
}
