import { generateKeyPairSync } from 'node:crypto'
import { type Browser, logIn } from '@rekey/testbed'
import { issue } from '@rekey/testbed/certificates'
import { expect, it } from 'vitest'
import { database, newOrder, openPortal, order, send } from '../test/frontend.support.ts'
import { parseVpnServer } from './vpn-server.ts'

async function open() {
  const portal = await openPortal()
  const startUrl = new URL('/login', portal.url)
  const { browser } = await logIn({ startUrl, account: 'alice' })
  return { ...portal, browser }
}

/** Opens a page as a browser does. */
function visit(url: string, browser?: Browser, init: RequestInit = {}) {
  const cookie = browser?.cookieHeader(url) ?? ''
  return fetch(url, { redirect: 'manual', headers: { accept: 'text/html', cookie }, ...init })
}

it('offers a sign-in to a person without a session, and an empty state after it', async () => {
  const { url, browser } = await open()
  expect(await (await visit(url)).text()).toContain('href="/login">Sign in</a>')
  const page = await (await visit(url, browser)).text()
  expect(page).toContain('alice@example.test')
  expect(page).toContain('You have no profile yet')
})

it('sends every answer with a policy that allows nothing inline and no other origin', async () => {
  const { url } = await open()
  for (const path of ['/', '/login', '/nothing', '/portal.css']) {
    const { headers } = await visit(url + path)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).not.toContain('unsafe')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  }
  expect(await (await visit(url)).text()).not.toMatch(/<style|\son\w+=|\sstyle=/)
})

it('S28: shows the name of a device as text on its line, whatever is in it', async () => {
  const { url, browser } = await open()
  const { rows } = await database.query<{ issuer: string; subject: string }>(
    'select issuer, subject from session',
  )
  const { issuer, subject } = rows[0] ?? {}
  const ruling = [
    ...Array.from({ length: 31 }, (_, n) => n + 1),
    0x7f,
    0x85,
    0x202e,
    0x2066,
    0x2028,
  ]
  const device = `<img src=x onerror="alert('1')">&${String.fromCodePoint(...ruling)}`
  await database.query(
    `insert into profile (issuer, subject, serial, fingerprint, certificate, device)
     values ($1, $2, 'a1', 'a1', $3, $4)`,
    [issuer, subject, issue().pem, device],
  )
  const escaped = '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;'
  for (const path of ['/', '/profiles/a1/revoke']) {
    const page = await (await visit(url + path, browser)).text()
    expect(page).toContain(escaped)
    expect(page).not.toContain('<img src=x')
    expect(page).toContain('&amp;\\u{1}\\u{2}')
    expect(page.replace(/[\n\t]/g, '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028]/u)
  }
})

it('asks once more before a profile is revoked, and only its owner', async () => {
  const { url, browser } = await open()
  const path = `${url}/profiles/a1/revoke`
  expect((await visit(path, browser)).status).toBe(404)
  expect((await visit(path)).status).toBe(401)
})

it('shows that a profile is revoked to the person who has just revoked it, and to no other link', async () => {
  const { url, browser } = await open()
  const { rows } = await database.query<{ issuer: string; subject: string }>(
    'select issuer, subject from session',
  )
  const { issuer, subject } = rows[0] ?? {}
  const add = (serial: string, owner: string | undefined, revoked: string | null) =>
    database.query(
      `insert into profile (issuer, subject, serial, fingerprint, certificate, revoked_at)
       values ($1, $2, $3, $3, $4, now() - $5::interval)`,
      [issuer, owner, serial, issue().pem, revoked],
    )
  await add('a1', subject, '1 second')
  await add('a2', subject, null)
  await add('a3', subject, '1 hour')
  await add('a4', 'another', '1 second')
  const shows = async (query: string) =>
    (await (await visit(`${url}/${query}`, browser)).text()).includes('The profile is revoked')
  expect(await shows('?revoked=a1')).toBe(true)
  for (const other of ['a2', 'a3', 'a4', 'a1&revoked=a1', '']) {
    expect(await shows(`?revoked=${other}`), other).toBe(false)
  }
})

const REFUSED: readonly [string, () => object, number][] = [
  ['without a device', () => newOrder(' '), 400],
  ['with a device of 65 characters', () => newOrder('x'.repeat(65)), 400],
  ['with a device whose name turns the direction of text', () => newOrder('a\u202eb'), 400],
  ['without a request', () => ({ device: 'laptop' }), 400],
  ['with a request that is none', () => ({ ...newOrder(), csr: 'a request' }), 422],
  ['with a request that proves no possession', () => ({ ...newOrder(), csr: forged() }), 422],
  ['with a private key in it', () => ({ ...newOrder(), csr: disclosed() }), 422],
]

it('refuses an order that is not whole or proves no possession of its key, and does not count it', async () => {
  const { url, browser } = await open()
  for (const [name, body, status] of REFUSED) {
    const response = await order(url, browser, body())
    const { error } = (await response.json()) as { error: string }
    expect({ name, status: response.status }).toEqual({ name, status })
    expect(error.length).toBeGreaterThan(20)
  }
  expect((await database.query('select 1 from quota')).rows).toEqual([])
})

it('refuses an order from a page of another origin, and one without a session', async () => {
  const { url, browser } = await open()
  const body = JSON.stringify(newOrder())
  const headers = { 'content-type': 'application/json', origin: 'https://elsewhere.example.com' }
  const cookie = browser.cookieHeader(url)
  const init = { method: 'POST', body }
  const foreign = await fetch(`${url}/profiles`, { ...init, headers: { ...headers, cookie } })
  expect(foreign.status).toBe(403)
  await database.query('update session set expires_at = now()')
  expect((await order(url, browser)).status).toBe(401)
})

it('explains each refusal on a page where a browser opens one, and in JSON elsewhere', async () => {
  const { url, browser } = await open()
  await database.query('update session set expires_at = now()')
  const path = `${url}/profiles/a1/revoke`
  const signedOut = await visit(path, browser, { method: 'POST' })
  expect(signedOut.status).toBe(401)
  const page = await signedOut.text()
  expect(page).toContain('<h1>You are signed out</h1>')
  expect(page).toContain('href="/login"')
  expect(await (await visit(`${url}/callback?state=x`)).text()).toContain('Sign in again')
  expect(await (await visit(`${url}/nothing`)).text()).toContain('There is nothing here')
  expect(await (await send(`${url}/nothing`, browser, 'GET')).json()).toEqual({
    error: 'not found',
  })
})

it.each([
  'vpn.example.com:1194',
  'udp://vpn.example.com',
  'udp://a b:1',
  'tcp://a:0',
  'tcp://a:65536',
])('takes %s for no VPN server', (text) => {
  expect(() => parseVpnServer(text)).toThrow('VPN_SERVER')
})

/** A request whose signature another key has made. */
function forged(): string {
  const [one, other] = [newOrder(), newOrder()].map(({ csr }) => bytesOf(csr))
  if (one === undefined || other === undefined) throw new TypeError('no request')
  // The signature is at the end.
  return pemOf(Buffer.concat([one.subarray(0, -8), other.subarray(-8)]))
}

function disclosed(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return newOrder().csr + privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
}

function bytesOf(pem: string): Buffer {
  return Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
}

function pemOf(request: Buffer): string {
  const lines = request.toString('base64').match(/.{1,64}/g) ?? []
  const label = 'CERTIFICATE REQUEST'
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
