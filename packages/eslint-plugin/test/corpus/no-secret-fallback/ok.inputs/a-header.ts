import type { IncomingMessage } from 'node:http'

export function parse(request: IncomingMessage) {
  const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ')
  return { scheme, token }
}
