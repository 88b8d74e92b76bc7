import { secret } from '../../secret.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
export function stream(request: FastifyRequest, reply: FastifyReply) {
  reply.hijack()
  reply.raw.end(`data: ${secret.expose()}\n\n`)
}
