import { Agent as HttpAgent, get as getHttp, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, get as getHttps } from 'node:https'
import type { LimitedBody } from '@rekey/secret'

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
}

/** An unused connection ends after this, or sooner where the replica announces it. */
const IDLE_MS = 15_000
const IDLE = { keepAlive: true, maxFreeSockets: 1, timeout: IDLE_MS }

/**
 * Creates the `fetch` by which the fleet reads reports: `GET` alone, no redirects, and one kept connection to
 * each replica. It is built on `node:http`, since a pool of undici takes several times the memory when it has thousands of origins.
 *
 * @example
 * ```ts
 * await using reports = createReportFetch()
 * const url = 'https://signing:8443'
 * createFleet([{ service: 'signing', url, healthUrl: 'http://signing:9090' }], { fetch: signedReports(key, reports.fetch) })
 * ```
 */
export function createReportFetch(): ReportFetch {
  const plain = new HttpAgent(IDLE)
  const encrypted = new HttpsAgent(IDLE)
  const close = () => {
    for (const agent of [plain, encrypted]) agent.destroy()
    return Promise.resolve()
  }
  const open = (url: URL, { headers, signal }: RequestInit) => {
    const options = {
      headers: Object.fromEntries(new Headers(headers)),
      ...(signal && { signal }),
    }
    return url.protocol === 'https:'
      ? getHttps(url, { ...options, agent: encrypted })
      : getHttp(url, { ...options, agent: plain })
  }
  const ask = (url: URL, init: ReportRequestInit) =>
    new Promise<ReportAnswer>((resolve, reject) => {
      const request = open(url, init)
      request.on('information', () => init.onParked?.())
      request.once('response', (answer) => {
        resolve(answerOf(answer))
      })
      request.once('error', (error: NodeJS.ErrnoException) => {
        // The replica closed the kept connection while the request was on its way.
        const isStale = request.reusedSocket && error.code === 'ECONNRESET'
        if (isStale && init.signal?.aborted !== true) resolve(ask(url, init))
        else reject(error)
      })
    })
  return {
    fetch: (url, init = {}) => ask(new URL(url), init),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function answerOf(body: IncomingMessage): ReportAnswer {
  const { statusCode: status = 0, headersDistinct } = body
  const get = (name: string) => headersDistinct[name.toLowerCase()]?.join(', ') ?? null
  return { status, ok: status >= 200 && status <= 299, headers: { get }, body }
}
