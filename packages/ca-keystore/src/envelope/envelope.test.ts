import { generateKeyPairSync, randomBytes, randomUUID, scryptSync } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { recallScrypt } from '@rekey/testbed/recall-scrypt'
import { beforeAll, expect, it } from 'vitest'
import { deriveSlotKey } from './derive-key.ts'
import { type Opening, openEnvelope, replaceSlot, sealEnvelope, x25519PublicKey } from './index.ts'

recallScrypt()

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' })
const escrow = { slot: 'escrow', secret: randomBytes(32) }
const service = { slot: 'service', passphrase: randomBytes(24) }
const identity = {
  id: randomUUID(),
  generation: 1,
  purpose: 'issuing',
  spki: randomBytes(32).toString('hex'),
  created: new Date().toISOString(),
  policy: { profiles: ['client'], days: 398 },
} as const
let text: string
beforeAll(async () => {
  text = await sealEnvelope(pkcs8, identity, [service, escrow])
})

/** The key that opens, or the code of the refusal. */
async function outcomeOf(envelope: string, opening: Opening): Promise<string> {
  try {
    const opened = await openEnvelope(envelope, opening)
    return opened?.pkcs8.toString('hex') ?? 'rejected'
  } catch (error) {
    if (error instanceof SecretError) return error.code
    throw error
  }
}

it('opens by each of its slots, and by nothing else', async () => {
  const key = pkcs8.toString('hex')
  expect(await outcomeOf(text, service)).toBe(key)
  expect(await outcomeOf(text, escrow)).toBe(key)
  expect(await outcomeOf(text, { ...escrow, secret: randomBytes(32) })).toBe('rejected')
  expect(await outcomeOf(text, { ...escrow, slot: 'other' })).toBe('rejected')
  expect((await openEnvelope(text, escrow))?.identity).toMatchObject(identity)
})

it('opens by a secret whose public key alone was at hand when it was sealed', async () => {
  const [secret, other] = [randomBytes(32), randomBytes(32)]
  const slot = 'quorum'
  const sealed = await sealEnvelope(pkcs8, identity, [
    { slot, recipient: x25519PublicKey(secret) },
    escrow,
  ])
  expect(await outcomeOf(sealed, { slot, secret })).toBe(pkcs8.toString('hex'))
  expect(await outcomeOf(sealed, { slot, secret: other })).toBe('rejected')
  expect(await outcomeOf(sealed, { slot, passphrase: secret })).toBe('rejected')
  const toOther = await sealEnvelope(pkcs8, identity, [{ slot, recipient: x25519PublicKey(other) }])
  const [, , line = ''] = sealed.split('\n')
  const [, , foreign = ''] = toOther.split('\n')
  const ephemeral = (text: string) => /"ephemeral":"([^"]+)"/.exec(text)?.[1] ?? ''
  const swapped = sealed.replace(ephemeral(line), ephemeral(foreign))
  const zeros = sealed.replace(ephemeral(line), Buffer.alloc(32).toString('base64'))
  for (const text of [swapped, zeros]) {
    expect(await outcomeOf(text, { slot, secret })).toBe('rejected')
  }
})

it('K5: opens no slot that costs nothing with a passphrase, and none of scrypt with a secret', async () => {
  expect(await outcomeOf(text, { slot: 'escrow', passphrase: escrow.secret })).toBe('rejected')
  expect(await outcomeOf(text, { slot: 'service', secret: service.passphrase })).toBe('rejected')
})

it('K4: opens with no single bit flipped, of all of them', async () => {
  const bytes = Buffer.from(text)
  const accepted: number[] = []
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    const outcome = await outcomeOf(flipped.toString('latin1'), escrow)
    if (!['malformed', 'refused', 'rejected'].includes(outcome)) accepted.push(bit)
  }
  expect(bytes.length * 8).toBeGreaterThan(8_000)
  expect(accepted).toEqual([])
}, 60_000)

it('K3: opens at no shorter length', async () => {
  for (let length = 0; length < text.length; length += 1) {
    expect(await outcomeOf(text.slice(0, length), escrow)).toBe('malformed')
  }
})

it('K7: opens with no line of another envelope of the same key, or in another order', async () => {
  const other = await sealEnvelope(pkcs8, identity, [service, escrow])
  const [lines, others] = [text.split('\n'), other.split('\n')]
  for (let at = 1; at < lines.length - 1; at += 1) {
    expect(await outcomeOf(lines.with(at, others[at] ?? '').join('\n'), escrow)).toBe('rejected')
  }
  const [first = '', second = ''] = lines.slice(2)
  const swapped = lines.with(2, second).with(3, first).join('\n')
  expect(await outcomeOf(swapped, escrow)).toBe('rejected')
})

it('opens with a new passphrase once its slot was replaced, and no longer with the old one', async () => {
  const replacement = { slot: 'service', passphrase: randomBytes(24) }
  const changed = (await replaceSlot(text, service, replacement)) ?? ''
  expect(await outcomeOf(changed, replacement)).toBe(pkcs8.toString('hex'))
  expect(await outcomeOf(changed, escrow)).toBe(pkcs8.toString('hex'))
  expect(await outcomeOf(changed, service)).toBe('rejected')
  expect(await replaceSlot(text, { ...escrow, secret: randomBytes(32) }, replacement)).toBe(
    undefined,
  )
  // The lines of the identity and of the key are those from before.
  for (const line of [1, 4]) expect(changed.split('\n')[line]).toBe(text.split('\n')[line])
})

it('gains a slot, or has its last one replaced, and opens by all others as before', async () => {
  const added = { slot: 'operator', secret: randomBytes(32) }
  const more = (await replaceSlot(text, escrow, added)) ?? ''
  const other = { ...added, secret: randomBytes(32) }
  const replaced = (await replaceSlot(more, escrow, other)) ?? ''
  for (const opening of [service, escrow, other]) {
    expect(await outcomeOf(replaced, opening)).toBe(pkcs8.toString('hex'))
  }
  expect(await outcomeOf(more, added)).toBe(pkcs8.toString('hex'))
  expect(await outcomeOf(replaced, added)).toBe('rejected')
})

it('K5: derives the key of a passphrase at a cost of 128 MiB', async () => {
  const salt = randomBytes(32)
  const cost = { n: 2 ** 17, r: 8, p: 1 }
  const slot = { slot: 'service', kdf: 'scrypt', ...cost, nonce: '', wrapped: '' } as const
  const key = await deriveSlotKey({ ...slot, salt: salt.toString('base64') }, service)
  const options = { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 }
  expect(key).toEqual(scryptSync(service.passphrase, salt, 32, options))
  expect(text).toContain('"kdf":"scrypt","n":131072,"r":8,"p":1,')
})
