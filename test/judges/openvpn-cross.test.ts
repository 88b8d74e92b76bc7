import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCa } from '@rekey/ca-keystore'
import { crossSign, generatePassphrase } from '@rekey/ca-keystore/internal'
import { findForTest } from '@rekey/testbed'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { issueFamily, type IssuedFamily } from './issue-family.ts'
import { shakeHands } from './openvpn-tunnel.ts'

/** Handshakes of a second each, on a machine that is busy. */
const LONG_MS = 90_000
const OPENSSL = 'openssl'
const openvpn = await findForTest('openvpn')
const directory = mkdtempSync(join(realpathSync(tmpdir()), 'openvpn-cross-'))
const at = (name: string) => join(directory, name)
afterAll(() => rm(directory, { recursive: true }))

/** What is signed by the old root is named `old-`, by the new one alone `new-`, and by the new one with the certificate across `cross-`. */
async function writeEnds({ leaves }: IssuedFamily, prefix: string, above: string) {
  for (const [name, leaf] of Object.entries(leaves)) {
    await writeFile(at(`${prefix}-${name}.chain`), leaf.certificate + above)
    await writeFile(at(`${prefix}-${name}.key`), await readFile(leaf.keyFile), { mode: 0o600 })
  }
}

let cross: string
let next: IssuedFamily
beforeAll(async () => {
  const old = await issueFamily({ directory })
  await mkdir(at('next'))
  const made = { directory: at('next/root'), passphrase: generatePassphrase() }
  const root = await createCa({ ...made, commonName: 'Next Root' })
  next = await issueFamily({ directory: at('next'), generation: 2, root })
  cross = (await crossSign({ root: old.root, chain: next.ca.chain })).certificate
  await writeFile(at('cross.pem'), cross)
  await writeEnds(old, 'old', old.ca.certificate)
  await writeEnds(next, 'new', next.ca.certificate)
  await writeEnds(next, 'cross', cross)
  await writeFile(at('old-cas.pem'), old.root.certificate + old.ca.certificate)
  await writeFile(at('lists.pem'), [...old.crls, next.crls[0]].join(''))
  const trusted = [old.root, root, next.ca].map(({ certificate }) => certificate)
  await writeFile(at('both-roots.pem'), trusted.join(''))
  await writeFile(at('doubled.pem'), trusted.join('') + cross)
}, LONG_MS)

it('openssl verifies by the old root what the CA of a new root has issued, with the certificate across and not without', () => {
  const judge = (untrusted: string) =>
    spawnSync(OPENSSL, [
      ...['verify', '-x509_strict', '-CAfile', at('root.pem'), '-untrusted', at(untrusted)],
      ...['-purpose', 'sslclient', at('next/client.pem')],
    ]).status
  expect([judge('cross.pem'), judge('next/ca.pem')]).toEqual([0, 2])
})

it.runIf(openvpn.found)(
  'OpenVPN lets ends of a new root connect to ends that trust the old one alone, and revoked ones not',
  async () => {
    const end = (name: string) => ({ certificate: `${name}.chain`, key: `${name}.key` })
    const connect = async (client: string, server: string, trusted = 'old-cas.pem') => {
      const ends = { client: end(client), server: end(server) }
      const place = { program: openvpn.path, directory, trusted, lists: 'lists.pem' }
      const { connected } = await shakeHands({ ...place, ...ends })
      return { client, server, connected }
    }
    for (const [client, server, connected] of [
      // Clients trust the old root alone, too.
      ['cross-client', 'old-server', true],
      ['old-client', 'cross-server', true],
      ['cross-client', 'cross-server', true],
      ['new-client', 'old-server', false],
      ['old-client', 'new-server', false],
      ['cross-revoked', 'old-server', false],
    ] as const) {
      expect(await connect(client, server)).toEqual({ client, server, connected })
    }
    // Verifiers that have the new root already are content with the certificate across.
    expect((await connect('cross-client', 'old-server', 'both-roots.pem')).connected).toBe(true)
  },
  LONG_MS,
)

it.runIf(openvpn.found)(
  'OpenVPN does not start with the certificate across beside the own one of the CA',
  async () => {
    const server = { certificate: 'cross-server.chain', key: 'cross-server.key' }
    const options = { program: openvpn.path, directory, server, client: server }
    const outcome = await shakeHands({ ...options, trusted: 'doubled.pem' })
    expect(outcome.connected).toBe(false)
    expect(outcome.server).toMatch(/only \d of \d entries were valid X509 names/)
  },
  LONG_MS,
)
