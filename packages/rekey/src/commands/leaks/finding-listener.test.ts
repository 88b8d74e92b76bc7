import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryJournal } from '../../journal/memory-journal.ts'
import { createFakeClock } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import type { RotationKind } from '@rekey/secret/kind'
import { expect, it, onTestFinished } from 'vitest'
import { openFindingListener, type ReportedToken } from './finding-listener.ts'
import { type Matched, readValues, type ValueMatcher } from './match-values.ts'
import { openWebhookKeys } from './webhook-keys.ts'

const newValue = () => randomBytes(32).toString('base64url')
const newPair = (namedCurve = 'prime256v1') => generateKeyPairSync('ec', { namedCurve })
const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()
const documentOf = (keys: Readonly<Record<string, string>>) =>
  JSON.stringify({
    public_keys: Object.entries(keys).map(([key_identifier, key]) => ({ key_identifier, key })),
  })
const signed = (body: string, key: KeyObject, id = 'one') => ({
  'github-public-key-identifier': id,
  'github-public-key-signature': sign('sha256', Buffer.from(body), key).toString('base64'),
})
const tokensOf = (...texts: string[]) =>
  JSON.stringify(texts.map((token) => ({ token, type: 'key', url: 'https://x', source: 'commit' })))

async function keysIn(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-keys-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const from = join(folder, 'keys.json')
  await writeFile(from, text)
  const { signal } = new AbortController()
  return openWebhookKeys({ from, clock: createFakeClock(), signal })
}

/** A listener of a family with the secret `A`, and the scanner's key `one`. */
async function setUp(extra: Readonly<Record<string, string>> = {}) {
  const pair = newPair()
  const live = newValue()
  const keys = await keysIn(documentOf({ one: pemOf(pair.publicKey), ...extra }))
  const store = createMemoryStore({ A: live })
  const kinds = new Map([['text A', { kind: 'text', name: 'A' } as RotationKind]])
  const journal = createMemoryJournal(createFakeClock())
  const seen: ReportedToken[] = []
  const state = { reads: 0, isDown: false }
  const listener = await openFindingListener({
    ...{ port: 0, host: '127.0.0.1', keys },
    readValues: () => {
      state.reads += 1
      if (state.isDown) return Promise.reject(new Error('down'))
      return readValues({ store, kinds, journal }, new AbortController().signal)
    },
    onToken: (token) => Promise.resolve(void seen.push(token)),
  })
  onTestFinished(() => listener[Symbol.asyncDispose]())
  const url = `http://127.0.0.1:${listener.port}/`
  const post = async (body: string, headers: Record<string, string>) => {
    const response = await fetch(url, { method: 'POST', body, headers })
    return { status: response.status, answer: await response.json() }
  }
  return { pair, live, seen, state, url, post }
}

it('verifies the example that GitHub documents', async () => {
  const pem = [
    '-----BEGIN PUBLIC KEY-----',
    'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUq',
    'kCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA==',
    '-----END PUBLIC KEY-----',
  ].join('\n')
  const { post } = await setUp({ documented: pem })
  const headers = {
    'GITHUB-PUBLIC-KEY-IDENTIFIER': 'documented',
    'GITHUB-PUBLIC-KEY-SIGNATURE':
      'MEUCIQDKZokqnCjrRtw0tni+2Ltvl/uiMJ1EGumEsp1BsNr32AIgQY1YXD2nlj+XNfGK4rBfkMJ1JDOQcYXxa2sY8FNkrKc=',
  }
  const body = '[{"token":"some_token","type":"some_type","url":"some_url"}]'
  const { status, answer } = await post(body, headers)
  const token_hash = createHash('sha256').update('some_token').digest('hex')
  expect(status).toBe(200)
  expect(answer).toEqual([{ token_hash, token_type: 'some_type', label: 'false_positive' }])
  expect((await post(body.replace('some_url', 'some_uri'), headers)).status).toBe(401)
})

it('labels many tokens, and gives back no token', async () => {
  const { pair, live, post, seen } = await setUp()
  const texts = [live, ...Array.from({ length: 999 }, newValue)]
  const body = tokensOf(...texts)
  const { status, answer } = await post(body, signed(body, pair.privateKey))
  expect(status).toBe(200)
  const labels = (answer as { label: string }[]).map(({ label }) => label)
  expect(labels).toEqual(['true_positive', ...Array.from({ length: 999 }, () => 'false_positive')])
  expect(JSON.stringify(answer)).not.toContain(live)
  expect(seen[0]).toMatchObject({ rule: 'key', answer: { verdict: 'live', secret: 'text A' } })
  const more = tokensOf(...texts, 'one more')
  expect((await post(more, signed(more, pair.privateKey))).status).toBe(400)
})

it('G4: labels a token false only after it was compared with all secrets', async () => {
  const pair = newPair()
  const keys = await keysIn(documentOf({ one: pemOf(pair.publicKey) }))
  const answers: Record<string, readonly [Matched, ...Matched[]]> = {
    hand: [{ verdict: 'by hand', secret: 'DATABASE_ROTATOR', runbook: 'page' }],
    dead: [{ verdict: 'dead', secret: 'text A', version: 'v' }],
    both: [
      { verdict: 'live', secret: 'text A', version: 'v', stage: 'current' },
      { verdict: 'by hand', secret: 'DATABASE_ROTATOR', runbook: 'page' },
    ],
    other: [{ verdict: 'not ours' }],
    unread: [{ verdict: 'not compared', unread: ['ca-passphrase stock'] }],
  }
  const state = { isIncomplete: false }
  const seen: ReportedToken[] = []
  const matcher = (): ValueMatcher => ({
    ...{ unreadable: [], isIncomplete: state.isIncomplete },
    match: (text) => answers[text] ?? [{ verdict: 'not ours' }],
  })
  await using listener = await openFindingListener({
    ...{ port: 0, host: '127.0.0.1', keys },
    readValues: () => Promise.resolve(matcher()),
    onToken: (token) => Promise.resolve(void seen.push(token)),
  })
  const body = tokensOf(...Object.keys(answers))
  const post = () =>
    fetch(`http://127.0.0.1:${listener.port}/`, {
      ...{ method: 'POST', body, headers: signed(body, pair.privateKey) },
    })
  const labels = (await (await post()).json()) as { label: string }[]
  expect(labels.map(({ label }) => label)).toEqual([
    ...['true_positive', 'true_positive', 'true_positive', 'false_positive'],
  ])
  expect(seen.map(({ answer }) => answer.verdict)).toEqual([
    ...['by hand', 'dead', 'live', 'by hand', 'not ours', 'not compared'],
  ])
  state.isIncomplete = true
  expect((await post()).status).toBe(503)
})

it('answers a message that is sent again in the same way', async () => {
  const { pair, live, post } = await setUp()
  const body = tokensOf(live)
  const headers = signed(body, pair.privateKey)
  expect(await post(body, headers)).toEqual(await post(body, headers))
})

it('refuses what is not signed by a known key before it reads a secret', async () => {
  const { pair, live, post, state, seen } = await setUp()
  const body = tokensOf(live)
  const good = signed(body, pair.privateKey)
  const id = 'github-public-key-identifier'
  const signature = 'github-public-key-signature'
  const forged = [
    {},
    { [id]: 'one' },
    { [signature]: good[signature] },
    { ...good, [id]: 'two' },
    { ...good, [id]: '__proto__' },
    { ...good, [signature]: '' },
    { ...good, [signature]: '%%%' },
    { ...good, [signature]: good[signature].slice(4) },
    signed(body, newPair().privateKey),
    signed(`${body} `, pair.privateKey),
  ]
  for (const headers of forged) {
    expect(await post(body, headers as Record<string, string>)).toEqual({
      ...{ status: 401, answer: { error: 'sign the body with a key of the scanner' } },
    })
  }
  expect([state.reads, seen]).toEqual([0, []])
})

it.each(['', '[]', '{}', 'null', '[{"token":7}]', '[{"token":"x"', '[{"token":"","type":"t"}]'])(
  'refuses %s though it is signed',
  async (body) => {
    const { pair, post } = await setUp()
    expect((await post(body, signed(body, pair.privateKey))).status).toBe(400)
  },
)

it('refuses other methods, and a body above 1 MiB, declared or not', async () => {
  const { url } = await setUp()
  expect((await fetch(url)).status).toBe(405)
  const headers = signed('', newPair().privateKey)
  for (const declared of [{ 'content-length': '1048577' }, {}]) {
    const sent = request(url, { method: 'POST', headers: { ...headers, ...declared } })
    // The rest is cut off.
    sent.on('error', () => undefined)
    if ('content-length' in declared) sent.flushHeaders()
    else sent.write(Buffer.alloc(1_048_577))
    const [response] = (await once(sent, 'response')) as [{ statusCode?: number }]
    expect(response.statusCode).toBe(413)
    sent.destroy()
  }
})

it('outlives a message that is cut, and asks for one again that it cannot judge', async () => {
  const { pair, live, post, url, state } = await setUp()
  const body = tokensOf(live)
  const headers = signed(body, pair.privateKey)
  const cut = request(url, { method: 'POST', headers: { ...headers, 'content-length': '500' } })
  cut.on('error', () => undefined)
  cut.write(body.slice(0, 20))
  await once(cut, 'socket')
  cut.destroy()
  state.isDown = true
  expect((await post(body, headers)).status).toBe(503)
  state.isDown = false
  expect((await post(body, headers)).status).toBe(200)
})

it.each([
  ['no JSON', 'keys'],
  ['no keys', '{"public_keys":[]}'],
  ['no key in PEM', documentOf({ one: 'x' })],
  ['a key of another curve', documentOf({ one: pemOf(newPair('secp384r1').publicKey) })],
])('refuses a file of keys with %s', async (_, text) => {
  await expect(keysIn(text)).rejects.toMatchObject({ code: 'malformed' })
})

it('reads the keys of a URL anew for an unknown one, once a minute at most, and asks again if that fails', async () => {
  const [old, next] = [newPair(), newPair()]
  const served = { text: documentOf({ old: pemOf(old.publicKey) }), count: 0 }
  const server = createServer((_, response) => {
    served.count += 1
    response.end(served.text)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  const clock = createFakeClock()
  const from = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const keys = await openWebhookKeys({ from, clock, signal: new AbortController().signal })
  served.text = documentOf({ next: pemOf(next.publicKey) })
  expect(await keys.find('old')).toBeDefined()
  expect(await keys.find('next')).toBeUndefined()
  await clock.advance(60_000)
  expect(await keys.find('next')).toBeDefined()
  expect([await keys.find('old'), served.count]).toEqual([undefined, 2])
  served.text = 'an error page'
  await clock.advance(60_000)
  await expect(keys.find('third')).rejects.toMatchObject({ code: 'malformed' })
  expect(await keys.find('next')).toBeDefined()
})
