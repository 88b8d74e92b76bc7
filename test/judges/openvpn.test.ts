import { X509Certificate } from 'node:crypto'
import { mkdtempSync, realpathSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publishCrlBundle } from '@rekey/ca-keystore/internal'
import { findForTest } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { crlOf, issueFamily, type IssuedFamily, issueLeaf } from './issue-family.ts'
import { shakeHands } from './openvpn-tunnel.ts'

/** Four handshakes of a second each, on a machine that is busy. */
const LONG_MS = 90_000
const openvpn = await findForTest('openvpn')
const directory = mkdtempSync(join(realpathSync(tmpdir()), 'openvpn-'))
const at = (name: string) => join(directory, name)
let [old, next]: IssuedFamily[] = []
afterAll(() => rm(directory, { recursive: true }))

const end = (name: string) => ({ certificate: `${name}.chain`, key: `${name}.key` })

/** The words of OpenVPN about one handshake between a client and the server of the old CA. */
function connect(
  client: string,
  lists: string | undefined,
  trusted = 'both-cas.pem',
  server = 'server',
) {
  const ends = { server: end(server), client: end(client) }
  return shakeHands({
    ...{ program: openvpn.path, directory, trusted, ...ends },
    ...(lists !== undefined && { lists }),
  })
}

describe.runIf(openvpn.found)('with a real OpenVPN', () => {
  beforeAll(async () => {
    old = await issueFamily({ directory })
    await mkdir(at('next'))
    next = await issueFamily({ directory: at('next'), generation: 2, root: old.root })
    for (const [family, prefix] of [
      [old, ''],
      [next, 'next-'],
    ] as const) {
      for (const [name, leaf] of Object.entries(family.leaves)) {
        await writeFile(at(`${prefix}${name}.chain`), leaf.certificate + family.ca.certificate)
        await writeFile(at(`${prefix}${name}.key`), await readFile(leaf.keyFile), { mode: 0o600 })
      }
    }
    const { root, ca, crls } = old
    await writeFile(at('one-ca.pem'), root.certificate + ca.certificate)
    await writeFile(at('both-cas.pem'), root.certificate + ca.certificate + next.ca.certificate)
    await publishCrlBundle({ path: at('one.crls'), chains: [ca.chain], crls })
    const chains = [ca.chain, next.ca.chain]
    await publishCrlBundle({ path: at('both.crls'), chains, crls: [...crls, next.crls[0]] })
  }, LONG_MS)

  it(
    'a client and a server of the profiles connect, over each kind of CA key',
    async () => {
      expect(await connect('client', 'one.crls', 'one-ca.pem')).toMatchObject({ connected: true })
      for (const algorithm of ['rsa-3072', 'ed25519', 'ecdsa-p384'] as const) {
        const place = { directory, algorithm, ca: required(old).ca }
        for (const [name, profile] of [
          ['other-client', 'client'],
          ['other-server', 'server'],
        ] as const) {
          const leaf = await issueLeaf({ ...place, name, profile })
          await writeFile(at(`${name}.chain`), leaf.certificate + place.ca.certificate)
        }
        const outcome = await connect('other-client', 'one.crls', 'one-ca.pem', 'other-server')
        expect({ algorithm, ...outcome }).toMatchObject({ connected: true })
      }
    },
    LONG_MS,
  )

  it(
    'a certificate of the other profile does not connect',
    async () => {
      const asServer = await connect('client', 'both.crls', 'both-cas.pem', 'client')
      expect(asServer.connected).toBe(false)
      const asClient = await connect('server', 'both.crls')
      expect(asClient.connected).toBe(false)
      expect(asClient.server).toContain('unsuitable certificate purpose')
    },
    LONG_MS,
  )

  it(
    'a revoked client does not connect, and others do',
    async () => {
      const revoked = await connect('revoked', 'one.crls', 'one-ca.pem')
      expect(revoked.connected).toBe(false)
      expect(revoked.server).toMatch(/VERIFY ERROR.*certificate revoked/)
      expect(await connect('client', 'one.crls', 'one-ca.pem')).toMatchObject({ connected: true })
    },
    LONG_MS,
  )

  it(
    'no client connects while one list is expired',
    async () => {
      const { ca, crls } = required(old)
      const short = await crlOf(ca, [], { number: 2n, validityMs: 1000 })
      await new Promise((resolve) => setTimeout(resolve, 2000))
      await writeFile(at('expired.crls'), short + crls[1])
      const outcome = await connect('client', 'expired.crls', 'one-ca.pem')
      expect(outcome.connected).toBe(false)
      expect(outcome.server).toMatch(/CRL has expired/)
    },
    LONG_MS,
  )

  it(
    'clients of both CAs connect during a rotation, and the revoked ones of both do not',
    async () => {
      for (const [client, connected] of [
        ['client', true],
        ['next-client', true],
        ['revoked', false],
        ['next-revoked', false],
      ] as const) {
        const outcome = await connect(client, 'both.crls')
        expect({ ...outcome, client }).toMatchObject({ connected })
      }
      const served = await connect('client', 'both.crls', 'both-cas.pem', 'next-server')
      expect(served).toMatchObject({ connected: true })
    },
    LONG_MS,
  )

  it(
    'clients of a CA that is trusted no more still connect by the root, until the root has revoked it',
    async () => {
      const { root, ca, crls } = required(next)
      await writeFile(at('next-ca.pem'), root.certificate + ca.certificate)
      await publishCrlBundle({ path: at('next.crls'), chains: [ca.chain], crls })
      const connectNow = (client: string) =>
        connect(client, 'next.crls', 'next-ca.pem', 'next-server')
      // Each client sends the certificate of its CA along, and OpenVPN only warns where that has no list.
      for (const client of ['client', 'revoked', 'next-client']) {
        expect({ ...(await connectNow(client)), client }).toMatchObject({ connected: true })
      }
      const oldCa = new X509Certificate(required(old).ca.certificate)
      const retired = await crlOf(root, [{ serial: oldCa.serialNumber.toLowerCase() }])
      await publishCrlBundle({
        path: at('next.crls'),
        chains: [ca.chain],
        crls: [crls[0], retired],
      })
      for (const [client, connected] of [
        ['client', false],
        ['revoked', false],
        ['next-client', true],
      ] as const) {
        expect({ ...(await connectNow(client)), client }).toMatchObject({ connected })
      }
    },
    LONG_MS,
  )
})

function required(family: IssuedFamily | undefined): IssuedFamily {
  if (family === undefined) throw new TypeError('the family was not issued')
  return family
}
