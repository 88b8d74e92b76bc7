// @lane servers
import { once } from 'node:events'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  found,
  NAME,
  openStore,
  random,
  useAwsServer,
} from '../../../test/store/aws/aws.support.ts'
import { openSource } from '../index.ts'

/** The SDK renews credentials that end within five minutes. */
const MARGIN_MS = 300_000
const DUE_MS = 500
/** From then on a request that is signed with them is refused, as one with credentials that have expired. */
const LIFE_MS = 10_000
const expired = (type: string) => JSON.stringify({ __type: type, message: 'expired' })

/** Stands before moto, which lets no credentials and no tokens expire: the STS behind it gives credentials that are soon due. */
async function openExpiringAws(target: string, isToken: (token: string) => boolean) {
  const [tokens, issued, used] = [new Set<string>(), new Map<string, number>(), new Set<string>()]
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request)
      const headers = request.headers as Record<string, string>
      const token = new URLSearchParams(body).get('WebIdentityToken')
      const [, id = ''] = /Credential=([^/]+)/.exec(headers['authorization'] ?? '') ?? []
      const isOver = performance.now() - (issued.get(id) ?? -LIFE_MS) > LIFE_MS
      if (token === null ? isOver : !isToken(token)) {
        return response.writeHead(400).end(expired('ExpiredTokenException'))
      }
      const hops = ['host', 'content-length', 'connection', 'expect']
      const passed = Object.fromEntries(
        Object.entries(headers).filter(([name]) => !hops.includes(name)),
      )
      const answer = await fetch(target, { method: 'POST', headers: passed, body })
      const end = new Date(Date.now() + MARGIN_MS + DUE_MS).toISOString()
      const replied = await answer.text()
      if (token === null) used.add(id)
      else tokens.add(token)
      const made = /<AccessKeyId>(.+)<\/AccessKeyId>/.exec(replied)?.[1]
      if (made !== undefined) issued.set(made, performance.now())
      const type = answer.headers.get('content-type') ?? ''
      const shown = replied.replace(/(<Expiration>)[^<]+/, `$1${end}`)
      return response.writeHead(answer.status, { 'content-type': type }).end(shown)
    })()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close().closeAllConnections()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { endpoint: `http://127.0.0.1:${port}`, tokens, used }
}

describe.runIf(found)('a store that is read as a role, without a secret at rest', () => {
  const server = useAwsServer()

  it('fails no read while the projected token is replaced and the credentials end, again and again', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rekey-web-identity-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const file = join(directory, 'token')
    const given: string[] = []
    /** As the kubelet does it: the next token is moved into the place of the one before. */
    const project = async () => {
      given.push(random().expose())
      await writeFile(`${file}.next`, given.at(-1) ?? '')
      await rename(`${file}.next`, file)
    }
    await project()
    const { store: writer, prefix } = await openStore(server())
    const { current: created } = await writer.create(NAME, random())
    const aws = await openExpiringAws(server().endpoint, (token) => given.slice(-2).includes(token))
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/shop')
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', file)
    vi.stubEnv('AWS_ENDPOINT_URL', aws.endpoint)
    onTestFinished(() => void vi.unstubAllEnvs())
    const env = { AWS_REGION: server().region, AWS_ENDPOINT_URL: aws.endpoint }
    await using source = await openSource(`aws:${prefix}`, { env })
    const over = AbortSignal.timeout(LIFE_MS * 2)
    const reads = { done: 0, failures: [] as unknown[] }
    const work = async () => {
      while (!over.aborted) {
        await source.read(NAME).then(
          ({ current }) => {
            expect(current.version).toBe(created.version)
            reads.done += 1
          },
          (error: unknown) => reads.failures.push(error),
        )
      }
    }
    const replace = async () => {
      while (!over.aborted) {
        await delay(2_000)
        await project()
      }
    }
    await Promise.all([work(), work(), work(), replace()])
    expect(reads.failures).toEqual([])
    expect(reads.done).toBeGreaterThan(100)
    // Each token but the last few was exchanged in its time, and the credentials of each exchange were used.
    expect(aws.tokens.size).toBeGreaterThan(5)
    expect(aws.used.size).toBeGreaterThan(aws.tokens.size)
  }, 60_000)
})
