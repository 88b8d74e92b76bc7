import {
  createServer,
  type IncomingMessage,
  request as sendPlain,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer, request as sendTls } from 'node:https'
import type { AddressInfo } from 'node:net'

/** A real server, and for https how its proxy proves who it is and knows the server. */
export interface CountedServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca: string }
}

/** Stands before a server, changes nothing, and counts. */
export interface CountingProxy extends AsyncDisposable {
  readonly url: string
  /** How many requests to paths that match have come by since {@link reset}. */
  count(path: RegExp): number
  /** The most requests to paths that match within any one second. */
  busiestSecond(path?: RegExp): number
  reset(): void
}

interface Passed {
  readonly path: string
  readonly atMs: number
}

/** Opens a proxy on a free port of this machine. Where the server hangs up or does not listen, it hangs up as well. */
export async function openCountingProxy(target: CountedServer): Promise<CountingProxy> {
  const { tls } = target
  let passed: Passed[] = []
  const handle = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    passed.push({ path: incoming.url ?? '', atMs: performance.now() })
    relay(target, incoming, outgoing)
  }
  const server: Server = tls ? createTlsServer(tls, handle) : createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    count: (path) => passed.filter((request) => path.test(request.path)).length,
    busiestSecond: (path = /./) => busiestSecond(passed.filter((one) => path.test(one.path))),
    reset() {
      passed = []
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** In order of their times, so one look at each is enough. */
function busiestSecond(passed: readonly Passed[]): number {
  let first = 0
  return passed.reduce((most, { atMs }, last) => {
    while ((passed[first]?.atMs ?? atMs) <= atMs - 1_000) first += 1
    return Math.max(most, last - first + 1)
  }, 0)
}

function relay(
  { url, tls }: CountedServer,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  const { method, headers } = incoming
  const send = tls ? sendTls : sendPlain
  const options = { method, headers, ...(tls && { ca: tls.ca }) }
  const forwarded = send(`${url}${incoming.url ?? ''}`, options, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.on('error', () => outgoing.destroy())
    answer.pipe(outgoing)
  })
  forwarded.on('error', () => outgoing.destroy())
  outgoing.on('close', () => forwarded.destroy())
  incoming.pipe(forwarded)
}
