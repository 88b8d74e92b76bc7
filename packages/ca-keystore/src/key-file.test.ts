import { createCipheriv, createPrivateKey, pbkdf2Sync, randomBytes, randomInt } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { failureOf, newRoot, openHeld } from './ca.test.support.ts'
import { bits, encodeDer, integer, nothing, octets, oid, sequence } from './der.ts'
import { encodePem } from './pem.ts'

const LABEL = 'ENCRYPTED PRIVATE KEY'
const rsa = await newRoot('rsa-3072')
const file = join(rsa.directory, 'ca.key')
const original = await readFile(file, 'utf8')
const der = Buffer.from(original.replaceAll(/-----.*-----|\n/g, ''), 'base64')

/** What no error may show: the passphrase, the key, the file. */
const secrets = [
  rsa.passphrase.expose(),
  decrypted().export({ format: 'der', type: 'pkcs8' }).toString('base64').slice(40, 80),
  der.toString('base64').slice(200, 240),
]

/** What opening says once the key file holds `text`; the good file is put back. */
async function failureWith(text: string | Buffer) {
  await writeFile(file, text)
  try {
    return await failureOf(() => openHeld(rsa), secrets)
  } finally {
    await writeFile(file, original)
  }
}

interface Parameters {
  readonly iterations: Buffer | number
  readonly salt: Buffer
  readonly cipher: string
  readonly prf: string
  readonly iv: Buffer
}

/** A key file with other parameters than ours. */
function withParameters(changes: Partial<Parameters>, ciphertext = randomBytes(1024)): string {
  const { iterations, salt, cipher, prf, iv } = {
    iterations: 600_000,
    salt: randomBytes(16),
    cipher: '2.16.840.1.101.3.4.1.42',
    prf: '1.2.840.113549.2.9',
    iv: randomBytes(16),
    ...changes,
  }
  const kdf = sequence(octets(salt), integer(iterations), sequence(oid(prf), nothing()))
  const scheme = sequence(
    sequence(oid('1.2.840.113549.1.5.12'), kdf),
    sequence(oid(cipher), octets(iv)),
  )
  const identifier = sequence(oid('1.2.840.113549.1.5.13'), scheme)
  return encodePem(LABEL, encodeDer(sequence(identifier, octets(ciphertext))))
}

it('K4: accepts no key file with one bit flipped, of 48 all over it', async () => {
  const codes = new Set<string>()
  for (let part = 0; part < 48; part += 1) {
    const flipped = Buffer.from(der)
    const at = Math.floor((part * der.length) / 48)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << randomInt(8))
    codes.add((await failureWith(encodePem(LABEL, flipped))).code)
  }
  expect([...codes].sort()).toEqual(expect.arrayContaining(['rejected']))
  expect([...codes].every((code) => ['malformed', 'refused', 'rejected'].includes(code))).toBe(true)
}, 60_000)

it('K3: accepts no key file cut short, at 150 lengths', async () => {
  for (let length = 0; length < original.length - 1; length += original.length / 100) {
    expect((await failureWith(original.slice(0, length))).code).toBe('malformed')
  }
  for (let length = 0; length < der.length; length += der.length / 50) {
    const { code } = await failureWith(encodePem(LABEL, der.subarray(0, length)))
    expect(code).toBe('malformed')
  }
})

const bounds: Record<string, Partial<Parameters>> = {
  'K5: 1 iteration': { iterations: 1 },
  'K5: 599,999 iterations': { iterations: 599_999 },
  'K6: 10,000,001 iterations': { iterations: 10_000_001 },
  'K6: 2^31 - 1 iterations': { iterations: 2 ** 31 - 1 },
  'K6: a negative count': { iterations: Buffer.from([0xf6, 0xd8, 0x40]) },
  'K6: 2^256 iterations': { iterations: Buffer.concat([Buffer.from([1]), Buffer.alloc(32)]) },
  'a salt of 15 bytes': { salt: randomBytes(15) },
  'a salt of 65 bytes': { salt: randomBytes(65) },
  'AES-128': { cipher: '2.16.840.1.101.3.4.1.2' },
  'HMAC-SHA1': { prf: '1.2.840.113549.2.7' },
}

it.each(Object.entries(bounds))('%s is refused before any work', async (_, changes) => {
  const start = performance.now()
  const error = await failureWith(withParameters(changes))
  expect(error).toMatchObject({ code: 'refused', details: { reason: 'kdf-policy' } })
  expect(performance.now() - start).toBeLessThan(3000)
})

it('K5: refuses the right key, well encrypted by whoever knows the passphrase, at a lower cost', async () => {
  const [salt, iv] = [randomBytes(16), randomBytes(16)]
  const key = pbkdf2Sync(rsa.passphrase.expose(), salt, 1000, 32, 'sha256')
  const cipher = createCipheriv('aes-256-cbc', key, iv)
  const pkcs8 = decrypted().export({ format: 'der', type: 'pkcs8' })
  const ciphertext = Buffer.concat([cipher.update(pkcs8), cipher.final()])
  const error = await failureWith(withParameters({ iterations: 1000, salt, iv }, ciphertext))
  expect(error).toMatchObject({ code: 'refused', details: { reason: 'kdf-policy' } })
})

it('refuses the right key without its authentication, which bit flips could have removed', async () => {
  const [salt, iv] = [randomBytes(16), randomBytes(16)]
  const key = pbkdf2Sync(rsa.passphrase.expose(), salt, 600_000, 32, 'sha256')
  const cipher = createCipheriv('aes-256-cbc', key, iv)
  const pkcs8 = decrypted().export({ format: 'der', type: 'pkcs8' })
  const ciphertext = Buffer.concat([cipher.update(pkcs8), cipher.final()])
  const error = await failureWith(withParameters({ salt, iv }, ciphertext))
  expect(error).toMatchObject({ code: 'rejected' })
})

const texts: Record<string, () => string | Buffer> = {
  'two keys': () => original + original,
  'the certificate after the key': () => original + rsa.ca.certificate,
  'text before the key': () => `note\n${original}`,
  'text after the key': () => `${original}note\n`,
  'a byte order mark': () => `\ufeff${original}`,
  'a label of another kind': () => original.replaceAll('ENCRYPTED ', ''),
  'a plain key under our label': () =>
    encodePem(LABEL, decrypted().export({ format: 'der', type: 'pkcs8' })),
  'a header as in traditional PEM': () =>
    original.replace('\n', '\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n'),
  'a byte after the DER': () => encodePem(LABEL, Buffer.concat([der, Buffer.alloc(1)])),
  'a length in more bytes than it needs': () =>
    encodePem(LABEL, Buffer.concat([Buffer.from('308300', 'hex'), der.subarray(2)])),
  'a bit string for an octet string': () => encodePem(LABEL, encodeDer(sequence(bits(der)))),
  'only noise': () => randomBytes(2048),
}

it.each(Object.entries(texts))('does not read a key file with %s', async (_, text) => {
  expect((await failureWith(text())).code).toBe('malformed')
})

function decrypted() {
  return createPrivateKey({ key: original, passphrase: rsa.passphrase.expose() })
}
