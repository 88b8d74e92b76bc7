import type { Secret } from '../../secret.ts'
interface Reply {
  code(status: number): Reply
  send(body: unknown): Reply
}
export const answer = (reply: Reply, secret: Secret) => reply.code(200).send({ secret })
