import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readBiography } from '@rekey/ca-keystore'
import { SecretError } from '@rekey/secret'
import type { TrailHead } from '@rekey/audit-log/transparency'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { anchorBiographies } from './anchor-biographies.ts'
import { EVIDENCE, openCa } from '../test/signing.support.ts'

let opened: Awaited<ReturnType<typeof openCa>>
beforeAll(async () => {
  opened = await openCa()
})
afterAll(() => opened.close())

let heads: TrailHead[]
let events: unknown[]
beforeEach(() => {
  heads = []
  events = []
})

/** Anchors at the start and at the stop. */
async function anchorTwice(answer: () => Promise<typeof EVIDENCE>) {
  const stop = new AbortController()
  const keep = (event: { event: string }) => void events.push(event.event)
  const anchor = (head: TrailHead) => {
    heads.push(head)
    return answer()
  }
  const parts = { keystores: [opened.directory], anchor, logger: { info: keep, error: keep } }
  const anchoring = anchorBiographies(parts, stop.signal)
  await vi.waitFor(() => {
    expect(events).not.toEqual([])
  })
  stop.abort()
  await anchoring
}

it('anchors the end of a biography once', async () => {
  await anchorTwice(() => Promise.resolve(EVIDENCE))
  const { verdict, entries } = await readBiography({ directory: opened.directory })
  const trail = `biography/${entries[0]?.subject ?? ''}`
  expect(heads).toEqual([{ trail, ...(verdict.ok && verdict.head) }])
  expect(events).toEqual(['trail-anchored'])
})

it('tries again when it stops, and names a trail that the log has another line of', async () => {
  await anchorTwice(() => Promise.reject(new SecretError('unreachable', 'down')))
  expect([heads.length, events]).toEqual([2, ['trail-not-anchored', 'trail-not-anchored']])
  events = []
  await anchorTwice(() => Promise.reject(new SecretError('refused', 'other', { status: 409 })))
  expect(events).toEqual(['trail-rewritten', 'trail-rewritten'])
})

it('anchors no biography that is not sound', async () => {
  const path = join(opened.directory, 'biography.log')
  const text = await readFile(path, 'utf8')
  await appendFile(path, '{"seq":2}\n')
  await anchorTwice(() => Promise.resolve(EVIDENCE))
  await writeFile(path, text)
  expect([heads, events]).toEqual([[], ['trail-damaged', 'trail-damaged']])
})
