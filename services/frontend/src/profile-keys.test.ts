import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCa } from '@rekey/ca-keystore'
import { generatePassphrase } from '@rekey/ca-keystore/internal'
import { logIn } from '@rekey/testbed'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { database, newOrder, openPortal, order, pool, send } from '../test/frontend.support.ts'
import { linkKeys } from './profile-keys.ts'
import { issueProfile } from './profiles.ts'

const SERVER = { protocol: 'udp', host: 'vpn.example.com', port: 1194 } as const
const HOUR_MS = 3_600_000

let directory: string
let certify: (csr: string) => Promise<{ certificate: string; serial: string }>
beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), 'frontend-'))
  const place = { directory: join(directory, 'ca'), passphrase: generatePassphrase() }
  const ca = await createCa({ ...place, commonName: 'Test CA' })
  certify = (csr) =>
    ca.issueCertificate({
      ...{ csr, profile: 'client', validityMs: HOUR_MS, subject: { commonName: 'a' } },
      subjectAltNames: [{ kind: 'dns', value: 'a.test' }],
    })
})
afterAll(() => rm(directory, { recursive: true }))

/** Opens a portal whose signing service counts the certificates it issues, and fails a given number of times first. */
async function open(certificatesPerDay = 20) {
  const signing = { issued: 0, failures: 0, until: Promise.resolve() }
  const fetchWithKey: typeof fetch = async (url, init) => {
    const { pathname } = url instanceof URL ? url : new URL('/', 'https://signing')
    if (pathname === '/revocations') return Response.json({})
    await signing.until
    if (signing.failures > 0) {
      signing.failures -= 1
      return new Response(null, { status: 500 })
    }
    signing.issued += 1
    const { csr } = JSON.parse(init?.body as string) as { readonly csr: string }
    const issued = await certify(csr)
    const fingerprint = createHash('sha256').update(issued.certificate).digest('hex')
    return Response.json({ ...issued, fingerprint, chain: 'the CAs', log: {} }, { status: 201 })
  }
  const log = { verify: () => Promise.resolve() }
  const parts = { pool, log, server: SERVER, signingUrl: 'https://signing', fetchWithKey }
  const portal = await openPortal({
    ...{ certificatesPerDay, signing: fetchWithKey },
    issueProfile: (person, wanted, admit) => issueProfile(person, wanted, parts, admit),
  })
  const as = async (account: string) => {
    const { browser } = await logIn({ startUrl: new URL('/login', portal.url), account })
    return {
      browser,
      order: async (wanted: object) => {
        const response = await order(portal.url, browser, wanted)
        return { status: response.status, body: (await response.json()) as Record<string, string> }
      },
    }
  }
  return { ...portal, signing, as }
}

it('answers an order that comes again with the same profile, and counts it once', async () => {
  const { signing, as } = await open(1)
  const alice = await as('alice')
  const wanted = newOrder()
  const first = await alice.order(wanted)
  expect(first).toMatchObject({ status: 201, body: { chain: 'the CAs', device: 'laptop' } })
  const again = await alice.order({ ...wanted, device: 'another name' })
  expect(again).toEqual({ status: 200, body: first.body })
  expect((await alice.order(newOrder())).status).toBe(429)
  expect(signing.issued).toBe(1)
  expect((await database.query('select from profile')).rowCount).toBe(1)
})

it('issues one certificate for orders of one key that come at once', async () => {
  const { signing, as } = await open()
  const alice = await as('alice')
  const wanted = newOrder()
  const answers = await Promise.all([1, 2, 3, 4].map(() => alice.order(wanted)))
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
  for (const { status } of answers) expect([200, 201, 409]).toContain(status)
  expect(signing.issued).toBe(1)
  expect((await alice.order(wanted)).status).toBe(200)
})

it('takes an order again at once that failed, and after three minutes one whose process has ended', async () => {
  const { signing, as } = await open()
  const alice = await as('alice')
  const [failed, cut] = [newOrder(), newOrder()]
  signing.failures = 1
  expect((await alice.order(failed)).status).toBe(502)
  expect((await alice.order(failed)).status).toBe(201)
  let end: () => void = () => undefined
  signing.until = new Promise((resolve) => (end = resolve))
  const hanging = alice.order(cut)
  await expect.poll(async () => (await database.query('select from profile_key')).rowCount).toBe(2)
  expect((await alice.order(cut)).status).toBe(409)
  end()
  expect((await hanging).status).toBe(201)
  await database.query(
    "update profile_key set serial = null, claimed_at = now() - interval '181 seconds'",
  )
  expect((await alice.order(cut)).status).toBe(201)
})

it('certifies no key of a profile that was revoked, nor of another person', async () => {
  const { url, signing, as } = await open()
  const [alice, bob] = [await as('alice'), await as('bob')]
  const wanted = newOrder()
  const { body } = await alice.order(wanted)
  expect((await bob.order(wanted)).status).toBe(422)
  const revoked = await send(`${url}/profiles/${body['serial']}/revoke`, alice.browser)
  expect(revoked.status).toBe(303)
  for (const person of [alice, bob]) expect((await person.order(wanted)).status).toBe(422)
  expect(signing.issued).toBe(1)
})

it('records the keys of profiles from before keys were recorded', async () => {
  const { issuer, signing, as } = await open()
  const alice = await as('alice')
  const wanted = newOrder()
  const { certificate, serial } = await certify(wanted.csr)
  await database.query(
    `insert into profile (issuer, subject, serial, fingerprint, certificate, revoked_at)
     values ($1, 'alice', $2, $3, $4, now())`,
    [issuer, serial, randomBytes(32).toString('hex'), certificate],
  )
  await linkKeys(pool)
  await linkKeys(pool)
  expect(new X509Certificate(certificate).serialNumber).toBeTruthy()
  expect((await alice.order(wanted)).status).toBe(422)
  expect(signing.issued).toBe(0)
})
