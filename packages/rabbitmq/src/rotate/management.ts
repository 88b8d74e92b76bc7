import { jsonIn, limitedText, type Secret, SecretError, within } from '@rekey/secret'
import { forbiddenTo, unanswered } from '@rekey/secret/internal/kind'
import { certificateRefusal } from '@rekey/secret/trust'

/** The management API of RabbitMQ, and who may change users there. */
export interface Management {
  /** `https://HOST:PORT`; `http://` on loopback alone. */
  readonly url: URL
  readonly fetch: typeof globalThis.fetch
  /** Reads the login of the administrator. */
  readonly administrator: () => Promise<{ readonly user: string; readonly password: Secret }>
}

/** The requests that are made of the API. The parts of a path are encoded. */
export interface Api {
  /** Reads a list. An answer that is none, as of another server, is no empty list. */
  list<T>(path: readonly string[], columns?: readonly string[]): Promise<readonly T[]>
  /** Reads one thing. @throws {SecretError} `missing` if it is not there */
  get<T extends object>(path: readonly string[]): Promise<T>
  put(path: readonly string[], body: object): Promise<void>
  /** Deletes what may be there. Whether it is gone is asked afterwards. */
  remove(path: readonly string[]): Promise<void>
}

const TIMEOUT_MS = 10_000

/**
 * Logs in to the management API for some requests.
 *
 * @throws {SecretError} `unreachable` without an answer in ten seconds, and for one of another server; `forbidden` for a login that is
 * refused or may not do it
 * @see https://www.rabbitmq.com/docs/management#http-api
 */
export async function openManagement(
  { url, fetch, administrator }: Management,
  signal: AbortSignal,
): Promise<Api> {
  const { user, password } = await administrator()
  const { host } = url
  const ask = async ({ method, path, body, columns }: Request) => {
    const address = new URL(['/api', ...path.map(encodeURIComponent)].join('/'), url)
    if (columns !== undefined) address.searchParams.set('columns', columns.join(','))
    const limit = { what: `an answer of ${host}`, limitMs: TIMEOUT_MS, signal }
    const { status, text } = await within(limit, async (limited) => {
      const login = Buffer.from(`${user}:${password.expose()}`).toString('base64')
      const headers = { authorization: `Basic ${login}`, 'content-type': 'application/json' }
      const content = body === undefined ? {} : { body: JSON.stringify(body) }
      const request = { method, headers, ...content, redirect: 'error', signal: limited } as const
      const response = await fetch(address, request)
      return { status: response.status, text: await limitedText(response) }
    }).catch((error: unknown) => {
      signal.throwIfAborted()
      const refusal = certificateRefusal(error, { host, option: 'trust of the broker' })
      throw refusal ?? noAnswer(host, 'no answer')
    })
    if (status === 401 || status === 403) {
      throw forbiddenTo({ host, reason: status }, `give ${user} the tag administrator`)
    }
    if (status === 404) return { isThere: false }
    if (status < 200 || status >= 300) throw noAnswer(host, String(status))
    return { isThere: true, content: jsonIn(text) }
  }
  return {
    async list<T>(path: readonly string[], columns?: readonly string[]) {
      const { content } = await ask({ method: 'GET', path, columns })
      if (!Array.isArray(content)) throw noAnswer(host, 'no list')
      return content as T[]
    },
    async get<T extends object>(path: readonly string[]) {
      const { isThere, content } = await ask({ method: 'GET', path })
      if (!isThere) throw new SecretError('missing', `${host} has no ${path.join(' ')}`, { host })
      if (typeof content !== 'object' || content === null) throw noAnswer(host, 'no object')
      return content as T
    },
    async put(path, body) {
      const { isThere } = await ask({ method: 'PUT', path, body })
      if (!isThere) throw noAnswer(host, '404')
    },
    async remove(path) {
      await ask({ method: 'DELETE', path })
    },
  }
}

interface Request {
  readonly method: 'GET' | 'PUT' | 'DELETE'
  readonly path: readonly string[]
  readonly body?: object
  readonly columns?: readonly string[] | undefined
}

function noAnswer(host: string, reason: string): SecretError {
  const remedy = 'check its address, its certificate and that the plugin rabbitmq_management is on'
  return unanswered({ host, reason }, remedy)
}
