import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KINDS } from '../family/all-kinds.ts'
import { keepKinds } from '../family/kinds.ts'
import { policiesOf } from '../family/schedule.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { UsageError } from './failure.ts'
import { readPolicies } from './policy-file.ts'

keepKinds([...KINDS.values()])
const DEFAULT_POLICIES = policiesOf(KINDS)

const FAMILY = { policy: { minLength: {}, schedule: {} } }

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rekey-policy-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function readText(text: string) {
  const path = join(directory, 'policy.json')
  await writeFile(path, text)
  return (await readPolicies(path))(FAMILY)
}

it('is the built-in policy without a file, or that of the family', async () => {
  expect((await readPolicies(undefined))(FAMILY)).toEqual(DEFAULT_POLICIES)
  const schedule = { 'api-key': { rotateAfter: '1 d', stagger: '0 s' } }
  const policy = { minLength: {}, schedule }
  const [apiKey, ...others] = (await readPolicies(undefined))({ policy })
  expect(apiKey).toEqual({ kind: 'api-key', rotateAfterMs: 86_400_000, staggerMs: 0 })
  expect(others).toEqual(DEFAULT_POLICIES.slice(1))
})

it('replaces the kinds that the file names, and no others', async () => {
  const database = { rotateAfter: '12h', maxAge: '2 d', stagger: '90 s', dueIfAgeUnknown: true }
  const policies = await readText(JSON.stringify({ database, tls: { stagger: '5 min' } }))
  const hour = 3_600_000
  const replaced = [
    {
      ...{ kind: 'database', rotateAfterMs: 12 * hour, maxAgeMs: 48 * hour },
      ...{ staggerMs: 90_000, dueIfAgeUnknown: true },
    },
    { kind: 'tls', staggerMs: 300_000 },
  ]
  const byKind = new Map(replaced.map((policy) => [policy.kind, policy]))
  expect(policies).toEqual(DEFAULT_POLICIES.map((policy) => byKind.get(policy.kind) ?? policy))
})

it('leaves the windows of the family as they are', async () => {
  const window = { from: '02:00', to: '04:00', zone: 'Europe/Berlin' }
  const windows = { database: window, tls: window }
  const path = join(directory, 'windows.json')
  await writeFile(path, JSON.stringify({ database: { stagger: '5 min' } }))
  const policies = (await readPolicies(path))({ policy: { ...FAMILY.policy, windows } })
  const open = policies.filter((policy) => policy.window !== undefined)
  expect(open.map(({ kind }) => kind).toSorted()).toEqual(['database', 'tls'])
  expect(policies).toContainEqual({ kind: 'database', staggerMs: 300_000, window })
})

const stagger = '0 s'

it.each([
  ['{', 'is no JSON'],
  ['[]', 'expected record'],
  [{ databse: { stagger } }, 'databse: write a kind: api-key, database, '],
  [{ database: { stagger, rotateafter: '7 d' } }, 'Unrecognized key: "rotateafter"'],
  [{ database: {} }, 'database: stagger: write a whole number'],
  [{ database: { stagger, maxAge: 30 } }, 'database: maxAge: write a whole number'],
  [{ database: { stagger, maxAge: '30 days' } }, 'as in "30 d"'],
  [{ database: { stagger, maxAge: '-1 d' } }, 'as in "30 d"'],
  [
    { database: { stagger, rotateAfter: '8 d', maxAge: '7 d' } },
    'database: maxAge: is shorter than rotateAfter',
  ],
])('refuses %j and says where it is wrong', async (content, words) => {
  const failing = readText(typeof content === 'string' ? content : JSON.stringify(content))
  await expect(failing).rejects.toThrow(UsageError)
  await expect(failing).rejects.toThrow(words)
})
