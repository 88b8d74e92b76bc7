import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as client from 'openid-client'
import { expect, it } from 'vitest'
import { createBrowser, logIn, openIdentityProvider } from './index.ts'

async function openServer(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A relying party of one user at a time, with a session cookie. */
async function openApplication() {
  const codeVerifier = client.randomPKCECodeVerifier()
  const application = await openServer((request, response) => {
    void answer(new URL(request.url ?? '', application.origin)).then(({ location, cookie }) => {
      if (cookie !== undefined) response.setHeader('set-cookie', `${cookie}; Path=/; HttpOnly`)
      if (location !== undefined) response.setHeader('location', location)
      response.writeHead(location === undefined ? 200 : 302).end('welcome')
    })
  })
  const clientSecret = randomBytes(32).toString('base64url')
  const provider = await openIdentityProvider({
    clients: [{ clientId: 'app', clientSecret, redirectUris: [`${application.origin}/callback`] }],
  })
  const config = await client.discovery(
    new URL(provider.issuer),
    'app',
    undefined,
    client.ClientSecretBasic(clientSecret),
    { execute: [client.allowInsecureRequests] },
  )
  const answer = async (url: URL): Promise<{ location?: string; cookie?: string }> => {
    if (url.pathname === '/') return {}
    if (url.pathname === '/login') {
      const codeChallenge = await client.calculatePKCECodeChallenge(codeVerifier)
      const start = client.buildAuthorizationUrl(config, {
        redirect_uri: `${application.origin}/callback`,
        scope: 'openid',
        code_challenge: codeChallenge,
        code_challenge_method: 'S256',
      })
      return { location: start.href }
    }
    const tokens = await client.authorizationCodeGrant(config, url, {
      pkceCodeVerifier: codeVerifier,
    })
    return { location: '/', cookie: `session=${tokens.claims()?.sub ?? ''}` }
  }
  return {
    origin: application.origin,
    [Symbol.asyncDispose]: async () => {
      await provider[Symbol.asyncDispose]()
      await application[Symbol.asyncDispose]()
    },
  }
}

it('ends at the application with its session cookie', async () => {
  await using application = await openApplication()
  const startUrl = `${application.origin}/login`
  const { browser, page } = await logIn({ startUrl, account: 'alice' })
  expect(page).toMatchObject({ status: 200, body: 'welcome' })
  expect(browser.cookieHeader(application.origin)).toContain('session=alice')
})

it('logs in again without a form while the provider knows the browser', async () => {
  await using application = await openApplication()
  const startUrl = `${application.origin}/login`
  const { browser } = await logIn({ startUrl, account: 'bob' })
  const { page } = await logIn({ startUrl, account: 'alice', browser })
  expect(page.body).toBe('welcome')
  expect(browser.cookieHeader(application.origin)).toContain('session=bob')
})

it('says where a login ended that the provider refused, without the query', async () => {
  await using application = await openApplication()
  const login = logIn({ startUrl: `${application.origin}/login`, account: 'mallory' })
  await expect(login).rejects.toThrow(/^the login of mallory ended at http:[^?]*: 401$/)
})

it('says where a login ended that the application failed', async () => {
  await using broken = await openServer((_request, response) => response.writeHead(503).end())
  const login = logIn({ startUrl: `${broken.origin}/login`, account: 'alice' })
  await expect(login).rejects.toThrow(`ended at ${broken.origin}/login: 503`)
})

it('gives up on a circle of redirects', async () => {
  await using circle = await openServer((_request, response) =>
    response.writeHead(302, { location: '/again?code=1' }).end(),
  )
  const visit = createBrowser().get(circle.origin)
  await expect(visit).rejects.toThrow(`more than 20 redirects, the last to ${circle.origin}/again`)
})

it('gives up on a server that does not answer', async () => {
  await using silent = await openServer(() => undefined)
  const visit = createBrowser({ timeoutMs: 200 }).get(silent.origin)
  await expect(visit).rejects.toMatchObject({ name: 'TimeoutError' })
})

it('keeps cookies as browsers do: by host, below their path, until they expire', async () => {
  await using server = await openServer((request, response) => {
    const line = new URL(request.url ?? '', 'http://host').searchParams.getAll('set')
    response.setHeader('set-cookie', line).end()
  })
  const browser = createBrowser()
  const set = (...lines: string[]) =>
    browser.get(
      `${server.origin}/deep/page?${lines.map((line) => `set=${encodeURIComponent(line)}`).join('&')}`,
    )

  await set('root=1; Path=/', 'here=1', 'deeper=1; Path=/deep/page', 'safe=1; Path=/; Secure')
  expect(browser.cookieNames(`${server.origin}/deep/page`)).toEqual([
    'root',
    'here',
    'deeper',
    'safe',
  ])
  expect(browser.cookieNames(`${server.origin}/deeper`)).toEqual(['root', 'safe'])
  expect(browser.cookieNames('http://elsewhere.test/')).toEqual([])

  await set('root=; Path=/; Max-Age=0', 'safe=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT')
  expect(browser.cookieNames(`${server.origin}/`)).toEqual([])
})

it('sends the hidden fields of a form along with what was typed', async () => {
  await using server = await openServer((request, response) => {
    if (request.method === 'GET') {
      response.end(
        '<form action="/to?a=1&amp;b=2"><input type="hidden" name="token" value="t"></form>',
      )
    } else {
      response.write(`${request.url ?? ''} `)
      request.pipe(response)
    }
  })
  const browser = createBrowser()
  const page = await browser.submitForm(await browser.get(server.origin), { login: 'alice' })
  expect(page.body).toBe('/to?a=1&b=2 token=t&login=alice')
  await expect(browser.submitForm(page, {})).rejects.toThrow('has no form')
})
