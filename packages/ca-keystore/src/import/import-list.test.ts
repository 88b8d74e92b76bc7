// @lane servers
import { spawnSync } from 'node:child_process'
import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { days, failureOf, freshPath, hasOpenssl, newPassphrase } from '../../test/ca.support.ts'
import { bareCa } from '../../test/crl/crl.support.ts'
import { listFolderOf } from '../crl/published-lists.ts'
import { bits, context, integer, octets, oid, sequence, time, yes } from '../der.ts'
import { importCa, parseCrl } from '../internal.ts'
import { openCrlPublisher } from '../index.ts'

const OPENSSL = 'openssl'
const bare = await bareCa({ commonName: 'Old VPN CA' })
const { privateKey, ca } = bare
const keyOf = (key: KeyObject) => Buffer.from(key.export({ format: 'pem', type: 'pkcs8' }))
const ECDSA_SHA512 = sequence(oid('1.2.840.10045.4.3.4'))

const extension = (type: string, value: Buffer, critical = false) =>
  sequence(oid(type), ...(critical ? [yes()] : []), octets(value))
const entry = (serial: number, ...extensions: Buffer[]) =>
  sequence(
    integer(serial),
    time(new Date(Date.now() - days(400))),
    ...(extensions.length > 0 ? [sequence(...extensions)] : []),
  )
const enumerated = (code: number) => Buffer.from([0x0a, 1, code])
const NUMBER = extension('2.5.29.20', integer(41))

/** A list as other software may write it: SHA-512, unsorted, with extensions that no list of a keystore has. */
function foreignList({
  entries = [entry(9, extension('2.5.29.21', enumerated(1))), entry(3)],
  extensions = [NUMBER],
  from = -days(1),
  until = days(1),
  hasEnd = true,
  issuer = ca.subject,
  key = privateKey,
  algorithm = ECDSA_SHA512,
} = {}): Buffer {
  const at = (offset: number) => time(new Date(Date.now() + offset))
  const tbs = sequence(
    ...[integer(1), algorithm, issuer, at(from)],
    ...(hasEnd ? [at(until)] : []),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    ...(extensions.length > 0 ? [context(0, sequence(...extensions))] : []),
  )
  return sequence(tbs, algorithm, bits(sign('sha512', tbs, key)))
}

async function importOf(crl: Buffer, place: { lists?: string } = {}) {
  const [directory, passphrase] = [freshPath(), newPassphrase()]
  const { lists = freshPath() } = place
  await mkdir(lists, { recursive: true, mode: 0o700 })
  const key = keyOf(privateKey)
  const wanted = { directory, passphrase, key, certificates: ca.chain, crl, lists }
  return { directory, lists, imported: await importCa(wanted) }
}

const refusalOf = async (crl: Buffer) => {
  const { code, details } = await failureOf(() => importOf(crl))
  return [code, details['reason']]
}

it('K26: goes on from the last list of the old software: its revocations stay, and the next number is greater', async () => {
  const scope = extension('2.5.29.28', sequence(Buffer.from([0x81, 1, 0xff])), true)
  const crl = foreignList({ extensions: [NUMBER, scope, extension('1.2.3', integer(1))] })
  const { lists, imported } = await importOf(crl)
  expect(imported.list).toMatchObject({ number: 41n, revoked: [{ reason: 'keyCompromise' }, {}] })
  const folder = listFolderOf(lists, ca)
  expect(existsSync(join(folder, 'crl.pem'))).toBe(false)
  const options = { keystore: imported.ca, directory: folder }
  await using publisher = await openCrlPublisher(options)
  await publisher.close()
  const published = parseCrl(await readFile(join(folder, 'crl.pem'), 'utf8'), ca.chain)
  expect(published.number).toBe(42n)
  expect(published.revoked.map(({ serial, reason }) => [serial, reason])).toEqual([
    ['03', undefined],
    ['09', 'keyCompromise'],
  ])
  // Where the register of the revocations is lost, no list is published that lacks them.
  await rm(folder, { recursive: true })
  await mkdir(folder)
  expect((await failureOf(() => openCrlPublisher(options))).details).toMatchObject({
    reason: 'crl-lost',
  })
  await imported.ca.close()
}, 60_000)

it('imports a list again after a kill, and none that is older than what the folder has', async () => {
  const lists = freshPath()
  const { imported } = await importOf(foreignList(), { lists })
  await imported.ca.close()
  const again = await importOf(foreignList(), { lists })
  await again.imported.ca.close()
  const older = foreignList({ extensions: [extension('2.5.29.20', integer(40))] })
  expect((await failureOf(() => importOf(older, { lists }))).details).toMatchObject({
    reason: 'older-list',
  })
}, 60_000)

it('K27: imports no list that is foreign, stale, a delta, partial, or unreadable, and says which it is', async () => {
  const other = await bareCa({ commonName: 'Old VPN CA' })
  const named = await bareCa({ commonName: 'Another CA' })
  const keyId = (id: Buffer) =>
    extension('2.5.29.35', sequence(Buffer.concat([Buffer.from([0x80, id.length]), id])))
  const lists: readonly (readonly [list: Buffer, code: string, reason: string])[] = [
    [foreignList({ key: other.privateKey }), 'rejected', 'crl-signature'],
    [foreignList({ issuer: named.ca.subject }), 'refused', 'other-ca'],
    [foreignList({ extensions: [NUMBER, keyId(other.ca.keyId)] }), 'refused', 'other-ca'],
    [foreignList({ until: -1000 }), 'refused', 'stale'],
    [foreignList({ hasEnd: false }), 'refused', 'stale'],
    [foreignList({ from: days(0.5) }), 'refused', 'stale'],
    [foreignList({ extensions: [extension('2.5.29.27', integer(1), true)] }), 'refused', 'delta'],
    [foreignList({ extensions: [extension('2.5.29.46', sequence())] }), 'refused', 'delta'],
    [
      foreignList({ entries: [entry(1, extension('2.5.29.21', enumerated(8)))] }),
      'refused',
      'delta',
    ],
    [
      foreignList({
        extensions: [extension('2.5.29.28', sequence(Buffer.from([0x84, 1, 0xff])), true)],
      }),
      'refused',
      'partial',
    ],
    [
      foreignList({ entries: [entry(1, extension('2.5.29.29', sequence(), true))] }),
      'refused',
      'partial',
    ],
    [
      foreignList({ extensions: [extension('1.2.3', integer(1), true)] }),
      'refused',
      'crl-extension',
    ],
    [foreignList({ entries: [entry(0)] }), 'refused', 'serial'],
    [
      foreignList({ algorithm: sequence(oid('1.2.840.10045.4.1')) }),
      'refused',
      'signature-algorithm',
    ],
    [Buffer.from(ca.chain), 'malformed', 'crl'],
    [Buffer.alloc(0), 'malformed', 'crl'],
    [foreignList().subarray(0, 90), 'malformed', 'crl'],
  ]
  for (const [list, code, reason] of lists) expect(await refusalOf(list)).toEqual([code, reason])
  const flipped = foreignList()
  for (let at = 0; at < flipped.length; at += 3) {
    const list = Buffer.from(flipped)
    list[at] = (list[at] ?? 0) ^ 0x10
    expect((await refusalOf(list))[0]).toMatch(/^(?:malformed|refused|rejected)$/)
  }
  const place = { directory: freshPath(), passphrase: newPassphrase(), certificates: ca.chain }
  const without = { ...place, key: keyOf(privateKey), crl: foreignList() }
  expect((await failureOf(() => importCa(without))).details).toMatchObject({ reason: 'lists' })
}, 60_000)

it.skipIf(!hasOpenssl)(
  'takes over the list of a CA of OpenSSL, as easy-rsa writes it: without a number',
  async () => {
    const base = await mkdtemp(join(tmpdir(), 'easy-'))
    onTestFinished(() => rm(base, { recursive: true }))
    const at = (name: string) => join(base, name)
    await writeFile(at('ca.key'), keyOf(privateKey), { mode: 0o600 })
    await writeFile(at('ca.crt'), ca.certificate)
    await writeFile(
      at('index.txt'),
      'R\t350101000000Z\t250101000000Z,keyCompromise\t0A\tx\t/CN=a\n',
    )
    const config = `[ca]\ndefault_ca=own\n[own]\ndatabase=${at('index.txt')}\ndefault_md=sha256\ndefault_crl_days=30\ncrl_extensions=ext\n[ext]\nauthorityKeyIdentifier=keyid:always,issuer:always\n`
    await writeFile(at('ca.cnf'), config)
    const args = [
      '-gencrl',
      '-config',
      at('ca.cnf'),
      '-keyfile',
      at('ca.key'),
      '-cert',
      at('ca.crt'),
    ]
    const { status, stdout, stderr } = spawnSync(OPENSSL, ['ca', ...args])
    expect(status, stderr.toString()).toBe(0)
    const { imported } = await importOf(stdout)
    expect(imported.list).toMatchObject({ number: 0n, revoked: [{ serial: '0a' }] })
    expect(createPublicKey(imported.ca.certificate).equals(ca.publicKey)).toBe(true)
    await imported.ca.close()
  },
  60_000,
)
