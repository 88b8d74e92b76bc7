// @typed
import { secret } from '../../secret.ts'
import { type IncomingMessage, type ServerResponse } from 'node:http'
export function answer(_from: IncomingMessage, to: ServerResponse) {
  to.setHeader('x-key', secret.expose())
  to.end()
}
