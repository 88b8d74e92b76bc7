import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that accepts some keys: `GET` says whether, `PUT` adds one, `DELETE` ends one. */
export interface ToyServer extends AsyncDisposable {
  readonly url: string
  readonly keys: ReadonlySet<string>
}

/** Opens a toy server on loopback. Only the administrator's key may change what it accepts. */
export async function openToyServer(first: string, administrator: string): Promise<ToyServer> {
  const keys = new Set([first])
  const server = createServer(({ method = '', headers }, response) => {
    const key = String(headers['x-key'])
    const isAllowed = headers['x-administrator'] === administrator
    if (method === 'PUT' && isAllowed) keys.add(key)
    if (method === 'DELETE' && isAllowed) keys.delete(key)
    const isDone = method === 'GET' ? keys.has(key) : isAllowed
    response.writeHead(isDone ? 204 : 403).end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ...{ url, keys },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}
