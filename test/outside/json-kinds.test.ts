// @lane servers
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openStrangerProject, type StrangerProject } from './stranger-project.ts'

const FLEET = [{ service: 'shop', url: 'http://127.0.0.1:1', healthUrl: 'http://127.0.0.1:1' }]
const FAMILY = {
  services: ['shop'],
  kinds: ['@rekey/signing-keys/rotate', '@rekey/redis/rotate'],
  secrets: {
    'signing-secret': [{ service: 'shop', name: 'session', lifeMs: 1_000 }],
    redis: [
      {
        ...{ service: 'shop', user: 'shop', nodes: ['redis://127.0.0.1:6379'] },
        administrator: { user: 'rekey', passwordName: 'REDIS_ADMINISTRATOR' },
      },
    ],
  },
  environment: 'development',
  store: { locator: 'dotenv:.env' },
  journal: 'store',
  fleet: FLEET,
  validationMs: 100,
  auditDirectory: 'audit',
}

let project: StrangerProject
beforeAll(async () => {
  project = await openStrangerProject(['@rekey/rekey', '@rekey/signing-keys', '@rekey/redis'])
  await project.write({ 'family.json': JSON.stringify(FAMILY) })
}, 300_000)
afterAll(() => project[Symbol.asyncDispose]())

it('a family of JSON issues and plans secrets of the kinds that its installed packages bring', async () => {
  const of = ['--family', 'family.json']
  for (const words of [
    ['signing-secret', 'shop:session'],
    ['redis', 'shop'],
  ]) {
    const issued = await project.run('rekey', ['issue', ...words, '--env', '.env'])
    expect(issued.stderr).toBe('')
    expect(issued.code).toBe(0)
  }
  const env = await readFile(join(project.root, '.env'), 'utf8')
  expect(env).toMatch(/^SIGNING_SECRET_SHOP_SESSION=dev-1\.[\w-]{43}$/m)
  expect(env).toMatch(/^REDIS_SHOP=dev-[\w-]{43}$/m)
  const plan = await project.run('rekey', [
    ...['rotate', 'signing-secret', 'shop:session', '--plan', ...of],
  ])
  expect(plan.stdout).toContain('0 of 1 replicas of shop answer')
  // An emergency goes on without the replica that does not answer, by errors of another copy of the base package.
  const words = ['rotate', 'signing-secret', 'shop:session', '--compromised', '--yes', ...of]
  expect(await project.run('rekey', words)).toMatchObject({ code: 0 })
  const rotated = await readFile(join(project.root, '.env'), 'utf8')
  expect(rotated).toMatch(/^SIGNING_SECRET_SHOP_SESSION='?dev-2\.[\w-]{43}'?$/m)
})

it('a package that is not installed is named with the place in the file', async () => {
  const kinds = ['@rekey/rabbitmq/rotate']
  await project.write({ 'other.json': JSON.stringify({ ...FAMILY, kinds }) })
  const failed = await project.run('rekey', ['status', '--family', 'other.json'])
  expect(failed.code).toBe(2)
  expect(failed.stderr).toContain('kinds[0]: it cannot be imported')
  expect(failed.stderr).toContain('@rekey/rabbitmq is not installed')
})
