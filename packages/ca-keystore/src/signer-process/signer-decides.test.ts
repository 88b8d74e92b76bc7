import { randomBytes, X509Certificate } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { duplexPair } from 'node:stream'
import { createFakeClock } from '@rekey/secret'
import type { FakeClock } from '@rekey/secret/internal'
import { expect, it, onTestFinished } from 'vitest'
import { days, newIntermediate, newRoot, openHeld, orderFor } from '../../test/ca.support.ts'
import { newSerial } from '../../test/crl/crl.support.ts'
import { createSigningRequest } from '../create-signing-request.ts'
import type { CaKeystore } from '../index.ts'
import { parseCrl, readIssuances } from '../internal.ts'
import { encodePem } from '../pem.ts'
import { listSegments } from '../record/read-segment.ts'
import { readFrames, writeFrame } from './frames.ts'
import { serveOrders } from './serve-orders.ts'
import type { SignerLimits } from './signer-limits.ts'

interface Answer {
  readonly id: number
  readonly result?: { readonly crl: string; readonly register: string; readonly serial: string }
  readonly failure?: { readonly code: string; readonly details: { readonly reason: string } }
}

/** A signer, and a way to order whatever a process that was taken over could order. */
function signerOf(keystore: CaKeystore, limits: SignerLimits = {}) {
  const [client, channel] = duplexPair()
  onTestFinished(() => void client.destroy())
  serveOrders(channel, keystore, { limits }).catch(() => undefined)
  const waiting = new Map<number, (answer: Answer) => void>()
  void readFrames(client, (content) => {
    const answer = content as Answer
    waiting.get(answer.id)?.(answer)
  }).catch(() => undefined)
  let id = 0
  const ask = (request: object): Promise<Answer> => {
    id += 1
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve))
    writeFrame(client, { id, ...request })
    return answered
  }
  return {
    ask,
    list: (number: number | bigint, revoked: readonly object[] = [], more: object = {}) =>
      ask({ order: 'crl', crl: { number: String(number), revoked, ...more } }),
    certificate: (changes: Parameters<typeof orderFor>[0] = {}) =>
      ask({ order: 'certificate', certificate: orderFor(changes) }),
  }
}

async function newSigner(limits?: SignerLimits, clock?: FakeClock) {
  const place = await newIntermediate()
  const { directory, passphrase } = place
  await place.ca.close()
  const restart = async () => {
    const ca = await openHeld({ directory, passphrase, ...(clock && { clock }) })
    return { ca, ...signerOf(ca, limits) }
  }
  return { directory, restart, ...(await restart()) }
}

const revoked = (changes: object = {}) => ({
  ...{ serial: newSerial(), revokedAt: new Date(Date.now() - 60_000).toISOString() },
  ...{ notAfter: new Date(Date.now() + days(30)).toISOString(), ...changes },
})
const refusal = (reason: string) => ({ failure: { code: 'refused', details: { reason } } })

it('K41: signs a list only with each revocation of the last one, as that has it', async () => {
  const { list, restart } = await newSigner()
  const [first, second] = [revoked({ reason: 'keyCompromise' }), revoked()]
  await list(1, [first, second])
  const { list: again } = await restart()
  for (const order of [list, again]) {
    for (const shorter of [[], [first], [{ ...first, reason: 'superseded' }, second]]) {
      expect(await order(2, shorter)).toMatchObject(refusal('crl-shorter'))
    }
  }
  expect((await again(2, [first, second, revoked()])).result?.crl).toContain('X509 CRL')
})

it('K41: signs the next number alone, and none near its end', async () => {
  const { list, restart, ca } = await newSigner()
  const issued = await list(1)
  expect(parseCrl(issued.result?.crl ?? '', ca.chain).number).toBe(1n)
  const { list: again } = await restart()
  for (const order of [list, again]) {
    for (const number of [0, 1, 3, 1n << 128n, (1n << 159n) - 1n]) {
      expect(await order(number)).toMatchObject(refusal('crl-number'))
    }
  }
})

it('K41: signs no list that is valid for longer than its limit', async () => {
  const { list } = await newSigner()
  for (const length of [days(366), days(32)]) {
    expect(await list(1, [], { validityMs: length })).toMatchObject(refusal('crl-end'))
  }
  expect((await list(1, [], { validityMs: days(31) })).result).toBeDefined()
})

it('K41: lets a certificate leave its lists that was on one after its end, by the end given first', async () => {
  const clock = createFakeClock(Date.now())
  const { list } = await newSigner({}, clock)
  const [short, long] = [
    revoked({ notAfter: new Date(Date.now() + days(1)).toISOString() }),
    revoked(),
  ]
  await list(1, [short, long])
  const past = { notAfter: new Date(Date.now() - days(1)).toISOString() }
  expect((await list(2, [short, { ...long, ...past }])).result).toBeDefined()
  expect(await list(3, [long])).toMatchObject(refusal('crl-shorter'))
  await clock.advance(days(2))
  expect(await list(3, [long])).toMatchObject(refusal('crl-shorter'))
  expect((await list(3, [short, long])).result).toBeDefined()
  expect(await list(4, [])).toMatchObject(refusal('crl-shorter'))
  expect((await list(4, [long])).result).toBeDefined()
})

it('K41: believes no file that is older than what it signed, and signs nothing when all are lost', async () => {
  const { list, directory, restart, ca } = await newSigner()
  const state = join(directory, 'crl.state')
  const one = revoked()
  await list(1)
  const older = await readFile(state)
  const { register = '', crl = '' } = (await list(2, [one])).result ?? {}
  await writeFile(join(directory, 'crl.number'), '2\n', { mode: 0o600 })
  await writeFile(state, older)
  expect(await list(2, [])).toMatchObject(refusal('crl-number'))
  expect(await list(3, [])).toMatchObject(refusal('crl-shorter'))
  await ca.close()
  // A process that starts with the older file is behind the number beside the key.
  const { list: started, ask } = await restart()
  const lost = { failure: { code: 'missing', details: { reason: 'crl-lost' } } }
  expect(await started(2, [])).toMatchObject(lost)
  await ask({ order: 'lists', known: { register, list: crl } })
  expect(await started(3, [])).toMatchObject(refusal('crl-shorter'))
  await rm(state)
  await rm(join(directory, 'crl.number'))
  const { list: bare } = await restart()
  expect(await bare(1, [])).toMatchObject(lost)
})

it('K41: continues from no register or list that its key did not sign', async () => {
  const { ask, list } = await newSigner()
  await list(1, [revoked()])
  const { ca: other } = await newRoot()
  const foreign = (await signerOf(other).list(1)).result
  for (const known of [
    { register: foreign?.register },
    { list: foreign?.crl },
    { register: '{"number":"9","revoked":[]}\nAAAA\n' },
  ]) {
    expect((await ask({ order: 'lists', known })).failure).toBeDefined()
  }
  expect(await list(2, [])).toMatchObject(refusal('crl-shorter'))
})

it('K42: issues no more certificates of a profile in 24 hours than its limit, over restarts', async () => {
  const clock = createFakeClock(Date.now())
  const { certificate, restart, ca } = await newSigner({ certificatesPerDay: { client: 3 } }, clock)
  const many = await Promise.all(Array.from({ length: 10 }, () => certificate()))
  expect(many.filter(({ result }) => result !== undefined)).toHaveLength(3)
  expect(many.at(-1)).toMatchObject(refusal('quota'))
  expect((await certificate({ profile: 'server' })).result).toBeDefined()
  await ca.close()
  const again = await restart()
  expect(await again.certificate()).toMatchObject(refusal('quota'))
  clock.jump(days(1) + 1000)
  expect((await again.certificate()).result).toBeDefined()
})

it('K42: gives an order that is repeated its certificate again, over restarts, which uses nothing of the limit', async () => {
  const clock = createFakeClock(Date.now())
  const started = await newSigner({ certificatesPerDay: { client: 3 } }, clock)
  const { csr } = createSigningRequest({ commonName: 'any' })
  const repeatable = { csr, isRepeatable: true }
  const serialOf = ({ result }: Answer) => result?.serial
  const both = [started.certificate(repeatable), started.certificate(repeatable)]
  const serials = (await Promise.all(both)).map(serialOf)
  for (let i = 0; i < 3; i += 1) serials.push(serialOf(await started.certificate(repeatable)))
  expect(new Set(serials)).toEqual(new Set([expect.stringMatching(/^[0-9a-f]{40}$/)]))
  await started.ca.close()
  const { certificate, ca } = await started.restart()
  const again = await certificate(repeatable)
  expect([serialOf(again), again.result]).toEqual([
    serials[0],
    expect.objectContaining({ isRepeat: true }),
  ])
  expect((await readIssuances(started.directory)).length).toBe(1)
  for (const changes of [{ csr }, { ...repeatable, subject: { commonName: 'bob@example.com' } }]) {
    expect(serials).not.toContain(serialOf(await certificate(changes)))
  }
  expect(await certificate()).toMatchObject(refusal('quota'))
  await ca.close()
})

it.each([
  ['another key', { csr: createSigningRequest({ commonName: 'any' }).csr }],
  ['another name', { subjectAltNames: [{ kind: 'email', value: 'bob@example.com' }] as const }],
  ['another profile', { profile: 'server' } as const],
  ['a shorter validity', { validityMs: days(2) }],
  ['a longer validity', { validityMs: days(60) }],
])('K42: gives a certificate again for no order of %s', async (_, changes) => {
  const { certificate } = await newSigner()
  const { csr } = createSigningRequest({ commonName: 'any' })
  const first = await certificate({ csr, isRepeatable: true })
  const other = await certificate({ csr, ...changes, isRepeatable: true })
  expect(first.result?.serial).toBeDefined()
  expect(other.result?.serial).toMatch(/^[0-9a-f]{40}$/)
  expect(other.result?.serial).not.toBe(first.result?.serial)
})

it('K42: gives a certificate again within a day and a tenth of its validity, and none that was revoked', async () => {
  const clock = createFakeClock(Date.now())
  const { certificate, list } = await newSigner({}, clock)
  const { csr } = createSigningRequest({ commonName: 'any' })
  const order = async (length = days(30)) =>
    (await certificate({ csr, validityMs: length, isRepeatable: true })).result?.serial
  const first = await order()
  await clock.advance(days(1) - 60_000)
  expect(await order()).toBe(first)
  await clock.advance(120_000)
  const second = await order()
  expect(second).not.toBe(first)
  await list(1, [revoked({ serial: second })])
  const third = await order()
  expect([first, second]).not.toContain(third)
  expect(await order()).toBe(third)
  const short = await order(days(1))
  await clock.advance(days(0.1) + 60_000)
  expect(await order(days(1))).not.toBe(short)
})

it('K42: gives no certificate of the record again that its key has not signed', async () => {
  const { certificate, directory, ca, restart } = await newSigner()
  const order = { csr: createSigningRequest({ commonName: 'any' }).csr, isRepeatable: true }
  const first = await certificate(order)
  await ca.close()
  const [file = ''] = await listSegments(directory, 'issued')
  const [{ certificate: own = '' } = {}] = await readIssuances(directory)
  const der = Buffer.from(new X509Certificate(own).raw)
  der[der.length - 1] = (der.at(-1) ?? 0) ^ 1
  const edited = JSON.stringify(encodePem('CERTIFICATE', der))
  await writeFile(file, (await readFile(file, 'utf8')).replace(JSON.stringify(own), edited))
  const { certificate: again } = await restart()
  const { serial } = (await again(order)).result ?? {}
  expect([serial, first.result?.serial]).toEqual([
    expect.any(String),
    expect.not.stringMatching(`^${serial}$`),
  ])
})

it('K42: has a limit of 5,000 by default, of which a refused order uses nothing', async () => {
  const { directory, restart, ca } = await newSigner({})
  await ca.close()
  const at = new Date().toISOString()
  const lines = Array.from({ length: 4999 }, () => {
    const reserved = randomBytes(20).toString('hex')
    return JSON.stringify({ reserved, subject: 'x', profile: 'client', at })
  })
  const text = ['{"holder":"4194305"}', ...lines, ''].join('\n')
  await mkdir(join(directory, 'record'), { mode: 0o700 })
  await writeFile(join(directory, 'record', '1-before.issued'), text, { mode: 0o600 })
  const { certificate: again } = await restart()
  expect((await again({ validityMs: days(9999) })).failure?.details.reason).toBe('policy')
  expect((await again()).result).toBeDefined()
  expect(await again()).toMatchObject(refusal('quota'))
})

it('K42: issues no name outside of the profile or of the limits', async () => {
  const { certificate } = await newSigner({
    names: { client: ['email:*@example.com'], server: ['dns:vpn.example.com', 'dns:*.vpn.test'] },
  })
  const named = (profile: 'client' | 'server', kind: 'email' | 'dns', value: string) =>
    certificate({ profile, subjectAltNames: [{ kind, value }] })
  expect((await named('client', 'email', 'Alice@Example.com')).result).toBeDefined()
  expect((await named('server', 'dns', 'a.vpn.test')).result).toBeDefined()
  for (const answer of [
    await named('client', 'email', 'alice@example.com.evil.test'),
    await named('client', 'dns', 'vpn.example.com'),
    await named('server', 'dns', 'xvpn.example.com'),
    await named('server', 'dns', 'vpnxexample.com'),
    await named('server', 'email', 'vpn.example.com@example.com'),
  ]) {
    expect(answer).toMatchObject(refusal('subject-alt-name'))
  }
  const { certificate: unlimited } = await newSigner()
  expect(
    await unlimited({
      profile: 'server',
      subjectAltNames: [{ kind: 'email', value: 'a@example.com' }],
    }),
  ).toMatchObject(refusal('subject-alt-name'))
})

it('K42: certifies no key that was revoked as compromised, also after its certificate has left the lists', async () => {
  const clock = createFakeClock(Date.now())
  const { certificate, list, restart, ca } = await newSigner({}, clock)
  const { csr } = createSigningRequest({ commonName: 'any' })
  const [leaked, replaced] = [await certificate({ csr }), await certificate()]
  const entries = [
    revoked({ serial: leaked.result?.serial, reason: 'keyCompromise' }),
    revoked({ serial: replaced.result?.serial, reason: 'superseded' }),
  ]
  expect((await certificate({ csr })).result).toBeDefined()
  await list(1, entries)
  expect(await certificate({ csr })).toMatchObject(refusal('compromised-key'))
  await clock.advance(days(40))
  await list(2, entries)
  expect((await list(3, [])).result).toBeDefined()
  await ca.close()
  const again = await restart()
  expect(await again.certificate({ csr })).toMatchObject(refusal('compromised-key'))
  expect((await again.certificate()).result).toBeDefined()
})
