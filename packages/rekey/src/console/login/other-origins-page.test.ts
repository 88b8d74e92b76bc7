// @lane servers
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import { inChromium, visit } from '../../../test/console/chromium.support.ts'
import type { OrderTaker } from '../index.ts'
import { settled } from '../../../test/console/readings.support.ts'
import { openGuarded, untilCallback } from '../../../test/console/login/guarded-console.support.ts'
import { createOrigin } from '../../../test/console/login/origin.support.ts'

const TITLE = settled().title

/** Another web server of this host, as any of its users can start one, and what a browser sends it. */
async function openNeighbour(setCookie: readonly string[] = []) {
  const got: IncomingMessage[] = []
  const server = createServer((request, response) => {
    got.push(request)
    response.setHeader('set-cookie', setCookie)
    response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>a neighbour</h1>')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return { url, cookies: () => got.map(({ headers }) => headers.cookie ?? '').join('; ') }
}

/** A console that takes orders, and a browser in which an operator is signed in. */
async function openSignedIn() {
  const taken: unknown[] = []
  const taker: OrderTaker = {
    rotate(order) {
      taken.push(order)
      return Promise.resolve('v2')
    },
    refused: () => Promise.resolve(),
  }
  const guarded = await openGuarded({ orders: taker })
  guarded.provider.behaviour.claims = { groups: ['on-call'], preferred_username: 'alice' }
  const { page } = await visit(guarded.at('/login').href)
  await page.waitForSelector('.act summary')
  return { ...guarded, page, taken }
}

inChromium(
  'G1: another web server on the same host gets nothing that reads, orders or signs out',
  async () => {
    const { at, here, page, taken } = await openSignedIn()
    const neighbour = await openNeighbour()
    const other = await page.browserContext().newPage()
    await other.goto(neighbour.url)
    const stolen = { cookie: neighbour.cookies(), origin: here, 'sec-fetch-site': 'same-origin' }
    const session = await fetch(at('/session'), { headers: stolen })
    const events = await fetch(at('/events'), { headers: stolen })
    await events.body?.cancel()
    expect([session.status, events.status]).toEqual([401, 401])
    expect(await page.browserContext().cookies()).toEqual([])
    const headers = { ...stolen, 'content-type': 'application/json' }
    const leaked = { title: TITLE, compromised: true, confirmed: TITLE }
    for (const body of [JSON.stringify({ title: TITLE }), JSON.stringify(leaked)]) {
      expect((await fetch(at('/rotate'), { method: 'POST', headers, body })).status).toBe(401)
    }
    await fetch(at('/logout'), { method: 'POST', headers, redirect: 'manual' })
    expect(taken).toEqual([])
    await page.bringToFront()
    await page.click('.act summary')
    await page.click('.act details > button')
    await page.waitForFunction(() =>
      (document.querySelector('.act [role=status]')?.textContent ?? '').startsWith('rotated'),
    )
    expect(taken).toHaveLength(1)
  },
)

inChromium(
  'G1: a login that another origin began is not finished in the browser of a person, who stays signed in',
  async () => {
    const { at, here, page, provider } = await openSignedIn()
    const thief = createOrigin(here)
    provider.behaviour.claims = {
      groups: ['on-call'],
      preferred_username: 'mallory',
      sub: 'mallory',
    }
    const { callback } = await untilCallback(thief)
    const neighbour = await openNeighbour([
      'rekey-session=mallory; Path=/',
      `rekey-login-${new URL(here).port}=mallory; Path=/`,
    ])
    await page.goto(neighbour.url)
    await page.goto(callback.href)
    await page.waitForSelector('h1 ::-p-text(You are not signed in)')
    await page.goto(at('/').href)
    await page.waitForSelector('.who ::-p-text(alice)')
  },
)

inChromium('G1: no script of the console itself can read the key of its session', async () => {
  const { page } = await openSignedIn()
  const found = await page.evaluate(async () => {
    const opening = indexedDB.open('rekey-console')
    await new Promise((resolve) => (opening.onsuccess = resolve))
    const asked = opening.result.transaction('keys').objectStore('keys').get('session')
    await new Promise((resolve) => (asked.onsuccess = resolve))
    const { privateKey } = asked.result as CryptoKeyPair
    const read = (['jwk', 'pkcs8'] as const).map((format) =>
      crypto.subtle.exportKey(format, privateKey).then(
        () => 'read',
        () => 'refused',
      ),
    )
    return Promise.all(read)
  })
  expect(found).toEqual(['refused', 'refused'])
  const stored = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]))
  expect(stored).toBe('[{},{}]')
})
