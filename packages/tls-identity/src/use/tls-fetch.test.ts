import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { TLSSocket } from 'node:tls'
import { defineService, loadService } from '@rekey/config-loader'
import { createMemoryStore } from '@rekey/config-loader/store'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { issue, issueChain, keyPem } from '../../test/certificates.support.ts'
import { createTlsFetch, fingerprintOf, tlsIdentity } from '../index.ts'
import { parseCertificates } from '../internal.ts'

const NAME = 'TLS_APP'
const { root, issuer, leaf: server } = issueChain({ dnsNames: ['signing'] })

function newIdentity() {
  const leaf = issue({ issuer, purpose: 'both', dnsNames: ['app'] })
  const [certificate] = parseCertificates(leaf.pem)
  if (certificate === undefined) throw new Error('no certificate')
  return { text: keyPem(leaf.key) + leaf.pem + issuer.pem, fingerprint: fingerprintOf(certificate) }
}

/** A server that wants a client certificate, holds each answer until `answer` is called, and answers with what it was shown. */
async function openServer() {
  const waiting: (() => void)[] = []
  const listener = createServer(
    {
      ...{ key: keyPem(server.key), cert: server.pem + issuer.pem },
      ...{ ca: root.pem, requestCert: true, rejectUnauthorized: true },
    },
    ({ socket, url }, response) => {
      const shown = socket instanceof TLSSocket ? socket.getPeerCertificate().fingerprint256 : ''
      const answer = () => response.end(shown.replaceAll(':', '').toLowerCase())
      if (url === '/held') waiting.push(answer)
      else answer()
    },
  )
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  onTestFinished(() => {
    listener.close()
    listener.closeAllConnections()
  })
  const url = `https://127.0.0.1:${(listener.address() as AddressInfo).port}`
  return { url, waiting }
}

async function loadIdentity(text: string) {
  const store = createMemoryStore({ [NAME]: text })
  const secrets = { tls: tlsIdentity() }
  const definition = defineService({ name: 'app', settings: z.object({}), secrets })
  const env = { REKEY_ENVIRONMENT: 'test' }
  const service = await loadService(definition, { env, source: store, policy: { ttlMs: 20 } })
  onTestFinished(() => service.close())
  return { store, live: service.secrets.tls }
}

it('shows the new identity as soon as it is current, and ends a request under way under the old one', async () => {
  const [first, second] = [newIdentity(), newIdentity()]
  const { url, waiting } = await openServer()
  const { store, live } = await loadIdentity(first.text)
  const calls = createTlsFetch({ trust: root.pem, name: 'signing', identity: live })
  const held = calls.fetch(`${url}/held`).then((response) => response.text())
  await expect.poll(() => waiting.length).toBe(1)
  const { current, revision } = await store.read(NAME)
  const staged = await store.stage(
    NAME,
    current.value.map(() => second.text),
    revision,
  )
  const promoted = await store.promote(NAME, staged.revision)
  await expect
    .poll(() => live.usage.report().holding['tls client'])
    .toEqual([promoted.current.version])
  expect(await (await calls.fetch(url)).text()).toBe(second.fingerprint)
  waiting[0]?.()
  expect(await held).toBe(first.fingerprint)
  await calls.close()
})

it.each([
  ['for another name', { trust: root.pem, name: 'certtransparency' }],
  ['of another root', { trust: issue({ commonName: 'Other', ca: true }).pem, name: 'signing' }],
])('refuses a server that shows a certificate %s', async (_what, options) => {
  const { url } = await openServer()
  await using calls = createTlsFetch(options)
  await expect(calls.fetch(url)).rejects.toThrow('fetch failed')
})
