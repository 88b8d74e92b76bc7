import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'

/** A receiver of webhooks, which verifies each message with the library of Standard Webhooks. */
export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string
  /** Those that were signed with the key, in order. */
  readonly messages: readonly unknown[]
  /** How many were not. */
  readonly forged: number
}

/** Opens a receiver that has `key`. */
export async function openReceiver(key: string): Promise<WebhookReceiver> {
  const verifier = new Webhook(key)
  const messages: unknown[] = []
  let forged = 0
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      try {
        messages.push(verifier.verify(body, request.headers as Record<string, string>))
      } catch {
        forged += 1
      }
      response.writeHead(204).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages,
    get forged() {
      return forged
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close').catch(() => undefined)
    },
  }
}
