import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createSigningRequest, parseCrl } from '@rekey/ca-keystore/internal'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  authorization,
  EVIDENCE,
  identityOf,
  openCa,
  openSigning,
  type Shown,
  type TestSigning,
} from '../test/signing.support.ts'
import { checkLists } from './revocations.ts'

const alice = { issuer: 'https://login.example.com', subject: 'alice' }
const bob = { ...alice, subject: 'bob' }

let opened: Awaited<ReturnType<typeof openCa>>
let signing: TestSigning
let frontend: Shown
beforeAll(async () => {
  opened = await openCa()
  signing = await openSigning({
    ...{ ca: opened.ca, lists: opened.lists, record: () => Promise.resolve(EVIDENCE) },
    servers: { names: {}, allowLoopback: false, validityMs: 1_000 },
  })
  frontend = await identityOf(opened.ca, 'frontend')
})
afterAll(async () => {
  await signing.close()
  await opened.close()
})

async function newCertificate(login: object): Promise<{ certificate: string; serial: string }> {
  const { csr } = createSigningRequest({ commonName: 'any' })
  const body = { csr, ...login, email: 'a@example.com' }
  const answer = await signing.ask({
    path: '/certificates',
    body,
    shown: frontend,
    headers: { authorization },
  })
  return answer as unknown as { certificate: string; serial: string }
}

const revoke = (body: object, shown: Shown | undefined = frontend, headers = { authorization }) =>
  signing.ask({ path: '/revocations', body, shown, headers })

const listed = async () => parseCrl((await signing.get('/crl')).text, opened.ca.chain)

it('answers a revocation once the list that servers fetch has the certificate, and the second one the same', async () => {
  const { certificate, serial } = await newCertificate(alice)
  const body = { certificate, ...alice, reason: 'keyCompromise' }
  expect(await revoke(body)).toEqual({ status: 200, serial })
  const { number, revoked } = await listed()
  expect(revoked).toMatchObject([{ serial, reason: 'keyCompromise' }])
  expect(await revoke({ ...body, reason: 'superseded' })).toEqual({ status: 200, serial })
  expect(await listed()).toMatchObject({ number, revoked })
})

it('revokes no certificate of another person, of a service, or of another CA', async () => {
  const before = await listed()
  const { certificate } = await newCertificate(alice)
  const other = await openCa()
  const { cert } = await identityOf(other.ca, 'frontend')
  await other.close()
  for (const [body, status] of [
    [{ certificate, ...bob }, 403],
    [{ certificate: frontend.cert, ...alice }, 403],
    [{ certificate: cert, ...alice }, 422],
    [{ certificate: 'no certificate', ...alice }, 422],
    [{ certificate, ...alice, reason: 'cACompromise' }, 400],
    [{ certificate, issuer: alice.issuer }, 400],
  ] as const) {
    expect((await revoke(body)).status).toBe(status)
  }
  expect(await listed()).toEqual(before)
})

it('revokes for frontend alone, with its certificate and its key', async () => {
  const { certificate } = await newCertificate(alice)
  const body = { certificate, ...alice }
  const other = await identityOf(opened.ca, 'certtransparency')
  const wrong = { authorization: `${authorization.slice(0, -8)}00000000` }
  expect((await revoke(body, other)).status).toBe(403)
  expect((await revoke(body, frontend, wrong)).status).toBe(401)
  const unshown = await signing.ask({ path: '/revocations', body, headers: { authorization } })
  expect(unshown.status).toBe(403)
})

it('gives the list without a certificate, and again only when it is another one', async () => {
  const { status, headers } = await signing.get('/crl')
  expect([status, headers['content-type']]).toEqual([200, 'application/x-pem-file'])
  const etag = { 'if-none-match': headers.etag ?? '' }
  expect(await signing.get('/crl', etag)).toMatchObject({ status: 304, text: '' })
  const { certificate } = await newCertificate(bob)
  await revoke({ certificate, ...bob })
  expect((await signing.get('/crl', etag)).status).toBe(200)
})

it('is not ready, and answers 503, without a current list', async () => {
  const { lists, listDirectory } = opened
  await checkLists(lists)
  await lists.close()
  await rm(join(listDirectory, 'crl-bundle.pem'))
  await expect(checkLists(lists)).rejects.toThrow('not published')
  expect((await signing.get('/crl')).status).toBe(503)
})
