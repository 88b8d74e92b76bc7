import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import type { Kubernetes } from '@rekey/testbed'

/** What happens to a request instead of its answer. `true`: nothing ever. */
type Fault =
  | { readonly silent: true }
  | { readonly cut: true }
  | {
      readonly status: number
      readonly body: string
      readonly headers?: Readonly<Record<string, string>>
    }

/** Stands before the real API server, with the same certificate, and breaks what it is told to. */
export interface ApiProxy extends AsyncDisposable {
  readonly url: string
  /** Asked for each request; nothing means that it passes. Gets the path with its query. */
  fault: (method: string, path: string) => Fault | undefined
  /** `GET /api/v1/…?watch=true`, in order. */
  readonly seen: string[]
  /** Cuts every connection that is open. */
  cutAll(): void
}

export async function openApiProxy({ url, caCert, caFile }: Kubernetes): Promise<ApiProxy> {
  const certificates = join(dirname(caFile), 'certificates')
  const [key, cert] = [
    await readFile(join(certificates, 'apiserver.key')),
    await readFile(join(certificates, 'apiserver.crt')),
  ]
  const server = createServer({ key, cert }, (incoming, outgoing) => {
    const [method = '', path = ''] = [incoming.method, incoming.url]
    proxy.seen.push(`${method} ${path}`)
    const fault = proxy.fault(method, path)
    if (fault === undefined) relay(url + path, caCert, incoming, outgoing)
    else if ('cut' in fault) incoming.socket.destroy()
    else if ('status' in fault) {
      const json = { 'content-type': 'application/json' }
      outgoing.writeHead(fault.status, { ...json, ...fault.headers }).end(fault.body)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy: ApiProxy = {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: () => undefined,
    seen: [],
    cutAll: () => {
      server.closeAllConnections()
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}

function relay(url: string, ca: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, headers } = incoming
  const forwarded = request(url, { method, headers, ca, agent: false }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
    outgoing.on('close', () => answer.destroy())
    answer.on('error', () => outgoing.destroy())
  })
  forwarded.on('error', () => outgoing.destroy())
  incoming.pipe(forwarded)
}
