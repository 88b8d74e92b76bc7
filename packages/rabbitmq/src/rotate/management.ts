import { jsonIn, limitedText, type Secret, SecretError, within } from '@rekey/secret'
import { certificateRefusal } from '@rekey/secret/trust'

/** The management API of RabbitMQ, and who may change users there. */
export interface Management {
  /** `https://HOST:PORT`; `http://` on loopback alone. */
  readonly url: URL
  readonly fetch: typeof globalThis.fetch
  /** Reads the login of the administrator. */
  readonly administrator: () => Promise<{ readonly user: string; readonly password: Secret }>
}

/** Asks for a path of the API, whose parts are encoded; undefined where there is nothing. */
export type Ask = (
  method: 'GET' | 'PUT' | 'DELETE',
  path: readonly string[],
  more?: { readonly body?: object; readonly columns?: readonly string[] },
) => Promise<unknown>

const TIMEOUT_MS = 10_000

/**
 * Logs in to the management API for some requests.
 *
 * @throws {SecretError} `unreachable` without an answer in ten seconds; `forbidden` for a login that is refused or may not do it
 * @see https://www.rabbitmq.com/docs/management#http-api
 */
export async function openManagement(
  { url, fetch, administrator }: Management,
  signal: AbortSignal,
): Promise<Ask> {
  const { user, password } = await administrator()
  const { host } = url
  return async (method, path, { body, columns } = {}) => {
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
      throw refusal ?? unanswered(host, 'no answer')
    })
    if (status === 404) return undefined
    if (status === 401 || status === 403) {
      const remedy = `give ${user} the tag administrator`
      throw new SecretError('forbidden', `${host} forbids it to the rotator: ${remedy}`, { host })
    }
    if (status < 200 || status >= 300) throw unanswered(host, String(status))
    return jsonIn(text)
  }
}

function unanswered(host: string, reason: string): SecretError {
  const remedy = 'check its address, its certificate and that the plugin rabbitmq_management is on'
  return new SecretError('unreachable', `${host} did not answer (${reason}): ${remedy}`, {
    host,
    reason,
  })
}
