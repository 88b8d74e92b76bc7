import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { describeFailure, exitCodeOf } from './failure.ts'
import { createProgram } from './program.ts'
import { KEY, openDeployment } from '../../test/commands/shop-and-mail.support.ts'

const PASSWORD = randomBytes(32).toString('base64url')
const ENV = {
  BROKEN_URL: `postgres://app:${PASSWORD}@[`,
  DEAD_URL: `postgres://app:${PASSWORD}@127.0.0.1:1/app`,
}

/** Runs a command line that fails, and gives its exit code and everything it says. */
async function fail(args: readonly string[]) {
  const output: string[] = []
  const stream = { write: (text: string) => output.push(text) }
  const process = { stdout: stream, stderr: stream }
  const { signal } = new AbortController()
  try {
    const context = { process, env: ENV, cwd: '/nowhere', signal }
    await (await createProgram(context, args)).parseAsync(['node', 'rekey', ...args])
  } catch (error) {
    return { code: exitCodeOf(error), words: [...output, describeFailure(error)].join('\n') }
  }
  throw new Error('it did not fail')
}

it.each<[string[], string]>([
  [['rotate', 'api-key'], 'which secret? rekey rotate KIND SECRET, or rotate --due'],
  [['rotate', 'database', 'a', '--deadline-ms', 'soon'], 'It takes a whole number from 0'],
  [['rotate', 'database', 'a', '--deadline-ms', '-1'], 'It takes a whole number from 0'],
  [['rotate', 'database', 'a', '--request', 'two words'], 'up to 100 letters'],
  [['rotate', 'database', 'a', '--due'], 'name a secret or --due, not both'],
  [['rotate', 'database', 'a', '--policy', 'b'], '--policy goes with --due'],
  [['rotate', 'database', 'a', '--at-once', '2'], '--at-once goes with --due'],
  [['rotate', '--due', '--at-once', '0'], 'It takes a whole number from 1 to 100.'],
  [['rotate', '--due', '--compromised'], "option '--due' cannot be used with option"],
  [['rotate', '--due', '--request', 'a'], "option '--due' cannot be used with option"],
  [['rotate', '--due', '--without', 'a'], "option '--due' cannot be used with option"],
  [['rotate', '--due', '--from-journal', 'a'], "option '--due' cannot be used with option"],
  [['rotate', '--due', '--policy', '/nowhere'], '/nowhere does not exist: create it'],
  [['status', '--policy', '/nowhere'], '/nowhere does not exist: create it'],
  [['sweep', 'database'], 'which secret? rekey sweep KIND SECRET'],
  [['rollback', 'database'], 'which secret? rekey rollback KIND SECRET'],
  [['db', 'adopt', 'app', '--part', 'all'], 'Allowed choices are prepare, rotator, finish'],
  [['db', 'adopt', 'app'], 'DATABASE_URL is not set'],
  [['db', 'adopt', 'app', '--url-variable', 'BROKEN_URL'], 'BROKEN_URL is no URL'],
])('exits with 2 and says what is wrong with: %j', async (args, words) => {
  const failure = await fail(args)
  expect(failure).toEqual({ code: 2, words: expect.stringContaining(words) as string })
  expect(failure.words).not.toContain(PASSWORD)
})

it('reports that no session can log in, and nothing of the login', async () => {
  const { code, words } = await fail(['db', 'adopt', 'app', '--url-variable', 'DEAD_URL'])
  expect(code).toBe(4)
  expect(words).toContain('unreachable: no session can log in with DEAD_URL')
  expect(words).not.toContain(PASSWORD)
})

it('R46 names a replica that does not answer as what a rotation is stuck at, and goes on without it', async () => {
  const { rekey, show, audit, mailUrl, gone, first } = await openDeployment()
  const rotate = (...more: readonly string[]) => rekey('rotate', 'api-key', 'shop:mail', ...more)
  const stuck = await rotate('--deadline-ms', '0')
  expect(stuck.code).toBe(4)
  expect(stuck.lines().at(-1)).toMatchObject({
    ...{ code: 'stuck', exitCode: 4, message: expect.stringContaining('--without') as string },
    details: { step: 'admit', absent: gone },
  })
  expect((await rekey('status')).lines()[0]).toMatchObject({ absent: [gone] })
  expect((await show('status')).output).toContain(
    `STUCK: ${gone} does not answer: bring it back, or go on without it: rekey rotate api-key shop:mail --without ${gone}`,
  )
  for (const [name, code] of [
    ['10.0.0.9:9090', 'missing'],
    [mailUrl, 'refused'],
  ] as const) {
    const refused = await rotate('--without', name)
    expect(refused.lines().at(-1)).toMatchObject({ code, exitCode: 1 })
  }
  const rotated = await rotate('--without', new URL(gone).host)
  expect(rotated.lines().at(-1)).toMatchObject({ type: 'rotated', secret: KEY })
  expect(rotated.code).toBe(0)
  expect((await rekey('status')).lines()[0]).not.toHaveProperty('absent')
  expect(await audit()).toContain(`"replica":"${gone}"`)
  expect(`${stuck.output} ${rotated.output}`).not.toContain(first)
})

it('R46 rolls back without a replica that does not answer, and records that', async () => {
  const { rekey, audit, gone, path } = await openDeployment()
  const before = await readFile(path, 'utf8')
  const secret = ['api-key', 'shop:mail'] as const
  expect((await rekey('rotate', ...secret, '--deadline-ms', '0')).code).toBe(4)
  const rollBack = (...more: readonly string[]) =>
    rekey('rollback', ...secret, '--deadline-ms', '0', ...more)
  const refused = await rollBack('--without', '10.0.0.9:9090')
  expect(refused.lines().at(-1)).toMatchObject({ code: 'missing', exitCode: 1 })
  const back = await rollBack('--without', gone)
  expect(back.lines().at(-1)).toMatchObject({ type: 'rolled-back', secret: KEY })
  expect(back.code).toBe(0)
  const value = new RegExp(`^${KEY}=.*$`, 'm')
  expect(value.exec(await readFile(path, 'utf8'))?.[0]).toBe(value.exec(before)?.[0])
  expect(await audit()).toContain(`"replica":"${gone}"`)
})

it('R34 leaves a secret alone that names another journal, until it is to leave that one', async () => {
  const { rekey, audit, path, gone } = await openDeployment()
  const other = `postgres-${randomBytes(8).toString('hex')}`
  await writeFile(path, `# @journal ${other}\n${await readFile(path, 'utf8')}`)
  const secret = ['api-key', 'shop:mail', '--without', gone] as const
  const before = await readFile(path, 'utf8')
  for (const command of [
    ['rotate', ...secret],
    ['rotate', ...secret, '--plan'],
    ['rollback', 'api-key', 'shop:mail'],
    ['sweep', 'api-key', 'shop:mail'],
  ]) {
    const refused = await rekey(...command)
    expect(refused.lines().at(-1)).toMatchObject({
      ...{ code: 'other-journal', exitCode: 2, details: { journal: 'store', named: other } },
      message: expect.stringContaining(`--from-journal ${other} (nothing was changed)`) as string,
    })
  }
  expect(await readFile(path, 'utf8')).toContain(before)
  const left = ['--from-journal', other]
  expect((await rekey('rollback', 'api-key', 'shop:mail', ...left)).code).toBe(0)
  const rotated = await rekey('rotate', ...secret, ...left)
  expect(rotated.lines().at(-1)).toMatchObject({ type: 'rotated', secret: KEY })
  expect(await readFile(path, 'utf8')).toMatch(
    new RegExp(`# @journal store\n# @created .*\n${KEY}=`),
  )
  expect(await audit()).toContain(`"left":"${other}"`)
})
