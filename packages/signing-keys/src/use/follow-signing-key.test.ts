import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isExhaustive } from '@rekey/testbed'
import { createRemoteJWKSet, jwtVerify, SignJWT } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { expect, it, onTestFinished } from 'vitest'
import { KEY, openShop, type Replica } from '../../test/signing-shop.support.ts'
import { followSigningKey, type SigningKeys } from './follow-signing-key.ts'

const follow = ({ tokens }: Replica) => {
  const keys = followSigningKey(tokens)
  onTestFinished(keys.close)
  return keys
}

interface Library {
  sign(keys: SigningKeys): Promise<string>
  /** Rejects for a token that is refused. */
  verify(keys: SigningKeys, token: string): Promise<unknown>
}

const jose: Library = {
  sign: (keys) =>
    keys.sign(({ kid, alg, privateKey }) =>
      new SignJWT({ sub: 'ann' }).setProtectedHeader({ kid, alg }).sign(privateKey),
    ),
  verify: (keys, token) => jwtVerify(token, (header) => keys.find(header)),
}

const jsonWebToken: Library = {
  sign: (keys) =>
    keys.sign(({ kid, alg, privateKey }) => {
      const options = { algorithm: alg as jsonwebtoken.Algorithm, keyid: kid }
      return Promise.resolve(jsonwebtoken.sign({ sub: 'ann' }, privateKey, options))
    }),
  verify: (keys, token) =>
    new Promise((resolve, reject) => {
      const find: jsonwebtoken.GetPublicKeyOrSecret = (header, done) => {
        try {
          done(null, keys.find(header))
        } catch (error) {
          done(error as Error)
        }
      }
      jsonwebtoken.verify(token, find, (error, claims) => {
        if (error === null) resolve(claims)
        else reject(error)
      })
    }),
}

it.each([
  ['jose', 'ES256', jose],
  ['jose', 'EdDSA', jose],
  ['jose', 'RS256', jose],
  ['jsonwebtoken', 'ES256', jsonWebToken],
  // A key of RSA takes seconds to make.
  ...(isExhaustive ? ([['jsonwebtoken', 'RS256', jsonWebToken]] as const) : []),
] as const)(
  '%s with %s: at each step every replica verifies what any signed',
  async (_, alg, library) => {
    const { replicas, keyKind, run, store } = await openShop()
    const keys = replicas.map(follow)
    const tokens: string[] = []
    const step = async () => {
      for (const each of keys) tokens.push(await library.sign(each))
      for (const each of keys) {
        for (const token of tokens) await library.verify(each, token)
      }
    }
    await step()
    let isOver = false
    await run(await keyKind({ lifeMs: 30, algorithm: alg }), {
      async onEvent({ step: name, phase }) {
        isOver ||= name === 'revoke'
        if (!isOver && phase !== 'waiting') await step()
      },
    })
    const [one] = keys as [SigningKeys]
    const [first = ''] = tokens
    await expect(library.verify(one, first)).rejects.toThrow('no live key has the kid')
    expect(await library.verify(one, await library.sign(one))).toBeDefined()
    expect(one.sign((key) => key.alg)).toBe(alg)
    expect((await store.read(KEY)).current.value.expose()).toContain('"kid":"dev-')
  },
)

/** An API elsewhere that reads the published set, and keeps it. */
async function openApi(keys: () => SigningKeys) {
  const publishes = { is: true, asked: 0 }
  const old = keys().jwks()
  const server = createServer((_request, response) => {
    publishes.asked += 1
    response.end(JSON.stringify(publishes.is ? keys().jwks() : old))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const jwks = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
  const set = createRemoteJWKSet(new URL(jwks), { cacheMaxAge: 300, cooldownDuration: 300 })
  return { publishes, jwks, verify: (token: string) => jwtVerify(token, set) }
}

async function callsDuring(cacheMs: number) {
  const { replicas, keyKind, run } = await openShop({ replicas: 1 })
  const [keys] = replicas.map(follow) as [SigningKeys]
  const api = await openApi(() => keys)
  const calls = { made: 0, refused: 0 }
  // It has the set of before from now on.
  await api.verify(await jose.sign(keys))
  const over = new AbortController()
  const caller = (async () => {
    while (!over.signal.aborted) {
      const token = await jose.sign(keys)
      await api.verify(token).catch(() => (calls.refused += 1))
      calls.made += 1
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })()
  await run(await keyKind({ cacheMs, lifeMs: 350, jwks: api.jwks }))
  over.abort()
  await caller
  return calls
}

it('an API elsewhere that keeps the published set refuses no token while the key is rotated', async () => {
  const { made, refused } = await callsDuring(400)
  expect(refused).toBe(0)
  expect(made).toBeGreaterThan(20)
})

it('without the wait for those who keep the set, that API refuses tokens', async () => {
  expect((await callsDuring(0)).refused).toBeGreaterThan(0)
})

it('a key that the published set does not name is not used', async () => {
  const { replicas, keyKind, run } = await openShop({ replicas: 1 })
  const [keys] = replicas.map(follow) as [SigningKeys]
  const api = await openApi(() => keys)
  api.publishes.is = false
  const kind = await keyKind({ jwks: api.jwks })
  const failure = { code: 'stopped', step: 'admit', reason: 'unreachable' }
  await expect(run(kind)).rejects.toMatchObject(failure)
  api.publishes.is = true
  expect(await run(kind)).toHaveProperty('revoked')
})

it('a key that leaked waits for none of those who keep the set', async () => {
  const { replicas, keyKind, run } = await openShop({ replicas: 1 })
  replicas.map(follow)
  const kind = await keyKind({ cacheMs: 3_600_000, lifeMs: 3_600_000 })
  expect(await run(kind, { compromised: true })).toHaveProperty('revoked')
})

it('a token that names another algorithm than its key, or no key, is refused', async () => {
  const { replicas } = await openShop({ replicas: 1 })
  const [keys] = replicas.map(follow) as [SigningKeys]
  const kid = keys.sign((key) => key.kid)
  expect(() => keys.find({ kid, alg: 'HS256' })).toThrow('not that of its key')
  expect(() => keys.find({ alg: 'ES256' })).toThrow('no live key')
  expect(keys.find({ kid, alg: 'ES256' }).type).toBe('public')
  expect(Object.keys(keys.jwks().keys[0] ?? {})).toEqual([
    ...['kid', 'alg', 'use', 'crv', 'kty', 'x', 'y'],
  ])
})

const ec = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const jwkOf = () => ({ kid: 'dev-own', alg: 'ES256', ...ec().export({ format: 'jwk' }) })
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey

it.each([
  ['no JSON', 'it is no JSON', 'dev-'],
  ['null', 'alg is none of', 'null'],
  ['no private part', 'it is no private key', JSON.stringify({ ...jwkOf(), d: undefined })],
  [
    'another alg',
    'its kty or crv is not that of RS256',
    JSON.stringify({ ...jwkOf(), alg: 'RS256' }),
  ],
  ['no kid', 'it has no kid', JSON.stringify({ ...jwkOf(), kid: undefined })],
  [
    'two halves of two keys',
    'it is no private key|not of one key',
    JSON.stringify({ ...jwkOf(), d: jwkOf().d }),
  ],
  [
    'a short RSA key',
    'less than 2048 bits',
    JSON.stringify({ kid: 'dev-own', alg: 'RS256', ...weak.export({ format: 'jwk' }) }),
  ],
])('a key with %s is refused with a reason, and without its text', async (_, why, text) => {
  const refused = openShop({ held: { [KEY]: text } })
  await expect(refused).rejects.toThrow(new RegExp(why))
  const { d = 'absent' } = JSON.parse(text.startsWith('{') ? text : '{}') as { d?: string }
  await expect(refused).rejects.not.toThrow(d)
})

it('a key of the service itself is taken with its kid', async () => {
  const { replicas } = await openShop({ replicas: 1, held: { [KEY]: JSON.stringify(jwkOf()) } })
  expect(replicas.map(follow)[0]?.sign(({ kid }) => kid)).toBe('dev-own')
})
