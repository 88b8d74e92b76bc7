import axe from 'axe-core'
import puppeteer, { type Browser, type Page } from 'puppeteer-core'

/** A request that the page made: its address, its headers and its body. */
type RecordedRequest = string

/** A tab on the portal, or on the console. */
export interface PortalTab {
  readonly page: Page
  /** Errors of the script, and what the policy of the page refused. */
  readonly complaints: readonly string[]
  /** All requests of the page since it was opened. */
  requests(): Promise<readonly RecordedRequest[]>
  /** The text of the page as a person sees it. */
  text(): Promise<string>
  /** Clicks what has this text, and waits until the next page is there. */
  follow(text: string): Promise<void>
  /** Signs in at the identity provider of the family, which knows the person from no earlier time. */
  signIn(url: string, account: string): Promise<void>
  /** Signs out of the portal, and confirms it at the identity provider. */
  signOut(): Promise<void>
  /** Has the page and the identity provider know the person no more. */
  forget(): Promise<void>
  close(): Promise<void>
}

/** A machine that is busy otherwise takes its time. */
const PATIENCE_MS = 120_000

/** Opens a browser of its own, which puts downloads into a folder and takes the certificates of the stack. */
export async function openPortalTab(program: string, downloads: string): Promise<PortalTab> {
  const browser = await puppeteer.launch({
    executablePath: program,
    acceptInsecureCerts: true,
    protocolTimeout: PATIENCE_MS,
    args: ['--no-sandbox', '--disable-gpu'],
  })
  const page = await browser.newPage()
  await allowDownloads(browser, downloads)
  page.setDefaultTimeout(PATIENCE_MS)
  const requests: string[] = []
  const bodies: Promise<string>[] = []
  const complaints: string[] = []
  page.on('request', (request) => {
    const head = [request.url(), JSON.stringify(request.headers())]
    if (!request.hasPostData()) requests.push(head.join('\n'))
    else bodies.push(request.fetchPostData().then((body = '') => [...head, body].join('\n')))
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) complaints.push(message.text())
  })
  return {
    ...{ page, complaints },
    requests: async () => [...requests, ...(await Promise.all(bodies))],
    text: async () => String(await page.evaluate('document.body.innerText')),
    async follow(text) {
      await Promise.all([page.waitForNavigation(), page.locator(`::-p-text(${text})`).click()])
    },
    forget: () => forget(page),
    async signIn(url, account) {
      await forget(page, url)
      await page.goto(url)
      await page.locator('a[href="/login"]').click()
      await page.locator('input[name=login]').fill(account)
      await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
    },
    async signOut() {
      await page.locator('::-p-text(Sign out)').click()
      await page.locator('button[value=yes]').click()
      await page.waitForSelector('h1 ::-p-text(You are signed out)')
    },
    close: () => browser.close(),
  }
}

/** Cookies of every host, and what one origin stores. */
async function forget(page: Page, url = page.url()): Promise<void> {
  const session = await page.createCDPSession()
  await session.send('Network.clearBrowserCookies')
  const { origin } = new URL(url)
  if (origin !== 'null') {
    await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })
  }
  await session.detach()
}

async function allowDownloads(browser: Browser, downloadPath: string): Promise<void> {
  const session = await browser.target().createCDPSession()
  await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath })
}

/** The faults of a page in each look: wide and narrow, light and dark. Each names the look, and the elements. */
export async function faultsOf(page: Page): Promise<string[]> {
  const faults: string[] = []
  for (const width of [1280, 390]) {
    for (const scheme of ['light', 'dark']) {
      await page.setViewport({ width, height: 900 })
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
      const look = `${width} ${scheme}`
      // By the protocol of the debugger, which the policy of the page does not bind.
      await page.evaluate(axe.source)
      const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults
      for (const { id, nodes } of violations) {
        faults.push(`${look}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`)
      }
      const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
      if ((await page.evaluate(overflow)) !== 0) faults.push(`${look}: wider than the window`)
    }
  }
  return faults
}
