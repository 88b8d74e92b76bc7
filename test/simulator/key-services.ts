import { apiKeyFrom, apiKeyTo, createKeyring, type Keyring, withApiKey } from '@rekey/api-key-auth'
import { apiKeyAuth } from '@rekey/api-key-auth/hono'
import { defineService } from '@rekey/config-loader'
import { Hono } from 'hono'
import { z } from 'zod'
import type { Load, Program } from './replica.ts'

/** What a sender is told of each of its calls. */
export interface CallOutcome {
  readonly sender: string
  readonly receiver: string
  /** What the caller got after all retries; undefined if nobody answered. */
  readonly status: number | undefined
}

const settings = z.object({})
const env = { REKEY_ENVIRONMENT: 'test' }

/** The receiver: accepts the keys of alpha. */
export const loadBeta: Load = async (process, load) => {
  const secrets = { alpha: apiKeyFrom('alpha') }
  const service = await load(defineService({ name: 'beta', settings, secrets }), { env })
  const keyring = createKeyring(service.secrets, { clock: process.clock })
  return { service, handle: answerBy(keyring) }
}

/** Answers requests: 200 with a key of this keyring, and as `apiKeyAuth` does without. */
export function answerBy(keyring: Keyring): Required<Program>['handle'] {
  const app = new Hono<{ Bindings: { from: string } }>()
  app.use(apiKeyAuth({ keyring, source: ({ env }) => (env as { from: string }).from }))
  app.all('*', (context) => context.body(null, 200))
  return async (request, from) => app.fetch(request, { from })
}

/** How a sender calls. */
interface Calling {
  readonly everyMs: number
  /** Which receivers are there now. */
  readonly present: () => readonly string[]
  readonly told: (outcome: CallOutcome) => void
}

/** The sender: calls the receivers that are there in turn, and never waits for the answer before the next call. */
export function alphaCalling(
  receivers: readonly string[],
  { everyMs, present, told }: Calling,
): Load {
  const origins = receivers.map((name) => `https://${name}`)
  return async (process, load, { network }) => {
    const secrets = { beta: apiKeyTo('beta') }
    const service = await load(defineService({ name: 'alpha', settings, secrets }), { env })
    const call = withApiKey(service.secrets.beta, { origins })(network.fetchOf(process))
    const callOnce = async (receiver: string) => {
      const status = await call(`https://${receiver}/`).then(
        (response) => response.status,
        () => undefined,
      )
      told({ sender: process.name, receiver, status })
    }
    const run = async () => {
      for (let n = 0; ; n += 1) {
        await process.clock.sleep(everyMs)
        const there = present()
        if (there.length > 0) void callOnce(there[n % there.length] ?? '')
      }
    }
    return { service, run }
  }
}
