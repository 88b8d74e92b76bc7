import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Clock, isLoopbackName, SecretError, systemClock } from '@rekey/secret'
import { streamViews } from './event-stream.ts'
import type { FamilyReading } from './family-reading.ts'
import { LiveFeed } from './live-feed.ts'
import { type PageFile, readPageFiles } from './page-files.ts'

/** How a console reads and where it listens. */
export interface ConsoleOptions {
  /** Reads the family. Called only while a browser watches, one call at a time. */
  readonly read: (signal: AbortSignal) => Promise<FamilyReading>
  /** Default 0: any that is free. It listens on loopback alone. */
  readonly port?: number
  /** The pause between two readings, in milliseconds. Default 2,000. */
  readonly everyMs?: number
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/** An open console. */
export interface Console extends AsyncDisposable {
  /** Where to point a browser: `http://127.0.0.1:8137/`. */
  readonly url: string
  close(): Promise<void>
}

const LOOPBACK = '127.0.0.1'

/** No other origin is asked for anything, and none may show the page in a frame (CSP Level 3). */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/**
 * Serves the live page of a family on loopback. It changes nothing, and shows no value: names, versions, key ids, times and counts.
 * Every user of this machine who may connect to loopback can read it. A request that names another host is answered with 421, as a page
 * whose name was made to resolve to this machine would make one.
 *
 * @throws {SecretError} `missing` if the page has not been built; `refused` if the port cannot be had
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
  everyMs = 2_000,
  clock = systemClock,
}: ConsoleOptions): Promise<Console> {
  const files = await readPageFiles()
  const feed = new LiveFeed({ read, everyMs, clock })
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    answer(request, response, { files, feed })
  })
  await listen(server, port)
  const close = async () => {
    await feed.close()
    await new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
  }
  const url = `http://${LOOPBACK}:${(server.address() as AddressInfo).port}/`
  return { url, close, [Symbol.asyncDispose]: close }
}

async function listen(server: Server, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, LOOPBACK, resolve)
    })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    const state = code === 'EADDRINUSE' ? 'is in use' : 'may not be opened by this user'
    throw new SecretError('refused', `port ${port} ${state}: choose another`, { port })
  }
}

interface Served {
  readonly files: ReadonlyMap<string, PageFile>
  readonly feed: LiveFeed
}

function answer(request: IncomingMessage, response: ServerResponse, { files, feed }: Served): void {
  const { method, url = '', headers } = request
  const [path = ''] = url.split('?')
  const file = files.get(path)
  if (!isOwnHost(headers.host)) refuse(response, 421)
  else if (method !== 'GET') refuse(response, 405)
  else if (path === '/events') streamViews(feed, response)
  else if (file === undefined) refuse(response, 404)
  else response.writeHead(200, { 'content-type': file.type }).end(file.body)
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end()
}

function isOwnHost(host = ''): boolean {
  const url = `http://${host}`
  return URL.canParse(url) && isLoopbackName(new URL(url).hostname)
}
