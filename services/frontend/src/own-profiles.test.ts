import { createCa } from '@rekey/ca-keystore'
import { generatePassphrase, createSigningRequest } from '@rekey/ca-keystore/internal'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, logIn } from '@rekey/testbed'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { database, openPortal, type PortalOptions, send } from '../test/frontend.support.ts'

const HOUR_MS = 3_600_000
let directory: string
let issue: (validityMs: number) => Promise<{ certificate: string; serial: string }>
beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), 'frontend-'))
  const place = { directory: join(directory, 'ca'), passphrase: generatePassphrase() }
  const ca = await createCa({ ...place, commonName: 'Test CA' })
  issue = (validityMs) =>
    ca.issueCertificate({
      ...{ csr: createSigningRequest({ commonName: 'any' }).csr, profile: 'client', validityMs },
      ...{ subject: { commonName: 'a' }, subjectAltNames: [{ kind: 'dns', value: 'a.test' }] },
    })
})
afterAll(() => rm(directory, { recursive: true }))

/** Stores a profile of a person. */
async function store(issuer: string, subject: string, validityMs = HOUR_MS): Promise<string> {
  const { certificate, serial } = await issue(validityMs)
  await database.query(
    `insert into profile (issuer, subject, serial, fingerprint, certificate) values ($1, $2, $3, $3, $4)`,
    [issuer, subject, serial, certificate],
  )
  return serial
}

async function open(signing?: typeof fetch) {
  const options: PortalOptions = signing === undefined ? {} : { signing }
  const portal = await openPortal(options)
  const { browser } = await logIn({ startUrl: new URL('/login', portal.url), account: 'alice' })
  const page = async () => (await send(`${portal.url}/`, browser, 'GET')).text()
  const revoke = (serial: string, by: Browser = browser) =>
    send(`${portal.url}/profiles/${serial}/revoke`, by)
  const { rows } = await database.query<{ issuer: string; subject: string }>(
    'select issuer, subject from session',
  )
  const { issuer = '', subject = '' } = rows[0] ?? {}
  return { ...portal, browser, page, revoke, issuer, subject }
}

it('shows a person the own profiles that work, and no others', async () => {
  const { page, issuer, subject } = await open()
  const own = await store(issuer, subject)
  const others = [
    await store(issuer, 'another'),
    await store('https://elsewhere', subject),
    await store(issuer, subject, 1_000),
  ]
  await expect.poll(page).not.toContain(others[2])
  const shown = await page()
  expect(shown).toContain(`href="/profiles/${own}/revoke"`)
  for (const serial of others) expect(shown).not.toContain(serial)
})

it('revokes a profile at signing with its certificate and its person, and shows it no more', async () => {
  const bodies: unknown[] = []
  const signing: typeof fetch = (url, init) => {
    bodies.push({
      url: url instanceof URL ? url.href : url,
      ...(JSON.parse(init?.body as string) as object),
    })
    return Promise.resolve(Response.json({}))
  }
  const { page, revoke, issuer, subject } = await open(signing)
  const serial = await store(issuer, subject)
  expect((await revoke(serial)).status).toBe(303)
  expect((await revoke(serial)).status).toBe(303)
  const certificate = expect.stringContaining('BEGIN CERTIFICATE') as string
  expect(bodies).toEqual([
    { url: 'https://signing/revocations', certificate, issuer, subject, reason: 'superseded' },
  ])
  expect(await page()).not.toContain(serial)
})

it('revokes no profile of another person, for no page of another origin, and for no caller who is not logged in', async () => {
  const { url, browser, revoke, issuer, subject } = await open(() => {
    throw new Error('signing was asked')
  })
  const serial = await store(issuer, subject)
  const foreign = await store(issuer, 'another')
  expect((await revoke(foreign)).status).toBe(404)
  expect((await revoke(`${serial}'--`)).status).toBe(404)
  const path = `${url}/profiles/${serial}/revoke`
  expect((await fetch(path, { method: 'POST' })).status).toBe(401)
  const headers = { cookie: browser.cookieHeader(url), origin: 'https://elsewhere.example.com' }
  expect((await fetch(path, { method: 'POST', headers })).status).toBe(403)
})

it('asks signing again while it restarts, and keeps a profile as it is if signing refuses', async () => {
  const answers = [() => Promise.reject(new TypeError('fetch failed')), () => 503, () => 422]
  const signing: typeof fetch = async () => {
    const status = await answers.shift()?.()
    return new Response(null, { status: status ?? 200 })
  }
  const { page, revoke, issuer, subject } = await open(signing)
  const serial = await store(issuer, subject)
  expect((await revoke(serial)).status).toBe(502)
  expect(answers).toHaveLength(0)
  expect(await page()).toContain(serial)
  expect((await revoke(serial)).status).toBe(303)
})
