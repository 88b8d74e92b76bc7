import { request } from 'node:https'

/** One request to a server whose certificate is signed by `caCert`. */
export interface JsonRequest {
  readonly url: string
  readonly caCert: string
  readonly token: string
  /** Default `GET`, or `POST` if there is a body. */
  readonly method?: string
  readonly body?: unknown
  /** Default `application/json`. */
  readonly contentType?: string
}

/** The answer of the server. `body` is the parsed JSON, or the text where it is none. */
export interface JsonAnswer {
  readonly status: number
  readonly body: unknown
}

const TIMEOUT_MS = 10_000

/**
 * Sends one request. Any status is an answer.
 *
 * @throws {Error} if there is no answer in 10 seconds
 */
export function requestJson(wanted: JsonRequest): Promise<JsonAnswer> {
  const { url, caCert, token, body, contentType = 'application/json' } = wanted
  const method = wanted.method ?? (body === undefined ? 'GET' : 'POST')
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method,
        ca: caCert,
        agent: false,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: { authorization: `Bearer ${token}`, 'content-type': contentType },
      },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          resolve({ status: incoming.statusCode ?? 0, body: parseIfJson(text) })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

function parseIfJson(text: string): unknown {
  return text.startsWith('{') ? JSON.parse(text) : text
}
