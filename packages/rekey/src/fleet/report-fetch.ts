import {
  type Agent,
  Agent as HttpAgent,
  type ClientRequest,
  get as getHttp,
  type IncomingMessage,
} from 'node:http'
import { get as getHttps } from 'node:https'
import type { LimitedBody } from '@rekey/secret/internal'
import { type Handshake, HandshakeAgent, type PatientRequest } from './handshake-agent.ts'
import { HANDSHAKE_MS, handshakeFailure, explainReportFailure } from './report-failure.ts'
import { type ReadReportTls, ServiceConnections } from './report-tls.ts'
import { endUnusedBySweeps } from './unused-connections.ts'

interface Watched {
  readonly agent: Agent
  readonly url: URL
  readonly onLate: (error: Error) => void
}

/** The part of a `Response` that reading a report takes: streams of the web would take most of the time and memory. */
export interface ReportAnswer extends LimitedBody {
  readonly status: number
  readonly ok: boolean
  readonly headers: { get(name: string): string | null }
}

/** Reads reports; `fetch` is one. */
export type FetchReport = (url: URL | string, init?: ReportRequestInit) => Promise<ReportAnswer>

/** A {@link FetchReport} over connections of its own. */
export interface ReportFetch extends AsyncDisposable {
  readonly fetch: FetchReport
  /** Ends its connections at once. */
  close(): Promise<void>
}

/** A request for a report. */
export interface ReportRequestInit extends RequestInit {
  /** Called when the replica announces that it waits with its answer (status 102). */
  readonly onParked?: () => void
  /** The service of the replica, by which the options of TLS are found. */
  readonly service?: string
}

/** Options of {@link createReportFetch}. */
export interface ReportFetchOptions {
  /** How each service is called by https; read again every 30 s. Default for each: the roots of Node.js, and no client certificate. */
  readonly tls?: ReadonlyMap<string, ReadReportTls>
}

/** An unused connection ends after this, or sooner where the replica announces it. */
const IDLE_MS = 15_000
const IDLE = { keepAlive: true, maxFreeSockets: 1, timeout: IDLE_MS }

/**
 * Creates the `fetch` by which the fleet reads reports: `GET` alone, no redirects, and one kept connection to
 * each replica, whose TLS session is resumed once it was closed. It is built on `node:http`, since a pool of undici takes several times the memory when it has thousands of origins.
 *
 * A replica whose certificate is refused, that refuses that of the rotator, or answers without TLS, fails with `refused`; a handshake
 * that is cut or longer than 1.5 s with `unreachable`; `details.reason` distinguishes them.
 *
 * @example
 * ```ts
 * await using reports = createReportFetch({ tls: new Map([['signing', () => Promise.resolve({ trust, name: 'signing' })]]) })
 * const url = 'https://signing:8443'
 * createFleet([{ service: 'signing', url, healthUrl: 'https://signing:9090' }], { fetch: signedReports(key, reports.fetch) })
 * ```
 */
export function createReportFetch({ tls = new Map() }: ReportFetchOptions = {}): ReportFetch {
  const plain = new HttpAgent(IDLE)
  endUnusedBySweeps(plain)
  const encrypted = new HandshakeAgent(IDLE)
  const services = new Map(
    [...tls].map(([name, read]) => [name, new ServiceConnections(read, IDLE)]),
  )
  const close = () => {
    for (const agent of [plain, encrypted, ...services.values()]) agent.destroy()
    return Promise.resolve()
  }
  const request = async (agent: HttpAgent, url: URL, init: ReportRequestInit) =>
    (await answered(agent, url, init)) ?? ask(url, init)
  const ask = async (url: URL, init: ReportRequestInit): Promise<ReportAnswer> => {
    if (url.protocol !== 'https:') return request(plain, url, init)
    const agent = (await services.get(init.service ?? '')?.agent()) ?? encrypted
    init.signal?.throwIfAborted()
    const earlier = agent.underWayTo(url)
    if (earlier !== undefined) await untilOver(earlier, init.signal)
    return request(agent, url, init)
  }
  return {
    fetch: (url, init = {}) => ask(new URL(url), init),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Asks once. @returns undefined if the replica closed the kept connection while the request was on its way */
function answered(
  agent: HttpAgent,
  url: URL,
  init: ReportRequestInit,
): Promise<ReportAnswer | undefined> {
  return new Promise((resolve, reject) => {
    const isWaiting = () => !late() && init.signal?.aborted !== true
    const request = open(agent, url, init, isWaiting)
    const late = watchHandshake(request, { agent, url, onLate: reject })
    request.on('information', () => init.onParked?.())
    request.once('response', (answer) => {
      resolve(answerOf(answer))
    })
    request.once('error', (error: NodeJS.ErrnoException) => {
      const isStale = request.reusedSocket && error.code === 'ECONNRESET'
      if (isStale && init.signal?.aborted !== true) resolve(undefined)
      else reject(explainReportFailure(error))
    })
  })
}

function open(
  agent: HttpAgent,
  url: URL,
  { headers, signal }: RequestInit,
  isWaiting: () => boolean,
) {
  const options: PatientRequest = {
    agent,
    isWaiting,
    headers: Object.fromEntries(new Headers(headers)),
    ...(signal && { signal }),
  }
  return url.protocol === 'https:' ? getHttps(url, options) : getHttp(url, options)
}

function answerOf(body: IncomingMessage): ReportAnswer {
  const { statusCode: status = 0, headersDistinct } = body
  const get = (name: string) => headersDistinct[name.toLowerCase()]?.join(', ') ?? null
  return { status, ok: status >= 200 && status <= 299, headers: { get }, body }
}

/** Waits for the handshake that an earlier request began, no longer than a request has for its own. */
async function untilOver(handshake: Handshake, signal?: AbortSignal | null): Promise<void> {
  let leave: () => void = () => undefined
  const gaveUp = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => {
      if (handshake.isConnected) reject(handshakeFailure('handshake-timeout'))
    }, HANDSHAKE_MS)
    const abort = () => {
      reject(signal?.reason as Error)
    }
    signal?.addEventListener('abort', abort)
    leave = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  })
  await Promise.race([handshake.ended, gaveUp]).finally(() => {
    leave()
  })
}

/**
 * Ends a request whose TLS handshake takes too long; the handshake goes on for the next one.
 *
 * @returns whether that has happened
 */
function watchHandshake(request: ClientRequest, { agent, url, onLate }: Watched): () => boolean {
  let isLate = false
  const timer = setTimeout(() => {
    const isShakingHands =
      agent instanceof HandshakeAgent && agent.underWayTo(url)?.isConnected === true
    if (!isShakingHands) return
    isLate = true
    onLate(handshakeFailure('handshake-timeout'))
    request.destroy()
  }, HANDSHAKE_MS)
  for (const event of ['socket', 'error'] as const) {
    request.once(event, () => {
      clearTimeout(timer)
    })
  }
  return () => isLate
}
