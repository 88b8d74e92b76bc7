import { setTimeout as delay } from 'node:timers/promises'
import type { Browser, Page } from 'puppeteer-core'
import type { RecordedUses } from './recorded-use.ts'

/** The pictures of the portal: a person with two profiles, and one who is about to revoke one of them. */
const PICTURES = [
  { name: 'portal', width: 1280, height: 760, scheme: 'light' },
  { name: 'portal-dark', width: 1280, height: 760, scheme: 'dark' },
  { name: 'portal-phone', width: 390, height: 844, scheme: 'light' },
] as const

interface PortalPlace {
  readonly url: string
  /** Gets the pictures. */
  readonly folder: string
  readonly uses: RecordedUses
}

/** Signs in to the portal, creates two profiles, has one used, and takes its pictures. */
export async function takePortalPictures(
  browser: Browser,
  { url, folder, uses }: PortalPlace,
): Promise<void> {
  const page = await browser.newPage()
  await page.goto(url)
  await page.locator('a[href="/login"]').click()
  await page.locator('input[name=login]').fill('alice')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#create')
  await createProfile(page, 'Phone')
  const text = async (selector: string) =>
    String(await page.evaluate(`document.querySelector('${selector}').textContent`))
  await uses.record(await text('.serial'))
  while (!(await text('.used')).includes('just now')) {
    await delay(1_000)
    await page.reload()
  }
  await createProfile(page, 'Work laptop')
  for (const { name, width, height, scheme } of PICTURES) {
    await page.setViewport({ width, height })
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
    await page.screenshot({ path: `${folder}${name}.png` })
  }
  await page.close()
}

async function createProfile(page: Page, device: string): Promise<void> {
  await page.locator('#device').fill(device)
  await page.keyboard.press('Enter')
  await page.waitForSelector(
    `#outcome.good ::-p-text(download ${device.toLowerCase().split(' ')[0] ?? ''})`,
  )
}
