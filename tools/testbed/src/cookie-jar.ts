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
export class CookieJar {
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
