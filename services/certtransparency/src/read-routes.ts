import { SecretError } from '@rekey/secret'
import { encodeProof } from '@rekey/audit-log/transparency'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { RecordParts } from './record-certificate.ts'

const NUMBER = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const
const MAX_ENTRIES = 100

const requires = (...names: readonly string[]) => ({
  type: 'object',
  required: names,
  properties: Object.fromEntries(names.map((name) => [name, NUMBER])),
})

/** Numbers of a query. */
interface Query<Names extends string> {
  Querystring: Readonly<Record<Names, number>>
}

/**
 * Adds what clients of the log read: `GET /checkpoint`, a signed note; `/entries/N?count=`, the entries from N on, 100 at most;
 * `/proof/inclusion?index=&size=` and `/proof/consistency?before=&size=`. 404 where the log has no such entry or tree.
 */
export function addReadRoutes(app: FastifyInstance, { log, sign }: RecordParts): void {
  app.get('/checkpoint', async (_request, reply) => {
    return reply.type('text/plain; charset=utf-8').send(sign(await log.head()))
  })
  app.get<{ Params: { index: number }; Querystring: { count: number } }>(
    '/entries/:index',
    {
      schema: {
        params: requires('index'),
        querystring: {
          type: 'object',
          properties: { count: { ...NUMBER, minimum: 1, maximum: MAX_ENTRIES, default: 1 } },
        },
      },
    },
    async ({ params: { index }, query: { count } }, reply) => {
      const entries = await log.entries({ start: index, limit: count })
      if (entries.length === 0) return reply.code(404).send({ error: 'no such entry' })
      return { entries: entries.map(({ entry }) => Buffer.from(entry).toString('base64')) }
    },
  )
  app.get<Query<'index' | 'size'>>(
    '/proof/inclusion',
    { schema: { querystring: requires('index', 'size') } },
    ({ query }, reply) => answerProof(reply, () => log.inclusionProof(query)),
  )
  app.get<Query<'before' | 'size'>>(
    '/proof/consistency',
    { schema: { querystring: requires('before', 'size') } },
    ({ query }, reply) => answerProof(reply, () => log.consistencyProof(query)),
  )
}

async function answerProof(reply: FastifyReply, prove: () => Promise<Uint8Array[]>) {
  try {
    return await reply.send({ proof: encodeProof(await prove()) })
  } catch (error) {
    if (!(error instanceof SecretError && error.code === 'missing')) throw error
    return reply.code(404).send({ error: error.message })
  }
}
