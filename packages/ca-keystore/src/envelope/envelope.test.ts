import {
  createDecipheriv,
  createHmac,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  randomUUID,
} from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { replaceScrypt } from '@rekey/testbed/recall-scrypt'
import { beforeAll, expect, it } from 'vitest'
import { type Opening, openEnvelope, replaceSlot, sealEnvelope, x25519PublicKey } from './index.ts'

replaceScrypt()

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

const COSTS: readonly (readonly [from: string, to: string, outcome: string])[] = [
  ['"n":131072', '"n":65536', 'refused'],
  ['"n":131072', '"n":131073', 'refused'],
  ['"n":131072', '"n":2097152', 'refused'],
  ['"n":131072', '"n":-131072', 'refused'],
  ['"r":8', '"r":9', 'refused'],
  ['"r":8', '"r":4', 'refused'],
  ['"p":1', '"p":0', 'refused'],
  ['"p":1', '"p":5', 'refused'],
  ['"p":1', '"p":1.5', 'refused'],
  // Within the bounds, so that its seal is what fails.
  ['"n":131072', '"n":1048576', 'rejected'],
  ['"p":1', '"p":4', 'rejected'],
]

it.each(COSTS)(
  'K5: does no work for a file whose cost was changed from %s to %s, whichever slot is to be opened',
  async (from, to, outcome) => {
    expect(await outcomeOf(text.replace(from, to), escrow)).toBe(outcome)
  },
)

/** Writes other base64 for the same bytes: the last digit of 32 bytes has two bits that count for nothing. */
const respelled = (name: string) => (written: string) =>
  written.replace(
    new RegExp(`("${name}":"[^"]{42})(.)=`),
    (_, start: string, digit: string) => `${start}${String.fromCharCode(digit.charCodeAt(0) + 1)}=`,
  )
const replaced = (from: string | RegExp, to: string) => (written: string) =>
  written.replace(from, to)
const onLines = (edit: (lines: string[]) => readonly string[]) => (written: string) =>
  edit(written.split('\n')).join('\n')
const slots = (count: number) =>
  onLines((lines) => {
    const [slot = ''] = lines.slice(2)
    const others = Array.from({ length: count }, (_, at) =>
      slot.replace('"service"', `"service-${at}"`),
    )
    return lines.toSpliced(2, 2, ...others)
  })
const EDITS: readonly (readonly [what: string, outcome: string, (written: string) => string])[] = [
  ['without a slot', 'malformed', slots(0)],
  ['with eight slots', 'rejected', slots(8)],
  ['with nine slots', 'malformed', slots(9)],
  ['with two slots of one name', 'malformed', replaced('"service"', '"escrow"')],
  ['with a capital in the name of a slot', 'malformed', replaced('"service"', '"Service"')],
  ['with a sign in the name of a slot', 'malformed', replaced('"service"', '"service!"')],
  ['with a blank before the name of a slot', 'malformed', replaced('"service"', '" service"')],
  ['with other base64 for the same bytes', 'malformed', respelled('salt')],
  [
    'with a salt of 15 bytes',
    'malformed',
    replaced(/"salt":"[^"]+"/, `"salt":"${'A'.repeat(20)}"`),
  ],
  [
    'with a nonce of 9 bytes',
    'malformed',
    replaced(/"nonce":"[^"]+"/, `"nonce":"${'A'.repeat(12)}"`),
  ],
  ['of generation 0', 'malformed', replaced('"generation":1', '"generation":0')],
  ['of generation 2', 'rejected', replaced('"generation":1', '"generation":2')],
  ['of a root', 'rejected', replaced('"issuing"', '"root"')],
  ['of another purpose', 'malformed', replaced('"issuing"', '"other"')],
  ['with a digest of 65 digits', 'malformed', replaced('"spki":"', '"spki":"0')],
  ['with a sign after the digest', 'malformed', replaced(/("spki":"[^"]+)/, '$1!')],
  ['with a sign before a profile', 'malformed', replaced('"client"', '"1client"')],
  ['with a sign after a profile', 'malformed', replaced('"client"', '"client1"')],
  ['for no day', 'malformed', replaced('"days":398', '"days":0')],
  ['for more than a century', 'malformed', replaced('"days":398', '"days":36526')],
  ['for a century', 'rejected', replaced('"days":398', '"days":36525')],
  ['with a blank between its members', 'malformed', replaced('"days":398', '"days": 398')],
  ['with a member twice', 'malformed', replaced('"days":398', '"days":398,"days":398')],
  ['with an unknown member', 'malformed', replaced('"days":398', '"days":398,"years":1')],
  ['with the line end of another system', 'malformed', replaced(/\n$/, '\r\n')],
  ['of a newer format', 'refused', replaced('ca-key 1', 'ca-key 2')],
  ['of another kind', 'malformed', replaced('rekey ca-key 1', 'rekey ca-keys 1')],
]

it.each(EDITS)('K2: an envelope %s is %s', async (_, outcome, edit) => {
  const edited = edit(text)
  expect(edited).not.toBe(text)
  expect(await outcomeOf(edited, escrow)).toBe(outcome)
})

function derived(secret: Buffer, salt: Buffer | '', info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, 32))
}

function decrypted(key: Buffer, { nonce, data }: { nonce: string; data: string }, aad: string) {
  const bytes = Buffer.from(data, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'))
  decipher.setAAD(Buffer.from(aad)).setAuthTag(bytes.subarray(-16))
  return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()])
}

it('K7: the key, its slots and its lines are bound to one another as the page of the format describes', () => {
  const [magic, identityLine = '', , slotLine = '', bodyLine = '', macLine = ''] = text.split('\n')
  const head = `${magic}\n${identityLine}\n`
  const { wrapped, ...slot } = JSON.parse(slotLine) as Record<'wrapped' | 'salt' | 'nonce', string>
  const salt = Buffer.from(slot.salt, 'base64')
  const slotKey = derived(escrow.secret, salt, 'rekey ca-key 1: slot')
  const sealed = { nonce: slot.nonce, data: wrapped }
  const dataKey = decrypted(slotKey, sealed, `${head}${JSON.stringify(slot)}\n`)
  const { nonce, ciphertext } = JSON.parse(bodyLine) as Record<'nonce' | 'ciphertext', string>
  const key = derived(dataKey, '', 'rekey ca-key 1: key')
  expect(decrypted(key, { nonce, data: ciphertext }, head)).toEqual(pkcs8)
  const commitment = derived(dataKey, '', 'rekey ca-key 1: commitment').toString('base64')
  expect(JSON.parse(identityLine)).toMatchObject({ commitment })
  const before = text.slice(0, text.indexOf(macLine))
  const fileKey = derived(dataKey, '', 'rekey ca-key 1: file')
  const mac = createHmac('sha256', fileKey).update(before).digest('base64')
  expect(JSON.parse(macLine)).toEqual({ mac })
})

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

it('K5: writes the cost of 128 MiB into a slot of a passphrase', () => {
  expect(text).toContain('"kdf":"scrypt","n":131072,"r":8,"p":1,')
})
