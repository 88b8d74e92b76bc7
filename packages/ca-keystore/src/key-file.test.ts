import { randomBytes, randomInt } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { failureOf, newIntermediate, newRoot, openHeld, orderFor } from '../test/ca.support.ts'
import { createSigningRequest } from './internal.ts'

const place = await newRoot('rsa-3072')
const file = join(place.directory, 'ca.key')
const original = await readFile(file, 'utf8')
const [magic = '', identity = '', slot = '', body = '', mac = ''] = original.split('\n')

/** Opens the keystore after its key file was replaced, then puts the good file back. */
async function failureWith(text: string | Buffer) {
  await writeFile(file, text)
  try {
    return await failureOf(() => openHeld(place), [place.passphrase.expose(), body.slice(40, 80)])
  } finally {
    await writeFile(file, original)
  }
}

const withLines = (...lines: string[]) => lines.map((line) => `${line}\n`).join('')
const edited = (changes: { identity?: string; slot?: string; body?: string; mac?: string }) => {
  const parts = { identity, slot, body, mac, ...changes }
  return withLines(magic, parts.identity, parts.slot, parts.body, parts.mac)
}

it('K4: accepts no key file with one bit flipped, of 48 all over it', async () => {
  const bytes = Buffer.from(original)
  const codes: string[] = []
  for (let part = 0; part < 48; part += 1) {
    const flipped = Buffer.from(bytes)
    const at = Math.floor((part * bytes.length) / 48)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << randomInt(7))
    codes.push((await failureWith(flipped)).code)
  }
  expect(codes.filter((code) => !['malformed', 'refused', 'rejected'].includes(code))).toEqual([])
}, 120_000)

it('K3: accepts no key file cut short, at 200 lengths', async () => {
  for (let length = 0; length < original.length; length += original.length / 200) {
    expect((await failureWith(original.slice(0, length))).code).toBe('malformed')
  }
})

const costs: Record<string, (slot: string) => string> = {
  'K5: N = 2': (text) => text.replace('"n":131072', '"n":2'),
  'K5: N = 65,536': (text) => text.replace('"n":131072', '"n":65536'),
  'K6: N = 2^30': (text) => text.replace('"n":131072', '"n":1073741824'),
  'K6: r = 2^30': (text) => text.replace('"r":8', '"r":1073741824'),
  'K6: p = 2^30': (text) => text.replace('"p":1', '"p":1073741824'),
  'K6: a negative N': (text) => text.replace('"n":131072', '"n":-131072'),
  'K6: N that is no power of two': (text) => text.replace('"n":131072', '"n":131073'),
  'K6: N of 2^256': (text) => text.replace('"n":131072', '"n":1.157920892373162e+77'),
}

it.each(Object.entries(costs))('%s is refused before any work', async (_, change) => {
  const [rss, start] = [process.memoryUsage().rss, process.cpuUsage()]
  const error = await failureWith(edited({ slot: change(slot) }))
  expect(error).toMatchObject({ code: 'refused', details: { reason: 'kdf-policy' } })
  const { user, system } = process.cpuUsage(start)
  expect(user + system).toBeLessThan(200_000)
  expect(process.memoryUsage().rss - rss).toBeLessThan(32 * 1024 * 1024)
})

it('K6: refuses a costly slot, also where another one is to be opened', async () => {
  const costly = slot.replace('"slot":"service"', '"slot":"other"').replace('131072', '1073741824')
  const error = await failureWith(withLines(magic, identity, slot, costly, body, mac))
  expect(error).toMatchObject({ code: 'refused', details: { reason: 'kdf-policy' } })
})

const changes: Record<string, readonly [() => string, code: string]> = {
  'K7: another generation': [
    () => edited({ identity: identity.replace('"generation":1', '"generation":2') }),
    'rejected',
  ],
  'K7: a wider policy': [
    () => edited({ identity: identity.replace('["client",', '["authority","client",') }),
    'rejected',
  ],
  'K7: another purpose': [
    () => edited({ identity: identity.replace('"root"', '"issuing"') }),
    'refused',
  ],
  'K7: another public key': [
    () =>
      edited({ identity: identity.replace(/(?<="spki":")./, (one) => (one === '0' ? '1' : '0')) }),
    'refused',
  ],
  'K7: a member that is unknown': [
    () => edited({ identity: identity.replace('{', '{"note":1,') }),
    'malformed',
  ],
  'K7: a member twice': [
    () => edited({ identity: identity.replace('{', '{"generation":1,') }),
    'malformed',
  ],
  'K7: members in another order': [
    () => edited({ slot: slot.replace(/^{("slot":"service"),("kdf":"scrypt")/, '{$2,$1') }),
    'malformed',
  ],
  'K7: a blank': [() => edited({ body: body.replace(':', ': ') }), 'malformed'],
  'K7: an escape': [() => edited({ slot: slot.replace('service', '\\u0073ervice') }), 'malformed'],
  'K7: a slot twice': [() => withLines(magic, identity, slot, slot, body, mac), 'malformed'],
  'K7: a slot more': [
    () => withLines(magic, identity, slot.replace('service', 'other'), slot, body, mac),
    'rejected',
  ],
  'K7: nine slots': [
    () => withLines(magic, identity, ...Array<string>(9).fill(slot), body, mac),
    'malformed',
  ],
  'a later version': [() => original.replace('ca-key 1', 'ca-key 2'), 'refused'],
  'no slot': [() => withLines(magic, identity, body, mac), 'malformed'],
  'text before it': [() => `note\n${original}`, 'malformed'],
  'text after it': [() => `${original}note\n`, 'malformed'],
  'a byte order mark': [() => `\ufeff${original}`, 'malformed'],
  'line ends of Windows': [() => original.replaceAll('\n', '\r\n'), 'malformed'],
  'base64 that is not canonical': [() => original.replace(/=("})\n/, '$1\n'), 'malformed'],
  'only noise': [() => randomBytes(2048).toString('latin1'), 'malformed'],
  'K16: a private key in clear': [
    () => createSigningRequest({ commonName: 'x' }).privateKey.expose(),
    'malformed',
  ],
}

it.each(Object.entries(changes))('does not open a key file with %s', async (_, [text, code]) => {
  expect((await failureWith(text())).code).toBe(code)
})

it('K8: does not open the key of another CA, also under the same passphrase', async () => {
  const other = await newIntermediate()
  const error = await failureWith(await readFile(join(other.directory, 'ca.key'), 'utf8'))
  expect(error).toMatchObject({ code: 'refused', details: { reason: 'pair' } })
})

it('signs for no client where the policy of its key has no such profile', async () => {
  const { ca } = await newRoot('ecdsa-p256', [])
  const error = await failureOf(() => ca.issueCertificate(orderFor()))
  expect(error).toMatchObject({ code: 'refused', details: { reason: 'policy' } })
})
