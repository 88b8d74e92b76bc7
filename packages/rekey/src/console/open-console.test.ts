import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { liveVersions } from '@rekey/secret/internal'
import { SecretError } from '@rekey/secret'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { type ConsoleOptions, openConsole } from './index.ts'
import type { FamilyView } from './family-view.ts'
import { family, rotating, settled } from '../../test/console/readings.support.ts'

beforeAll(async () => {
  const script = fileURLToPath(new URL('../../build-page.mjs', import.meta.url))
  await promisify(execFile)(process.execPath, [script])
})

async function open(options: Partial<ConsoleOptions> = {}) {
  const page = await openConsole({
    ...{ read: () => Promise.resolve(family([settled()])), everyMs: 5 },
    ...options,
  })
  onTestFinished(() => page.close())
  return page
}

/** The views of a stream, one after the other. */
async function* views(url: string): AsyncGenerator<FamilyView> {
  const stop = new AbortController()
  try {
    const { body } = await fetch(new URL('/events', url), { signal: stop.signal })
    let text = ''
    for await (const chunk of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      text += chunk
      const events = text.split('\n\n')
      text = events.pop() ?? ''
      for (const event of events) {
        if (event.startsWith('data: ')) yield JSON.parse(event.slice(6)) as FamilyView
      }
    }
  } finally {
    stop.abort()
  }
}

async function firstView(url: string): Promise<FamilyView | undefined> {
  for await (const view of views(url)) return view
  return undefined
}

it('serves a page that asks no other origin for anything and cannot be framed', async () => {
  const { url } = await open()
  const response = await fetch(url)
  const policy = response.headers.get('content-security-policy')
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  const html = await response.text()
  const paths = Array.from(html.matchAll(/(?:src|href)="([^"]+)"/g), ([, path = '']) => path)
  expect(paths).toHaveLength(3)
  for (const path of paths) {
    expect(path).toMatch(/^\/[a-z.]+$/)
    expect((await fetch(new URL(path, url))).status).toBe(200)
  }
})

it('answers 421 to a request for another host, as a name that was made to lead here would send', async () => {
  const { url } = await open()
  const asked = request(url, { headers: { host: 'rekey.example:80' } }).end()
  const [response] = (await once(asked, 'response')) as [{ statusCode: number }]
  expect(response.statusCode).toBe(421)
})

it.each([
  ['POST', '/', 405],
  ['GET', '/../package.json', 404],
  ['GET', '/%2e%2e/package.json', 404],
  ['GET', '/nothing', 404],
])('answers %s %s with %i', async (method, path, status) => {
  const { port } = new URL((await open()).url)
  const asked = request({ host: '127.0.0.1', port, method, path }).end()
  const [response] = (await once(asked, 'response')) as [{ statusCode: number }]
  expect(response.statusCode).toBe(status)
})

it('sends every view whole, without any value', async () => {
  const reading = rotating()
  const { url } = await open({ read: () => Promise.resolve(family([reading])) })
  const text = JSON.stringify(await firstView(url))
  expect(text).toContain('key-v2')
  for (const { value } of liveVersions(reading.staged)) expect(text).not.toContain(value.expose())
})

it('reads only while a browser watches', async () => {
  let reads = 0
  const read = () => Promise.resolve(family([settled({ title: `api-key a:b${++reads}` })]))
  const { url } = await open({ read })
  await fetch(url)
  expect(reads).toBe(0)
  await firstView(url)
  await expect.poll(() => reads).toBeGreaterThan(0)
  // The stream has ended, and at most one look was under way.
  let before = -1
  await expect
    .poll(async () => {
      before = reads
      await new Promise((resolve) => setTimeout(resolve, 50))
      return reads - before
    })
    .toBe(0)
})

it('shows the last view, and the failure, while the family cannot be read, and goes on after it', async () => {
  let failure: SecretError | undefined
  const { url } = await open({
    read: () =>
      failure === undefined ? Promise.resolve(family([settled()])) : Promise.reject(failure),
  })
  const stream = views(url)
  const until = async (isIt: (view: FamilyView) => boolean) => {
    for (;;) {
      const { value } = (await stream.next()) as IteratorYieldResult<FamilyView>
      if (isIt(value)) return value
    }
  }
  await until(({ problem }) => problem === undefined)
  failure = new SecretError('unreachable', 'the journal does not answer')
  const during = await until(({ problem }) => problem !== undefined)
  expect(during).toMatchObject({
    problem: { code: 'unreachable', message: 'the journal does not answer' },
    secrets: [{ title: 'api-key shop:till' }],
  })
  failure = undefined
  await until(({ problem }) => problem === undefined)
  await stream.return(undefined)
})

it('an error of another library is shown without its message, which may hold anything', async () => {
  const { url } = await open({ read: () => Promise.reject(new Error('password=hunter2')) })
  const view = await firstView(url)
  expect(view?.problem?.code).toBe('failed')
  expect(JSON.stringify(view)).not.toContain('hunter2')
})

it('a port that is in use is named', async () => {
  const port = Number(new URL((await open()).url).port)
  await expect(open({ port })).rejects.toMatchObject({
    code: 'refused',
    message: `port ${port} is in use: choose another`,
  })
})
