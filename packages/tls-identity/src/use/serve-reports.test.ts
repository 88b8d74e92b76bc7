import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { createFleet, signedReports } from '@rekey/rekey/engine'
import { createReportFetch } from '@rekey/rekey/internal/engine'
import { Secret } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { type Issued, issue, issueChain, keyPem } from '../../test/certificates.support.ts'
import { serveReports, tlsIdentity } from '../index.ts'

const NAME = 'TLS_APP'
const authority = issueChain()
const foreign = issueChain()
const key = Secret.of(randomBytes(32).toString('base64url'), 'REKEY_HEALTH_KEY')

function textOf(name: string, { issuer } = authority) {
  const made = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const leaf = issue({ issuer, key: made, purpose: 'both', dnsNames: [name] })
  return { key: keyPem(made), chain: leaf.pem + issuer.pem }
}

const identityOf = (name: string, { issuer }: { issuer: Issued } = authority) => {
  const { key: text, chain } = textOf(name, { ...authority, issuer })
  return { chain, key: Secret.of(text, 'key of a client') }
}

async function setUp() {
  const own = textOf('app')
  const service = await loadService(
    defineService({ name: 'app', settings: z.object({}), secrets: { tls: tlsIdentity() } }),
    {
      env: { REKEY_ENVIRONMENT: 'test' },
      source: createMemoryStore({ [NAME]: own.key + own.chain }),
    },
  )
  onTestFinished(() => service.close())
  const tls = serveReports(service.secrets.tls, {
    ...{ trust: authority.root.pem, readers: ['rotator'] },
  })
  const health = await openHealthListener(service, { port: 0, keys: [key], tls })
  onTestFinished(() => health.close())
  const healthUrl = `https://127.0.0.1:${health.port}`
  const openReports = (identity?: ReturnType<typeof identityOf>) => {
    const calls = { trust: authority.root.pem, name: 'app', ...(identity && { identity }) }
    const reports = createReportFetch({ tls: new Map([['app', () => Promise.resolve(calls)]]) })
    onTestFinished(() => reports.close())
    return reports
  }
  const ask = async (identity?: ReturnType<typeof identityOf>) => {
    const fetch = signedReports(key, openReports(identity).fetch)
    const fleet = createFleet([{ service: 'app', url: healthUrl, healthUrl }], { fetch })
    const question = { service: 'app', secret: NAME }
    const [answer] = await fleet.acknowledgements(question, new AbortController().signal)
    return answer
  }
  return { ask, openReports, healthUrl }
}

it('gives a signed report over mutual TLS to the rotator alone, also on loopback', async () => {
  const { ask } = await setUp()
  const answer = await ask(identityOf('rotator'))
  expect(answer?.ack?.usage.holding['health tls']).toHaveLength(1)
})

it.each([
  ['no client certificate', undefined, 'certificate-missing'],
  ['the identity of another service', identityOf('frontend'), 'certificate-name'],
  ['an identity of another CA', identityOf('rotator', foreign), 'certificate-untrusted'],
])(
  'refuses its report to %s, and the rotator names it with the reason',
  async (_who, identity, code) => {
    const { ask } = await setUp()
    const answer = await ask(identity)
    expect(answer).toMatchObject({ ack: undefined })
    expect(answer?.problem).toContain(`(${code})`)
  },
)

it('answers probes over TLS without a client certificate, and names no secret and no check', async () => {
  const { openReports, healthUrl } = await setUp()
  const { fetch } = openReports()
  const probe = async (path: string) => {
    const { status, body } = await fetch(`${healthUrl}${path}`, { service: 'app' })
    const parts: Buffer[] = []
    for await (const part of body ?? []) parts.push(Buffer.from(part as Buffer))
    return { status, text: Buffer.concat(parts).toString() }
  }
  expect(await probe('/health/live')).toEqual({ status: 200, text: '{"live":true}' })
  expect(await probe('/health/ready')).toEqual({ status: 200, text: '{"ready":true}' })
  expect(await probe('/metrics')).toMatchObject({ status: 403 })
})
