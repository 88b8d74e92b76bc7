import type { IncomingMessage } from 'node:http'

export function bearerOf({ headers }: IncomingMessage): string | undefined {
  const [scheme, token] = headers.authorization?.split(' ') ?? []
  return scheme === 'Bearer' && headers.authorization?.startsWith('Bearer ') ? token : undefined
}
