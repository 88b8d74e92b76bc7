// @reports outsideBoundary
import type { Secret } from '../../secret.ts'
interface Reply {
  send(body: unknown): void
}
export function addRoutes(key: Secret, isRight: (given: string, key: string) => boolean) {
  return (given: string, reply: Reply) => {
    reply.send({ ok: isRight(given, key.expose()) })
  }
}
