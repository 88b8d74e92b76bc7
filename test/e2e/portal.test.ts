import { createPrivateKey } from 'node:crypto'
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSigningRequest } from '@rekey/ca-keystore/internal'
import { openCaKeystore } from '@rekey/ca-keystore'
import { openStack, type Stack } from '@rekey/stack'
import { createTlsFetch } from '@rekey/tls-identity'
import { findForTest, findFreePort } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { connectProfile } from './openvpn-ends.ts'
import { faultsOf, openPortalTab, type PortalTab } from './portal-browser.ts'
import { findTunnel, openTunnel } from './vpn-tunnel.ts'

/** A whole family, a browser and two handshakes, on a machine that is busy. */
const LONG_MS = 600_000
const HOUR_MS = 3_600_000
const [chromium, openvpn] = [await findForTest('chromium'), await findForTest('openvpn')]

describe.runIf(chromium.found && openvpn.found)('the portal in a real browser', () => {
  let stack: Stack
  let tab: PortalTab
  let folder: string
  let port: number
  const at = (name: string) => join(folder, name)
  beforeAll(async () => {
    folder = await mkdtemp(join(await realpath(tmpdir()), 'portal-'))
    port = await findFreePort()
    const vpnUsesFiles = at('vpn1.uses')
    stack = await openStack({ vpnServer: `tcp://localhost:${port}`, vpnUsesFiles })
    tab = await openPortalTab(chromium.path, folder)
  }, LONG_MS)
  afterAll(async () => {
    await tab.close()
    await stack.close()
    await rm(folder, { recursive: true })
  })

  async function signIn(account: string): Promise<void> {
    await tab.signIn(stack.frontendUrl, account)
    await tab.page.waitForSelector('#create')
  }

  /** Creates a profile with the keyboard alone, and gives the file that was downloaded. */
  async function create(device: string, file: string): Promise<string> {
    await tab.page.focus('#device')
    await tab.page.keyboard.type(device)
    await tab.page.keyboard.press('Enter')
    await tab.page.waitForSelector('#outcome.good')
    await vi.waitFor(
      async () => {
        expect(await readdir(folder)).toContain(file)
      },
      { timeout: LONG_MS, interval: 50 },
    )
    return readFile(at(file), 'utf8')
  }

  /** Whether the downloaded profile connects to a server of OpenVPN that has the newest revocation lists. */
  async function connect(file: string) {
    await writeServer(stack, at)
    const ends = { certificate: at('vpn.pem'), key: at('vpn.key'), profile: at(file) }
    const trusted = join(stack.directory, 'ca-certificates.pem')
    return connectProfile({ program: openvpn.path, port, trusted, lists: at('lists.pem'), ...ends })
  }

  it(
    'signs in, creates a profile that a real OpenVPN server accepts, revokes it so that it is refused, and signs out',
    async () => {
      await tab.page.goto(stack.frontendUrl)
      expect(await faultsOf(tab.page)).toEqual([])
      await signIn('alice')
      expect(await tab.text()).toContain('You have no profile yet')
      // No VPN server has recorded anything yet.
      expect(await tab.text()).toContain('When profiles were last used is not known yet')
      expect(await faultsOf(tab.page)).toEqual([])

      const profile = await create('Work laptop', 'work-laptop.ovpn')
      expect(await tab.text()).toContain('The profile of “Work laptop” is ready')
      expect(await tab.page.evaluate('document.activeElement.id')).toBe('outcome')
      expect(await faultsOf(tab.page)).toEqual([])
      const requests = await tab.requests()
      expect(requests.filter((one) => one.includes('BEGIN CERTIFICATE REQUEST'))).toHaveLength(1)
      expect(sentOf(profile, requests)).toEqual([])
      const accepted = await connect('work-laptop.ovpn')
      expect(accepted, accepted.server + accepted.client).toMatchObject({ connected: true })

      // The card that the script has added is the one that the server shows.
      const cards = async () =>
        normal(String(await tab.page.evaluate(`document.querySelector('#profiles').innerHTML`)))
      const added = await cards()
      await tab.page.reload()
      expect(await cards()).toBe(added)
      expect(await faultsOf(tab.page)).toEqual([])

      await tab.follow('Revoke')
      expect(await tab.text()).toContain('Revoke “Work laptop”?')
      expect(await faultsOf(tab.page)).toEqual([])
      await tab.follow('Keep it')
      expect(await tab.text()).toContain('Work laptop')
      await tab.follow('Revoke')
      await tab.follow('Revoke the profile')
      expect(await tab.text()).toContain('The profile is revoked')
      expect(await tab.text()).toContain('You have no profile yet')
      expect(await faultsOf(tab.page)).toEqual([])
      const refused = await connect('work-laptop.ovpn')
      expect(refused.connected).toBe(false)
      expect(refused.server).toMatch(/VERIFY ERROR.*certificate revoked/)

      await tab.signOut()
      expect(await tab.text()).toContain('has sent you back from its own sign-out')
      expect(await faultsOf(tab.page)).toEqual([])
      await tab.page.goto(stack.frontendUrl)
      expect(await tab.page.$('#create')).toBe(null)
      await tab.page.locator('a[href="/login"]').click()
      await tab.page.waitForSelector('input[name=login]')
      expect(tab.complaints).toEqual([])
    },
    LONG_MS,
  )

  it(
    'shows when a profile was last used through the tunnel of a real OpenVPN server, and never for another',
    async ({ skip }) => {
      const ability = await findTunnel(openvpn.path)
      if (!ability.found) skip(`no tunnel can be made here: ${ability.reason}`)
      await writeServer(stack, at)
      const trusted = join(stack.directory, 'ca-certificates.pem')
      const place = { program: openvpn.path, folder, trusted, port, uses: at('vpn1.uses') }
      await using tunnel = await openTunnel(place)
      await signIn('alice')
      await shown(/You have no profile yet/, /last used is not known/)
      await create('Phone', 'phone.ovpn')
      await create('Tablet', 'tablet.ovpn')
      expect(await usesShown()).toEqual(['never', 'never'])
      expect(await tunnel.connect(at('phone.ovpn'))).toMatch(/^seen from 10\.99\.0\.\d+$/)
      await shown(/just now|minutes? ago/)
      expect(await usesShown()).toEqual(['never', expect.stringMatching(/UTC$/)])
      expect(await faultsOf(tab.page)).toEqual([])
      await tunnel.disconnect()
      const recorded = async () => {
        const lines = (await readFile(at('vpn1.uses'), 'utf8')).trim().split('\n')
        const events = lines.map((line) => line.split(' ')[1] ?? '')
        expect(events).toEqual(['start', expect.stringContaining(':'), events[1]])
      }
      await vi.waitFor(recorded, { timeout: LONG_MS, interval: 100 })
      expect(tab.complaints).toEqual([])
    },
    LONG_MS,
  )

  /** Loads the page again until it has one text, and not the other. */
  async function shown(wanted: RegExp, unwanted = /$^/): Promise<void> {
    const look = async () => {
      await tab.page.reload()
      const text = await tab.text()
      expect(text).toMatch(wanted)
      expect(text).not.toMatch(unwanted)
    }
    await vi.waitFor(look, { timeout: LONG_MS, interval: 1_000 })
  }

  /** When each profile was last used, the newest profile first. */
  async function usesShown(): Promise<unknown> {
    const all = `[...document.querySelectorAll('#profiles .used')]`
    return tab.page.evaluate(`${all}.map(({ textContent }) => textContent)`)
  }

  it(
    'explains on a page with a way on that the session has ended, and loses nothing by it',
    async () => {
      await signIn('bob')
      await tab.forget()
      await tab.page.type('#device', 'phone')
      await tab.page.click('#create button')
      await tab.page.waitForSelector('#outcome.bad a[href="/login"]')
      expect(await tab.text()).toContain('Your session has ended')
      expect(await faultsOf(tab.page)).toEqual([])
      // A provider that does not know the browser asks nothing.
      await tab.page.locator('::-p-text(Sign out)').click()
      await tab.page.waitForSelector('h1 ::-p-text(You are signed out)')
      await tab.page.goto(new URL('/signed-out?state=forged', stack.frontendUrl).href)
      expect(await tab.text()).toContain('may still know this browser')
      expect(await faultsOf(tab.page)).toEqual([])
      await tab.page.goto(new URL('/profiles/00/revoke', stack.frontendUrl).href)
      expect(await tab.text()).toContain('You are signed out')
      expect(await faultsOf(tab.page)).toEqual([])
      expect(tab.complaints).toEqual([])
    },
    LONG_MS,
  )
})

/** Layout does not count. */
function normal(markup: string): string {
  return markup.replaceAll(/\s+/g, ' ').replaceAll(/ ?([<>]) ?/g, '$1')
}

/** The addresses of the requests that have the private key of a profile in them, in any encoding. */
function sentOf(profile: string, requests: readonly string[]): readonly string[] {
  const [, pem = ''] = /<key>\n([^<]+)<\/key>/.exec(profile) ?? []
  const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' })
  const scalar = Buffer.from(d, 'base64url')
  const aligned = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), scalar])
      .toString('base64')
      .slice(4, -4),
  )
  const urls = aligned.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))
  const canaries = [...aligned, ...urls, scalar.toString('hex'), [...scalar].join(',')]
  const disclosing = requests.filter((request) => {
    const plain = request.replaceAll(/\\n|\s/g, '')
    return canaries.some((canary) => plain.includes(canary)) || plain.includes('PRIVATEKEY')
  })
  return disclosing.map((request) => request.split('\n')[0] ?? '')
}

/** Writes the identity of a VPN server and the lists that signing publishes. */
async function writeServer(stack: Stack, at: (name: string) => string): Promise<void> {
  const { current } = await stack.storage.admin.read('CA_PASSPHRASE_SIGNING')
  const passphrase = { value: current.value, origin: { kind: 'memory' } } as const
  await using ca = await openCaKeystore({ directory: join(stack.directory, 'ca'), passphrase })
  const { csr, privateKey } = createSigningRequest({ commonName: 'localhost' })
  const { certificate } = await ca.issueCertificate({
    ...{ csr, profile: 'server', validityMs: HOUR_MS, subject: { commonName: 'localhost' } },
    subjectAltNames: [{ kind: 'dns', value: 'localhost' }],
  })
  await writeFile(at('vpn.pem'), certificate + ca.chain)
  await writeFile(at('vpn.key'), privateKey.expose(), { mode: 0o600 })
  const signing = stack.family.fleet.find(({ service }) => service === 'signing')
  const calls = createTlsFetch({ trust: stack.trust, name: 'signing' })
  const response = await calls.fetch(new URL('/crl', signing?.url))
  await writeFile(at('lists.pem'), await response.text())
  await calls.close()
}
