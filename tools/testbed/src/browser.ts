import { CookieJar } from './cookie-jar.ts'

/** Where a browser has ended up after all redirects. */
export interface Page {
  readonly url: URL
  readonly status: number
  readonly body: string
}

/** A person's client over plain HTTP: one cookie jar for all hosts, redirects followed across origins. */
export interface Browser {
  get(url: string | URL): Promise<Page>
  /**
   * Fills in the page's first form and sends it, hidden fields included.
   *
   * @throws {Error} if the page has no form
   */
  submitForm(page: Page, fields: Readonly<Record<string, string>>): Promise<Page>
  /** The names of the cookies that would go to `url`. */
  cookieNames(url: string | URL): string[]
  /** The `Cookie` header for `url`, for a client that goes on where the browser stops. */
  cookieHeader(url: string | URL): string
}

/** Options of {@link createBrowser}. */
export interface BrowserOptions {
  /** Used instead of the global one, for a test CA or measurements. Must not follow redirects itself. */
  readonly fetch?: typeof fetch
  /** How long one request may take. Default 10,000. */
  readonly timeoutMs?: number
}

/** As many as Chromium and Firefox follow. */
const MAX_REDIRECTS = 20

/** Creates a browser without cookies. */
export function createBrowser(options: BrowserOptions = {}): Browser {
  const { fetch: request = fetch, timeoutMs = 10_000 } = options
  const jar = new CookieJar()

  const open = async (start: URL, form?: URLSearchParams): Promise<Page> => {
    let url = start
    let body = form
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const response = await request(url, {
        redirect: 'manual',
        headers: { cookie: jar.headerFor(url), accept: 'text/html' },
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { method: 'POST', body }),
      })
      jar.store(url, response.headers.getSetCookie())
      const text = await response.text()
      const location = response.headers.get('location')
      if (response.status < 300 || response.status > 399 || location === null) {
        return { url, status: response.status, body: text }
      }
      url = new URL(location, url)
      if (response.status < 307) body = undefined
    }
    throw new Error(`more than ${MAX_REDIRECTS} redirects, the last to ${withoutQuery(url)}`)
  }

  return {
    get: (url) => open(new URL(url)),
    async submitForm(page, fields) {
      const { action, values } = readForm(page)
      return open(action, new URLSearchParams({ ...values, ...fields }))
    },
    cookieNames: (url) => jar.namesFor(new URL(url)),
    cookieHeader: (url) => jar.headerFor(new URL(url)),
  }
}

/** An address that can be shown: codes and states travel in the query. */
export function withoutQuery({ origin, pathname }: URL): string {
  return origin + pathname
}

/** The first form of a page: where it goes, and the fields that it fills in itself. */
function readForm({ url, body }: Page): { action: URL; values: Record<string, string> } {
  const [, attributes, content] = /<form\b([^>]*)>(.*?)<\/form>/is.exec(body) ?? []
  if (attributes === undefined || content === undefined) {
    throw new Error(`${withoutQuery(url)} has no form`)
  }
  const hidden = [...content.matchAll(/<input\b[^>]*>/gi)]
    .map(([tag]) => tag)
    .filter((tag) => readAttribute(tag, 'type') === 'hidden')
  return {
    action: new URL(readAttribute(attributes, 'action'), url),
    values: Object.fromEntries(
      hidden.map((tag) => [readAttribute(tag, 'name'), readAttribute(tag, 'value')]),
    ),
  }
}

function readAttribute(tag: string, name: string): string {
  const [, value = ''] = new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(tag) ?? []
  return value.replaceAll('&amp;', '&')
}
