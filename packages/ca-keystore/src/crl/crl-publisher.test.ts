import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { createFakeClock } from '@rekey/secret'
import { expect, it } from 'vitest'
import { issuerOf } from '../ca-keystore.ts'
import { days, failureOf, freshPath } from '../../test/ca.support.ts'
import type { Revocation } from '../internal.ts'
import type { RevocationReason } from '../index.ts'
import { bareCa, forgedCrl } from '../../test/crl/crl.support.ts'
import { newDirectory, newPlace, newRevocation } from '../../test/crl/publisher.support.ts'

const HOUR_MS = 60 * 60_000

it('publishes an empty list for a new CA first, and then one with each certificate that is revoked', async () => {
  const { open, published, directory, path } = await newPlace()
  const publisher = await open()
  expect(await published()).toMatchObject({ number: 1n, revoked: [] })
  const revocation = newRevocation({ reason: 'superseded' })
  await publisher.revoke(revocation)
  const { serial, reason } = revocation
  expect(await published()).toMatchObject({ number: 2n, revoked: [{ serial, reason }] })
  expect(publisher.health()).toMatchObject({ state: 'fresh', number: '2', revoked: 1 })
  const modes = [path, join(directory, 'revocations.json')].map(async (file) => {
    return (await stat(file)).mode & 0o777
  })
  expect(await Promise.all(modes)).toEqual([0o644, 0o600])
})

it('revokes a certificate once, however often and by how many callers at once it is asked to', async () => {
  const { open, published, keystore } = await newPlace()
  const publisher = await open()
  const first = newRevocation({ reason: 'superseded' })
  const others = [newRevocation(), newRevocation()]
  await Promise.all([publisher.revoke(first), publisher.revoke(others), publisher.revoke(first)])
  const { number, revoked } = await published()
  expect(number).toBe(3n)
  expect(revoked).toHaveLength(3)
  await publisher.revoke({ ...first, reason: 'keyCompromise' })
  expect(await published()).toEqual({ ...(await published()), number, revoked })
  await publisher.close()
  await (await open({ keystore })).revoke(first)
  expect((await published()).number).toBe(3n)
})

it('renews the list after a third of its validity, reports it late from a half on, and expired at its end', async () => {
  const clock = createFakeClock()
  const { open, published, keystore } = await newPlace(clock)
  const publisher = await open({ validityMs: 3 * HOUR_MS })
  await clock.advance(0.9 * HOUR_MS)
  expect((await published()).number).toBe(1n)
  await clock.advance(0.2 * HOUR_MS)
  await expect.poll(() => publisher.health().number, { timeout: 20_000 }).toBe('2')
  expect((await published()).number).toBe(2n)
  await keystore.close()
  await clock.advance(1.6 * HOUR_MS)
  expect(publisher.health()).toMatchObject({ state: 'late', number: '2', problem: 'disposed' })
  await clock.advance(2 * HOUR_MS)
  expect(publisher.health()).toMatchObject({ state: 'expired', number: '2' })
})

it('reports a list as late at the half of its validity, and as expired at its end, to the moment', async () => {
  const clock = createFakeClock(Date.UTC(2030, 0, 1))
  const { open } = await newPlace(clock)
  const publisher = await open({ validityMs: 3 * HOUR_MS })
  const { thisUpdate, nextUpdate } = publisher.health()
  const [fromMs, toMs] = [thisUpdate?.getTime() ?? NaN, nextUpdate?.getTime() ?? NaN]
  const halfMs = fromMs + (toMs - fromMs) / 2
  const states = [halfMs - 1, halfMs, toMs - 1, toMs].map((ms) => {
    clock.jump(ms - clock.now())
    return publisher.health().state
  })
  expect(states).toEqual(['fresh', 'late', 'late', 'expired'])
})

it('keeps an expired certificate on the list until it was on one after its end', async () => {
  const clock = createFakeClock()
  const { open, serials } = await newPlace(clock)
  const publisher = await open()
  const notAfter = new Date(clock.now() + HOUR_MS)
  const [short, long] = [
    newRevocation({ notAfter }),
    newRevocation({ notAfter: new Date(clock.now() + days(9)) }),
  ]
  await publisher.revoke([short, long])
  await clock.advance(2 * HOUR_MS)
  await publisher.renew()
  expect(await serials()).toContain(short.serial)
  await publisher.renew()
  expect(await serials()).toEqual([long.serial])
})

it('K26: continues above the published number, with its certificates, when the register is lost', async () => {
  const { open, published, directory } = await newPlace()
  const first = await open()
  const revocation = newRevocation({ reason: 'keyCompromise' })
  await first.revoke(revocation)
  const before = (await published()).revoked
  await first.close()
  await rm(join(directory, 'revocations.json'))
  const second = await open()
  await second.revoke(newRevocation())
  const { number, revoked } = await published()
  expect(number).toBeGreaterThan(2n)
  expect(revoked).toHaveLength(2)
  expect(revoked).toEqual(expect.arrayContaining([...before]))
})

it('K26: publishes above the recorded number, with all certificates, when the published list is lost or older', async () => {
  const { open, published, serials, path } = await newPlace()
  const first = await open()
  const old = await readFile(path)
  const revocation = newRevocation()
  await first.revoke(revocation)
  await first.close()
  await writeFile(path, old)
  await (await open()).close()
  expect((await published()).number).toBe(3n)
  await rm(path)
  await open()
  expect((await published()).number).toBe(4n)
  expect(await serials()).toEqual([revocation.serial])
})

it('K26: continues above the published number when the register was restored from an older backup', async () => {
  const { open, published, serials, directory } = await newPlace()
  const register = join(directory, 'revocations.json')
  const first = await open()
  const old = await readFile(register)
  const revocation = newRevocation()
  await first.revoke(revocation)
  await first.close()
  await writeFile(register, old)
  await (await open()).renew()
  expect((await published()).number).toBe(3n)
  expect(await serials()).toEqual([revocation.serial])
})

it('K26: publishes nothing when register and list are both lost, or both of an older backup', async () => {
  const { open, path, directory } = await newPlace()
  const files = [path, join(directory, 'revocations.json')]
  const first = await open()
  const old = await Promise.all(files.map((file) => readFile(file)))
  await first.revoke(newRevocation())
  await first.close()
  for (const file of files) await rm(file)
  const wanted = { code: 'missing', details: { reason: 'crl-lost' } }
  expect(await failureOf(() => open())).toMatchObject(wanted)
  expect(await readdir(directory)).toEqual([])
  for (const [i, file] of files.entries()) await writeFile(file, old[i] ?? '', { mode: 0o600 })
  expect(await failureOf(() => open())).toMatchObject(wanted)
  expect(await readFile(path)).toEqual(old[0])
})

it('K26: refuses a recorded number that is damaged, and a register that the CA did not sign', async () => {
  const place = await newPlace()
  await (await place.open()).close()
  const register = join(place.directory, 'revocations.json')
  const text = await readFile(register, 'utf8')
  const edited = [text.replace('"1"', '"9"'), text.slice(0, -2), `${text}\n`, '', '{}\n\n']
  for (const spoilt of edited) {
    await writeFile(register, spoilt)
    expect(await failureOf(() => place.open())).toMatchObject({ code: 'rejected' })
  }
  const other = await newPlace()
  await (await other.open()).close()
  await writeFile(register, await readFile(join(other.directory, 'revocations.json')))
  expect(await failureOf(() => place.open())).toMatchObject({ code: 'rejected' })
  await writeFile(register, text)
  await (await place.open()).close()
  const damaged = await newPlace()
  const keystoreDirectory = await newDirectory()
  await writeFile(join(keystoreDirectory, 'crl.number'), '-1\n', { mode: 0o600 })
  const { keystore } = await bareCa({ directory: keystoreDirectory })
  expect(await failureOf(() => damaged.open({ keystore }))).toMatchObject({ code: 'malformed' })
})

it('K9: refuses a keystore that was put back as a whole, by the number of the list that was published since', async () => {
  const place = await newPlace()
  const { directory: keystore } = issuerOf(place.keystore)
  const number = join(keystore, 'crl.number')
  const publisher = await place.open()
  const before = await readFile(number, 'utf8')
  await publisher.renew()
  await publisher.close()
  // As after a kill between the list and the number.
  await writeFile(number, before)
  const again = await place.open()
  await again.renew()
  await again.close()
  const last = (await place.published()).number
  const lists = await readFile(place.path, 'utf8')
  for (const older of [() => writeFile(number, before), () => rm(number)]) {
    await older()
    const error = await failureOf(() => place.open())
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'generation' } })
    expect(error.message).toContain(`write ${last} to crl.number`)
  }
  expect(await readFile(place.path, 'utf8')).toBe(lists)
  await writeFile(number, `${last}\n`, { mode: 0o600 })
  await (await place.open()).close()
})

it('K27: leaves the published list and the register as they are when a revocation is refused', async () => {
  const { open, path, directory, serials } = await newPlace()
  const publisher = await open()
  const kept = newRevocation()
  await publisher.revoke(kept)
  const files = [path, join(directory, 'revocations.json')]
  const read = () => Promise.all(files.map((file) => readFile(file, 'utf8')))
  const before = await read()
  const spoilt: Partial<Revocation>[] = [
    { reason: 'removeFromCRL' as RevocationReason },
    { serial: '00' },
    { at: new Date(Date.now() + HOUR_MS) },
    { at: new Date(0) },
    { notAfter: new Date(NaN) },
  ]
  for (const changes of spoilt) {
    const error = await failureOf(() => publisher.revoke([newRevocation(), newRevocation(changes)]))
    expect(error.code).toBe('refused')
  }
  const many = Array.from({ length: 100_000 }, () => newRevocation())
  expect(await failureOf(() => publisher.revoke(many))).toMatchObject({
    details: { reason: 'too-many' },
  })
  expect(await read()).toEqual(before)
  expect(publisher.health()).toMatchObject({ number: '2', isBehind: false, problem: 'refused' })
  await publisher.renew()
  expect(await serials()).toEqual([kept.serial])
  expect(publisher.health()).not.toHaveProperty('problem')
})

it('K27: does not open over a published list that is of another CA, or damaged, and leaves it there', async () => {
  const place = await newPlace()
  await (await place.open()).close()
  const own = await readFile(place.path, 'utf8')
  const foreign = [
    forgedCrl(await bareCa({ commonName: 'Other CA' }), {}),
    forgedCrl(place, { keyId: Buffer.alloc(20) }),
    own.slice(0, -10),
    '',
  ]
  for (const text of foreign) {
    await writeFile(place.path, text)
    await failureOf(() => place.open())
    expect(await readFile(place.path, 'utf8')).toBe(text)
  }
})

it('K25: publishes nothing while the clock is behind the published list', async () => {
  const clock = createFakeClock()
  const { open, published } = await newPlace(clock)
  const publisher = await open()
  clock.jump(-days(1))
  expect(await failureOf(() => publisher.revoke(newRevocation()))).toMatchObject({
    code: 'conflict',
    details: { reason: 'clock' },
  })
  expect((await published()).number).toBe(1n)
})

it('a revocation that was recorded and could not be published is published by the next attempt', async () => {
  const { open, path, serials } = await newPlace()
  const publisher = await open()
  await rm(path)
  await mkdir(join(path, 'in-the-way'), { recursive: true })
  const revocation = newRevocation()
  expect((await failureOf(() => publisher.revoke(revocation))).details).toHaveProperty('errno')
  expect(publisher.health()).toMatchObject({ isBehind: true, number: '1' })
  await rm(path, { recursive: true })
  await publisher.revoke(revocation)
  expect(publisher.health()).toMatchObject({ isBehind: false, number: '3' })
  expect(await serials()).toEqual([revocation.serial])
})

it('a revocation that was signed and cannot be registered is not published before it is', async () => {
  const { open, published, serials, directory } = await newPlace()
  const publisher = await open()
  const register = join(directory, 'revocations.json')
  await rm(register)
  await mkdir(join(register, 'in-the-way'), { recursive: true })
  const revocation = newRevocation()
  await failureOf(() => publisher.revoke(revocation))
  expect(await published()).toMatchObject({ number: 1n, revoked: [] })
  expect(publisher.health()).toMatchObject({ isBehind: true })
  await rm(register, { recursive: true })
  await publisher.renew()
  expect(await serials()).toEqual([revocation.serial])
})

it('K41: continues a list that was signed by a publisher that was killed before it registered it', async () => {
  const { open, published, serials, directory } = await newPlace()
  const first = await open()
  const register = join(directory, 'revocations.json')
  const before = await readFile(register)
  await rm(register)
  await mkdir(join(register, 'in-the-way'), { recursive: true })
  const revocation = newRevocation()
  await failureOf(() => first.revoke(revocation))
  await first.close()
  await rm(register, { recursive: true })
  await writeFile(register, before, { mode: 0o600 })
  await open()
  expect((await published()).number).toBe(3n)
  expect(await serials()).toEqual([revocation.serial])
})

it('K15: a CA has one publisher at a time, in whichever directory; a closed one frees it, and publishes no more', async () => {
  const { open } = await newPlace()
  const first = await open()
  const directory = await newDirectory()
  expect(await failureOf(() => open())).toMatchObject({ code: 'conflict' })
  expect(await failureOf(() => open({ directory }))).toMatchObject({ code: 'conflict' })
  await first.close()
  expect(await failureOf(() => first.revoke(newRevocation()))).toMatchObject({ code: 'disposed' })
  expect(await failureOf(() => open({ directory }))).toMatchObject({ code: 'missing' })
  await open()
})

it('refuses a directory that others may write, and files that they may write or that are links', async () => {
  const { open, directory, path } = await newPlace()
  await (await open()).close()
  const unsafe = { code: 'refused' }
  await chmod(directory, 0o777)
  expect(await failureOf(() => open())).toMatchObject(unsafe)
  await chmod(directory, 0o755)
  await chmod(path, 0o666)
  expect(await failureOf(() => open())).toMatchObject(unsafe)
  await rename(path, join(directory, 'elsewhere'))
  await symlink(join(directory, 'elsewhere'), path)
  expect(await failureOf(() => open())).toMatchObject(unsafe)
  await rm(path)
  await chmod(join(directory, 'revocations.json'), 0o644)
  expect(await failureOf(() => open())).toMatchObject(unsafe)
  await chmod(join(directory, 'revocations.json'), 0o600)
  await open()
})

it('refuses a validity that no list can have, a keystore of another make, and a directory that is not there', async () => {
  const { open, keystore } = await newPlace()
  expect(await failureOf(() => open({ validityMs: 0 }))).toMatchObject({ code: 'refused' })
  const copy = Object.create(keystore) as typeof keystore
  expect(await failureOf(() => open({ keystore: { ...copy } }))).toMatchObject({ code: 'refused' })
  expect(await failureOf(() => open({ directory: freshPath() }))).toMatchObject({ code: 'missing' })
})
