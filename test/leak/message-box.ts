import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A receiver of webhooks that keeps all that came. */
interface MessageBox extends AsyncDisposable {
  readonly url: string
  /** The key to sign with. */
  readonly key: string
  /** Each with its headers. */
  readonly messages: readonly string[]
}

/** Opens a receiver with a key of its own. */
export async function openMessageBox(): Promise<MessageBox> {
  const messages: string[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      messages.push(JSON.stringify(request.headers) + body)
      response.writeHead(204).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key: `whsec_${randomBytes(32).toString('base64')}`,
    messages,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
