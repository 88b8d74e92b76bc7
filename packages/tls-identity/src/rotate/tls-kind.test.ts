import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { inspect } from 'node:util'
import {
  createFleet,
  createMemoryJournal,
  planRotation,
  rollBack,
  rotate,
} from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import type { HealthReport } from '@rekey/secret/internal'
import { type Clock, Secret, type SecretStore, systemClock } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { type Replica, STEPS } from '@rekey/secret/internal/kind'
import { beforeAll, describe, expect, it } from 'vitest'
import { followTls } from '../index.ts'
import { parseCertificates } from '../internal.ts'
import {
  dial,
  HOURS,
  issueText,
  keyLines,
  NAME,
  openReplica,
  openTestCa,
  setUp,
  shownBy,
  type TestCa,
} from '../../test/rotate/tls-kind.support.ts'

const ROTATIONS = 12
let ca: TestCa
let foreign: TestCa
beforeAll(async () => {
  ca = await openTestCa()
  foreign = await openTestCa()
})

async function currentId(store: SecretStore): Promise<string> {
  const [leaf] = parseCertificates((await store.read(NAME)).current.value.expose())
  return leaf?.fingerprint256.replaceAll(':', '').toLowerCase() ?? ''
}

async function serialOf(store: SecretStore, stage: 'current' | 'pending' = 'current') {
  const text = (await store.read(NAME))[stage]?.value.expose() ?? ''
  return parseCertificates(text)[0]?.serialNumber.toLowerCase()
}

/** Requests over few connections, for as long as it is not stopped. */
function startLoad(replicas: readonly Replica[]) {
  const agent = new Agent({ keepAlive: true, maxSockets: 2, ca: ca.trust, servername: 'alpha' })
  const stop = new AbortController()
  const ports = new Set<number | undefined>()
  const counts = { requests: 0, failures: 0 }
  const call = (url: string) =>
    new Promise<void>((resolve) => {
      const sent = request(url, { agent }, (response) => {
        if (response.statusCode !== 200) counts.failures += 1
        ports.add(sent.socket?.localPort)
        response.resume().on('end', resolve)
      })
      sent.on('error', () => {
        counts.failures += 1
        resolve()
      })
      sent.end()
    })
  const loop = async (url: string) => {
    while (!stop.signal.aborted) {
      await call(url)
      counts.requests += 1
      await systemClock.sleep(1)
    }
  }
  const loops = replicas.flatMap(({ url }) => [loop(url), loop(url)])
  return {
    async stop() {
      stop.abort()
      await Promise.all(loops)
      agent.destroy()
      return { ...counts, connections: ports.size }
    },
  }
}

/** One request on a connection that is open already. */
async function ask(socket: TLSSocket): Promise<string> {
  socket.write('GET / HTTP/1.1\r\nHost: alpha\r\n\r\n')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  return answer.toString().slice(0, 15)
}

it(`replaces the certificate ${ROTATIONS} times under load: no request fails, no connection is dropped`, async () => {
  const { store, replicas, options, kind } = await setUp(ca)
  const kept = await Promise.all(replicas.map((replica) => dial(replica, ca.trust)))
  const ports = kept.map(({ localPort }) => localPort)
  const load = startLoad(replicas)
  const seen = new Set([await currentId(store)])
  for (let round = 0; round < ROTATIONS; round += 1) {
    await rotate(kind(), options)
    const id = await currentId(store)
    seen.add(id)
    for (const replica of replicas) expect(await shownBy(replica, ca.trust)).toBe(id)
    for (const socket of kept) expect(await ask(socket)).toBe('HTTP/1.1 200 OK')
  }
  const { failures, requests, connections } = await load.stop()
  expect(seen.size).toBe(ROTATIONS + 1)
  expect(kept.map(({ localPort, destroyed }) => [localPort, destroyed])).toEqual(
    ports.map((port) => [port, false]),
  )
  expect({ failures, connections }).toEqual({ failures: 0, connections: 2 * replicas.length })
  expect(requests).toBeGreaterThan(ROTATIONS)
}, 60_000)

const POINTS = STEPS.flatMap((step) => [`${step} begin`, `${step} end`])

it.each(POINTS)('converges when it is run again after dying at %s', async (point) => {
  const { store, replicas, options, kind } = await setUp(ca)
  const first = await currentId(store)
  const onEvent = ({ step, phase }: RotationEvent) => {
    if (`${step} ${phase}` === point) throw new Error('killed')
  }
  await expect(rotate(kind(), { ...options, onEvent })).rejects.toThrow('killed')
  await rotate(kind(), options)
  const { pending, previous } = await store.read(NAME)
  const id = await currentId(store)
  expect([pending, previous, id === first]).toEqual([undefined, undefined, false])
  for (const replica of replicas) expect(await shownBy(replica, ca.trust)).toBe(id)
})

describe('leaves the old certificate in service, and nothing behind, when what is next', () => {
  const other = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const unpaired = (text: string) =>
    other().export({ format: 'pem', type: 'pkcs8' }).toString() +
    text.slice(text.indexOf('-----BEGIN CERTIFICATE'))
  const names = ['alpha', 'localhost']

  it.each([
    ['has expired', () => issueText(ca.signer({ agoMs: 25 * HOURS }), names)],
    ['is not valid yet', () => issueText(ca.signer({ agoMs: -2 * HOURS }), names)],
    ['is due for renewal already', () => issueText(ca.signer({ agoMs: 17 * HOURS }), names)],
    ['ends in minutes', () => issueText(ca.signer({ validityMs: HOURS / 10 }), names)],
    ['has the key of another', async () => unpaired(await issueText(ca.signer(), names))],
    ['lacks one of the names', () => issueText(ca.signer(), ['alpha'])],
    ['is for other names', () => issueText(ca.signer(), ['beta', 'localhost'])],
    ['comes from an issuer that nobody trusts', () => issueText(foreign.signer(), names)],
    ['is for clients', () => issueText(ca.signer({ profile: 'client' }), names)],
    ['is no identity', () => Promise.resolve('identity')],
  ])('%s', async (_what, issue) => {
    const { store, replicas, options, kind } = await setUp(ca)
    const { current, revision } = await store.read(NAME)
    const text = await issue()
    await store.stage(NAME, Secret.of(text, NAME), revision)
    const failure = await rotate(kind(), options).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'rolled-back', reason: 'refused' })
    const after = await store.read(NAME)
    expect([after.current.version, after.pending]).toEqual([current.version, undefined])
    for (const replica of replicas) {
      expect(await shownBy(replica, ca.trust)).toBe(await currentId(store))
    }
    for (const line of keyLines(text)) expect(inspect(failure, { depth: 9 })).not.toContain(line)
  })
})

it('makes a new key each time, and stores the chain without the root, which clients have', async () => {
  const { store, options, kind } = await setUp(ca)
  const texts: string[] = []
  for (let round = 0; round < 2; round += 1) {
    await rotate(kind(), options)
    texts.push((await store.read(NAME)).current.value.expose())
  }
  for (const text of texts) {
    const names = parseCertificates(text).map(({ subject }) => subject)
    expect(names).toEqual(['CN=alpha', 'CN=Unit Development CA G1'])
  }
  expect(new Set(keyLines(...texts)).size).toBe(keyLines(...texts).length)
})

it('does not even stage what the signer gives for another key', async () => {
  const { store, options, kind } = await setUp(ca)
  const { version } = (await store.read(NAME)).current
  const signer = async () => {
    const [leaf, issuer] = parseCertificates(await issueText(ca.signer()))
    return Promise.resolve({ certificate: String(leaf), chain: String(issuer) })
  }
  const rotation = rotate(kind({ signer }), options)
  await expect(rotation).rejects.toMatchObject({ code: 'rolled-back', step: 'generate' })
  expect(await store.read(NAME)).toMatchObject({ current: { version } })
})

it('does not promote before every replica has loaded the new certificate', async () => {
  const { store, replicas, options, kind } = await setUp(ca)
  const deaf = await openReplica(createMemoryStore({ [NAME]: await issueText(ca.signer()) }))
  const fleet = [...replicas, deaf]
  const named = expect.stringContaining(deaf.healthUrl) as string
  await expect(rotate(kind({ deadlineMs: 200 }, fleet), options)).rejects.toMatchObject({
    ...{ code: 'stopped', step: 'admit', reason: 'unreachable', message: named },
  })
  expect((await store.read(NAME)).previous).toBeUndefined()
})

it('waits for new handshakes, not for what replicas say; and what they do not show is rolled back', async () => {
  const { store, replicas, options, kind } = await setUp(ca)
  const first = await currentId(store)
  const [one, two] = replicas
  const stale = await openReplica(createMemoryStore({ [NAME]: await issueText(ca.signer()) }))
  const fleet = [one, { ...stale, healthUrl: two?.healthUrl ?? '' }].filter((r) => r !== undefined)
  const kindOfBoth = kind({ deadlineMs: 300 }, fleet)
  await expect(rotate(kindOfBoth, options)).rejects.toMatchObject({
    ...{ code: 'stopped', step: 'confirm' },
    message: expect.stringContaining(stale.url) as string,
  })
  await rollBack(kind(), options)
  expect(await currentId(store)).toBe(first)
  for (const replica of replicas) {
    await expect.poll(() => shownBy(replica, ca.trust)).toBe(first)
  }
})

it('waits for every server of a replica, not only for the one that it is called at', async () => {
  const { replicas, options, kind } = await setUp(ca)
  const [replica] = replicas
  if (replica === undefined) throw new Error('no replica')
  followTls(createServer(), replica.live, { name: 'internal' }).close()
  await expect(rotate(kind({ deadlineMs: 200 }), options)).rejects.toMatchObject({
    ...{ code: 'stopped', step: 'confirm' },
    message: expect.stringContaining(replica.healthUrl) as string,
  })
})

it('does not take a rotation for rolled back while a replica serves the aborted version', async () => {
  const { replicas, options, kind } = await setUp(ca)
  const [first, second] = replicas
  const impatient = kind({ deadlineMs: 200 })
  second?.follower.close()
  await expect(rotate(impatient, options)).rejects.toMatchObject({ step: 'confirm' })
  first?.follower.close()
  await expect(rollBack(impatient, options)).rejects.toMatchObject({
    ...{ code: 'stopped', step: 'abort' },
    message: expect.stringContaining(first?.healthUrl ?? '-') as string,
  })
})

it('does not wait for connections that are open, and health names the version they began under', async () => {
  const { store, replicas, options, kind } = await setUp(ca)
  const { version } = (await store.read(NAME)).current
  const [replica] = replicas
  if (replica === undefined) throw new Error('no replica')
  const kept = await dial(replica, ca.trust)
  await rotate(kind(), options)
  const holding = async () => {
    const report = await fetch(new URL('/health/secrets', replica.healthUrl))
    const { secrets } = (await report.json()) as HealthReport
    return secrets[0]?.usage.holding
  }
  await expect.poll(holding).toMatchObject({ 'tls connections': [version] })
  expect(await ask(kept)).toBe('HTTP/1.1 200 OK')
})

it('reports a replaced certificate as unproven where the CA is not asked to revoke it', async () => {
  const { kind, options } = await setUp(ca)
  const rotated = await rotate(kind(), options)
  expect(rotated.revoked).toBeUndefined()
  expect(rotated.unproven).toHaveLength(1)
})

it('has a replaced certificate revoked, and one that was given up, if that is asked for', async () => {
  const { store, options, kind } = await setUp(ca)
  const revoked: string[] = []
  const revokeOld = (serial: string) => Promise.resolve(void revoked.push(serial))
  const old = await serialOf(store)
  await rotate(kind({ revokeOld, validationMs: 0 }), options)
  const { revision } = await store.read(NAME)
  await store.stage(NAME, Secret.of(await issueText(ca.signer()), NAME), revision)
  const givenUp = await serialOf(store, 'pending')
  await expect(rotate(kind({ revokeOld }), options)).rejects.toMatchObject({ code: 'rolled-back' })
  expect(revoked).toEqual([old, givenUp])
})

it('a replica that starts with a late view of the store is waited for before the old certificate is revoked', async () => {
  const { store, replicas, options, kind } = await setUp(ca)
  const stale = await store.read(NAME)
  let isLate = true
  const read = (name: string) => (isLate ? Promise.resolve(stale) : store.read(name))
  const newcomer = await openReplica({ locator: 'a late view', read })
  const listed: Replica[] = [...replicas]
  const validationMs = 12_345
  const clock: Clock = {
    ...systemClock,
    sleep(delayMs, ...rest) {
      if (delayMs !== validationMs) return systemClock.sleep(delayMs, ...rest)
      listed.push(newcomer)
      void systemClock.sleep(200).then(() => (isLate = false))
      return Promise.resolve()
    },
  }
  const shown: string[] = []
  const revokeOld = async () => void shown.push(await shownBy(newcomer, ca.trust))
  const fleet = createFleet(() => Promise.resolve(listed))
  await rotate(kind({ fleet, revokeOld, validationMs }), { ...options, clock })
  expect(shown).toEqual([await currentId(store)])
})

it('revokes when the key has leaked once the new certificate is served, and leaves the late behind', async () => {
  const { store, replicas, options, kind, events } = await setUp(ca)
  const [, late] = replicas
  late?.follower.close()
  const old = await serialOf(store)
  const revoked: string[] = []
  const revokeOld = (serial: string) => Promise.resolve(void revoked.push(serial))
  await rotate(kind({ revokeOld, deadlineMs: 200 }), { ...options, compromised: true })
  const waits = events.filter(({ step, phase }) => step === 'revoke' && phase === 'waiting')
  expect(waits.map(({ message }) => message)).toContain(`went on without ${late?.healthUrl ?? ''}`)
  expect(revoked).toEqual([old])
})

it('replaces a certificate that has expired, which no replica can read any more', async () => {
  const text = await issueText(ca.signer({ agoMs: 25 * HOURS }), ['alpha'])
  const store = createMemoryStore({ [NAME]: text })
  let offsetMs = -2 * HOURS
  const replica = await openReplica(store, { ...systemClock, now: () => Date.now() + offsetMs })
  offsetMs = 0
  const { kind } = await setUp(ca)
  await rotate(kind({}, [replica]), { store, journal: createMemoryJournal() })
  expect(await shownBy(replica, ca.trust)).toBe(await currentId(store))
})

it('takes the identity of the operator where the current one has expired, and orders nothing with that', async () => {
  const text = await issueText(ca.signer({ agoMs: 25 * HOURS }), ['alpha'])
  const store = createMemoryStore({ [NAME]: text })
  let offsetMs = -2 * HOURS
  const replica = await openReplica(store, { ...systemClock, now: () => Date.now() + offsetMs })
  offsetMs = 0
  const { kind } = await setUp(ca)
  const signer = () => Promise.reject(new Error('not reached'))
  const pasted = await issueText(ca.signer(), ['alpha', 'localhost'])
  const ask = () => Promise.resolve(Secret.of(pasted, 'pasted'))
  await rotate(kind({ signer, ask }, [replica]), { store, journal: createMemoryJournal() })
  expect((await store.read(NAME)).current.value.expose()).toBe(pasted)
  expect(await shownBy(replica, ca.trust)).toBe(await currentId(store))
})

it('says what it would do, and who is there', async () => {
  const { options, kind } = await setUp(ca)
  const { steps } = await planRotation(kind(), options)
  expect(steps.map(({ what }) => what).join('\n')).toMatch(/alpha, localhost.*2 of 2 replicas/s)
})

it('R30 no line of a private key is in events, journal, health or errors', async () => {
  const { store, replicas, options, kind, events } = await setUp(ca)
  const texts = [(await store.read(NAME)).current.value.expose()]
  const remember = async () => void texts.push((await store.read(NAME)).current.value.expose())
  await rotate(kind(), options)
  await remember()
  const failing = kind({ signer: () => Promise.reject(new Error('down')) })
  const failure = await rotate(failing, options).catch((error: unknown) => error)
  const answers = replicas.map(({ healthUrl }) => fetch(new URL('/health/secrets', healthUrl)))
  const health = await Promise.all(answers.map(async (answer) => (await answer).text()))
  const shown = inspect([events, failure, health, await options.journal.entries()], { depth: 9 })
  expect(shown).toContain(NAME)
  for (const line of keyLines(...texts)) expect(shown).not.toContain(line)
  expect(keyLines(...texts).length).toBeGreaterThan(4)
})
