// @lane servers
import { previewRevoke } from '@rekey/rekey/internal/console'
import { expect, it } from 'vitest'
import { createRandom, type Random } from './random.ts'
import { createKeys, openReceiver, openSender, someOf, stagedAs } from './revoke-fleet.ts'

const FLEETS = 1_000
const CASE_MS = 3_600_000

/** A fleet of which each replica holds other keys, whose reports were read and in which one key is revoked. */
async function revokeIn(random: Random) {
  const keys = createKeys(4)
  const version = `v${random.between(0, 3)}`
  const hasSilent = random.between(0, 2) === 0
  const held = (name: string) => ({
    name,
    staged: someOf(keys, random),
    isExpired: random.between(0, 9) === 0,
    isSilent: hasSilent && random.between(0, 2) === 0,
  })
  const names = (service: string) =>
    Array.from({ length: random.between(1, 4) }, (_, n) => `${service}-${n}`)
  const receivers = await Promise.all(names('beta').map((name) => openReceiver(held(name))))
  const senders = await Promise.all(names('alpha').map((name) => openSender(held(name))))
  const reading = {
    ...{ title: 'api-key alpha:beta', kind: 'api-key', open: false },
    staged: stagedAs(keys.filter((key) => key.version === version)),
    answers: [
      { service: 'alpha', answers: senders.map(({ answer }) => answer) },
      { service: 'beta', answers: receivers.map(({ answer }) => answer) },
    ],
  }
  const preview = previewRevoke(reading, version)
  const callAll = () =>
    Promise.all(senders.map((sender) => Promise.all(receivers.map((each) => sender.call(each)))))
  const before = await callAll()
  for (const receiver of receivers) await receiver.revoke(version)
  const after = await callAll()
  for (const replica of [...senders, ...receivers]) await replica.close()
  const calls = senders.flatMap((sender, i) =>
    receivers.map((receiver, j) => ({
      ...{ caller: `https://${sender.held.name}`, before: before[i]?.[j], after: after[i]?.[j] },
      isReported: !sender.held.isSilent && !receiver.held.isSilent,
    })),
  )
  return { preview, calls, silent: [...senders, ...receivers].filter(({ held }) => held.isSilent) }
}

type Calls = Awaited<ReturnType<typeof revokeIn>>['calls']

/** The callers that were answered before and are not now, and by how many. */
function refusedIn(calls: Calls) {
  const refused = new Map<string, number>()
  for (const { caller, before, after } of calls) {
    if (before?.isAnswered !== true || after?.isAnswered === true) continue
    refused.set(caller, (refused.get(caller) ?? 0) + 1)
  }
  return Array.from(refused, ([replica, by]) => ({ replica, by }))
}

/** The callers of which a call takes one request more than before. */
function retryingIn(calls: Calls): number {
  const slower = calls.filter(
    ({ before, after }) => after?.isAnswered === true && after.requests > (before?.requests ?? 0),
  )
  return new Set(slower.map(({ caller }) => caller)).size
}

it(
  'names before a revocation exactly the callers that it refuses, in a thousand fleets',
  async () => {
    const verdicts = { breaks: 0, nothing: 0, unknown: 0 }
    for (let seed = 0; seed < FLEETS; seed += 1) {
      const { preview, calls, silent } = await revokeIn(createRandom(seed))
      const reported = calls.filter(({ isReported }) => isReported)
      const { refused, retrying, verdict } = preview
      expect({ seed, refused, retrying, silent: preview.silent }).toEqual({
        ...{ seed, refused: refusedIn(reported), retrying: retryingIn(reported) },
        silent: silent.length,
      })
      if (verdict === 'nothing')
        expect({ seed, refused: refusedIn(calls) }).toEqual({ seed, refused: [] })
      expect(verdict === 'unknown' ? silent.length : 1).toBeGreaterThan(0)
      verdicts[verdict] += 1
    }
    for (const count of Object.values(verdicts)) expect(count).toBeGreaterThan(FLEETS / 20)
  },
  CASE_MS,
)
