import { cp, rm } from 'node:fs/promises'
import { SecretError } from '@rekey/secret'
import { encodeHeadEntry, type TrailHead } from '@rekey/audit-log/transparency'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { anchorLists, judgeByLog } from './judge-by-log.ts'
import { EVIDENCE, openCa } from '../test/signing.support.ts'

let opened: Awaited<ReturnType<typeof openCa>>
let heads: TrailHead[]
let events: unknown[]
beforeEach(async () => {
  opened = await openCa()
  heads = []
  events = []
})
afterEach(() => opened.close())

const logger = { error: (event: { event: string }) => void events.push(event.event) }

/** A log with the heads, of which the keystore remembers the first `known`. */
function partsOf(known: number | undefined, answers = true) {
  const { ca, directory, listDirectory } = opened
  const verified = (size: number) => ({ size }) as never
  const accept = vi.fn(() => Promise.resolve(verified(heads.length)))
  const down = () => Promise.reject(new SecretError('unreachable', 'down'))
  return {
    ...{ cas: [{ directory, chain: ca.chain }], lists: listDirectory, logger, accept },
    verifier: { verify: () => verified(heads.length) } as never,
    memory: {
      last: () => Promise.resolve(known === undefined ? undefined : verified(known)),
      accept,
    },
    client: {
      checkpoint: answers ? () => Promise.resolve('note') : down,
      entries: ({ start, count }: { start: number; count: number }) =>
        Promise.resolve(
          heads.slice(start, start + count).map((head, at) => {
            return { index: start + at, entry: encodeHeadEntry(head).entry }
          }),
        ),
    },
  }
}

/** Anchors the lists as they are published now. */
async function anchor() {
  const { cas, lists } = partsOf(undefined)
  const signal = AbortSignal.abort()
  const keep = (head: TrailHead) => {
    heads.push(head)
    return Promise.resolve(EVIDENCE)
  }
  await anchorLists({ cas, lists, logger, anchor: keep }, signal)
}

/** A day on which a certificate is revoked, and the keystore and the lists of before it. */
async function revokeAfterCopy() {
  const places = [opened.directory, opened.listDirectory]
  await anchor()
  for (const place of places) await cp(place, `${place}-yesterday`, { recursive: true })
  await opened.lists.revoke([{ serial: `4${'0'.repeat(39)}`, notAfter: opened.ca.notAfter }])
  await anchor()
  return async () => {
    for (const place of places) {
      await rm(place, { recursive: true })
      await cp(`${place}-yesterday`, place, { recursive: true })
    }
  }
}

it('K40: refuses a keystore and lists of yesterday that were put back together, at each start', async () => {
  const putBack = await revokeAfterCopy()
  expect(heads.map(({ seq }) => seq)).toEqual([1, 2])
  const parts = partsOf(1)
  await judgeByLog(parts)
  expect(parts.accept).toHaveBeenCalledWith('note')
  await putBack()
  const old = partsOf(1)
  for (let start = 1; start <= 2; start += 1) {
    await expect(judgeByLog(old)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('rekey ca restore BACKUP DIRECTORY --published') as string,
      details: { reason: 'generation', seq: 2 },
    })
  }
  expect(old.accept).not.toHaveBeenCalled()
  await judgeByLog(partsOf(undefined))
})

it('K40: publishes lists where the log does not answer, with an event', async () => {
  await revokeAfterCopy()
  await judgeByLog(partsOf(1, false))
  expect(events).toEqual(['lists-not-compared'])
})
