// @typed
import { secret } from '../../secret.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
export const handle = (request: FastifyRequest, reply: FastifyReply) => {
  const { log: out } = request
  out.info(secret.expose())
}
