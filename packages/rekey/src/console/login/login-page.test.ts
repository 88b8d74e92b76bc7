// @lane servers
import { SecretError } from '@rekey/secret'
import { expect } from 'vitest'
import { findings, inChromium, visit } from '../../../test/console/chromium.support.ts'
import type { OrderTaker, RotationOrder } from '../index.ts'
import { held } from '../../../test/console/readings.support.ts'
import type { SecretReading } from '../family-reading.ts'
import { openGuarded } from '../../../test/console/login/guarded-console.support.ts'

const PAGES: readonly [string, string, string, readonly string[]][] = [
  ['the page that asks to sign in', '/', 'Sign in', []],
  ['the page of a sign-in that failed', '/callback', 'You are not signed in', []],
  ['the page of someone without a role', '/login', 'You may not see this console', []],
  ['the console of someone who is signed in', '/login', 'The secrets of this family', ['watchers']],
]

for (const [name, path, title, groups] of PAGES) {
  for (const scheme of ['light', 'dark'] as const) {
    for (const width of [1280, 390]) {
      inChromium(
        `${name}, ${scheme} and ${width} wide, has no fault that axe finds, and breaks no policy`,
        async () => {
          const { at, here, provider } = await openGuarded()
          const name = 'alice.of.a.department.with.a.long.name@example.test'
          provider.behaviour.claims = { groups, preferred_username: name }
          const { page, complaints } = await visit(at(path).href, { scheme, width })
          await page.waitForFunction(
            (text: string) => document.querySelector('h1')?.textContent === text,
            {},
            title,
          )
          if (groups.length > 0) await page.waitForSelector('.who')
          expect(await findings(page)).toEqual([])
          const mayBe = `asked for ${provider.issuer}/`
          const own = `asked for ${here}/`
          const failed = 'Failed to load resource: the server responded with a status of 40'
          const isExpected = (text: string) =>
            [mayBe, own, failed].some((start) => text.startsWith(start))
          expect(complaints.filter((text) => !isExpected(text))).toEqual([])
          const overflow = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          )
          expect(overflow).toBe(0)
        },
      )
    }
  }
}

inChromium(
  'a person signs in, and out in one tab, and the other asks to sign in again',
  async () => {
    const { at, provider } = await openGuarded()
    provider.behaviour.claims = { groups: ['on-call'], preferred_username: 'alice' }
    const { page } = await visit(at('/').href)
    await page.waitForSelector('a.button')
    await page.click('a.button')
    await page.waitForSelector('.who')
    expect(await page.$eval('.who', (who) => (who as HTMLElement).innerText)).toMatch(
      /alice\s+operator\s+Sign out/,
    )
    const other = await page.browserContext().newPage()
    await other.goto(at('/').href, { waitUntil: 'domcontentloaded' })
    await other.waitForSelector('[role=status].live')
    await page.bringToFront()
    await page.click('.who button')
    await page.waitForSelector('a.button')
    await other.waitForSelector('a.button', { timeout: 55_000 })
  },
)

inChromium('a person is signed in though the browser stores the key slowly', async () => {
  const { at, provider } = await openGuarded()
  provider.behaviour.claims = { groups: ['watchers'], preferred_username: 'alice' }
  const { page } = await visit(at('/').href)
  await page.evaluateOnNewDocument(() => {
    const { prototype } = IDBObjectStore
    const put = Object.getOwnPropertyDescriptor(prototype, 'put')?.value as IDBObjectStore['put']
    prototype.put = function (value: unknown, name?: IDBValidKey) {
      const request = put.call(this, value, name)
      const end = performance.now() + 300
      const keepOpen = () => {
        if (performance.now() < end) this.get('none').onsuccess = keepOpen
      }
      request.addEventListener('success', keepOpen)
      return request
    }
  })
  await page.waitForSelector('a.button')
  await page.click('a.button')
  await page.waitForSelector('.who', { timeout: 20_000 })
})

/** The console of an operator, which takes orders. */
async function openActing(secret?: SecretReading) {
  const orders: RotationOrder[] = []
  const taker: OrderTaker = {
    rotate(order) {
      orders.push(order)
      return order.compromised
        ? Promise.reject(new SecretError('unreachable', 'the far side gives no answer'))
        : Promise.resolve('v2')
    },
    refused: () => Promise.resolve(),
  }
  const { at, provider } = await openGuarded({ orders: taker, ...(secret && { secret }) })
  provider.behaviour.claims = { groups: ['on-call'], preferred_username: 'alice' }
  const { page } = await visit(at('/login').href)
  await page.waitForSelector('.act summary')
  await page.click('.act summary')
  const status = (text: string) =>
    page.waitForFunction(
      (wanted: string) => document.querySelector('.act [role=status]')?.textContent === wanted,
      {},
      text,
    )
  return { page, orders, status }
}

inChromium('an operator rotates a secret from its card, with no fault that axe finds', async () => {
  const { page, orders, status } = await openActing()
  expect(await findings(page)).toEqual([])
  await page.click('.act details > button')
  await status('rotated: v2 is current')
  expect(orders).toEqual([{ title: 'api-key shop:till', compromised: false }])
})

inChromium('an operator lets a rotation go on that is held, by its version', async () => {
  const { page, orders, status } = await openActing(held())
  expect(await findings(page)).toEqual([])
  await page.click('.act > button')
  await status('rotated: v2 is current')
  expect(orders).toEqual([{ title: 'api-key shop:till', compromised: false, go: 'v2' }])
})

inChromium(
  'an operator rotates a secret that has leaked once its name is typed, and sees why it failed',
  async () => {
    const { page, orders, status } = await openActing()
    const isDisabled = () => page.$eval('.act .danger', (one) => one.hasAttribute('disabled'))
    expect(await isDisabled()).toBe(true)
    await page.type('.act input', 'api-key shop:till')
    expect(await isDisabled()).toBe(false)
    await page.click('.act .danger')
    await status('not rotated (unreachable): the far side gives no answer')
    expect(orders).toEqual([{ title: 'api-key shop:till', compromised: true }])
  },
)

inChromium('a viewer sees nothing to act with', async () => {
  const taker = { rotate: () => Promise.resolve('v2'), refused: () => Promise.resolve() }
  const { at, provider } = await openGuarded({ orders: taker })
  provider.behaviour.claims = { groups: ['watchers'], preferred_username: 'alice' }
  const { page } = await visit(at('/login').href)
  await page.waitForSelector('.card h3')
  await page.waitForSelector('.who')
  expect(await page.$$('.act')).toEqual([])
})
