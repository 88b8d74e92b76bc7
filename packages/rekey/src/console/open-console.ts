import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Clock, isLoopbackName, SecretError, systemClock } from '@rekey/secret'
import { Door, type Hold, noHold } from './door/door.ts'
import type { OperatorLogin } from './door/operator.ts'
import type { RecordSignIn } from './door/sign-in.ts'
import { streamViews } from './event-stream.ts'
import type { FamilyReading } from './family-reading.ts'
import { type ConsoleTls, listen } from './listen.ts'
import { LiveFeed } from './live-feed.ts'
import { Orders, type OrderTaker } from './order.ts'
import { type PageFile, readPageFiles } from './page-files.ts'

/** How a console reads and where it listens. */
export interface ConsoleOptions {
  /** Reads the family. Called only while a browser watches, one call at a time. */
  readonly read: (signal: AbortSignal) => Promise<FamilyReading>
  /** Default 0: any that is free. */
  readonly port?: number
  /** Default `127.0.0.1`. Another address than loopback takes `login` and `tls`. */
  readonly host?: string
  /** Who may see it. Default: each user of this machine who may connect to loopback. */
  readonly login?: OperatorLogin
  /** Carries out what operators order, who must be logged in. Default: the console changes nothing. */
  readonly orders?: OrderTaker
  /** Records who signs in, who is refused and who signs out. Default: nothing is recorded. */
  readonly recordSignIn?: RecordSignIn
  /** Default: http, for loopback and for a proxy on it. */
  readonly tls?: ConsoleTls
  /** The pause between two readings, in milliseconds. Default 2,000. */
  readonly everyMs?: number
  /**
   * A text that differs once something has changed that a reading shows. It is asked for ten times a second while a browser watches, and a reading follows
   * at once. Default: none, so that a change is shown after `everyMs` at the latest.
   */
  readonly mark?: (() => Promise<string>) | undefined
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/** An open console. */
export interface Console extends AsyncDisposable {
  /** Where to point a browser: `http://127.0.0.1:8137/`; with a login its public address. */
  readonly url: string
  close(): Promise<void>
}

/** No other origin is asked for anything, and none may show the page in a frame (CSP Level 3). */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** Paths of the page itself, which holds nothing of the family; its script does what each is for. */
const PAGES: ReadonlySet<string> = new Set(['/login', '/callback', '/signed-out'])

const HEADERS = {
  'content-security-policy': POLICY,
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/**
 * Serves the live page of a family. It changes nothing but what `orders` carries out, and shows no value: names, versions, key ids, times and counts. Without a login every user of this
 * machine who may connect to loopback can read it; with one, who has a role. A request that names another host is answered with 421, as a page
 * whose name was made to resolve to this machine would make one.
 *
 * @throws {SecretError} `missing` if the page has not been built; `refused` if the port cannot be had, or for an address beyond loopback without login and certificate
 *
 * @example
 * ```ts
 * const family = { environment: 'production', secrets: [], unreadable: [] }
 * await using page = await openConsole({ read: () => Promise.resolve(family) })
 * process.stdout.write(`the console is at ${page.url}\n`)
 * ```
 */
export async function openConsole({
  read,
  port = 0,
  host = '127.0.0.1',
  login,
  orders: taker,
  recordSignIn: record = () => Promise.resolve(),
  tls,
  everyMs = 2_000,
  mark,
  clock = systemClock,
}: ConsoleOptions): Promise<Console> {
  const files = await readPageFiles()
  const feed = new LiveFeed({ read, everyMs, mark, clock })
  const door = login && new Door({ login, clock, takesOrders: taker !== undefined, record })
  if (taker !== undefined && door === undefined) {
    throw new SecretError('refused', 'a console takes orders of those alone who are logged in')
  }
  const orders = taker && door && new Orders(taker, door)
  const served = { files, feed, door, orders, ownHost: login && new URL(login.publicUrl).host }
  const headers = { ...HEADERS, ...(login && strictTransport(login.publicUrl)) }
  const server = await listen(
    (request, response) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
      answer(request, response, served).catch(() => response.destroy())
    },
    { host, port, tls, hasLogin: login !== undefined },
  )
  const close = async () => {
    await feed.close()
    await server.close()
  }
  const url = login === undefined ? server.url : `${login.publicUrl}/`
  return { url, close, [Symbol.asyncDispose]: close }
}

interface Served {
  readonly files: ReadonlyMap<string, PageFile>
  readonly feed: LiveFeed
  readonly door: Door | undefined
  readonly orders: Orders | undefined
  /** The host of its public address; absent: any name of loopback. */
  readonly ownHost: string | undefined
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { files, feed, door, orders, ownHost }: Served,
): Promise<void> {
  const { method, url = '', headers } = request
  const [path = ''] = url.split('?')
  if (!isOwnHost(headers.host, ownHost)) {
    refuse(response, 421)
    return
  }
  if (orders !== undefined && method === 'POST' && path === '/rotate') {
    await orders.answer(request, response)
    return
  }
  const hold: Hold | undefined = door === undefined ? noHold : await door.answer(request, response)
  if (hold === undefined) return
  const file = files.get(door !== undefined && PAGES.has(path) ? '/' : path)
  if (method !== 'GET') refuse(response, 405)
  else if (path === '/events') streamViews(feed, response, hold)
  else if (path === '/session') refuse(response, 204)
  else if (file === undefined) refuse(response, 404)
  else response.writeHead(200, { 'content-type': file.type }).end(file.body)
}

/** By https alone from then on (RFC 6797), for the host and so for all of its ports: not for a name of loopback, which others use too. */
function strictTransport(publicUrl: string): Readonly<Record<string, string>> {
  const { protocol, hostname } = new URL(publicUrl)
  if (protocol !== 'https:' || isLoopbackName(hostname)) return {}
  return { 'strict-transport-security': 'max-age=31536000' }
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end()
}

function isOwnHost(host = '', ownHost: string | undefined): boolean {
  if (ownHost !== undefined) return host === ownHost
  const url = `http://${host}`
  return URL.canParse(url) && isLoopbackName(new URL(url).hostname)
}
