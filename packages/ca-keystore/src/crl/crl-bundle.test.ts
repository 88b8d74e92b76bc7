import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFakeClock } from '@rekey/secret'
import { expect, it, onTestFinished } from 'vitest'
import {
  days,
  failureOf,
  freshPath,
  hasOpenssl,
  newIntermediate,
  openssl,
  orderFor,
} from '../../test/ca.support.ts'
import { openCrlPublisher } from '../index.ts'
import { type CrlBundle, publishCrlBundle } from '../internal.ts'
import { bareCa, forgedCrl } from '../../test/crl/crl.support.ts'

async function newCas() {
  const directory = freshPath()
  await mkdir(directory)
  const cas = await Promise.all(
    ['First CA', 'Second CA'].map((commonName) => bareCa({ commonName })),
  )
  const order = { number: 1n, revoked: [] }
  const lists = await Promise.all(cas.map(({ keystore }) => keystore.issueCrl(order)))
  const chains = cas.map(({ keystore }) => keystore.chain)
  const crls = lists.map(({ crl }) => crl)
  return { cas, chains, lists, crls, path: join(directory, 'crl-bundle.pem') }
}

it('writes the lists of all CAs into one file that other users can read', async () => {
  const { chains, crls, path } = await newCas()
  await publishCrlBundle({ path, chains, crls })
  expect(await readFile(path, 'utf8')).toBe(crls.join(''))
  expect((await stat(path)).mode & 0o777).toBe(0o644)
})

it('K27: refuses a bundle without the list of one of its CAs, with a second one, or with one of no CA, and keeps the old one', async () => {
  const { chains, crls, path } = await newCas()
  await publishCrlBundle({ path, chains, crls })
  const [first = '', second = ''] = crls
  const other = await bareCa({ commonName: 'Third CA' })
  const foreign = forgedCrl(other, {})
  const failures: [string, string[]][] = [
    ['missing', [first]],
    ['missing', []],
    ['refused', [first, first]],
    ['refused', [first, second, second]],
    ['refused', [first, second, foreign]],
    ['malformed', [first, second.slice(1)]],
  ]
  for (const [code, lists] of failures) {
    expect(await failureOf(() => publishCrlBundle({ path, chains, crls: lists }))).toMatchObject({
      code,
    })
  }
  expect(await failureOf(() => publishCrlBundle({ path, chains: [], crls: [] }))).toMatchObject({
    code: 'refused',
  })
  expect(await readFile(path, 'utf8')).toBe(crls.join(''))
})

it('K27: takes a list from the moment it begins until a moment before it ends', async () => {
  const { chains, crls, path, lists } = await newCas()
  const [from, to] = [
    Math.max(...lists.map(({ thisUpdate }) => thisUpdate.getTime())),
    Math.min(...lists.map(({ nextUpdate }) => nextUpdate.getTime())),
  ]
  const publish = (ms: number) =>
    publishCrlBundle({ path, chains, crls, clock: createFakeClock(ms) })
  for (const ms of [from, to - 1]) await publish(ms)
  for (const ms of [from - 1, to]) {
    expect(await failureOf(() => publish(ms))).toMatchObject({ code: 'refused' })
  }
})

it('K27: refuses a list that is expired or not valid yet, of another key, or of a CA whose name another CA has', async () => {
  const { cas, chains, crls, path } = await newCas()
  const at = async (offsetMs: number) =>
    (await failureOf(() => publishCrlBundle({ path, chains, crls, clock: shifted(offsetMs) }))).code
  expect(await at(days(8))).toBe('refused')
  expect(await at(-days(1))).toBe('refused')
  const twin = await bareCa({ commonName: 'First CA' })
  const [, second = ''] = crls
  const [first] = cas
  if (first === undefined) throw new Error('two CAs')
  const forged = forgedCrl(twin, { keyId: first.ca.keyId })
  const error = await failureOf(() => publishCrlBundle({ path, chains, crls: [forged, second] }))
  expect(error.code).toBe('rejected')
  const twins = [...chains, twin.keystore.chain]
  expect(await failureOf(() => publishCrlBundle({ path, chains: twins, crls }))).toMatchObject({
    code: 'refused',
  })
})

it('K27: says which list to add, renew or put back, and that the old bundle stays', async () => {
  const { chains, crls, path } = await newCas()
  const [first = ''] = crls
  const twin = (await bareCa({ commonName: 'First CA' })).keystore.chain
  const wrong: readonly [says: string, changes: Partial<CrlBundle>][] = [
    [
      'lacks the list of 1 of its CAs, whose revoked clients could connect; add it',
      { crls: [first] },
    ],
    [
      'put the list that each CA published last into its folder as crl.pem',
      { crls: [first, first] },
    ],
    ['renew that list', { clock: shifted(days(8)) }],
    ['has no CA; give the chains of the CAs', { chains: [], crls: [] }],
    ['leave one of them out', { chains: [...chains, twin] }],
  ]
  for (const [says, changes] of wrong) {
    const error = await failureOf(() => publishCrlBundle({ path, chains, crls, ...changes }))
    expect(error.details).toMatchObject({ reason: 'crl-bundle' })
    expect(error.message).toContain(says)
    expect(error.message).toContain('The old bundle stays')
  }
  const lacking = await failureOf(() => publishCrlBundle({ path, chains, crls: [] }))
  expect(lacking.details).toEqual({ reason: 'crl-bundle', count: 2 })
  await publishCrlBundle({ path, chains: [...chains, ...chains], crls: crls.toReversed() })
})

function shifted(offsetMs: number) {
  return createFakeClock(Date.now() + offsetMs)
}

it('a publisher writes the bundle with the list of the root, and reports itself behind while that is not valid', async () => {
  const { ca, root } = await newIntermediate()
  const places = [freshPath(), freshPath()]
  for (const place of places) await mkdir(place)
  const [rootDirectory = '', directory = ''] = places
  const rootCrl = join(rootDirectory, 'crl.pem')
  const options = { keystore: ca, directory, bundle: { crls: [rootCrl] } }
  expect(await failureOf(() => openCrlPublisher(options))).toMatchObject({ code: 'missing' })
  await (await openCrlPublisher({ keystore: root, directory: rootDirectory })).close()
  const publisher = await openCrlPublisher(options)
  onTestFinished(() => publisher.close())
  const { certificate, serial, notAfter } = await ca.issueCertificate(orderFor())
  await publisher.revoke({ serial, notAfter, reason: 'keyCompromise' })
  const bundle = await readFile(join(directory, 'crl-bundle.pem'), 'utf8')
  expect(bundle).toBe(
    (await readFile(join(directory, 'crl.pem'), 'utf8')) + (await readFile(rootCrl, 'utf8')),
  )
  if (hasOpenssl) expectRevoked(certificate, await trustOf(ca.chain, root.certificate, bundle))
  await writeFile(rootCrl, 'damaged')
  await failureOf(() => publisher.renew())
  expect(publisher.health()).toMatchObject({ isBehind: true, problem: 'malformed' })
  expect(await readFile(join(directory, 'crl-bundle.pem'), 'utf8')).toBe(bundle)
})

async function trustOf(chain: string, root: string, bundle: string): Promise<string[]> {
  const directory = freshPath()
  await mkdir(directory)
  const file = (name: string) => join(directory, name)
  await writeFile(file('chain.pem'), chain)
  await writeFile(file('root.pem'), root)
  await writeFile(file('crls.pem'), bundle)
  const trust = ['-CAfile', file('root.pem'), '-untrusted', file('chain.pem')]
  return [...trust, '-CRLfile', file('crls.pem')]
}

/** The whole chain is checked, as OpenVPN does. */
function expectRevoked(certificate: string, trust: readonly string[]): void {
  const args = ['verify', '-x509_strict', '-crl_check', '-crl_check_all', ...trust]
  const { status, stderr } = openssl(args, certificate)
  expect(status).not.toBe(0)
  expect(stderr).toMatch(/certificate revoked/)
  expect(stderr).not.toMatch(/unable to get certificate CRL/)
}
