import { type Browser, createBrowser, type Page, withoutQuery } from './browser.ts'

/** Whom to log in, and where. */
export interface LogInOptions {
  /** The relying party's login address, such as `http://127.0.0.1:3000/login`. */
  readonly startUrl: string | URL
  /** The login of a test account. */
  readonly account: string
  /** The fields of the provider's form. Default: `{ login: account }`. */
  readonly form?: Readonly<Record<string, string>>
  /** Default: a new one. */
  readonly browser?: Browser
}

/** A browser with a session at the relying party. */
export interface LoggedIn {
  readonly browser: Browser
  /** The page of the relying party that the login ended on. */
  readonly page: Page
}

/**
 * Logs in as a person would: begins at the relying party, follows its redirect to the provider, sends the login form unless
 * the provider still knows the browser, and follows back to the relying party.
 *
 * @throws {Error} that names the place and the status if it ends anywhere else
 */
export async function logIn(options: LogInOptions): Promise<LoggedIn> {
  const { startUrl, account, form = { login: account }, browser = createBrowser() } = options
  const { origin } = new URL(startUrl)
  const first = await browser.get(startUrl)
  const atForm = first.url.origin !== origin && first.status === 200
  const page = atForm ? await browser.submitForm(first, form) : first
  if (page.url.origin !== origin || page.status >= 400) {
    throw new Error(`the login of ${account} ended at ${withoutQuery(page.url)}: ${page.status}`)
  }
  return { browser, page }
}
