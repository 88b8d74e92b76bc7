import { Agent as HttpAgent, get as getHttp, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, get as getHttps } from 'node:https'
import type { LimitedBody } from '@rekey/secret'
import { watchHandshake } from './report-failure.ts'
import { type ReadReportTls, ServiceConnections } from './report-tls.ts'

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
  const encrypted = new HttpsAgent(IDLE)
  const services = new Map(
    [...tls].map(([name, read]) => [name, new ServiceConnections(read, IDLE)]),
  )
  const close = () => {
    for (const agent of [plain, encrypted, ...services.values()]) agent.destroy()
    return Promise.resolve()
  }
  const ask = async (url: URL, init: ReportRequestInit): Promise<ReportAnswer> => {
    if (url.protocol !== 'https:') return answered(plain, url, init)
    const agent = (await services.get(init.service ?? '')?.agent()) ?? encrypted
    init.signal?.throwIfAborted()
    return answered(agent, url, init)
  }
  const answered = (agent: HttpAgent | HttpsAgent, url: URL, init: ReportRequestInit) =>
    new Promise<ReportAnswer>((resolve, reject) => {
      const request = open(agent, url, init)
      const explain = watchHandshake(request)
      request.on('information', () => init.onParked?.())
      request.once('response', (answer) => {
        resolve(answerOf(answer))
      })
      request.once('error', (error: NodeJS.ErrnoException) => {
        // The replica closed the kept connection while the request was on its way.
        const isStale = request.reusedSocket && error.code === 'ECONNRESET'
        if (isStale && init.signal?.aborted !== true) resolve(ask(url, init))
        else reject(explain(error))
      })
    })
  return {
    fetch: (url, init = {}) => ask(new URL(url), init),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function open(agent: HttpAgent | HttpsAgent, url: URL, { headers, signal }: RequestInit) {
  const options = { headers: Object.fromEntries(new Headers(headers)), ...(signal && { signal }) }
  return url.protocol === 'https:'
    ? getHttps(url, { ...options, agent })
    : getHttp(url, { ...options, agent })
}

function answerOf(body: IncomingMessage): ReportAnswer {
  const { statusCode: status = 0, headersDistinct } = body
  const get = (name: string) => headersDistinct[name.toLowerCase()]?.join(', ') ?? null
  return { status, ok: status >= 200 && status <= 299, headers: { get }, body }
}
