import http from 'node:http'
import https from 'node:https'
import { SecretError } from '@rekey/secret'
import { errnoOf } from '@rekey/secret/file-errors'
import { vaultError } from './vault-failure.ts'

/** One HTTP request, as it goes over the wire. */
export interface HttpRequest {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly agent: http.Agent
  /** What errors call it. */
  readonly what: string
  readonly signal: AbortSignal
}

/** The answer to it, whatever it says. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
}

/**
 * Twice what Vault's integrated storage takes for one entry (its `max_entry_size`, 1 MiB by default), since JSON escapes
 * make a text longer.
 */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024

/**
 * Sends a request and reads the answer, within limits: the signal ends it at any point, a longer or a compressed answer is
 * not read, no redirect is followed.
 *
 * @throws {SecretError} `unreachable`, with a reason (`not-connected` only if nothing was sent); the signal's reason
 */
export function exchange(request: HttpRequest): Promise<HttpAnswer> {
  const { url, method, headers, body, agent, what, signal } = request
  return new Promise((resolve, reject) => {
    const { request: open } = url.protocol === 'https:' ? https : http
    const outgoing = open(url, { method, agent })
    // Headers among the options above would be printed by NODE_DEBUG=http.
    for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value)
    const abort = () => outgoing.destroy()
    signal.addEventListener('abort', abort, { once: true })
    const isSent = noteConnection(outgoing, url)
    const fail = (error: unknown) => {
      signal.removeEventListener('abort', abort)
      outgoing.destroy()
      reject(signal.aborted ? (signal.reason as Error) : connectionError(error, what, isSent()))
    }
    outgoing.on('error', fail)
    outgoing.on('response', (incoming) => {
      readText(incoming, what).then((text) => {
        signal.removeEventListener('abort', abort)
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text })
      }, fail)
    })
    if (signal.aborted) abort()
    else outgoing.end(body)
  })
}

/** Whether the request can have left: the connection was there. */
function noteConnection(outgoing: http.ClientRequest, url: URL): () => boolean {
  let connected = false
  outgoing.once('socket', (socket) => {
    connected = outgoing.reusedSocket
    if (connected) return
    socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      connected = true
    })
  })
  return () => connected
}

/** @throws {SecretError} `unreachable`: `encoded`, `too-large`; the connection's own error */
async function readText(incoming: http.IncomingMessage, what: string): Promise<string> {
  const encoding = incoming.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') throw vaultError('encoded', what)
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) throw vaultError('too-large', what, { limit: MAX_ANSWER_BYTES })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function connectionError(error: unknown, what: string, sent: boolean): SecretError {
  if (error instanceof SecretError) return error
  const errno = errnoOf(error) ?? 'unknown'
  if (errno.startsWith('HPE_')) return vaultError('not-json', what)
  return vaultError(sent ? 'cut' : 'not-connected', what, { errno })
}
