import { createHmac, randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import fastifyCookie, { Signer as CookieSigner } from '@fastify/cookie'
import secureSession from '@fastify/secure-session'
import express from 'express'
import session from 'express-session'
import Fastify from 'fastify'
import { sealData, unsealData } from 'iron-session'
import Keygrip from 'keygrip'
import { createMemoryStore } from '@rekey/config-loader/store'
import { Secret } from '@rekey/secret'
import { createLiveSecret } from '@rekey/secret/internal'
import { expect, it, onTestFinished } from 'vitest'
import {
  openReplica,
  openShop,
  type Replica,
  SECRET,
  viewOf,
} from '../../test/signing-shop.support.ts'
import { signingSecretKind } from '../rotate/index.ts'
import { followSigningSecret, type SigningSecrets } from './follow-signing-secret.ts'

declare module '@fastify/secure-session' {
  interface SessionData {
    text: string
  }
}

/** A library that signs a text for a browser, and reads it again. */
interface Signer {
  sign(text: string): Promise<string>
  /** undefined for what it refuses. */
  read(signed: string): Promise<string | undefined>
  /** Reads a cookie, and returns what the browser has then. */
  renew?(cookie: string): Promise<string>
}

/** It has no types. */
const cookieSession = createRequire(import.meta.url)('cookie-session') as (
  options: Readonly<{ keys: string[] }>,
) => express.RequestHandler

/** A server of Express with sessions. */
async function serveExpress(sessions: express.RequestHandler): Promise<Signer> {
  const app = express()
  app.use(sessions)
  app.get('/sign/:text', ({ session, params: { text } }, response) => {
    Object.assign(session, { text })
    response.end()
  })
  app.get('/', ({ session }, response) => {
    response.end((session as { text?: string }).text)
  })
  const server = app.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return browse(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

function browse(url: string): Signer {
  const cookieIn = ({ headers }: Response) =>
    headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .join('; ')
  return {
    sign: async (text) => cookieIn(await fetch(`${url}/sign/${text}`)),
    async renew(cookie) {
      const renewed = cookieIn(await fetch(url, { headers: { cookie } }))
      const kept = cookie.split('; ').filter((one) => !renewed.includes(`${one.split('=')[0]}=`))
      return [...kept, renewed].filter((one) => one !== '').join('; ')
    },
    async read(cookie) {
      const answer = await fetch(url, { headers: { cookie } })
      return (await answer.text()) || undefined
    },
  }
}

const LIBRARIES: Readonly<Record<string, (signing: SigningSecrets) => Promise<Signer>>> = {
  'express-session': ({ list }) =>
    serveExpress(session({ secret: list, resave: false, saveUninitialized: false })),
  'cookie-session': ({ list }) => serveExpress(cookieSession({ keys: list })),
  async '@fastify/secure-session'({ keys }) {
    const app = Fastify()
    await app.register(secureSession, { key: keys })
    app.get<{ Params: { text: string } }>('/sign/:text', ({ session, params: { text } }) => {
      session.set('text', text)
      return ''
    })
    app.get('/', ({ session }) => session.get('text') ?? '')
    onTestFinished(() => app.close())
    return browse(await app.listen({ host: '127.0.0.1', port: 0 }))
  },
  async '@fastify/cookie'({ list }) {
    const app = Fastify()
    await app.register(fastifyCookie, {
      secret: {
        sign: (value) => new CookieSigner(list).sign(value),
        unsign: (value) => new CookieSigner(list).unsign(value),
      },
    })
    await app.ready()
    onTestFinished(() => app.close())
    return {
      sign: (text) => Promise.resolve(app.signCookie(text)),
      read: (signed) => Promise.resolve(app.unsignCookie(signed).value ?? undefined),
    }
  },
  Keygrip({ list }) {
    const keys = new Keygrip(list)
    return Promise.resolve({
      sign: (text) => Promise.resolve(`${text}:${keys.sign(text)}`),
      read(signed) {
        const [text = '', signature = ''] = signed.split(':')
        return Promise.resolve(keys.verify(text, signature) ? text : undefined)
      },
    })
  },
  'iron-session': (signing) =>
    Promise.resolve({
      sign: (text) => sealData({ text }, { password: signing.passwords() }),
      async read(signed) {
        const password = signing.passwords()
        return (await unsealData<{ text?: string }>(signed, { password })).text
      },
    }),
}

const follow = ({ session }: Replica) => {
  const signing = followSigningSecret(session)
  onTestFinished(signing.close)
  return signing
}

it.each(Object.entries(LIBRARIES))(
  '%s: at each step of a rotation what any replica signs is read by all, and afterwards what the old one signed by none',
  async (_, open) => {
    const { replicas, secretKind, run } = await openShop()
    // Each replica of express-session keeps its sessions itself.
    const isOneStore = open === LIBRARIES['express-session']
    const signing = replicas.map(follow)
    const signers = await Promise.all(signing.map(open))
    const readers = (at: number) => (isOneStore ? signers.slice(at, at + 1) : signers)
    const signed: { by: number; text: string; cookie: string }[] = []
    const step = async () => {
      for (const [by, signer] of signers.entries()) {
        const text = `n${signed.length}`
        signed.push({ by, text, cookie: await signer.sign(text) })
      }
    }
    const readAll = () =>
      Promise.all(
        signed.flatMap(({ by, cookie }) => readers(by).map((signer) => signer.read(cookie))),
      )
    const expected = () => signed.flatMap(({ by, text }) => readers(by).map(() => text))
    await step()
    const [before] = signed
    let isOver = false
    await run(secretKind(50), {
      async onEvent({ step: name, phase }) {
        isOver ||= name === 'revoke'
        if (isOver || phase === 'waiting') return
        await step()
        expect(await readAll()).toEqual(expected())
      },
    })
    expect(signed.length).toBeGreaterThan(10)
    expect(await signers[0]?.read(before?.cookie ?? '')).toBeUndefined()
    signed.splice(0, signed.length)
    await step()
    expect(await readAll()).toEqual(expected())
  },
)

it.each(Object.entries(LIBRARIES))(
  '%s: a replica that has not changed over reads what the next one signs, and one that knows the next one does not sign with it',
  async (name, open) => {
    const { store } = await openShop({ replicas: 0 })
    const [ahead, behind] = [viewOf(store), viewOf(store)]
    const [one, other] = [await openReplica(ahead.source), await openReplica(behind.source)]
    const signers = await Promise.all([one, other].map(async (each) => open(follow(each))))
    const [first, second] = signers as [Signer, Signer]
    const read = async (signer: Signer, signed: string) => {
      // Each replica of express-session keeps its sessions itself.
      if (name === 'express-session') return
      expect(await signer.read(signed)).toBe('text')
    }
    const next = Secret.of(
      signingSecretKind.issue(SECRET, { nonProduction: true }).expose().replace('1.', '2.'),
      SECRET,
    )
    behind.isFrozen = true
    const staged = await store.stage(SECRET, next, (await store.read(SECRET)).revision)
    await expect.poll(() => one.session.pending).toBeDefined()
    expect(other.session.pending).toBeUndefined()
    await read(second, await first.sign('text'))
    behind.isFrozen = false
    await expect.poll(() => other.session.pending).toBeDefined()
    behind.isFrozen = true
    await store.promote(SECRET, staged.revision)
    await expect.poll(() => one.session.previous).toBeDefined()
    expect(other.session.previous).toBeUndefined()
    await read(second, await first.sign('text'))
    await read(first, await second.sign('text'))
  },
)

it('a secret that the service has already is taken as it is, and the next one has the next number', async () => {
  const own = `dev-${'k'.repeat(10)}${Secret.of('x'.repeat(40), 'own').expose()}`
  const { store, replicas, secretKind, run } = await openShop({ held: { [SECRET]: own } })
  const signing = replicas.map(follow)
  const sealed = await sealData({ text: 'a' }, { password: own })
  expect(await unsealData(sealed, { password: signing[0]?.passwords() ?? '' })).toEqual({
    text: 'a',
  })
  expect((await store.read(SECRET)).current.value.expose()).toBe(own)
  await run(secretKind(0))
  expect((await store.read(SECRET)).current.value.expose()).toMatch(/^dev-2\.[\w-]{43}$/)
})

it.each([
  ['cookie-session', 'stays logged in'],
  ['@fastify/secure-session', 'stays logged in'],
  // Its cookie is set once.
  ['express-session', 'is logged out'],
])('%s: who comes back during the overlap %s afterwards', async (name, outcome) => {
  const { replicas, secretKind, run } = await openShop({ replicas: 1 })
  const [replica] = replicas as [Replica]
  const signer = await LIBRARIES[name]?.(follow(replica))
  const before = (await signer?.sign('text')) ?? ''
  let cookie = before
  await run(secretKind(50), {
    async onEvent({ step, phase }) {
      if (step === 'confirm' && phase === 'end') cookie = (await signer?.renew?.(cookie)) ?? ''
    },
  })
  expect(await signer?.read(cookie)).toBe(outcome === 'stays logged in' ? 'text' : undefined)
  expect(await signer?.read(before)).toBeUndefined()
})

it('iron-session: a secret that was stored by hand during an overlap seals, though its number is 1 again', async () => {
  const { store, replicas, secretKind, run } = await openShop({ replicas: 1 })
  const [signing] = replicas.map(follow) as [SigningSecrets]
  await run(secretKind(0))
  const own = `dev-${randomBytes(32).toString('hex')}`
  const before = await sealData({ text: 'before' }, { password: signing.passwords() })
  const { revision } = await store.read(SECRET)
  const staged = await store.stage(SECRET, Secret.of(own, 'own'), revision)
  await store.promote(SECRET, staged.revision)
  await expect.poll(() => replicas[0]?.session.current.value.expose()).toBe(own)
  const sealed = await sealData({ text: 'after' }, { password: signing.passwords() })
  expect(await unsealData(sealed, { password: own })).toEqual({ text: 'after' })
  expect(await unsealData(before, { password: signing.passwords() })).toEqual({ text: 'before' })
})

it('@fastify/secure-session: a key that the service has already in base64 is taken as it is', async () => {
  const own = randomBytes(32)
  const store = createMemoryStore({ own: own.toString('base64') })
  const live = createLiveSecret(await store.read('own'))
  const { keys, close } = followSigningSecret(live)
  onTestFinished(close)
  expect(keys[0]).toEqual(own)
  expect(keys.map((key) => key.length)[0]).toBe(32)
})

it('a list cannot be changed, and is read by what reads a list', async () => {
  const { replicas } = await openShop({ replicas: 1 })
  const [{ list }] = replicas.map(follow) as [SigningSecrets]
  expect(() => list.push('another')).toThrow(TypeError)
  const [first = ''] = list
  expect([...list]).toEqual([first])
  expect(list.map((text) => text.length)).toEqual([first.length])
  expect(list.some((text) => text === first)).toBe(true)
  expect([list.length, Array.isArray(list), 0 in list]).toEqual([1, true, true])
  const mac = (key: string) => createHmac('sha256', key).update('text').digest('hex')
  expect(list.map(mac)).toEqual([mac(first)])
})

it.each([
  ['short', 'short'],
  ['with a line break', `${'x'.repeat(40)}\n`],
])('a secret that is %s is refused, and its text not shown', async (_, text) => {
  await expect(openShop({ held: { [SECRET]: text } })).rejects.toThrow(
    /SIGNING_SECRET_SHOP_SESSION/,
  )
})
