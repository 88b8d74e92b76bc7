// @lane servers
import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import {
  activateGeneration,
  openCaKeystore,
  prepareGeneration,
  publishGeneration,
} from '@rekey/ca-keystore'
import { generatePassphrase } from '@rekey/ca-keystore/internal'
import { countCertificates, openStack, orderProfile, type Stack, startLoad } from '@rekey/stack'
import { type Browser, createBrowser, logIn } from '@rekey/testbed'
import { expect, it, onTestFinished } from 'vitest'

/** Asks for a profile, and gives its certificate. */
async function newProfile(stack: Stack, browser: Browser) {
  const { response } = await orderProfile(stack, browser)
  const { certificate, serial } = (await response.json()) as { certificate: string; serial: string }
  return { serial, issuer: new X509Certificate(certificate).issuer }
}

async function revoke(stack: Stack, browser: Browser, serial: string): Promise<number> {
  const url = new URL(`/profiles/${serial}/revoke`, stack.frontendUrl)
  const headers = { cookie: browser.cookieHeader(url), origin: url.origin }
  return (await stack.fetch(url, { method: 'POST', headers, redirect: 'manual' })).status
}

it('K28: replaces the key of the issuing CA under load with one restart of signing, and no request fails', async () => {
  const rootPassphrase = generatePassphrase()
  const stack = await openStack({ rootPassphrase })
  onTestFinished(() => stack.close())
  const [directory, lists] = [join(stack.directory, 'ca'), join(stack.directory, 'crl')]
  const { browser } = await logIn({
    ...{ startUrl: new URL('/login', stack.frontendUrl), account: 'alice' },
    browser: createBrowser(stack),
  })
  const before = await newProfile(stack, browser)
  const load = startLoad({ frontendUrl: stack.frontendUrl, fetch: stack.fetch, people: 3 })

  const { current } = await stack.storage.admin.read('CA_PASSPHRASE_SIGNING')
  const passphrase = { value: current.value, origin: { kind: 'memory' } } as const
  const root = { value: rootPassphrase, origin: { kind: 'memory' } } as const
  const rootDirectory = join(stack.directory, 'ca-root')
  await using parent = await openCaKeystore({ directory: rootDirectory, passphrase: root })
  await prepareGeneration({ directory, parent, passphrase: current.value })
  const bundle = join(stack.directory, 'ca-certificates.pem')
  await publishGeneration({ directory, lists, bundle, passphrase })
  const sure = { minPublishedMs: 0, drilledAt: new Date() }
  await activateGeneration({ directory, lists, passphrase, ...sure })
  expect((await newProfile(stack, browser)).issuer).toBe(before.issuer)

  const signing = stack.services.find(({ name }) => name === 'signing')
  await signing?.stop()
  await signing?.start()
  const after = await newProfile(stack, browser)
  expect([before.issuer, after.issuer]).toEqual([
    'CN=Rekey Development Issuing CA G1',
    'CN=Rekey Development Issuing CA G2',
  ])
  expect(await revoke(stack, browser, before.serial)).toBe(303)
  expect(await revoke(stack, browser, after.serial)).toBe(303)
  const { failures, failuresByReason, profiles } = await load.stop()
  expect({ failures, failuresByReason }).toEqual({ failures: 0, failuresByReason: {} })
  expect(profiles).toBeGreaterThan(0)
  expect(await countCertificates(stack)).toMatchObject({ certificatesMissing: 0 })
}, 240_000)
