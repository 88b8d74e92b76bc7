/**
 * The checks that an HTTP adapter of your own must pass.
 *
 * @module
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { type Clock, limitedText, Secret, systemClock, within } from '@rekey/secret'
import { AdapterClient, type NewCredential } from '../adapter/adapter-client.ts'
import { signAdapterRequest } from '../adapter/sign-request.ts'

/** The adapter that is checked, in front of an account for tests: its credentials are made and revoked. */
export interface AdapterUnderTest {
  readonly url: string
  /** The key that signs requests to it. */
  readonly key: Secret
  /** How long it may take until a credential that was revoked is refused. Default 10,000. */
  readonly revocationMs?: number
  readonly fetch?: typeof fetch
}

/** One promise of the contract. */
export interface AdapterCheck {
  /** The promise as a sentence. */
  readonly name: string
  /** Rejects with an `AssertionError` or `SecretError` if the adapter does not keep it. */
  readonly run: () => Promise<void>
}

const TIMEOUT_MS = 10_000
const REVOCATION_MS = 10_000
const POLL_MS = 50
const OLD_MS = 600_000

/**
 * Lists the checks of the contract that an adapter must keep, see README.md. Each makes its own credentials and may run alone.
 *
 * @example
 * ```ts
 * for (const { name, run } of adapterChecks({ url, key })) it(name, run)
 * ```
 */
export function adapterChecks(adapter: AdapterUnderTest): readonly AdapterCheck[] {
  return [
    ...signatureChecks(adapter),
    ...creationChecks(adapter),
    ...limitChecks(adapter),
    ...revocationChecks(adapter),
  ]
}

function signatureChecks(adapter: AdapterUnderTest): AdapterCheck[] {
  const { url, key } = adapter
  const signed = { method: 'POST', path: pathOf(url, '/verify'), body: BODY }
  const expectStatus = async (authorization: string, status: number) => {
    assert.equal(await post(adapter, '/verify', authorization), status)
  }
  return [
    check('refuses a request without a signature, or with one by another key', async () => {
      for (const wrong of ['', 'Bearer x', signAdapterRequest(newSecret(), signed)]) {
        await expectStatus(wrong, 401)
      }
    }),
    check(
      'refuses a request whose method, path or body is not the one that was signed',
      async () => {
        for (const part of [{ method: 'PUT' }, { path: '/other' }, { body: '{}' }]) {
          await expectStatus(signAdapterRequest(key, { ...signed, ...part }), 401)
        }
      },
    ),
    check('takes a signature once, and within five minutes of its time', async () => {
      const authorization = signAdapterRequest(key, signed)
      await expectStatus(authorization, 200)
      await expectStatus(authorization, 401)
      for (const ms of [-OLD_MS, OLD_MS]) {
        // eslint-disable-next-line no-restricted-syntax -- a wall clock that is wrong on purpose
        const shifted: Pick<Clock, 'now'> = { now: () => systemClock.now() + ms }
        await expectStatus(signAdapterRequest(key, signed, shifted), 401)
      }
    }),
  ]
}

function creationChecks(adapter: AdapterUnderTest): AdapterCheck[] {
  const { client, newOrder, make } = clientOf(adapter)
  return [
    check('makes one credential for one idempotency key, however often it is asked', async () => {
      const order = await newOrder()
      const one = await client.create(order, SIGNAL)
      const again = await client.create(order, SIGNAL)
      assert.equal(again.id, one.id)
      assert.ok(isSame(again.value, one.value.expose()), 'the second value is another one')
      const { value = one.value.expose() } = order
      assert.ok(isSame(one.value, value), 'the value is not the given one')
    }),
    check('accepts a new credential, names it, and lists it', async () => {
      const { id, value } = await make()
      assert.deepEqual(await client.verify(value, SIGNAL), { accepted: true, id })
      const { credentials } = await client.list(SIGNAL)
      assert.ok(
        credentials.some((one) => one.id === id),
        'it is not listed',
      )
    }),
    check('does not accept a value that it never gave', async () => {
      assert.equal((await client.verify(newSecret(), SIGNAL)).accepted, false)
    }),
  ]
}

function limitChecks(adapter: AdapterUnderTest): AdapterCheck[] {
  const { client, newOrder, make } = clientOf(adapter)
  return [
    check('accepts as many credentials at once as it reports to hold', async () => {
      const [first, second] = [await make(), await make()]
      const { holds } = await client.list(SIGNAL)
      assert.equal((await client.verify(second.value, SIGNAL)).accepted, true)
      assert.equal((await client.verify(first.value, SIGNAL)).accepted, holds === 2)
    }),
    check('gives the credential that replaced the only one again for its key', async () => {
      const old = await make()
      const order = await newOrder()
      const { holds } = await client.list(SIGNAL)
      if (holds === 2) return
      const { id } = await client.create(order, SIGNAL)
      const again = await client.create(order, SIGNAL)
      assert.equal(again.id, id)
      assert.equal((await client.verify(again.value, SIGNAL)).accepted, true)
      assert.equal((await client.verify(old.value, SIGNAL)).accepted, false)
      const { credentials } = await client.list(SIGNAL)
      assert.deepEqual(
        credentials.map((one) => one.id),
        [id],
        'the one before is still listed',
      )
    }),
  ]
}

function revocationChecks(adapter: AdapterUnderTest): AdapterCheck[] {
  const { client, newOrder, make } = clientOf(adapter)
  return [
    check('refuses a credential that was revoked, which may be asked twice', async () => {
      const { id, value } = await make()
      await client.revoke(id, SIGNAL)
      await client.revoke(id, SIGNAL)
      const deadline = systemClock.elapsed() + (adapter.revocationMs ?? REVOCATION_MS)
      while ((await client.verify(value, SIGNAL)).accepted) {
        assert.ok(systemClock.elapsed() < deadline, 'it is still accepted')
        await systemClock.sleep(POLL_MS, SIGNAL, { keepAlive: true })
      }
      const { credentials } = await client.list(SIGNAL)
      assert.ok(!credentials.some((one) => one.id === id), 'it is still listed')
    }),
    check('makes another credential for the key of one that was revoked', async () => {
      const order = await newOrder()
      const { id } = await client.create(order, SIGNAL)
      await client.revoke(id, SIGNAL)
      const next = await client.create(order, SIGNAL)
      assert.equal((await client.verify(next.value, SIGNAL)).accepted, true)
    }),
  ]
}

/** Every request has a deadline of its own. */
const SIGNAL = new AbortController().signal

function clientOf(adapter: AdapterUnderTest) {
  const client = new AdapterClient({ ...adapter, key: () => Promise.resolve(adapter.key) })
  const newOrder = async (): Promise<NewCredential> => {
    const { takesValues } = await client.list(SIGNAL)
    const order = { idempotencyKey: randomUUID(), nonProduction: false }
    return { ...order, ...(takesValues && { value: newSecret().expose() }) }
  }
  return { client, newOrder, make: async () => client.create(await newOrder(), SIGNAL) }
}

function newSecret(): Secret {
  return Secret.of(randomBytes(32).toString('base64url'), 'a new secret')
}

function isSame(secret: Secret, text: string): boolean {
  return digestOf(secret.expose()).equals(digestOf(text))
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

const BODY = JSON.stringify({ value: 'no credential' })

function check(name: string, run: () => Promise<void>): AdapterCheck {
  return { name, run }
}

function pathOf(url: string, path: string): string {
  return new URL(url).pathname.replace(/\/$/, '') + path
}

async function post(
  { url, fetch = globalThis.fetch }: AdapterUnderTest,
  path: string,
  authorization: string,
): Promise<number> {
  const limit = { what: 'an answer of the adapter', limitMs: TIMEOUT_MS, keepAlive: true }
  return within(limit, async (signal) => {
    const response = await fetch(new URL(pathOf(url, path), url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
      body: BODY,
      redirect: 'error',
      signal,
    })
    await limitedText(response)
    return response.status
  })
}
