import { SecretError } from '@rekey/secret'
import { expect } from 'vitest'
import { findings, inChromium, look } from './chromium.test.support.ts'
import type { FamilyReading } from './family-reading.ts'
import {
  audited,
  family,
  holding,
  rotating,
  settled,
  staged,
  stuck,
} from './readings.test.support.ts'

const FAMILIES: readonly [string, () => FamilyReading][] = [
  ['a settled family', () => family([settled()])],
  ['a rotation', () => family([rotating(), settled({ title: 'database shop', kind: 'database' })])],
  ['a rotation that is stuck', () => family([stuck()])],
  ['an audit log', () => family([settled()], { audit: audited() })],
  ['a broken audit log', () => family([settled()], { audit: brokenAudit() })],
  ['no secret', () => family([])],
  ['a secret that cannot be read', unreadable],
  ['a store that gives no answer', unreachable],
]

function brokenAudit() {
  return audited({ damage: { entry: 3, reason: 'edited' } })
}

function unreadable(): FamilyReading {
  const error = new SecretError('forbidden', 'the store refuses it')
  return family([settled()], { unreadable: [{ secret: 'DATABASE_SHOP', error }] })
}

function unreachable(): FamilyReading {
  throw new SecretError('unreachable', 'the store gives no answer')
}

for (const [name, read] of FAMILIES) {
  for (const scheme of ['light', 'dark'] as const) {
    for (const width of [1280, 390]) {
      inChromium(
        `${name}, ${scheme} and ${width} wide, has no fault that axe finds, and breaks no policy`,
        async () => {
          const { page, complaints } = await look(read, { scheme, width })
          expect(await findings(page)).toEqual([])
          expect(complaints).toEqual([])
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
  'shows who holds which version, the step of the rotation and the key of a call',
  async () => {
    const { page } = await look(() => family([rotating()]))
    const text = await page.$eval('main', (main) => main.innerText)
    expect(text).toContain('key-v1')
    expect(text).toContain('key-v2')
    expect(text).toContain('2/2 replicas have loaded it')
    expect(text).toContain('rotator-1 works on it')
    expect(await page.$eval('.steps .now', (step) => step.textContent)).toBe('admit')
    expect(await page.$eval('svg.map', (map) => map.getAttribute('aria-label'))).toBe(
      'shop calls till with key-v1',
    )
  },
)

inChromium('shows of each version who is refused if it is revoked now', async () => {
  const { page } = await look(() => family([stuck(), settled({ title: 'api-key a:b' })]))
  const summaries = await page.$$eval('.if-revoked summary', (all) =>
    all.map((one) => one.innerText),
  )
  expect(summaries).toEqual([
    'revoke current now: 1 caller refused',
    'revoke pending now: not known, 1 replica without an answer',
    'revoke current now: 1 caller refused',
  ])
  await page.click('.if-revoked summary')
  const text = await page.$eval('.if-revoked details[open]', (open) => open.innerText)
  expect(text).toContain('http://10.0.0.1:9090 is refused by 1 receiver')
  expect(text).toContain('not known of 1 replica without an answer')
  const alarming = await page.$$eval('.if-revoked summary.breaks', (all) => all.length)
  expect(alarming, 'that the current version is used is as it has to be').toBe(0)
})

inChromium('shows of a secret with one end which replicas use it', async () => {
  const title = 'database shop'
  const answers = [{ service: 'shop', answers: [holding('shop', 1, { v1: 4 })] }]
  const { page } = await look(() => family([settled({ title, kind: 'database', answers })]))
  const summary = await page.$eval('.if-revoked summary', (one) => one.innerText)
  expect(summary).toBe('revoke current now: 1 replica uses it')
})

inChromium('shows who did what, and whether the chain of the audit log was verified', async () => {
  const forbidden = { error: new SecretError('forbidden', 'the file may not be read') }
  const audits = [audited(), brokenAudit(), forbidden, undefined]
  const shown: string[] = []
  for (const audit of audits) {
    const { page } = await look(() => family([settled()], audit && { audit }))
    shown.push(await page.$eval('section:has(> #audit)', (one) => one.textContent))
  }
  const [sound, broken, refused, absent] = shown
  expect(sound).toMatch(/chain verified: 2 entries[^]*rotation\.revoke NAME v1[^]*refused[^]*alice/)
  expect(broken).toContain('chain broken at entry 3 (edited)')
  expect(broken).not.toContain('verified:')
  expect(refused).toContain('It cannot be read (forbidden): the file may not be read')
  expect(absent).toContain('auditDirectory')
})

inChromium('shows each change by itself', async () => {
  let version = 'v1'
  const { page } = await look(() => family([settled({ staged: staged({ current: version }) })]))
  version = 'v7'
  await page.waitForFunction(() => document.body.innerText.includes('key-v7'))
})

inChromium('a version has the colour of its stage, also after it was promoted', async () => {
  let versions: Parameters<typeof staged>[0] = { current: 'v1', pending: 'v2' }
  const { page } = await look(() => family([settled({ staged: staged(versions) })]))
  const colours = async () =>
    new Map(
      await page.$$eval('.stage', (all) =>
        all.map((one) => [one.textContent, getComputedStyle(one).color] as const),
      ),
    )
  const before = await colours()
  expect(before.get('pending')).not.toBe(before.get('current'))
  versions = { current: 'v2', previous: 'v1' }
  await page.waitForFunction(() => document.body.innerText.includes('previous'))
  const after = await colours()
  expect(after.get('current')).toBe(before.get('current'))
  expect(after.get('previous')).not.toBe(before.get('current'))
})

inChromium('a command is copied from the keyboard alone', async () => {
  const { page, served } = await look(() => family([stuck()]))
  await page
    .browserContext()
    .setPermission(
      served.url.slice(0, -1),
      { permission: { name: 'clipboard-read' }, state: 'granted' },
      { permission: { name: 'clipboard-write', allowWithoutSanitization: true }, state: 'granted' },
    )
  for (let n = 0; n < 20; n++) {
    await page.keyboard.press('Tab')
    const label = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
    if (label?.startsWith('Copy')) break
  }
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.activeElement?.textContent === 'copied')
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    'rekey rotate api-key shop:till --without http://10.0.0.3:9090',
  )
})

inChromium('shows what is searched for, and says so where that is nothing', async () => {
  const many = ['database shop', 'database till'].map((title) =>
    settled({ title, kind: 'database', answers: [] }),
  )
  const { page } = await look(() => family(many))
  await page.type('input[type=search]', 'till')
  await page.waitForFunction(() => document.querySelectorAll('h3').length === 1)
  await page.type('input[type=search]', 'xx')
  await page.waitForFunction(() => document.body.innerText.includes('No secret is like that'))
})

inChromium(
  'reports that the console is gone, keeps its last view, and finds it again',
  async () => {
    const { page, served } = await look(() => family([settled()]))
    await page.setOfflineMode(true)
    await served.close()
    await page.waitForFunction(() => document.body.innerText.includes('does not answer'))
    expect(await page.$$('h3')).toHaveLength(1)
  },
)

inChromium('twenty secrets that two thousand replicas hold are shown', async () => {
  const answers = Array.from({ length: 2_000 }, (_, n) => holding('till', n, { v1: n }))
  const secrets = Array.from({ length: 20 }, (_, n) =>
    settled({ title: `api-key shop:till-${n}`, answers: [{ service: 'till', answers }] }),
  )
  const { page } = await look(() => family(secrets))
  expect(await page.$$('h3')).toHaveLength(20)
  expect(await page.$eval('main', (main) => main.innerText)).toContain(
    '2000/2000 replicas have loaded it',
  )
})
