/**
 * Services that hold the API key of alpha at beta, for every world in virtual time that runs them.
 *
 * @module
 */
import { apiKeyFrom, apiKeyTo, type Keyring } from '@rekey/api-key-auth'
import { apiKeyAuth } from '@rekey/api-key-auth/hono'
import { defineService, type Service } from '@rekey/config-loader'
import { parseReportQuestion, REPORT_QUESTION_HEADER } from '@rekey/secret/internal'
import { Hono } from 'hono'
import { z } from 'zod'

const settings = z.object({})

/** The environment of each process. */
export const env = { REKEY_ENVIRONMENT: 'test' }

/** The service that calls beta. */
export const ALPHA = defineService({ name: 'alpha', settings, secrets: { beta: apiKeyTo('beta') } })

/** The service that accepts the keys of alpha. */
export const BETA = defineService({
  ...{ name: 'beta', settings },
  secrets: { alpha: apiKeyFrom('alpha') },
})

/** Answers requests: 200 with a key of this keyring, and as `apiKeyAuth` does without. */
export function answerBy(keyring: Keyring): (request: Request, from: string) => Promise<Response> {
  const app = new Hono<{ Bindings: { from: string } }>()
  app.use(apiKeyAuth({ keyring, source: ({ env }) => (env as { from: string }).from }))
  app.all('*', (context) => context.body(null, 200))
  return async (request, from) => app.fetch(request, { from })
}

/** Reports what was asked for, at once and without another look at the store: the slowest that a replica may be. */
export function answerQuestion(service: Service, { headers }: Request): Response {
  const question = parseReportQuestion(headers.get(REPORT_QUESTION_HEADER) ?? undefined)
  const health = service.health()
  const secrets = health.secrets.filter(({ name }) => name === question?.secret)
  return Response.json(question === undefined ? health : { ...health, secrets })
}
