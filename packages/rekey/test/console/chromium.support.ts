import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findForTest } from '@rekey/testbed'
import axe from 'axe-core'
import puppeteer, { type Browser, type Page } from 'puppeteer-core'
import { afterAll, beforeAll, it, onTestFinished } from 'vitest'
import type { FamilyReading } from '../../src/console/family-reading.ts'
import { openConsole } from '../../src/console/index.ts'

const chromium = await findForTest('chromium')

/** A test that needs Chromium. */
export const inChromium: (title: string, test: () => Promise<void>) => void = it.runIf(
  chromium.found,
)

/** A machine that is busy otherwise takes its time; the test ends then. */
const PATIENCE_MS = 55_000

/** How the page is examined. */
export interface Look {
  readonly width?: number
  readonly scheme?: 'light' | 'dark'
}

let browser: Browser | undefined

beforeAll(async () => {
  const script = fileURLToPath(new URL('../../build-page.mjs', import.meta.url))
  await promisify(execFile)(process.execPath, [script])
})

afterAll(async () => {
  await browser?.close()
})

/** Opens the page on a family that `read` describes anew for each view. */
export async function look(read: () => FamilyReading, how: Look = {}) {
  const served = await openConsole({ read: () => Promise.resolve(read()), everyMs: 50 })
  onTestFinished(() => served.close())
  const { page, complaints } = await visit(served.url, how)
  await page.waitForSelector('[role=status].live, [role=alert]')
  return { page, served, complaints }
}

/** Opens an address, and notes what the page complains about. */
export async function visit(url: string, { width = 1280, scheme = 'light' }: Look = {}) {
  browser ??= await puppeteer.launch({
    executablePath: chromium.path,
    args: ['--no-sandbox', '--disable-gpu'],
  })
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  onTestFinished(() => context.close())
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() !== 'log') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) complaints.push(`asked for ${request.url()}`)
  })
  page.setDefaultTimeout(PATIENCE_MS)
  await page.setViewport({ width, height: 900 })
  await page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: scheme },
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ])
  await page.goto(url, { waitUntil: 'domcontentloaded' })
  return { page, complaints }
}

/** What axe-core finds in the page, each rule with the elements that break it. */
export async function findings(page: Page): Promise<string[]> {
  // By the protocol of the debugger, which the policy of the page does not bind.
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(),
  )
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}
