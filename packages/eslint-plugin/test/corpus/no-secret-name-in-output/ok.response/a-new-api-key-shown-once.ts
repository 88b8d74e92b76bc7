import type { FastifyReply } from 'fastify'
import { issueKey } from './keys.ts'
export async function create(reply: FastifyReply) {
  const apiKey = await issueKey()
  return reply.code(201).send({ apiKey })
}
