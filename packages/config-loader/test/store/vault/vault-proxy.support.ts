import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as send,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request that came by. */
interface PassedRequest {
  readonly method: string
  /** Without `/v1/`. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Milliseconds since the proxy was opened. */
  readonly atMs: number
}

/**
 * What happens to a request: a status or an answer of our own, the server's answer thrown away, or held back for a time.
 */
export type Fault =
  | { readonly status: number; readonly body?: object }
  | ((outgoing: ServerResponse) => void)
  | 'lose the answer'
  | { readonly holdMs: number }

/** Stands before a real server, passes everything on unchanged, and breaks what it is told to. */
export interface FaultProxy extends AsyncDisposable {
  readonly address: string
  readonly passed: PassedRequest[]
  /** Asked for each request; nothing means that it passes. */
  fault: (request: PassedRequest) => Fault | undefined
  /** How many requests to paths that match have come by. */
  count(path: RegExp): number
}

/** Opens a proxy on a free port of this machine. */
export async function openFaultProxy(target: string): Promise<FaultProxy> {
  const passed: PassedRequest[] = []
  const start = performance.now()
  const server = createServer((incoming, outgoing) => {
    const path = (incoming.url ?? '').replace('/v1/', '')
    const { method = '', headers } = incoming
    const request = { method, path, headers, atMs: performance.now() - start }
    passed.push(request)
    relay(target, incoming, outgoing, proxy.fault(request))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy: FaultProxy = {
    address: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    passed,
    fault: () => undefined,
    count: (path) => passed.filter((request) => path.test(request.path)).length,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}

function relay(
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: Fault | undefined,
): void {
  if (typeof fault === 'function') {
    incoming.resume()
    fault(outgoing)
    return
  }
  if (typeof fault === 'object' && 'status' in fault) {
    outgoing.writeHead(fault.status).end(JSON.stringify(fault.body ?? { errors: [] }))
    return
  }
  const { method, headers } = incoming
  const forwarded = send(`${target}${incoming.url ?? ''}`, { method, headers }, (answer) => {
    const pass = () => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    }
    if (fault === 'lose the answer') {
      answer.resume().on('end', () => outgoing.destroy())
    } else if (fault === undefined) pass()
    else setTimeout(pass, fault.holdMs)
  })
  forwarded.on('error', () => outgoing.destroy())
  incoming.pipe(forwarded)
}
