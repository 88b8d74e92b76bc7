import { expect, it } from 'vitest'
import { days, failureOf, orderFor } from '../test/ca.support.ts'
import { signCertificate } from './certificate.ts'
import { bareCa } from '../test/crl/crl.support.ts'
import { octets, oid, sequence } from './der.ts'
import { encodeName } from './distinguished-name.ts'
import {
  authority,
  authorityKeyIdentifier,
  endEntity,
  extendedKeyUsage,
  extension,
  KEY_USAGE,
  subjectKeyIdOf,
  keyUsage,
  PURPOSES,
  subjectKeyIdentifier,
} from './extensions.ts'
import { lintCertificate } from './lint-certificate.ts'
import { parseSigningRequest } from './parse-signing-request.ts'
import { createKeySigner, type Signer } from './signer.ts'
import { encodeAltNames } from './subject-alt-names.ts'

const { ca, privateKey } = await bareCa()
const signer = createKeySigner(privateKey)
const { key } = parseSigningRequest(orderFor().csr)
const names = encodeAltNames([{ kind: 'email', value: 'alice@example.com' }])
const EXTENSIONS = {
  constraints: endEntity(),
  usage: keyUsage(KEY_USAGE.digitalSignature),
  purposes: extendedKeyUsage(PURPOSES.client),
  keyId: subjectKeyIdentifier(subjectKeyIdOf(key.bits)),
  issuerKeyId: authorityKeyIdentifier(ca.keyId),
  names: extension('subjectAltName', names),
}
const second = (ms: number) => new Date(Math.floor(ms / 1000) * 1000)
const GOOD = {
  kind: 'end-entity' as const,
  notBefore: second(Date.now()),
  notAfter: second(Date.now() + days(30)),
  subject: encodeName({ commonName: 'alice' }),
  spki: key.spki,
}
const withExtensions = (changes: Partial<Record<keyof typeof EXTENSIONS, Buffer>>) => ({
  ...GOOD,
  extensions: Object.values({ ...EXTENSIONS, ...changes }),
})
const none = Buffer.alloc(0)

it('signs a certificate that keeps to the rules', async () => {
  const { certificate } = await signCertificate(withExtensions({}), ca, signer)
  expect(certificate).toContain('BEGIN CERTIFICATE')
})

const unknown = sequence(oid('1.2.3.4'), octets(sequence()))
const faults: Record<string, readonly [content: () => object, rule: string]> = {
  'CA:TRUE': [() => withExtensions({ constraints: authority(0) }), 'no CA'],
  'no basic constraints': [() => withExtensions({ constraints: none }), 'no CA'],
  keyCertSign: [
    () => withExtensions({ usage: keyUsage(KEY_USAGE.keyCertSign) }),
    'the key usage of an end entity',
  ],
  'any purpose': [
    () => withExtensions({ purposes: extendedKeyUsage('2.5.29.37.0') }),
    'purposes of clients and servers',
  ],
  'no alternative name': [() => withExtensions({ names: none }), 'alternative names'],
  'the identifier of another key': [
    () => withExtensions({ keyId: subjectKeyIdentifier(ca.keyId) }),
    'the identifier of its key',
  ],
  'the key identifier of another issuer': [
    () => withExtensions({ issuerKeyId: authorityKeyIdentifier(subjectKeyIdOf(key.bits)) }),
    'the key identifier of the issuer',
  ],
  'an extension that is unknown': [() => withExtensions({ names: unknown }), 'strict DER'],
  'an extension twice': [
    () => withExtensions({ names: Buffer.concat([EXTENSIONS.names, EXTENSIONS.names]) }),
    'strict DER',
  ],
  'an end after that of its CA': [
    () => ({ ...withExtensions({}), notAfter: new Date(ca.notAfter.getTime() + 1000) }),
    'a validity within that of the issuer',
  ],
  'an end before its beginning': [
    () => ({ ...withExtensions({}), notAfter: second(Date.now() - days(1)) }),
    'a validity within that of the issuer',
  ],
  'the name of its CA': [
    () => ({ ...withExtensions({}), subject: ca.subject }),
    'a subject of its own',
  ],
  'an empty subject': [
    () => ({ ...withExtensions({}), subject: sequence() }),
    'a subject of its own',
  ],
}

it.each(Object.entries(faults))('signs nothing with %s', async (_, [content, rule]) => {
  let signed = 0
  const counting: Signer = {
    ...signer,
    sign: (tbs) => {
      signed += 1
      return signer.sign(tbs)
    },
  }
  const wanted = content() as Parameters<typeof signCertificate>[0]
  const error = await failureOf(() => signCertificate(wanted, ca, counting))
  expect(error).toMatchObject({ code: 'rejected', details: { reason: 'lint', rule } })
  expect(signed).toBe(0)
})

it('finds each flipped bit but those of the serial, the times, the subject and the alternative names', async () => {
  let tbs = none
  const keeping: Signer = {
    ...signer,
    sign: (bytes) => {
      tbs = Buffer.from(bytes)
      return signer.sign(bytes)
    },
  }
  await signCertificate(withExtensions({}), ca, keeping)
  const expected = { kind: 'end-entity', issuer: ca, identifier: signer.identifier() } as const
  const free = new Set<number>()
  const leaveOut = (start: number, length: number) => {
    for (let at = start; at < start + length; at += 1) free.add(at)
  }
  const timesAt = tbs.indexOf(ca.subject) + ca.subject.length
  leaveOut(0, 40)
  leaveOut(timesAt, tbs.indexOf(key.spki) - timesAt)
  leaveOut(tbs.indexOf(names), names.length)
  const missed: number[] = []
  for (let at = 0; at < tbs.length; at += 1) {
    for (let bit = 0; bit < 8 && !free.has(at); bit += 1) {
      const flipped = Buffer.from(tbs)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << bit)
      try {
        lintCertificate(flipped, { ...expected, spki: key.spki })
        missed.push(at)
      } catch {
        continue
      }
    }
  }
  expect(free.size).toBeLessThan(tbs.length / 2)
  expect(missed).toEqual([])
})
