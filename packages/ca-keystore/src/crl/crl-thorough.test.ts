// @lane servers
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  failureOf,
  freshPath,
  hasOpenssl,
  KEY_FAMILIES,
  newIntermediate,
  openssl,
  orderFor,
} from '../../test/ca.support.ts'
import { bareCa, newSerial } from '../../test/crl/crl.support.ts'
import { parseCrl } from '../internal.ts'
import { encodeTbsCertList } from './encode-crl.ts'

const now = () => new Date()

it.skipIf(!hasOpenssl).each(KEY_FAMILIES)(
  'OpenSSL verifies a list of a key of %s and reads the same from it',
  async (algorithm) => {
    const { keystore } = await bareCa({ algorithm })
    const serial = newSerial()
    const revoked = [{ serial, revokedAt: now(), reason: 'superseded' as const }]
    const { crl } = await keystore.issueCrl({ number: 255n, revoked })
    const directory = freshPath()
    await mkdir(directory)
    await writeFile(join(directory, 'ca.pem'), keystore.certificate)
    const checked = openssl(['crl', '-verify', '-CAfile', join(directory, 'ca.pem'), '-text'], crl)
    expect(checked.stderr).toMatch(/verify OK/)
    expect(checked.stdout).toMatch(/Version 2 \(0x1\)/)
    expect(checked.stdout).toMatch(/X509v3 CRL Number:\s+(?:255|0xFF)\s/i)
    expect(checked.stdout).toContain(`Serial Number: ${serial.toUpperCase()}`)
    expect(checked.stdout).toContain('Superseded')
    expect(checked.stdout).not.toMatch(/critical|Issuing Distribution Point|Delta/i)
    const empty = await keystore.issueCrl({ number: 256n, revoked: [] })
    const text = openssl(['crl', '-noout', '-text'], empty.crl).stdout
    expect(text).toContain('No Revoked Certificates.')
  },
)

it.skipIf(!hasOpenssl)(
  'OpenSSL refuses a certificate that is on the list of its CA, and accepts another one, in strict mode',
  async () => {
    const { ca, root } = await newIntermediate()
    const [revoked, valid] = [
      await ca.issueCertificate(orderFor()),
      await ca.issueCertificate(orderFor()),
    ]
    const entry = { serial: revoked.serial, revokedAt: now(), reason: 'keyCompromise' } as const
    const { crl } = await ca.issueCrl({ number: 1n, revoked: [entry] })
    const directory = freshPath()
    await mkdir(directory)
    const files = { 'root.pem': root.certificate, 'ca.pem': ca.certificate, 'crl.pem': crl }
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text)
    const trust = ['-CAfile', join(directory, 'root.pem'), '-untrusted', join(directory, 'ca.pem')]
    const verify = ['verify', '-x509_strict', '-crl_check', ...trust]
    const args = [...verify, '-CRLfile', join(directory, 'crl.pem')]
    expect(openssl(args, valid.certificate)).toMatchObject({ status: 0 })
    const refused = openssl(args, revoked.certificate)
    expect(refused.stderr).toMatch(/certificate revoked/)
    expect(refused.status).not.toBe(0)
  },
)

it('K27: refuses a list that is cut or has a bit flipped', async () => {
  const { keystore } = await bareCa()
  const revoked = [{ serial: newSerial(), revokedAt: now(), reason: 'superseded' as const }]
  const { crl } = await keystore.issueCrl({ number: 1n, revoked })
  const lines = crl.split('\n').slice(1, -2).join('')
  const der = Buffer.from(lines, 'base64')
  expect(parseCrl(crlPem(der), keystore.chain)).toMatchObject({ number: 1n })
  for (let bit = 0; bit < der.length * 8; bit += 1) {
    const flipped = Buffer.from(der)
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    await failureOf(() => parseCrl(crlPem(flipped), keystore.chain))
  }
  for (let length = 0; length < der.length; length += 1) {
    await failureOf(() => parseCrl(crlPem(der.subarray(0, length)), keystore.chain))
  }
})

function crlPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN X509 CRL-----', ...lines, '-----END X509 CRL-----', ''].join('\n')
}

it('a list of 100,000 certificates has one entry of at most 55 bytes for each, and is read back whole', async () => {
  const { keystore, ca } = await bareCa()
  const revoked = Array.from({ length: 100_000 }, (_, i) => ({
    serial: `4${i.toString(16).padStart(39, '0')}`,
    revokedAt: now(),
    reason: 'cessationOfOperation' as const,
  }))
  const { crl } = await keystore.issueCrl({ number: 1n, revoked: revoked.toReversed() })
  const read = parseCrl(crl, keystore.chain)
  expect(read.revoked).toHaveLength(100_000)
  expect(read.revoked[99_999]?.serial).toBe(revoked[99_999]?.serial)
  const tbs = encodeTbsCertList({
    ...read,
    algorithm: Buffer.alloc(0),
    issuer: ca.subject,
    keyId: ca.keyId,
  })
  expect(tbs.length).toBeLessThan(100_000 * 55 + 500)
})
