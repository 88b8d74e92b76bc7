import { findProgram } from '@rekey/testbed'
import puppeteer, { type Browser } from 'puppeteer-core'

/**
 * Runs `work` with a browser that has no window, and ends the browser.
 *
 * @throws {Error} with the command that installs Chromium, if it is absent
 */
export async function withChromium(work: (browser: Browser) => Promise<void>): Promise<void> {
  const chromium = await findProgram('chromium')
  if (!chromium.found) throw new Error(`${chromium.reason}. To install it: ${chromium.install}`)
  const browser = await puppeteer.launch({
    executablePath: chromium.path,
    // The root of the portal's certificate was made for this run.
    acceptInsecureCerts: true,
    args: ['--no-sandbox', '--disable-gpu'],
  })
  try {
    await work(browser)
  } finally {
    await browser.close()
  }
}
