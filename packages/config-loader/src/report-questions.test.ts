import { randomBytes } from 'node:crypto'
import { get } from 'node:http'
import {
  formatReportQuestion,
  type HealthReport,
  REPORT_QUESTION_HEADER,
  type ReportQuestion,
  type VersionState,
} from '@rekey/secret/internal'
import { NON_PRODUCTION_PREFIX, type SecretSource, type SecretSpec } from '@rekey/secret'
import { createMemoryStore } from './store/memory-store.ts'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { defineService, loadService, openHealthListener } from './index.ts'

const newValue = () => NON_PRODUCTION_PREFIX + randomBytes(24).toString('base64url')

const text = (name: string): SecretSpec<string> => ({
  ...{ kind: 'text', rule: 'any', access: { end: 'owner' }, minLength: 32 },
  nameFor: () => name,
  parse: (read) => ({ value: read, sensitive: [read], nonProduction: true }),
})

/** A service that looks at its store each 20 ms, or only when it has a reason to. */
async function open({ looks = true } = {}) {
  const store = createMemoryStore({ FIRST: newValue(), SECOND: newValue() })
  const reads: string[] = []
  const patient: SecretSource = {
    locator: store.locator,
    read: (name) => {
      reads.push(name)
      return store.read(name)
    },
  }
  const secrets = { first: text('FIRST'), second: text('SECOND') }
  const definition = defineService({ name: 'app', settings: z.object({}), secrets })
  const env = { REKEY_ENVIRONMENT: 'test' }
  const service = await loadService(definition, {
    env,
    ...(looks ? { source: store, policy: { ttlMs: 20 } } : { source: patient }),
  })
  const health = await openHealthListener(service, { port: 0 })
  onTestFinished(async () => {
    await health.close()
    await service.close()
  })
  /** The answer, and whether it was announced that it takes a while. */
  const ask = (header: string, onParked?: () => void) =>
    new Promise<{ report: HealthReport; isParked: boolean }>((resolve, reject) => {
      let isParked = false
      const headers = { [REPORT_QUESTION_HEADER]: header }
      const request = get(`http://127.0.0.1:${health.port}/health/secrets`, { headers })
      request.once('error', reject)
      request.once('information', ({ statusCode }) => {
        isParked = statusCode === 102
        onParked?.()
      })
      request.once('response', (response) => {
        void response.toArray().then((chunks: Buffer[]) => {
          const report = JSON.parse(Buffer.concat(chunks).toString()) as HealthReport
          resolve({ report, isParked })
        }, reject)
      })
    })
  const question = (version: string, state: VersionState): ReportQuestion => ({
    secret: 'FIRST',
    awaited: { version, state },
    waitMs: 1_000,
  })
  return { store, ask, question, reads }
}

const namesIn = ({ secrets }: HealthReport) => secrets.map(({ name }) => name)

it('reports the one secret that is asked for, and all to those who ask as they always did', async () => {
  const { ask } = await open()
  const one = await ask(formatReportQuestion({ secret: 'SECOND' }))
  expect([namesIn(one.report), one.isParked]).toEqual([['SECOND'], false])
  expect(namesIn((await ask('')).report)).toEqual(['FIRST', 'SECOND'])
  expect(namesIn((await ask('nonsense')).report)).toEqual(['FIRST', 'SECOND'])
  expect(namesIn((await ask(formatReportQuestion({ secret: 'THIRD' }))).report)).toEqual([])
})

it('answers before its time is over, once it is as awaited, having announced that it waits', async () => {
  const { store, ask, question } = await open()
  const waitedMs: number[] = []
  // A machine that stands still may take a wait's whole time, but not that of each.
  while (waitedMs.length < 10 && !waitedMs.some((ms) => ms < 900)) {
    const { current, revision } = await store.read('FIRST')
    const staged = await store.stage('FIRST', current.value.map(newValue), revision)
    const { version = '' } = staged.pending ?? {}
    await expect
      .poll(async () => (await ask('secret=FIRST')).report.secrets[0]?.versions, {
        timeout: 10_000,
      })
      .toContainEqual(expect.objectContaining({ version }))
    const startedAt = performance.now()
    const aborted: Promise<unknown>[] = []
    const { isParked } = await ask(formatReportQuestion(question(version, 'gone')), () =>
      aborted.push(store.abort('FIRST', staged.revision)),
    )
    waitedMs.push(performance.now() - startedAt)
    await Promise.all(aborted)
    expect(isParked).toBe(true)
  }
  expect(Math.min(...waitedMs)).toBeLessThan(900)
})

it('answers at once where it is as awaited already, or can never be', async () => {
  const { store, ask, question } = await open()
  const { current } = await store.read('FIRST')
  const asked = [
    question(current.version, 'loaded'),
    question('another', 'gone'),
    { ...question('another', 'loaded'), secret: 'THIRD' },
  ]
  for (const one of asked) expect((await ask(formatReportQuestion(one))).isParked).toBe(false)
})

it('has no more than 64 requests wait, and none for more than a second, however long it is asked for', async () => {
  const { ask, question } = await open()
  const header = formatReportQuestion({ ...question('another', 'loaded'), waitMs: 99_999 })
  const waiting = { now: 0, most: 0 }
  const asked = Array.from({ length: 80 }, async () => {
    const { isParked } = await ask(header, () => {
      waiting.now += 1
      waiting.most = Math.max(waiting.most, waiting.now)
    })
    if (isParked) waiting.now -= 1
  })
  await Promise.all(asked)
  expect(waiting.most).toBeLessThanOrEqual(64)
  expect(waiting.most).toBeGreaterThan(32)
})

it('R48 reads a secret anew for a rotation that waits, once for all that ask in a second', async () => {
  const { store, ask, question, reads } = await open({ looks: false })
  const { current, revision } = await store.read('FIRST')
  const { pending } = await store.stage('FIRST', current.value.map(newValue), revision)
  const before = reads.length
  const loaded = formatReportQuestion(question(pending?.version ?? '', 'loaded'))
  await expect
    .poll(
      async () => {
        const answers = await Promise.all(Array.from({ length: 20 }, () => ask(loaded)))
        return answers.map(({ report }) => report.secrets[0]?.versions.length)
      },
      { timeout: 30_000 },
    )
    .toEqual(Array(20).fill(2))
  expect(new Set(reads.slice(before))).toEqual(new Set(['FIRST']))
  expect(reads.length - before).toBeLessThan(5)
  expect((await ask('secret=FIRST')).report.secrets[0]?.counts).toMatchObject({ rejections: 0 })
})
