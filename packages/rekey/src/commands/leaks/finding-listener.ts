import { createHash, verify } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { closeListener } from '@rekey/config-loader/host'
import { createLimitedServer } from '@rekey/config-loader/internal/host'
import { SecretError } from '@rekey/secret'
import { z } from 'zod'
import type { Matched, ValueMatcher } from './match-values.ts'
import { printable } from './read-findings.ts'
import type { WebhookKeys } from './webhook-keys.ts'

/** A token that a scanner has found, and what it is. */
export interface ReportedToken {
  /** The scanner's name of its kind. */
  readonly rule: string
  /** The URL where it was found. */
  readonly place: string
  readonly answer: Matched
}

/** Options of {@link openFindingListener}. */
export interface FindingListenerOptions {
  /** 0 for any that is free. */
  readonly port: number
  readonly host: string
  readonly keys: WebhookKeys
  /** Reads the secrets as they are now. */
  readonly readValues: () => Promise<ValueMatcher>
  /** Called with each token before the scanner is answered; if it throws, the scanner is asked to send it again. */
  readonly onToken: (token: ReportedToken) => Promise<void>
}

/** The open listener. */
export interface FindingListener extends AsyncDisposable {
  readonly port: number
}

const MAX_BYTES = 1024 * 1024
const MAX_TOKENS = 1_000
const MAX_CONNECTIONS = 64

const tokens = z
  .array(
    z.object({
      // eslint-disable-next-line @rekey/min-key-length -- found by a scanner, not used as a key
      token: z.string().min(1).max(16_384),
      type: z.string().min(1).max(200),
      url: z.string().max(4_096).optional(),
    }),
  )
  .min(1)
  .max(MAX_TOKENS)

type Tokens = z.output<typeof tokens>

interface Answer {
  readonly status: number
  readonly body: unknown
}

const refusal = (status: number, error: string): Answer => ({ status, body: { error } })
const UNSIGNED = refusal(401, 'sign the body with a key of the scanner')

/**
 * Opens a listener for the messages of GitHub's secret scanning partner program: each is verified (ECDSA P-256 with SHA-256 over the
 * body) before it is read, and answered with `true_positive` for each token that is or was a secret of the family, those included that a person changes, with `false_positive` for each that was
 * compared with all of them and is none, and without a label for the others. Tokens are answered by their SHA-256, in hexadecimal.
 *
 * @see https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partnership-program/secret-scanning-partner-program
 */
export async function openFindingListener(
  options: FindingListenerOptions,
): Promise<FindingListener> {
  const server = createLimitedServer((request, response) => {
    void answerTo(request, options)
      .catch(() => refusal(503, 'send it again later'))
      .then(({ status, body }) => {
        const isWhole = request.complete
        response.writeHead(status, {
          'content-type': 'application/json',
          ...(!isWhole && { connection: 'close' }),
        })
        response.end(JSON.stringify(body))
      })
  })
  server.maxConnections = MAX_CONNECTIONS
  server.listen(options.port, options.host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, [Symbol.asyncDispose]: () => closeListener(server) }
}

async function answerTo(
  request: IncomingMessage,
  options: FindingListenerOptions,
): Promise<Answer> {
  if (request.method !== 'POST') return refusal(405, 'use POST')
  const { headersDistinct } = request
  const [identifier] = headersDistinct['github-public-key-identifier'] ?? []
  const [signature] = headersDistinct['github-public-key-signature'] ?? []
  if (identifier === undefined || signature === undefined) return UNSIGNED
  const body = await readBody(request)
  if (body === undefined) return refusal(413, `send at most ${MAX_BYTES} bytes`)
  const key = await options.keys.find(identifier)
  const isSigned = key && verify('sha256', body, key, Buffer.from(signature, 'base64'))
  if (!isSigned) return UNSIGNED
  const found = parseTokens(body)
  if (found === undefined) return refusal(400, `send 1 to ${MAX_TOKENS} tokens as JSON`)
  return { status: 200, body: await judge(found, options) }
}

/** Nothing if it is too long. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BYTES) return undefined
  const chunks: Buffer[] = []
  let bytes = 0
  // Not destroyed at an early return: it is answered.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parseTokens(body: Buffer): Tokens | undefined {
  try {
    return tokens.parse(JSON.parse(body.toString('utf8')))
  } catch {
    return undefined
  }
}

async function judge(found: Tokens, { readValues, onToken }: FindingListenerOptions) {
  const values = await readValues()
  const labels: object[] = []
  for (const { token, type, url = '' } of found) {
    const answers = values.match(token)
    const [{ verdict }] = answers
    if (verdict === 'not compared' && values.isIncomplete) {
      throw new SecretError('unreachable', 'a secret could not be read: send it again')
    }
    for (const answer of answers) {
      await onToken({ rule: printable(type), place: printable(url), answer })
    }
    // A label is optional: of a token that may be ours there is none.
    if (verdict === 'not compared') continue
    labels.push({
      token_hash: createHash('sha256').update(token).digest('hex'),
      token_type: type,
      label: verdict === 'not ours' ? 'false_positive' : 'true_positive',
    })
  }
  return labels
}
