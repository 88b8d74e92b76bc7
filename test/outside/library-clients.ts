import { once } from 'node:events'
import { connect } from 'node:tls'
import { setTimeout as delay } from 'node:timers/promises'
import { openConnection, parseConnectionUrl } from '@rekey/db-pool-rotator'
import { SecretError } from '@rekey/secret'
import { createBrowser, logIn } from '@rekey/testbed'
import { createTlsFetch, fingerprintOf, parseTlsIdentity } from '@rekey/tls-identity'
import { fetchAs } from '@rekey/tls-identity/internal/rotate'
import type { LibraryFamily } from './library-family.ts'

/** A secret of the library that Rekey rotates. */
export interface RotatedSecret {
  readonly name: string
  /** As `rekey rotate` takes it. */
  readonly title: string
  /** Tries a value at the far side. @returns whether that refuses it */
  readonly isRefused: (value: string) => Promise<boolean>
}

/** Every rotated secret of the library, with a client of the test's own at each far side. */
export function secretsOfLibrary(family: LibraryFamily): readonly RotatedSecret[] {
  const { folder, store, trust } = family
  const at = (port: string, path = '') => `http://127.0.0.1:${folder.port(port)}${path}`
  const isUnauthorized = async (url: string, authorization: string, fetchWith = fetch) => {
    const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
    const body = 'grant_type=authorization_code&code=none&redirect_uri=urn%3Anone'
    const answer = await fetchWith(url, { method: 'POST', headers, body })
    return answer.status === 401
  }
  const read = async () => (await store.read('TLS_LOAN_DESK')).current
  const asDesk = fetchAs({ trust, name: 'card-office', read })
  const cardOffice = `https://127.0.0.1:${folder.port('4002')}/api-key/proof`
  const isLoginRefused = async (url: string) => {
    try {
      await (await openConnection(parseConnectionUrl(url))).end()
      return false
    } catch (error) {
      if (error instanceof SecretError && error.code === 'rejected') return true
      throw error
    }
  }
  const tls = (service: string, port: string) => ({
    title: `tls ${service}`,
    async isRefused(value: string) {
      const { fingerprint } = parseTlsIdentity(value)
      return (await servedBy(Number(folder.port(port)), service, trust)) !== fingerprint
    },
  })
  const basic = (secret: string) => Buffer.from(`library:${secret}`).toString('base64')
  return [
    {
      ...{ name: 'API_KEY_LOAN_DESK__CARD_OFFICE', title: 'api-key loan-desk:card-office' },
      isRefused: async (key) => {
        const headers = { authorization: `Bearer ${key}` }
        return (await asDesk(cardOffice, { headers })).status === 401
      },
    },
    ...['loan-desk', 'card-office'].map((service) => ({
      name: `DATABASE_${service.replace('-', '_').toUpperCase()}`,
      ...{ title: `database ${service}`, isRefused: isLoginRefused },
    })),
    {
      ...{ name: 'OIDC_CLIENT_SECRET_LOAN_DESK', title: 'oidc-client loan-desk' },
      isRefused: (secret) => isUnauthorized(at('4003', '/token'), `Basic ${basic(secret)}`),
    },
    { name: 'TLS_CARD_OFFICE', ...tls('card-office', '4002') },
    { name: 'TLS_LOAN_DESK', ...tls('loan-desk', '4001') },
    {
      ...{ name: 'INTEGRATION_LOAN_DESK__REMINDERS', title: 'integration loan-desk:reminders' },
      isRefused: (secret) => isUnauthorized(at('4005', '/reminders'), `Bearer ${secret}`),
    },
  ]
}

/** The fingerprint of the certificate that a new connection is shown. */
async function servedBy(port: number, servername: string, ca: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, servername, ca })
  await once(socket, 'secureConnect')
  const shown = socket.getPeerX509Certificate()
  socket.destroy()
  if (shown === undefined) throw new Error(`${servername} shows no certificate`)
  return fingerprintOf(shown)
}

/** What members did, and what of it failed. */
export interface LibraryLoad {
  readonly stop: () => Promise<{ readonly done: number; readonly failed: readonly unknown[] }>
}

/** Members borrow, are reminded and log in, again and again: so each rotated secret is used all the while. */
export function startLoad({ folder, trust }: LibraryFamily): LibraryLoad {
  const calls = createTlsFetch({ trust, name: 'loan-desk' })
  const desk = `https://127.0.0.1:${folder.port('4001')}`
  const works = [
    async () => {
      const answer = await calls.fetch(`${desk}/loans/7`)
      const text = await answer.text()
      const wanted = '{"card":{"member":"dora"},"titles":["Middlemarch","Emma"]}'
      if (text !== wanted) throw new Error(`a loan was answered with ${answer.status}: ${text}`)
    },
    async () => {
      const answer = await calls.fetch(`${desk}/loans/7/reminder`, { method: 'POST' })
      await answer.body?.cancel()
      if (answer.status !== 204) throw new Error(`a reminder was answered with ${answer.status}`)
    },
    async () => {
      const browser = createBrowser({
        fetch: (url, init) =>
          new URL(url instanceof Request ? url.url : url).origin === desk
            ? calls.fetch(url, init)
            : fetch(url, init),
      })
      const { page } = await logIn({ startUrl: `${desk}/login`, account: 'dora', browser })
      if (page.body !== '{"member":"dora"}') throw new Error(`a login ended with ${page.status}`)
    },
  ]
  const stopped = new AbortController()
  const failed: unknown[] = []
  let done = 0
  const repeat = async (work: () => Promise<void>) => {
    while (!stopped.signal.aborted) {
      await work().catch((error: unknown) => failed.push(error))
      done += 1
      await delay(50)
    }
  }
  const ended = Promise.all(works.map(repeat))
  return {
    async stop() {
      stopped.abort()
      await ended
      await calls.close()
      return { done, failed }
    },
  }
}
