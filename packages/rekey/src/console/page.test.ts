// @lane servers
import { SecretError } from '@rekey/secret'
import { expect } from 'vitest'
import { findings, inChromium, look } from '../../test/console/chromium.support.ts'
import type { FamilyReading } from './family-reading.ts'
import {
  audited,
  authority,
  family,
  held,
  holding,
  leaked,
  rotating,
  settled,
  staged,
  stuck,
  withSessions,
} from '../../test/console/readings.support.ts'

const FAMILIES: readonly [string, () => FamilyReading][] = [
  ['a settled family', () => family([settled()])],
  ['a rotation', () => family([rotating(), settled({ title: 'database shop', kind: 'database' })])],
  ['a rotation that is stuck', () => family([stuck()])],
  ['a rotation that is held, and a window', () => family([held(), outside()])],
  ['an audit log', () => family([settled()], { audit: audited() })],
  ['a broken audit log', () => family([settled()], { audit: brokenAudit() })],
  ['sessions of two logins', () => family([withSessions()])],
  ['a leak', () => family([leaked()])],
  ['certificate authorities', () => family([ending()], { authorities: [authority(40), gone()] })],
  ['no secret', () => family([])],
  ['a secret that cannot be read', unreadable],
  ['a store that gives no answer', unreachable],
]

function gone() {
  const error = new SecretError('forbidden', 'the keystore belongs to another user')
  return { directory: '/var/lib/other-ca', error }
}

/** Due, and its window is closed. */
function outside() {
  const outside = { opensAt: new Date(Date.now() + 7_200_000), window: '02:00–04:00 Europe/Berlin' }
  const due = { reason: 'age', isDue: true, isOverdue: false } as const
  const turn = { secret: 'NAME', kind: 'database', ...due, dueAt: new Date(), outside }
  return settled({ title: 'database shop', kind: 'database', turn })
}

function ending() {
  const expiresAt = new Date(Date.now() + 3.5 * 86_400_000)
  return settled({ title: 'tls shop', kind: 'tls', expiresAt })
}

function brokenAudit() {
  return audited({ damage: { entry: 3, reason: 'edited' } })
}

/** Of a log in PostgreSQL. */
function streams() {
  const newest = audited().newest.map((entry, at) => ({
    ...{ ...entry, seq: 1, stream: 8 - at, writer: 'audit_shop' },
  }))
  return audited({ damage: { entry: 3, reason: 'edited', stream: 7 }, newest })
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

inChromium('shows where a rotation is held, and the window that a secret waits for', async () => {
  const { page } = await look(() => family([held(), outside()]))
  const text = await page.$eval('main', (main) => main.innerText)
  expect(text).toContain('held after promote since')
  expect(text).toContain('rekey rotate api-key shop:till --go v2')
  expect(text).toMatch(/outside its window 02:00–04:00 Europe\/Berlin, which opens in [12] h/)
  const states = await page.$$eval('.card .state', (all) => all.map((one) => one.textContent))
  expect(states).toEqual(['held', 'due'])
})

inChromium('shows of each version who is refused if it is revoked now', async () => {
  const { page } = await look(() => family([stuck(), settled({ title: 'api-key a:b' })]))
  const summaries = await page.$$eval('.if-revoked summary', (all) =>
    all.map((one) => one.innerText),
  )
  expect(summaries).toEqual([
    'revoke current now: 1 caller refused',
    'revoke pending now: unknown: 1 replica did not answer',
    'revoke current now: 1 caller refused',
  ])
  await page.click('.if-revoked summary')
  const text = await page.$eval('.if-revoked details[open]', (open) => open.innerText)
  expect(text).toContain('http://10.0.0.1:9090 is refused by 1 receiver')
  expect(text).toContain('1 replica did not answer')
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
  const audits = [audited(), brokenAudit(), forbidden, undefined, streams()]
  const shown: string[] = []
  for (const audit of audits) {
    const { page } = await look(() => family([settled()], audit && { audit }))
    shown.push(await page.$eval('section:has(> #audit)', (one) => one.textContent))
  }
  const [sound, broken, refused, absent, inStreams] = shown
  expect(inStreams).toMatch(/entry 7\/3 \(edited\)[^]*8\/1, [^]*by audit_shop[^]*7\/1, /)
  expect(sound).toMatch(/chain verified: 2 entries[^]*rotation\.revoke NAME v1[^]*refused[^]*alice/)
  expect(broken).toContain('chain broken at entry 3 (edited)')
  expect(broken).not.toContain('verified:')
  expect(refused).toContain('It cannot be read (forbidden): the file may not be read')
  expect(absent).toContain('auditDirectory')
})

inChromium('shows the certificates and CAs that end by themselves, the next first', async () => {
  const { page } = await look(() => family([ending(), settled()], { authorities: [authority(3)] }))
  const rows = await page.$$eval('li.end', (all) => all.map((one) => one.innerText))
  expect(rows.map((row) => row.replaceAll(/\s+/g, ' ').trim())).toEqual([
    'shop tls ends in 3 d',
    'CN=Example Issuing CA ca, generation 1 ends in 25 d',
    'CN=Example Issuing CA ca, generation 2 ends in 345 d',
  ])
  const late = await page.$$eval('.end.late', (all) => all.length)
  expect(late, 'the certificate of the shop and the old CA').toBe(2)
})

inChromium('shows the generations of a CA, its last backup and its last drill', async () => {
  const { page } = await look(() => family([settled()], { authorities: [authority(40), gone()] }))
  const text = await page.$eval('section:has(> #authorities)', (one) => one.textContent)
  expect(text).toMatch(
    /crl-only\s*generation 1[^]*active\s*generation 2[^]*requested\s*generation 3/,
  )
  expect(text).toContain('last backup: 3 d ago')
  expect(text).toContain('last drill: 40 d ago: overdue')
  expect(text).toContain('It cannot be read (forbidden): the keystore belongs to another user')
  const other = await look(() => family([settled()]))
  const absent = await other.page.$eval('section:has(> #authorities)', (one) => one.textContent)
  expect(absent).toContain('--ca')
})

inChromium('shows how many sessions each login has, and of which client', async () => {
  const { page } = await look(() => family([withSessions()]))
  const text = await page.$eval('figure.sessions', (one) => one.innerText)
  expect(text.replaceAll(/\s+/g, ' ')).toContain(
    '4 sessions at the database current shop 3 previous nightly 1',
  )
})

inChromium(
  'names the code that printed a live version, and the replica that masked it',
  async () => {
    const { page } = await look(() => family([leaked()]))
    const text = await page.$eval('section:has(> #leaks)', (one) => one.textContent)
    expect(text).toMatch(/api-key shop:till[^]*3 lines masked by till-1[^]*log[^]*src\/pay\.ts:12/)
  },
)

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
  await page.waitForFunction(() => document.body.innerText.includes('No matches'))
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
