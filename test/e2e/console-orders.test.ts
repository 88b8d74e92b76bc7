import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRotator } from '@rekey/rekey'
import type { Rotator } from '@rekey/rekey/internal/rotator'
import { openStack, runDemo, type Stack, startConsole } from '@rekey/stack'
import { findForTest } from '@rekey/testbed'
import { runRekey } from '@rekey/test-support'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPortalTab, type PortalTab } from './portal-browser.ts'

const LONG_MS = 300_000
const chromium = await findForTest('chromium')

interface Entry {
  readonly action: string
  readonly subject: string
  readonly outcome: string
  readonly person?: string
}

describe.runIf(chromium.found)('the console of a running family, with orders', () => {
  let stack: Stack
  let rotator: Rotator
  let page: Awaited<ReturnType<typeof startConsole>>
  let tab: PortalTab
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(await realpath(tmpdir()), 'console-'))
    // An order takes long enough for a run to meet it.
    const validationMs = 4_000
    stack = await openStack({ allowRotate: true, validationMs })
    rotator = await openRotator({ ...stack.family, validationMs })
    page = await startConsole(stack)
    tab = await openPortalTab(chromium.path, folder)
  }, LONG_MS)
  afterAll(async () => {
    await tab.close()
    await page.stop()
    await rotator.close()
    await stack.close()
    await rm(folder, { recursive: true })
  })

  async function signIn(account: string): Promise<void> {
    await tab.signIn(page.url, account)
    await tab.page.waitForSelector('.who')
  }

  /** Clicks "Rotate" in the card of a secret, and gives how to read what became of it. */
  async function order(title: string, typed?: string): Promise<() => Promise<string>> {
    const act = `[...document.querySelectorAll('.act')].find((one) => one.textContent.includes('Rotate ${title} now'))`
    await tab.page.waitForFunction(`${act} !== undefined`)
    const card = (await tab.page.evaluateHandle(act)).asElement()
    await (await card?.$('summary'))?.click()
    if (typed === undefined) await (await card?.$('details > button'))?.click()
    else {
      await (await card?.$('input'))?.type(typed)
      await (await card?.$('.danger'))?.click()
      // The identity provider asks anew, though it knows the browser.
      await tab.page.locator('input[name=login]').fill('alice')
      await Promise.all([tab.page.waitForNavigation(), tab.page.keyboard.press('Enter')])
    }
    return async () => {
      const status = `${act}?.querySelector('[role=status]').textContent ?? ''`
      // The page is left and loaded anew on the way.
      const read = () => tab.page.evaluate(status).catch(() => '')
      await expect.poll(read, { timeout: 120_000 }).toMatch(/^(?:not )?rotated/)
      return String(await read())
    }
  }

  async function auditOf(person: string): Promise<Entry[]> {
    const { stdout } = await runRekey(['audit', 'query', '--json', '--stack', stack.directory])
    const lines = stdout.trim().split('\n')
    const entries = lines.map((line) => JSON.parse(line) as Entry)
    return entries.filter((entry) => entry.person === person)
  }

  it(
    'an operator signs in at the identity provider of the family and rotates under load, which a run that rotates the same waits for',
    async () => {
      const [title = ''] = rotator.kinds.keys()
      const { name = '' } = rotator.kinds.get(title) ?? {}
      const before = (await rotator.store.read(name)).current.version
      await signIn('alice')
      const outcome = await order(title)
      const options = { rounds: 1, people: 2, validationMs: 200, onEvent: () => undefined }
      const running = runDemo(stack, { ...options, signal: new AbortController().signal })
      const text = await outcome()
      expect(text).toMatch(/^rotated: .+ is current$/)
      expect(text).not.toContain(before)
      const { losses, rotations, load } = await running
      expect({ losses, failures: load.failures }).toEqual({ losses: [], failures: 0 })
      expect(rotations[title]).toBe(1)
    },
    LONG_MS,
  )

  it(
    'what has leaked is rotated once its name is typed and its operator has signed in anew, and the audit log names the person whom the provider has proved',
    async () => {
      const title = 'api-key signing:certtransparency'
      const { name = '' } = rotator.kinds.get(title) ?? {}
      const before = (await rotator.store.read(name)).current.version
      const outcome = await order(title, title)
      expect(await outcome()).toMatch(/^rotated: /)
      const after = await rotator.store.read(name)
      expect(after.current.version).not.toBe(before)
      expect(after.previous?.version).not.toBe(before)
      const { issuer } = stack.family.providers['main'] ?? {}
      const entries = await auditOf(`oidc:${issuer}#alice`)
      const own = entries.filter(({ subject }) => subject === name)
      expect(own.map(({ action }) => action)).toEqual(
        expect.arrayContaining(['command.console rotate', 'rotation.promote', 'rotation.revoke']),
      )
      const verified = await runRekey(['audit', 'verify', '--stack', stack.directory])
      expect(verified.stdout).toContain('none changed')
    },
    LONG_MS,
  )

  it(
    'a viewer finds no button, and the order that one sends nevertheless is refused and recorded',
    async () => {
      await signIn('bob')
      await tab.page.waitForSelector('.card:not(.skeleton)')
      expect(await tab.page.$('.act')).toBeNull()
      const body = JSON.stringify({ title: 'api-key frontend:signing' })
      const status = await tab.page.evaluate(sendOrder(body))
      expect(status).toBe(403)
      const { issuer } = stack.family.providers['main'] ?? {}
      const refused = await auditOf(`oidc:${issuer}#bob`)
      expect(refused).toMatchObject([
        { action: 'console.sign-in', outcome: 'succeeded' },
        { action: 'command.console rotate', outcome: 'refused' },
      ])
    },
    LONG_MS,
  )
})

/** Sends an order from the page, signed with the key of its session, as its script would. */
function sendOrder(body: string): string {
  return `(async () => {
    const until = (request) => new Promise((resolve) => (request.onsuccess = resolve))
    const opening = indexedDB.open('rekey-console')
    await until(opening)
    const asked = opening.result.transaction('keys').objectStore('keys').get('session')
    await until(asked)
    const { publicKey, privateKey } = asked.result
    const text = (bytes) =>
      btoa(String.fromCharCode(...new Uint8Array(bytes)))
        .replaceAll('+', '-')
        .replaceAll('/', '_')
        .replaceAll('=', '')
    const body = ${JSON.stringify(body)}
    const once = text(crypto.getRandomValues(new Uint8Array(16)))
    const signed = new TextEncoder().encode('POST /rotate\\n' + once + '\\n' + body)
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
    const signature = await crypto.subtle.sign(algorithm, privateKey, signed)
    const key = await crypto.subtle.exportKey('raw', publicKey)
    const proof = [text(key), once, text(signature)].join('.')
    const headers = { 'content-type': 'application/json', 'x-rekey-proof': proof }
    return (await fetch('/rotate', { method: 'POST', headers, body })).status
  })()`
}
