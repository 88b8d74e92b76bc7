import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { openStack, runDemo, startConsole } from '@rekey/stack'
import type { Browser } from 'puppeteer-core'
import { withChromium } from '../with-chromium.ts'
import { takePortalPictures } from './portal.ts'
import { recordedAs } from './recorded-use.ts'

/** The pictures of the guide, each of the reference family while its secrets are rotated. */
const PICTURES = [
  { name: 'console', width: 1280, height: 960, scheme: 'light' },
  { name: 'console-dark', width: 1280, height: 960, scheme: 'dark' },
  { name: 'console-phone', width: 390, height: 844, scheme: 'light' },
] as const

const FOLDER = fileURLToPath(new URL('../../../../docs/guide/pictures/', import.meta.url))
const ENDED = new Error('the pictures are taken')

/** Takes the pictures of the portal and of the console anew. */
async function takePictures(browser: Browser): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  await using uses = await recordedAs('vpn1')
  const vpnUsesFiles = uses.file
  await using stack = await openStack({ validationMs: 2_000, replicas: 2, vpnUsesFiles })
  const page = await startConsole(stack)
  await takePortalPictures(browser, { url: stack.frontendUrl, folder: FOLDER, uses })
  const stop = new AbortController()
  const options = { rounds: 1_000, people: 4, validationMs: 2_000, onEvent: () => undefined }
  const load = runDemo(stack, { ...options, signal: stop.signal }).catch(() => undefined)
  try {
    for (const picture of PICTURES) await takePicture(browser, page.url, picture)
  } finally {
    stop.abort(ENDED)
    await load
    await page.stop()
  }
}

async function takePicture(
  browser: Browser,
  url: string,
  { name, width, height, scheme }: (typeof PICTURES)[number],
): Promise<void> {
  const page = await browser.newPage()
  await page.setViewport({ width, height })
  await page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: scheme },
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ])
  await page.goto(url, { waitUntil: 'domcontentloaded' })
  // Some uses, and then a rotation at work, so that there is something to see.
  await page.waitForFunction(() => performance.now() > 25_000, { timeout: 120_000 })
  await page.waitForSelector('.card.rotating .stage.pending', { timeout: 120_000 })
  await page.screenshot({ path: `${FOLDER}${name}.png` })
  await page.close()
}

await withChromium(takePictures)
