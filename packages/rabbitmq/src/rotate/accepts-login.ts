import { type Secret, SecretError, within } from '@rekey/secret'
import { importPeer } from '@rekey/secret/internal'
import { parseLogin } from '../spec/rabbitmq-login.ts'

const TIMEOUT_MS = 10_000

/** amqplib has no code for it. */
const REFUSED = /\b403 \(ACCESS-REFUSED\)/

/**
 * Whether the broker accepts a login, by AMQP.
 *
 * @throws {SecretError} `unreachable` if it gave no verdict, `refused` where amqplib is not installed
 */
export async function acceptsLogin(
  value: Secret,
  { ca, signal }: { readonly ca: string | undefined; readonly signal: AbortSignal },
): Promise<boolean> {
  const { connect } = await loadClient()
  const { url } = parseLogin(value.expose())
  const { host } = url
  const limit = { what: `an answer of ${host}`, limitMs: TIMEOUT_MS, signal }
  const connecting = connect(url.href, {
    timeout: TIMEOUT_MS,
    ...(ca !== undefined && { ca: [ca] }),
  })
  try {
    const connection = await within(limit, () => connecting)
    connection.on('error', () => undefined)
    await connection.close()
    return true
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Error && REFUSED.test(error.message)) return false
    if (error instanceof SecretError) throw error
    const { code = 'cut' } = error as { code?: unknown }
    const reason = typeof code === 'string' ? code : 'cut'
    const remedy = 'check its address, its certificate, its virtual host and that it is up'
    const message = `${host} did not judge the login (${reason}): ${remedy}`
    throw new SecretError('unreachable', message, { host, reason })
  } finally {
    // One that comes after the deadline is closed.
    connecting.then((connection) => connection.close()).catch(() => undefined)
  }
}

function loadClient() {
  const peer = {
    url: import.meta.url,
    of: '@rekey/rabbitmq',
    name: 'amqplib',
    need: 'the rotation at RabbitMQ',
  }
  return importPeer(peer, () => import('amqplib'))
}
