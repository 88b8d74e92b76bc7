import { SecretError } from '@rekey/secret'
import { encodeProof, type LogClient } from '@rekey/audit-log/transparency'
import type { FastifyInstance, FastifyReply } from 'fastify'

/** The parts of the routes of the log. */
export interface LogParts {
  /** Reads certtransparency. */
  readonly log: Pick<LogClient, 'checkpoint' | 'consistencyProof'>
}

const NUMBER = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const
const GROWTH_SCHEMA = {
  type: 'object',
  required: ['before', 'size'],
  properties: { before: NUMBER, size: NUMBER },
} as const

/**
 * Adds `GET /checkpoint` and `GET /proof/consistency?before=&size=`, for a caller that may not call certtransparency and remembers a
 * checkpoint of its own. Both hand its answers on as they are: the caller verifies them. 404 where the log has no such tree, 503 where it
 * does not answer.
 */
export function addLogRoutes(app: FastifyInstance, { log }: LogParts): void {
  app.get('/checkpoint', (_request, reply) =>
    handOn(reply, async () => {
      const note = await log.checkpoint()
      return reply.type('text/plain; charset=utf-8').send(note)
    }),
  )
  app.get<{ Querystring: { before: number; size: number } }>(
    '/proof/consistency',
    { schema: { querystring: GROWTH_SCHEMA } },
    ({ query }, reply) =>
      handOn(reply, async () => {
        const proof = await log.consistencyProof(query)
        return reply.send({ proof: encodeProof(proof) })
      }),
  )
}

async function handOn(
  reply: FastifyReply,
  answer: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await answer()
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    const { code, message } = error
    reply.log.warn({ event: 'log-not-read', code }, message)
    return reply.code(code === 'missing' ? 404 : 503).send({ error: message })
  }
}
