import type { FastifyReply, FastifyRequest } from 'fastify'

const ADMIN_TOKEN = process.env['ADMIN_TOKEN'] ?? ''

export async function adminOnly(request: FastifyRequest, reply: FastifyReply) {
  const token = request.headers.authorization?.replace('Bearer ', '')
  if (token !== ADMIN_TOKEN) await reply.code(401).send()
}
