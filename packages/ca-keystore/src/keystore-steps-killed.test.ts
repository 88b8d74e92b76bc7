// @lane servers
import { X509Certificate } from 'node:crypto'
import { cp, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { recordKills } from '@rekey/testbed/file-steps'
import { expect, it } from 'vitest'
import { newIntermediate, newPassphrase, newRoot, openHeld, orderFor } from '../test/ca.support.ts'
import { createCa, type NewCa } from './index.ts'
import { changePassphrase, readIssuances } from './internal.ts'
import { checkEach, failEach, lifeOf, movedTo, newPlace } from '../test/kills.support.ts'

const WHOLE = ['biography.head', 'biography.log', 'ca.crt', 'ca.key']

/** Creates a CA. @returns why not, if it does not */
async function tryCreate(wanted: NewCa): Promise<string | undefined> {
  try {
    await (await createCa(wanted)).close()
    return undefined
  } catch (error) {
    if (!(error instanceof SecretError) || error.code !== 'conflict') throw error
    return error.details['reason'] === 'subject' ? 'name' : 'there'
  }
}

it('K14: a creation that is killed at any step leaves a whole CA or none, and the same command goes on', async () => {
  const [place, passphrase] = [await newPlace(), newPassphrase()]
  const wanted = (at: string) => ({ directory: join(at, 'ca'), passphrase, commonName: 'Test CA' })
  const states = await recordKills(place, () => tryCreate(wanted(place)))
  await checkEach(states, 30, async (left) => {
    const { directory } = wanted(left)
    if ((await tryCreate(wanted(left))) === 'there') await openHeld({ directory, passphrase })
    expect((await readdir(directory)).toSorted()).toEqual(WHOLE)
    expect(await lifeOf(directory)).toContain('create')
    expect((await readdir(left)).filter((name) => !name.endsWith('.lock'))).toEqual(['ca'])
  })
}, 600_000)

it('K14: the creation of an issuing CA that is killed at any step leaves at its root the certificate of a name that is taken', async () => {
  const [place, passphrase, root] = [await newPlace(), newPassphrase(), await newRoot()]
  await cp(root.directory, join(place, 'root'), { recursive: true })
  const wanted = (at: string) => ({
    ...{ directory: join(at, 'ca'), passphrase, commonName: 'Test CA' },
    parent: movedTo(join(at, 'root'), root.ca),
  })
  const states = await recordKills(place, () => tryCreate(wanted(place)))
  const outcomes = new Set<string | undefined>()
  await checkEach(states, 40, async (left) => {
    const outcome = await tryCreate(wanted(left))
    outcomes.add(outcome)
    if (outcome === 'name') {
      expect(await tryCreate({ ...wanted(left), generation: 2 })).toBe(undefined)
    }
    const names = (await readdir(join(left, 'root'))).filter((name) => name.startsWith('issued-'))
    const issued = await Promise.all(
      names.map((name) => readFile(join(left, 'root', name), 'utf8')),
    )
    const subjects = issued.map((text) => new X509Certificate(text).subject)
    expect(subjects.toSorted()).toEqual(
      outcome === 'name' ? ['CN=Test CA G1', 'CN=Test CA G2'] : ['CN=Test CA G1'],
    )
    const [last = ''] = (await readFile(join(left, 'ca/ca.crt'), 'utf8')).split(
      /(?<=END CERTIFICATE-----\n)/,
    )
    expect(issued).toContain(last)
    expect((await readdir(left)).filter((name) => !name.endsWith('.lock')).toSorted()).toEqual([
      'ca',
      'root',
    ])
    expect((await readdir(join(left, 'root'))).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
  expect(outcomes).toEqual(new Set([undefined, 'name', 'there']))
}, 600_000)

it('K14: a change of the passphrase that is killed at any step leaves a key that one of the two opens, and the same command goes on', async () => {
  const [place, root, replacement] = [await newPlace(), await newRoot(), newPassphrase()]
  await cp(root.directory, join(place, 'ca'), { recursive: true })
  const passphrase = { value: root.passphrase, origin: { kind: 'memory' } } as const
  const change = (at: string) =>
    changePassphrase({ directory: join(at, 'ca'), passphrase, replacement })
  const outcomes = new Set<string>()
  await checkEach(await recordKills(place, () => change(place)), 15, async (left) => {
    outcomes.add(await change(left).then(() => 'changed', codeOf))
    const ca = await openHeld({ directory: join(left, 'ca'), passphrase: replacement })
    expect(ca.certificate).toBe(root.ca.certificate)
    // A line of the biography that was cut is kept aside.
    const names = (await readdir(join(left, 'ca'))).filter((name) => name !== 'biography.log.torn')
    expect(names.toSorted()).toEqual(WHOLE)
    expect(await lifeOf(join(left, 'ca'))).toContain('change-passphrase')
  })
  // It was changed already, and the old one does not open the key.
  expect(outcomes).toEqual(new Set(['changed', 'rejected']))
}, 600_000)

function codeOf(error: unknown): string {
  return error instanceof SecretError ? error.code : 'failed'
}

it('K14, K24: issuing that is killed at any step has each certificate on record that was handed out, explains each serial, and gives none twice', async () => {
  const [place, { directory, ca }] = [await newPlace(), await newIntermediate()]
  await cp(directory, join(place, 'ca'), { recursive: true })
  const handedOut: string[] = []
  const issue = async () => {
    const issuing = movedTo(join(place, 'ca'), ca)
    const order = async () => handedOut.push((await issuing.issueCertificate(orderFor())).serial)
    await order()
    await Promise.all([order(), order()])
    await issuing.close()
  }
  const states = await recordKills(place, issue, () => [...handedOut])
  const explained = new Set<string>()
  await checkEach(states, 15, async (left, handed) => {
    const before = await readIssuances(join(left, 'ca'))
    for (const serial of handed) {
      const found = before.find((each) => each.serial === serial)
      expect(found).toMatchObject({ state: 'signed' })
      expect(new X509Certificate(found?.certificate ?? '').serialNumber.toLowerCase()).toBe(serial)
    }
    for (const { state } of before) explained.add(state)
    const again = movedTo(join(left, 'ca'), ca)
    const { serial } = await again.issueCertificate(orderFor())
    await again.close()
    const after = (await readIssuances(join(left, 'ca'))).map((each) => each.serial)
    expect(new Set(after).size).toBe(before.length + 1)
    expect(after).toContain(serial)
    expect((await readdir(join(left, 'ca'))).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
  expect(explained).toEqual(new Set(['void', 'signed']))
}, 300_000)

it('K13: a creation whose disk fails at any step makes a whole CA or none', async () => {
  const [place, passphrase] = [await newPlace(), newPassphrase()]
  const create = async (at: string) => {
    await (await createCa({ directory: join(at, 'ca'), passphrase, commonName: 'Test CA' })).close()
  }
  await failEach(place, create, async (at) => {
    const names = (await readdir(at)).filter((name) => !name.startsWith('.'))
    expect(['', 'ca']).toContain(names.join())
    if (names.length === 0) return
    expect((await readdir(join(at, 'ca'))).toSorted()).toEqual(WHOLE)
    expect(await lifeOf(join(at, 'ca'))).toContain('create')
  })
}, 600_000)

it('K13: a change of the passphrase whose disk fails at any step leaves the old key or the new one', async () => {
  const [place, root, replacement] = [await newPlace(), await newRoot(), newPassphrase()]
  await cp(root.directory, join(place, 'ca'), { recursive: true })
  const passphrase = { value: root.passphrase, origin: { kind: 'memory' } } as const
  const keyAt = (at: string) => readFile(join(at, 'ca/ca.key'), 'utf8')
  const old = await keyAt(place)
  const change = (at: string) =>
    changePassphrase({ directory: join(at, 'ca'), passphrase, replacement })
  let changed = 0
  await failEach(place, change, async (at, isDone) => {
    const key = await keyAt(at)
    if (isDone) expect(key).not.toBe(old)
    if (key === old) return
    changed += 1
    // One is opened; the others are written in the same way.
    if (changed === 1) await openHeld({ directory: join(at, 'ca'), passphrase: replacement })
    expect(key.length).toBe(old.length)
  })
  expect(changed).toBeGreaterThan(0)
}, 600_000)

it('K13, K24: nothing is issued on a disk that fails at any step of recording it, and what was issued stays on record', async () => {
  const [place, { directory, ca }] = [await newPlace(), await newIntermediate()]
  await cp(directory, join(place, 'ca'), { recursive: true })
  let serial: string | undefined
  const issue = async (at: string) => {
    serial = undefined
    await using issuing = movedTo(join(at, 'ca'), ca)
    serial = (await issuing.issueCertificate(orderFor())).serial
  }
  await failEach(place, issue, async (at, isDone) => {
    const signed = (await readIssuances(join(at, 'ca'))).filter(({ state }) => state === 'signed')
    if (isDone) expect(signed).toMatchObject([{ serial }])
    await issue(at)
    const { length } = await readIssuances(join(at, 'ca'))
    expect(length).toBeGreaterThanOrEqual(signed.length + 1)
  })
}, 300_000)
