import { Secret, SecretError } from '@rekey/secret'
import { type ClientSecretProvider, isSame, LATE_CALL } from './client-secret-provider.ts'
import { type JsonRequest, requestJson, textIn } from './json-request.ts'
import type { RegistrationToken } from './registration-token.ts'

/** A client that manages its own registration. */
export interface RegistrationOptions {
  /** The `registration_client_uri` that the provider gave when the client was registered. */
  readonly registrationUri: string
  /** The registration access token, which each change may replace. */
  readonly token: RegistrationToken
  /** Default: the global one. */
  readonly fetch?: typeof fetch
}

/** Fields that an update must not repeat (RFC 7592 §2.2). */
const NOT_IN_UPDATES = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
]

/**
 * A provider with OAuth 2.0 Dynamic Client Registration Management (RFC 7592) that renews the secret at an update. The secret
 * is always the provider's choice: §2.2 forbids a client to choose. Most such providers end the old one in the same moment, and
 * logins then wait until the new one is in the store.
 *
 * A crash between the provider's answer and the store is mended by reading the registration before it is updated. It cannot
 * be mended if the lost answer also replaced the registration access token: then the provider refuses the old one
 * (`forbidden`), and a new one has to be got from the provider by hand. Providers that replace it at updates only are meant by
 * this; switch that off where it can be.
 */
export function registrationProvider(options: RegistrationOptions): ClientSecretProvider {
  const ask = (method: 'GET' | 'PUT', signal: AbortSignal, body?: JsonRequest['body']) =>
    askRegistration(options, { method, signal, ...(body && { body }) })
  return {
    name: 'the provider',
    slots: 'one',
    lateCall: LATE_CALL,
    plan: async (current, signal) => planFrom(secretIn(await ask('GET', signal)), current),
    async choose(current, { signal, compromised, fence, gap }) {
      const registration = await ask('GET', signal)
      const held = secretIn(registration)
      if (!compromised && held !== undefined && !isSame(held, current)) return held
      await fence()
      await gap.begin()
      const renewed = secretIn(await ask('PUT', signal, forUpdate(registration)))
      if (renewed !== undefined && !isSame(renewed, held ?? current)) return renewed
      const remedy = 'use its admin API, or rotate by hand'
      throw new SecretError('refused', `the provider renews no secret at an update: ${remedy}`)
    },
    async accept({ next }, { signal }) {
      const held = secretIn(await ask('GET', signal))
      if (held === undefined || isSame(held, next)) return
      const message = 'the provider has a secret of its own choice, and takes no other'
      throw new SecretError('refused', message)
    },
    withdraw: () => Promise.resolve(),
    retire: () => Promise.resolve(),
  }
}

type Registration = Readonly<Record<string, unknown>>

/** Asks, and keeps the registration access token that the answer brings. */
async function askRegistration(
  { registrationUri, token, fetch = globalThis.fetch }: RegistrationOptions,
  request: Pick<JsonRequest, 'method' | 'signal' | 'body'>,
): Promise<Registration> {
  const used = await token.read(request.signal)
  const authorization = `Bearer ${used.expose()}`
  const answer = await requestJson({ ...request, url: registrationUri, authorization, fetch })
  if (answer.status !== 200) throw refusalOf(answer.status)
  const next = answer.body['registration_access_token']
  if (typeof next === 'string' && next !== used.expose()) {
    await token.replace(Secret.of(next, used.label))
  }
  return answer.body
}

function secretIn(registration: Registration): Secret | undefined {
  const { client_secret: value } = registration
  if (typeof value !== 'string') return undefined
  return Secret.of(value, `secret of ${textIn({ status: 200, body: registration }, 'client_id')}`)
}

function forUpdate(registration: Registration): Registration {
  const fields = Object.entries(registration)
  return Object.fromEntries(fields.filter(([field]) => !NOT_IN_UPDATES.includes(field)))
}

function planFrom(held: Secret | undefined, current: Secret) {
  const movedOn = held !== undefined && !isSame(held, current)
  return {
    generate: movedOn
      ? 'the secret that the provider has made already'
      : 'the provider makes a new secret, and may refuse the old one from then on',
    admit: 'the provider accepts it already',
    revoke: 'the provider drops the old secret by itself',
  }
}

function refusalOf(status: number): SecretError {
  if (status === 401 || status === 403) {
    const remedy = 'get a new one from the provider, and store it'
    const message = `the provider refuses the registration access token: ${remedy}`
    return new SecretError('forbidden', message, { status })
  }
  const message = 'the provider does not take an update of the registration: see its log'
  return new SecretError('refused', message, { status })
}
