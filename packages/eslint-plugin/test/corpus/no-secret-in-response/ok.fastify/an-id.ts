import { secret } from '../../secret.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
export async function show(request: FastifyRequest, reply: FastifyReply) {
  return reply.code(200).send({ key: secret.label, characters: secret.expose().length })
}
