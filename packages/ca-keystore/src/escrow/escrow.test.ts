import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFakeClock, Secret, systemClock } from '@rekey/secret'
import { replaceScrypt } from '@rekey/testbed/recall-scrypt'
import { beforeAll, expect, it } from 'vitest'
import { failureOf, newRoot } from '../../test/ca.support.ts'
import { readBiography } from '../index.ts'
import {
  checkShare,
  createEscrow,
  recordShareCheck,
  reshareEscrow,
  stateShareCheck,
  type CustodianShare,
  type KeyAlgorithm,
  parseEscrowSet,
  type PresentedShare,
} from '../internal.ts'
import { combineShares } from './combine-shares.ts'
import { encodeShare, readShare } from './share-text.ts'

replaceScrypt()

const HOLDERS = ['Alice Example', 'Bob', 'Carol', 'Dave', 'Zoë']

type Escrow = Awaited<ReturnType<typeof newEscrow>>
let escrow: Escrow
let other: Escrow

/** A root whose key is in escrow by 3 of 5. */
async function newEscrow(algorithm?: KeyAlgorithm) {
  const { directory, passphrase, ca } = await newRoot(algorithm)
  await ca.close()
  let delivered: readonly CustodianShare[] = []
  const held = { value: passphrase, origin: { kind: 'memory' } } as const
  await createEscrow({
    ...{ directory, passphrase: held, threshold: 3, holders: HOLDERS },
    deliver: (shares) => {
      delivered = shares
      return Promise.resolve()
    },
  })
  const text = await readFile(join(directory, 'escrow.json'), 'utf8')
  const shares = delivered.map((share): PresentedShare => ({ name: share.holder, ...share }))
  return { directory, passphrase: held, text, shares }
}

let otherSets: string
beforeAll(async () => {
  escrow = await newEscrow()
  other = await newEscrow('ed25519')
  const stated = { escrow: other.text, share: share(0, undefined, other) }
  otherSets = (await stateShareCheck(stated)).statement
})

/** The share of that index of the escrow, edited. */
function share(at: number, edit = (text: string) => text, from = escrow): PresentedShare {
  const { name, text } = from.shares[at] ?? expect.fail('there are five shares')
  return { name, text: Secret.of(edit(text.expose()), name) }
}

async function secretFrom(...shares: PresentedShare[]): Promise<string> {
  return (await combineShares(escrow.text, shares)).secret.toString('hex')
}

it('K29: recovers from every three of five shares, in any order', async () => {
  const secrets = new Set<string>()
  let subsets = 0
  for (let a = 0; a < 5; a += 1) {
    for (let b = a + 1; b < 5; b += 1) {
      for (let c = b + 1; c < 5; c += 1) {
        secrets.add(await secretFrom(share(c), share(a), share(b)))
        subsets += 1
      }
    }
  }
  expect([subsets, secrets.size]).toEqual([10, 1])
  expect(await secretFrom(...escrow.shares)).toBe([...secrets][0])
})

it('each custodian checks the own share alone', () => {
  const check = checkShare({ escrow: escrow.text, share: share(4) })
  expect(check).toMatchObject({ holder: 'Zoë', index: 5, threshold: 3, count: 5 })
  expect(check.set).toBe(parseEscrowSet(escrow.text).set)
})

it('takes the statement of a custodian into the biography, by whom and when the share was checked', async () => {
  const { directory, text, shares } = await newEscrow()
  const at = async (which: number, ms = 0) => {
    const clock = createFakeClock(systemClock.now() + ms)
    const checked = shares[which] ?? expect.fail('there are five shares')
    return (await stateShareCheck({ escrow: text, share: checked, clock })).statement
  }
  const [alice, bob] = [await at(0), await at(1)]
  for (const { text: secret } of shares) expect(alice).not.toContain(secret.expose().slice(0, 20))
  const recorded = await recordShareCheck({ directory, statement: alice })
  expect(recorded).toMatchObject({ index: 1, holder: 'Alice Example' })
  const { verdict, entries } = await readBiography({ directory })
  expect(verdict).toMatchObject({ ok: true })
  expect(entries.at(-1)).toMatchObject({
    action: 'share-check',
    details: { share: 1, holder: 'Alice Example', checked: recorded.checked.toISOString() },
  })
  const [line = '', signature = ''] = alice.split('\n')
  const refusals = [
    [alice, 'conflict', 'recorded'],
    [await at(0, -60_000), 'conflict', 'recorded'],
    [await at(1, 600_000), 'refused', 'clock'],
    [`${bob.split('\n')[0]}\n${signature}\n`, 'rejected', 'share-check'],
    [alice.replace('"share":1', '"share":2'), 'rejected', 'share-check'],
    [alice.replace('"share":1', '"share":6'), 'rejected', 'share-check'],
    [`${line}\n`, 'rejected', 'share-check'],
    ['', 'rejected', 'share-check'],
    [shares[0]?.text.expose() ?? '', 'rejected', 'share-check'],
  ] as const
  for (const [statement, code, reason] of refusals) {
    const error = await failureOf(() => recordShareCheck({ directory, statement }))
    expect(error).toMatchObject({ code, details: { reason } })
  }
  await recordShareCheck({ directory, statement: bob })
  await recordShareCheck({ directory, statement: await at(0, 60_000) })
  const mixed = await failureOf(() => recordShareCheck({ directory, statement: otherSets }))
  expect(mixed).toMatchObject({ code: 'refused', details: { reason: 'other-set' } })
})

const capitals = (text: string) => text.toUpperCase()
const swapped = (text: string) => text.split('\n').toReversed().join('\n')
const mistyped = (text: string) => {
  const lines = text.split('\n')
  return lines.with(2, `${lines[2]?.slice(0, -1)}${lines[2]?.endsWith('q') ? 'p' : 'q'}`).join('\n')
}
const mixed = (text: string) =>
  text
    .split('\n')
    .with(1, share(1).text.expose().split('\n')[1] ?? '')
    .join('\n')

it('K30: takes a share as it was typed, and names the line that is wrong', async () => {
  expect(await secretFrom(share(0, capitals), share(1), share(2))).toMatch(/^[0-9a-f]{64}$/)
  for (const [edit, line] of [
    [mistyped, 3],
    [swapped, 1],
    [mixed, 2],
    [(text: string) => text.split('\n').slice(0, -1).join('\n'), 7],
  ] as const) {
    const error = await failureOf(() => secretFrom(share(0, edit), share(1), share(2)))
    expect(error).toMatchObject({ code: 'malformed', details: { share: 'Alice Example', line } })
  }
})

it.each<[string, () => PresentedShare[], object]>([
  [
    'too few',
    () => [share(0), share(3)],
    { code: 'missing', details: { reason: 'too-few-shares', shares: 2 } },
  ],
  [
    'one twice',
    () => [share(0), share(0), share(1)],
    { code: 'refused', details: { reason: 'duplicate', share: 'Alice Example' } },
  ],
  [
    'another CA',
    () => [share(0), share(1), share(2, undefined, other)],
    { code: 'refused', details: { reason: 'other-ca', share: 'Carol' } },
  ],
])('K29: names the share where there are %s', async (_, shares, expected) => {
  const all = escrow.shares.map(({ text }) => text.expose())
  expect(await failureOf(() => secretFrom(...shares()), all)).toMatchObject(expected)
})

it('K29: names those who could bring the shares that are missing', async () => {
  const { message } = await failureOf(() => secretFrom(share(0), share(3)))
  expect(message).toBe('2 of 3 shares are there; add shares of Bob, Carol, Zoë')
})

it('K29: names a share that is well-formed and not the one which the set commits to', async () => {
  const read = readShare(share(1).text, 'Bob')
  const forgeries = [
    { ...read, threshold: 2 },
    { ...read, holder: 'Eve' },
    { ...read, bytes: read.bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte)) },
  ]
  for (const forged of forgeries) {
    const bad = { name: 'Bob', text: encodeShare(forged).text }
    const error = await failureOf(() => secretFrom(share(0), bad, share(2)))
    expect(error).toMatchObject({
      code: 'rejected',
      details: { reason: 'bad-share', share: 'Bob' },
    })
    expect(await failureOf(() => checkShare({ escrow: escrow.text, share: bad }))).toEqual(error)
  }
})

it('accepts no set that the CA and its escrow did not sign', async () => {
  const [lines, others] = [escrow.text.split('\n'), other.text.split('\n')]
  const edits = [
    escrow.text.replace('"threshold":3', '"threshold":2'),
    escrow.text.replace('"generation":1', '"generation":2'),
    `${escrow.text}\n`,
    lines.slice(0, 3).join('\n'),
    ...[0, 1, 2, 3].map((at) => lines.with(at, others[at] ?? '').join('\n')),
  ]
  for (const text of edits) {
    const error = await failureOf(() => parseEscrowSet(text))
    expect(error).toMatchObject({ code: 'rejected', details: { reason: 'escrow-set' } })
  }
})

it('shares anew without the CA key, for other custodians; K29: an old share is of another set', async () => {
  const { directory, shares, text: before } = await newEscrow()
  let made: readonly CustodianShare[] = []
  const holders = ['Bob', 'Erin', 'Frank']
  const deliver = (all: readonly CustodianShare[]) => Promise.resolve(void (made = all))
  await reshareEscrow({ directory, shares: shares.slice(1, 4), threshold: 2, holders, deliver })
  const text = await readFile(join(directory, 'escrow.json'), 'utf8')
  const renewed = made.map((one): PresentedShare => ({ name: one.holder, ...one }))
  const { secret, set } = await combineShares(text, renewed.slice(1))
  expect(secret.equals((await combineShares(before, shares)).secret)).toBe(true)
  expect(set.authority).toEqual(parseEscrowSet(before).authority)
  const [old] = shares
  const mixedSets = [old ?? expect.fail('there are shares'), ...renewed.slice(0, 1)]
  expect(await failureOf(() => combineShares(text, mixedSets))).toMatchObject({
    code: 'refused',
    details: { reason: 'other-set', share: 'Alice Example' },
  })
  const { entries } = await readBiography({ directory })
  expect(entries.map(({ action }) => action)).toEqual(['create', 'unlock', 'escrow', 'reshare'])
})

it('is not in effect until the shares are handed over', async () => {
  const { directory, passphrase } = escrow
  const failing = () => Promise.reject(new Error('no paper'))
  const wanted = { directory, passphrase, threshold: 2, holders: ['A', 'B'], deliver: failing }
  await expect(createEscrow(wanted)).rejects.toThrow('no paper')
  expect(await readFile(join(directory, 'escrow.json'), 'utf8')).toBe(escrow.text)
})

it.each([
  [1, ['A', 'B']],
  [3, ['A', 'B']],
  [2, ['A', 'A']],
  [2, ['A', ' B']],
  [2, ['A', 'B\n']],
  [2, ['A', 'B'.repeat(61)]],
  [2, ['A', '']],
  [2, ['A', 'B ']],
  [2, ['A', `${'é'.repeat(30)}B`]],
  [2.5, ['A', 'B', 'C']],
  [2, Array.from({ length: 13 }, (_, at) => `C${at}`)],
])('refuses %i of %j', async (threshold, holders) => {
  const { directory, passphrase } = escrow
  const deliver = () => expect.fail('nothing is handed over')
  const error = await failureOf(() =>
    createEscrow({ directory, passphrase, threshold, holders, deliver }),
  )
  expect(error).toMatchObject({ code: 'refused', details: { reason: 'custodians' } })
})

it('takes twelve custodians of whom all are needed, with names of sixty bytes', async () => {
  const { directory, passphrase } = await newEscrow()
  const holders = Array.from({ length: 12 }, (_, at) => String.fromCharCode(65 + at).repeat(60))
  const deliver = () => Promise.resolve()
  const set = await createEscrow({ directory, passphrase, threshold: 12, holders, deliver })
  expect(set.custodians.map(({ holder }) => holder)).toEqual(holders)
})

const NO_SHARES: readonly (readonly [what: string, edit: (text: string) => string])[] = [
  ['that is empty', () => ''],
  ['of blanks', () => ' \n\n'],
  ['with a line too many', (text) => `${text}\n${text.split('\n')[0] ?? ''}`],
  ['of three shares one after the other', (text) => [text, text, text].join('\n')],
  ['with more blanks than any sheet', (text) => text + ' '.repeat(2_000)],
  ['of another kind of bech32m', (text) => text.replace(/^rk/, 'bc')],
  ['of words', () => 'correct horse battery staple'],
]

it.each(NO_SHARES)('K30: takes no text %s for a share', (_, edit) => {
  const attempt = () => checkShare({ escrow: escrow.text, share: share(0, edit) })
  expect(attempt).toThrow(expect.objectContaining({ code: 'malformed' }))
})

it('takes the statement of a custodian whose clock is ahead by five minutes, and by no more', async () => {
  const { directory, text, shares } = await newEscrow()
  const nowMs = systemClock.now()
  const checked = shares[0] ?? expect.fail('there are five shares')
  const recordAhead = async (ms: number) => {
    const clock = createFakeClock(nowMs + ms)
    const { statement } = await stateShareCheck({ escrow: text, share: checked, clock })
    return recordShareCheck({ directory, statement, clock: createFakeClock(nowMs) })
  }
  expect(await failureOf(() => recordAhead(300_001))).toMatchObject({
    details: { reason: 'clock' },
  })
  expect(await recordAhead(300_000)).toMatchObject({ index: 1 })
})

it('records no share check in a biography that was edited', async () => {
  const { directory, text, shares } = await newEscrow()
  const checked = shares[0] ?? expect.fail('there are five shares')
  const { statement } = await stateShareCheck({ escrow: text, share: checked })
  const log = join(directory, 'biography.log')
  await writeFile(log, (await readFile(log, 'utf8')).replace('"unlock"', '"unlocked"'))
  expect(await failureOf(() => recordShareCheck({ directory, statement }))).toMatchObject({
    code: 'refused',
    details: { reason: 'biography' },
  })
})

it('needs the file to be safe', async () => {
  const { directory } = other
  await writeFile(join(directory, 'escrow.json'), 'x', { mode: 0o600 })
  const deliver = () => Promise.resolve()
  const wanted = { directory, shares: other.shares, threshold: 2, holders: ['A', 'B'], deliver }
  expect(await failureOf(() => reshareEscrow(wanted))).toMatchObject({ code: 'rejected' })
})
