import {
  type Clock,
  limitedText,
  parseSecureUrl,
  Secret,
  SecretError,
  systemClock,
  within,
  jsonIn,
} from '@rekey/secret'
import { certificateRefusal } from '@rekey/secret/trust'
import { z } from 'zod/v4'
import { signAdapterRequest } from './sign-request.ts'

/** Where an adapter is, and what signs requests to it. */
export interface AdapterClientOptions {
  /** https, except on loopback. */
  readonly url: string
  /** Returns the key of the requests, read at each. */
  readonly key: () => Promise<Secret>
  /** Default: the global one. */
  readonly fetch?: typeof fetch
  /** Default: the machine's own. */
  readonly clock?: Clock
}

const listing = z.object({
  holds: z.union([z.literal(1), z.literal(2)]),
  takesValues: z.boolean(),
  credentials: z.array(z.object({ id: z.string().min(1) })),
})
const created = z.object({ id: z.string().min(1), value: z.string().min(1) })
const verdict = z.object({ accepted: z.boolean(), id: z.string().min(1).optional() })

/** The abilities of an adapter, and the credentials that the third party accepts. */
export type Listing = z.output<typeof listing>

/** The verdict of an adapter on one value. `id` is there if it is accepted. */
export type Verdict = z.output<typeof verdict>

/** The order of a new credential. */
export interface NewCredential {
  /** The same key again gives the same credential, as long as that is not revoked. */
  readonly idempotencyKey: string
  /** Whether the value is to bear the mark of development. */
  readonly nonProduction: boolean
  /** The value itself, if the adapter `takesValues`. */
  readonly value?: string
}

const TIMEOUT_MS = 10_000
/** Between attempts that got no answer. Each request may be made twice. */
const PAUSES_MS = [200, 800]

/**
 * Asks an adapter. Every request is signed, and made again if no answer comes.
 *
 * @throws {SecretError} from every method: `rejected` if the adapter refuses the signature, `refused` if it refuses the request or shows
 *   a certificate that is not trusted,
 *   `unreachable` without an answer, `malformed` for an answer of another shape
 */
export class AdapterClient {
  readonly #options: AdapterClientOptions
  readonly #url: URL

  /** @throws {SecretError} `refused` or `malformed` for an address that a credential may not be sent to */
  constructor(options: AdapterClientOptions) {
    this.#options = options
    this.#url = parseSecureUrl(options.url.replace(/\/$/, ''), 'the address of the adapter')
  }

  async list(signal: AbortSignal): Promise<Listing> {
    return parse(listing, await this.#ask('GET', '/credentials', undefined, signal))
  }

  async create(order: NewCredential, signal: AbortSignal): Promise<{ id: string; value: Secret }> {
    const { id, value } = parse(created, await this.#ask('POST', '/credentials', order, signal))
    return { id, value: Secret.of(value, 'the new credential') }
  }

  async verify(value: Secret, signal: AbortSignal): Promise<Verdict> {
    return parse(verdict, await this.#ask('POST', '/verify', { value: value.expose() }, signal))
  }

  /** Revokes one credential. One that is gone already is no error. */
  async revoke(id: string, signal: AbortSignal): Promise<void> {
    await this.#ask('DELETE', `/credentials/${encodeURIComponent(id)}`, undefined, signal)
  }

  async #ask(
    method: string,
    path: string,
    body: object | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const { clock = systemClock } = this.#options
    const pauses = [...PAUSES_MS]
    for (;;) {
      const answer = await this.#send(method, path, body && JSON.stringify(body), signal)
      if (answer !== undefined && answer.status >= 200 && answer.status < 300) return answer.text
      if (answer?.status === 404 && method === 'DELETE') return ''
      const failure = failureOf(this.#url.host, answer?.status)
      const pauseMs = failure.code === 'unreachable' ? pauses.shift() : undefined
      if (pauseMs === undefined) throw failure
      await clock.sleep(pauseMs, signal, { keepAlive: true })
    }
  }

  async #send(
    method: string,
    path: string,
    body: string | undefined,
    signal: AbortSignal,
  ): Promise<{ status: number; text: string } | undefined> {
    const { fetch = globalThis.fetch, key, clock = systemClock } = this.#options
    const url = new URL(this.#url.href.replace(/\/$/, '') + path)
    const signed = { method, path: url.pathname, body: body ?? '' }
    const authorization = signAdapterRequest(await key(), signed, clock)
    const headers = { authorization, ...(body && { 'content-type': 'application/json' }) }
    try {
      const limit = { what: `an answer of the adapter ${url.host}`, limitMs: TIMEOUT_MS, signal }
      return await within(limit, async (limited) => {
        const request = { method, headers, redirect: 'error', signal: limited } as const
        const response = await fetch(url, { ...request, ...(body && { body }) })
        return { status: response.status, text: await limitedText(response) }
      })
    } catch (error) {
      signal.throwIfAborted()
      const option = 'trust of its provider in the family'
      const refusal = certificateRefusal(error, { host: url.host, option })
      if (refusal !== undefined) throw refusal
      return undefined
    }
  }
}

function failureOf(host: string, status: number | undefined): SecretError {
  const details = { host, ...(status !== undefined && { status }) }
  if (status === 401) {
    const remedy = 'check that both hold the same key, and the clocks'
    return new SecretError(
      'rejected',
      `the adapter ${host} refuses the signature: ${remedy}`,
      details,
    )
  }
  if (status !== undefined && status >= 400 && status < 500 && status !== 429 && status !== 408) {
    const message = `the adapter ${host} refuses the request: see its log`
    return new SecretError('refused', message, details)
  }
  const message = `the adapter ${host} does not answer: check that it is up`
  return new SecretError('unreachable', message, details)
}

function parse<T>(schema: z.ZodType<T>, text: string): T {
  const result = schema.safeParse(jsonIn(text))
  if (result.success) return result.data
  const message = 'the adapter answers another shape: check its version with the conformance suite'
  throw new SecretError('malformed', message)
}
