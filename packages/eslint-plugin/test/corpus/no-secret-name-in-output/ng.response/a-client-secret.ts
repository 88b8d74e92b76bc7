import type { FastifyReply } from 'fastify'
export const show = (reply: FastifyReply, client: { id: string; clientSecret: string }) =>
  reply.send({ id: client.id, clientSecret: client.clientSecret })
