import { Agent as HttpAgent, get as getHttp, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, get as getHttps } from 'node:https'
import { limitedText } from '@rekey/secret'

/** A `fetch` for reports, over connections of its own. */
export interface ReportFetch extends AsyncDisposable {
  readonly fetch: typeof fetch
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
 * Creates the `fetch` by which the fleet reads reports: `GET` alone, no redirects, answers of at most 4 MiB, and one kept connection to
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
    new Promise<Response>((resolve, reject) => {
      const request = open(url, init)
      request.on('information', () => init.onParked?.())
      request.once('response', (answer) => {
        resolve(readAnswer(answer))
      })
      request.once('error', (error: NodeJS.ErrnoException) => {
        // The replica closed the kept connection while the request was on its way.
        const isStale = request.reusedSocket && error.code === 'ECONNRESET'
        if (isStale && init.signal?.aborted !== true) resolve(ask(url, init))
        else reject(error)
      })
    })
  return {
    fetch: (input, init = {}) => ask(new URL(input instanceof Request ? input.url : input), init),
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function readAnswer(answer: IncomingMessage): Promise<Response> {
  const { statusCode = 0, headersDistinct } = answer
  const text = await limitedText({ body: answer })
  const headers = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  )
  return new Response(text === '' ? null : text, { status: statusCode, headers })
}
