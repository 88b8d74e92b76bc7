// @lane servers
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import type { SecretSource } from '@rekey/secret'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { found, NAME, openStore, random, useAwsServer } from '../../test/store/aws/aws.support.ts'
import { openVaultFixture, vaultProgram } from '../../test/store/vault/vault-fixture.support.ts'
import { openSource } from './index.ts'

const LOAD_MS = 20_000

/** A file with a token, which is replaced as the kubelet does it: the next one is moved into its place. */
async function projectTokens(issue: () => string) {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-projected-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'token')
  const replace = async () => {
    await writeFile(`${file}.next`, issue())
    await rename(`${file}.next`, file)
  }
  await replace()
  return { file, replace }
}

/** Reads without a pause while the token is replaced each second. No read may fail. */
async function readUnderLoad(source: SecretSource, name: string, replace: () => Promise<void>) {
  const over = AbortSignal.timeout(LOAD_MS)
  let reads = 0
  const work = async () => {
    for (; !over.aborted; reads += 1) await source.read(name)
  }
  const project = async () => {
    while (!over.aborted) {
      await delay(1_000)
      await replace()
    }
  }
  await Promise.all([work(), work(), work(), project()])
  expect(reads).toBeGreaterThan(100)
}

it.runIf(vaultProgram.found)(
  'a token of a pod is exchanged at Vault, again and again, and no read fails while it is replaced and the token of Vault ends',
  async () => {
    const fixture = await openVaultFixture()
    onTestFinished(() => fixture[Symbol.asyncDispose]())
    const { vault, proxy } = fixture
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
    const { file, replace } = await projectTokens(() => {
      const exp = Math.floor(Date.now() / 1000) + 5
      const claims = { sub: 'system:serviceaccount:vpn:shop', aud: 'vault', exp }
      const signed = `${encoded({ alg: 'RS256', typ: 'JWT' })}.${encoded(claims)}`
      return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`
    })
    await vault.require('POST', 'sys/auth/jwt', { type: 'jwt' })
    const jwt_validation_pubkeys = [publicKey.export({ format: 'pem', type: 'spki' })]
    await vault.require('POST', 'auth/jwt/config', { jwt_validation_pubkeys })
    await vault.require('POST', 'auth/jwt/role/shop', {
      ...{ role_type: 'jwt', user_claim: 'sub', bound_audiences: ['vault'] },
      // Vault's token ends after its maximum, so that a renewal does not suffice; the one of the pod after five seconds.
      ...{ token_policies: ['rekey'], token_ttl: '2s', token_max_ttl: '4s' },
      ...{ clock_skew_leeway: -1, expiration_leeway: -1 },
    })
    const login = { REKEY_VAULT_AUTH: 'kubernetes', REKEY_VAULT_AUTH_MOUNT: 'jwt' }
    const role = { REKEY_VAULT_ROLE: 'shop', REKEY_VAULT_JWT_FILE: file }
    const env = { VAULT_ADDR: proxy.address, ...login, ...role }
    await using source = await openSource('vault:secret/rekey', { env, startJitterMs: 0 })
    await readUnderLoad(source, 'KEY', replace)
    expect(proxy.count(/auth\/jwt\/login/)).toBeGreaterThan(4)
  },
  60_000,
)

/** Stands before moto, whose credentials never end: those of its STS are due after half a second, and over after ten. */
async function openExpiringAws(target: string) {
  const [tokens, issued] = [new Set<string>(), new Map<string, number>()]
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request)
      const headers = new Headers(request.headers as Record<string, string>)
      const token = new URLSearchParams(body).get('WebIdentityToken')
      const [, id = ''] = /Credential=([^/]+)/.exec(headers.get('authorization') ?? '') ?? []
      const isOver = performance.now() - (issued.get(id) ?? -Infinity) > 10_000
      if (token === null && isOver) {
        return response.writeHead(400).end(JSON.stringify({ __type: 'ExpiredTokenException' }))
      }
      for (const hop of ['host', 'content-length', 'connection', 'expect']) headers.delete(hop)
      const answer = await fetch(target, { method: 'POST', headers, body })
      const replied = await answer.text()
      if (token !== null) tokens.add(token)
      const made = /<AccessKeyId>(.+)<\/AccessKeyId>/.exec(replied)?.[1]
      if (made !== undefined) issued.set(made, performance.now())
      // The SDK renews credentials that end within five minutes.
      const end = new Date(Date.now() + 300_500).toISOString()
      response.writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? '',
      })
      return response.end(replied.replace(/(<Expiration>)[^<]+/, `$1${end}`))
    })()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close().closeAllConnections()
  })
  await once(server, 'listening')
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tokens, issued }
}

describe.runIf(found)('AWS', () => {
  const server = useAwsServer()

  it('exchanges a token of a pod for a role, again and again, and no read fails while it is replaced and credentials end', async () => {
    const { file, replace } = await projectTokens(randomUUID)
    const { store, prefix } = await openStore(server())
    await store.create(NAME, random())
    const { endpoint, tokens, issued } = await openExpiringAws(server().endpoint)
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/shop')
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', file)
    vi.stubEnv('AWS_ENDPOINT_URL', endpoint)
    onTestFinished(() => void vi.unstubAllEnvs())
    const env = { AWS_REGION: server().region, AWS_ENDPOINT_URL: endpoint }
    await using source = await openSource(`aws:${prefix}`, { env })
    await readUnderLoad(source, NAME, replace)
    expect(tokens.size).toBeGreaterThan(5)
    expect(issued.size).toBeGreaterThanOrEqual(tokens.size)
  }, 60_000)
})
