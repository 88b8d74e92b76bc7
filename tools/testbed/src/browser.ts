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
function withoutQuery({ origin, pathname }: URL): string {
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

interface Cookie {
  readonly name: string
  readonly value: string
  readonly host: string
  readonly path: string
  readonly secure: boolean
}

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])

/**
 * A browser's cookies as RFC 6265 §5 describes them, without `Domain`: each is returned to the host that set it, whatever
 * the port, below its path, and if `Secure` only by https or to this machine.
 */
class CookieJar {
  readonly #cookies = new Map<string, Cookie>()

  /** Keeps what a response from `url` set, and drops what it expired. */
  store(url: URL, setCookies: readonly string[]): void {
    for (const line of setCookies) {
      const { cookie, expired } = parseSetCookie(url, line)
      const key = `${cookie.host} ${cookie.path} ${cookie.name}`
      if (expired) this.#cookies.delete(key)
      else this.#cookies.set(key, cookie)
    }
  }

  /** The `Cookie` header of a request to `url`; the longest paths first. */
  headerFor(url: URL): string {
    return [...this.#cookies.values()]
      .filter((cookie) => belongsTo(cookie, url))
      .sort((a, b) => b.path.length - a.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
  }

  /** The names of the cookies that go to `url`. Values stay inside. */
  namesFor(url: URL): string[] {
    return [...this.#cookies.values()].filter((one) => belongsTo(one, url)).map(({ name }) => name)
  }
}

function belongsTo({ host, path, secure }: Cookie, url: URL): boolean {
  const below = url.pathname === path || url.pathname.startsWith(path.replace(/\/?$/, '/'))
  const safe = url.protocol === 'https:' || LOOPBACK.has(url.hostname)
  return host === url.hostname && below && (safe || !secure)
}

function parseSetCookie(url: URL, line: string): { cookie: Cookie; expired: boolean } {
  const [pair = '', ...rest] = line.split(';').map((part) => part.trim())
  const [name, value] = splitAtFirst(pair)
  const attributes = new Map(
    rest.map((part) => splitAtFirst(part)).map(([key, text]) => [key.toLowerCase(), text]),
  )
  const path = attributes.get('path') ?? ''
  const cookie = {
    name,
    value,
    host: url.hostname,
    path: path.startsWith('/') ? path : defaultPath(url),
    secure: attributes.has('secure'),
  }
  return { cookie, expired: isExpired(attributes) }
}

function isExpired(attributes: ReadonlyMap<string, string>): boolean {
  const maxAge = attributes.get('max-age')
  if (maxAge !== undefined) return Number(maxAge) <= 0
  const expires = attributes.get('expires')
  return expires !== undefined && Date.parse(expires) <= Date.now()
}

function splitAtFirst(text: string): [string, string] {
  const at = text.indexOf('=')
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

/** RFC 6265 §5.1.4: the folder of the request. */
function defaultPath({ pathname }: URL): string {
  const end = pathname.lastIndexOf('/')
  return end <= 0 ? '/' : pathname.slice(0, end)
}

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
