import { randomBytes } from 'node:crypto'
import { Secret } from '@rekey/secret'
import { expect, it } from 'vitest'
import { type ClientSecretProvider, keycloakProvider, registrationProvider } from './index.ts'

const random = () => Secret.of(randomBytes(24).toString('base64url'), 'random')
const { signal } = new AbortController()

it.each([
  ['http://192.0.2.1:8080', 'refused'],
  ['http://localhost.evil.test', 'refused'],
  ['http://127.0.0.1.nip.io', 'refused'],
  ['https://admin:hunter2hunter2@id.test', 'refused'],
  ['ftp://localhost', 'malformed'],
])('neither provider is asked at %s, where credentials would be read', async (url, code) => {
  const sent: unknown[] = []
  const fetch = (...request: unknown[]) => {
    sent.push(request)
    return Promise.resolve(Response.json({}))
  }
  const manager = { clientId: 'rotator', secret: random() }
  const token = { read: () => Promise.resolve(random()), replace: () => Promise.resolve() }
  const providers: ClientSecretProvider[] = [
    keycloakProvider({ url, realm: 'vpn', clientId: 'frontend', manager, fetch }),
    registrationProvider({ registrationUri: `${url}/reg/frontend`, token, fetch }),
  ]
  for (const provider of providers) {
    const error: unknown = await provider.plan(random(), signal).catch((error: unknown) => error)
    expect(error).toMatchObject({ code })
    expect(String(error)).not.toContain('hunter2')
  }
  expect(sent).toEqual([])
})
