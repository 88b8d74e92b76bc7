import { SecretError } from '@rekey/secret'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  authorization,
  EVIDENCE,
  identityOf,
  openCa,
  openSigning,
} from '../test/signing.support.ts'

const hash = Uint8Array.from({ length: 32 }, (_, at) => at)
let ca: Awaited<ReturnType<typeof openCa>>
let signing: Awaited<ReturnType<typeof openSigning>>
let answer: () => Promise<Uint8Array[]>
beforeAll(async () => {
  ca = await openCa()
  signing = await openSigning({
    ...{ ca: ca.ca, lists: ca.lists, record: () => Promise.resolve(EVIDENCE) },
    servers: { names: {}, allowLoopback: true, validityMs: 3_600_000 },
    log: { checkpoint: () => Promise.resolve('a note\n'), consistencyProof: () => answer() },
  })
})
afterAll(async () => {
  await signing.close()
  await ca.close()
})

const get = async (path: string, headers: Record<string, string> = { authorization }) =>
  signing.get(path, headers, await identityOf(ca.ca, 'frontend'))

it('hands the checkpoint and the proofs of the log on to frontend as they are', async () => {
  answer = () => Promise.resolve([hash])
  expect(await get('/checkpoint')).toMatchObject({ status: 200, text: 'a note\n' })
  const proof = await get('/proof/consistency?before=1&size=2')
  expect(proof.status).toBe(200)
  expect(JSON.parse(proof.text)).toEqual({ proof: [Buffer.from(hash).toString('base64')] })
})

it('answers 404 for a tree that the log does not have, 503 while it is down, and 400 for what is no size', async () => {
  answer = () => Promise.reject(new SecretError('missing', 'no such tree'))
  expect((await get('/proof/consistency?before=1&size=2')).status).toBe(404)
  answer = () => Promise.reject(new SecretError('unreachable', 'down'))
  expect((await get('/proof/consistency?before=1&size=2')).status).toBe(503)
  expect((await get('/proof/consistency?before=-1&size=2')).status).toBe(400)
})

it('answers about the log to no caller without the key of frontend or without a client certificate', async () => {
  expect((await get('/checkpoint', {})).status).toBe(401)
  expect((await signing.get('/checkpoint', { authorization })).status).toBe(403)
})
