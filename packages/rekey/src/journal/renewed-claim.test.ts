import { createFakeClock, SecretError } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
import { createMemoryJournal, type RotationJournal } from '../engine/index.ts'
import type { Claim } from './journal.ts'
import { withClaim } from './with-claim.ts'

const LEASE_MS = 30_000
const never = () => new Promise<never>(() => undefined)
const fail = (code: SecretError['code']) => () => Promise.reject(new SecretError(code, 'no'))

/** Works on a claim for as long as the test lets it, on a journal whose claims have other parts. */
async function workOn(
  change: (claim: Claim, passed: () => number) => Partial<Claim>,
  { slowMs = 0, signal }: { slowMs?: number; signal?: AbortSignal } = {},
) {
  const clock = createFakeClock()
  const begun = clock.elapsed()
  const passed = () => clock.elapsed() - begun
  const inner = createMemoryJournal(clock)
  const journal: RotationJournal = {
    ...inner,
    claim: async (...request) => {
      const claim = await inner.claim(...request)
      if (slowMs > 0) await clock.sleep(slowMs)
      return { ...claim, ...change(claim, passed) }
    },
  }
  const state: { lostAt?: number; claim?: Claim; end: () => void } = { end: () => undefined }
  const request = { journal, secret: 'NAME', holder: 'one', leaseMs: LEASE_MS, clock, signal }
  const worked = withClaim(request, async (claim, lost) => {
    state.claim = claim
    lost.addEventListener('abort', () => (state.lostAt = passed()))
    await new Promise<void>((resolve) => (state.end = resolve))
    return 'done'
  })
  await clock.advance(0)
  return { clock, state, worked }
}

/** A renewal that is answered as the list says, the last answer again and again, and notes when it was asked for. */
function answering(at: number[], passed: () => number, ...answers: (() => Promise<void>)[]) {
  return () => {
    const answer = answers[Math.min(at.length, answers.length - 1)] ?? never
    at.push(passed())
    return answer()
  }
}

it.each([0, 4_000])(
  'a lease is renewed three times in its length, from when it was asked for, though the claim took %i ms',
  async (slowMs) => {
    const at: number[] = []
    const { clock, state, worked } = await workOn(
      (claim, passed) => ({ renew: answering(at, passed, () => claim.renew()) }),
      { slowMs },
    )
    await clock.advance(LEASE_MS + 1)
    state.end()
    await worked
    expect(at).toEqual([10_000, 20_000, 30_000])
    expect(state.lostAt).toBeUndefined()
    await clock.advance(LEASE_MS)
    expect(at).toHaveLength(3)
  },
)

it('a claim that took longer than the time of its first renewal is renewed at once', async () => {
  const at: number[] = []
  const { clock, state } = await workOn(
    (claim, passed) => ({ renew: answering(at, passed, () => claim.renew()) }),
    { slowMs: 12_000 },
  )
  await clock.advance(12_000)
  expect(at).toEqual([12_000])
  state.end()
})

it.each(['unreachable', 'unwritable'] as const)(
  'a renewal that fails as %s is tried again at each tenth of the lease, and the claim is kept',
  async (code) => {
    const at: number[] = []
    const { clock, state } = await workOn((claim, passed) => ({
      renew: answering(at, passed, fail(code), fail(code), () => claim.renew()),
    }))
    await clock.advance(27_000)
    expect(at).toEqual([10_000, 13_000, 16_000, 26_000])
    expect(state.lostAt).toBeUndefined()
    state.end()
  },
)

it('a renewal that the journal refuses ends the work at once', async () => {
  const { clock, state } = await workOn(() => ({ renew: fail('forbidden') }))
  await clock.advance(LEASE_MS)
  expect(state.lostAt).toBe(10_000)
  state.end()
})

it('a journal that cannot be reached is asked no more from the moment when the lease ends, and the work ends then', async () => {
  const at: number[] = []
  const { clock, state } = await workOn((_, passed) => ({
    renew: answering(at, passed, () => clock.sleep(2_000).then(fail('unreachable'))),
  }))
  await clock.advance(2 * LEASE_MS)
  expect(at).toEqual([10_000, 15_000, 20_000, 25_000])
  expect(state.lostAt).toBe(LEASE_MS)
  state.end()
})

it('a renewal may take until the lease ends, the first one and each after it', async () => {
  const { clock, state } = await workOn((claim) => ({
    renew: () => clock.sleep(8_000).then(() => claim.renew()),
  }))
  await clock.advance(3 * LEASE_MS)
  expect(state.lostAt).toBeUndefined()
  state.end()
})

it('a transaction keeps the claim while the journal cannot be reached, and no longer', async () => {
  const client = {} as SqlClient
  const { clock, state } = await workOn(() => ({
    renew: fail('unreachable'),
    transaction: (work) => work(client),
  }))
  const ends: (() => void)[] = []
  const begin = () =>
    state.claim?.transaction?.(async (given) => {
      await new Promise<void>((resolve) => ends.push(resolve))
      return given
    })
  const both = [begin(), begin()]
  await clock.advance(2 * LEASE_MS)
  ends[0]?.()
  expect(await both[0]).toBe(client)
  await clock.advance(LEASE_MS)
  expect(state.lostAt).toBeUndefined()
  ends[1]?.()
  await both[1]
  await clock.advance(LEASE_MS / 10)
  expect(state.lostAt).toBeGreaterThan(3 * LEASE_MS)
  state.end()
})

it('a renewal behind a transaction of its own may take a whole lease', async () => {
  const { clock, state } = await workOn(() => ({
    renew: () => clock.sleep(LEASE_MS - 1_000),
    transaction: (work) => work({} as SqlClient),
  }))
  void state.claim?.transaction?.(never)
  await clock.advance(4 * LEASE_MS)
  expect(state.lostAt).toBeUndefined()
  state.end()
})

it('a claim offers transactions where the journal has them, and no others', async () => {
  const plain = await workOn(() => ({}))
  expect(plain.state.claim).not.toHaveProperty('transaction')
  plain.state.end()
})

it('an intent that is set within a transaction is set there, once', async () => {
  const intent = { mode: 'forward', from: { version: 'v1' } } as const
  const client = {} as SqlClient
  const set: unknown[] = []
  const { state } = await workOn(() => ({
    setIntent: async (...args) => {
      set.push(args)
      await fail('unreachable')()
    },
  }))
  await expect(state.claim?.setIntent(intent, client)).rejects.toMatchObject({
    code: 'unreachable',
  })
  expect(set).toEqual([[intent, client]])
  state.end()
})

it('a renewal that the work asks for reaches the journal, and is asked for again without an answer', async () => {
  const at: number[] = []
  const { clock, state } = await workOn((claim, passed) => ({
    renew: answering(at, passed, fail('unreachable'), () => claim.renew()),
  }))
  const renewed = state.claim?.renew()
  await clock.advance(0)
  await clock.advance(1_000)
  await renewed
  expect(at).toHaveLength(2)
  state.end()
})

/** Claims from a journal that does not answer. */
function claimInVain(signal?: AbortSignal) {
  const clock = createFakeClock()
  const journal = { ...createMemoryJournal(clock), claim: never }
  const request = { journal, secret: 'NAME', holder: 'one', leaseMs: LEASE_MS, clock, signal }
  return { clock, claimed: withClaim(request, never) }
}

it('a journal that does not answer a claim is left after the length of a lease, and named', async () => {
  const { clock, claimed } = claimInVain()
  const failed = expect(claimed).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining(
      'timed out after 30 s waiting for the claim on NAME',
    ) as string,
  })
  await clock.advance(LEASE_MS)
  await failed
})

it('a caller that cancels waits for no claim', async () => {
  const stop = new AbortController()
  const { claimed } = claimInVain(stop.signal)
  stop.abort(new Error('enough'))
  await expect(claimed).rejects.toThrow()
})

it.each<[string, () => Promise<void>]>([
  ['answers no more', never],
  ['cannot be reached', fail('unreachable')],
])(
  'the caller gets its outcome though the journal, which is given the claim back, %s',
  async (_, release) => {
    const { clock, state, worked } = await workOn(() => ({ release }))
    state.end()
    await clock.advance(0)
    await clock.advance(LEASE_MS)
    expect(await worked).toBe('done')
  },
)

it('a fault of the journal at the end of a claim is not hidden', async () => {
  const { state, worked } = await workOn(() => ({
    release: () => Promise.reject(new TypeError('fault')),
  }))
  state.end()
  await expect(worked).rejects.toThrow('fault')
})
