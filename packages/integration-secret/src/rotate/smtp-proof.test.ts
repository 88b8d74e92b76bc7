import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { NON_PRODUCTION_PREFIX, Secret } from '@rekey/secret'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createProof, proofEntry } from './third-party-proof.ts'

const newValue = () =>
  Secret.of(NON_PRODUCTION_PREFIX + randomBytes(24).toString('base64url'), 'credential')
const accepted = newValue()
const { signal } = new AbortController()

const server = new SMTPServer({
  disabledCommands: ['STARTTLS'],
  allowInsecureAuth: true,
  onAuth({ username, password }, _session, done) {
    if (username === 'portal' && password === accepted.expose()) done(null, { user: username })
    else done(Object.assign(new Error('no'), { responseCode: 535 }))
  },
})
let port = 0
beforeAll(async () => {
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  port = (listening.address() as AddressInfo).port
})
afterAll(
  () =>
    new Promise<void>((resolve) => {
      server.close(resolve)
    }),
)

const proofAt = (host: string, security = 'none') =>
  createProof(proofEntry.parse({ smtp: { host, port, user: 'portal', security } }))

it('a family proves a credential by a login at a mail server', async () => {
  const isAccepted = proofAt('127.0.0.1')
  expect(await isAccepted(accepted, signal)).toBe(true)
  expect(await isAccepted(newValue(), signal)).toBe(false)
})

it('a server without the wanted encryption gives no verdict', async () => {
  const asked = proofAt('127.0.0.1', 'starttls')(accepted, signal)
  await expect(asked).rejects.toMatchObject({ code: 'unreachable' })
})

it('no credential goes over a network in clear text', async () => {
  const asked = proofAt('mail.example.com')(accepted, signal)
  await expect(asked).rejects.toMatchObject({ code: 'refused' })
})
