import { createKeyring, withApiKey } from '@rekey/api-key-auth'
import { ALPHA, answerBy, BETA, env } from './key-replicas.ts'
import type { Load } from './replica.ts'

/** What a sender is told of each of its calls. */
export interface CallOutcome {
  readonly sender: string
  readonly receiver: string
  /** What the caller got after all retries; undefined if nobody answered. */
  readonly status: number | undefined
}

/** The receiver: accepts the keys of alpha. */
export const loadBeta: Load = async (process, load) => {
  const service = await load(BETA, { env })
  const keyring = createKeyring(service.secrets, { clock: process.clock })
  return { service, handle: answerBy(keyring) }
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
    const service = await load(ALPHA, { env })
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
