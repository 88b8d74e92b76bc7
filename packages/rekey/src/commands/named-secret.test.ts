import { expect, it } from 'vitest'
import { KEY, openDeployment } from '../../test/commands/shop-and-mail.support.ts'
import { runProgram } from '../../test/commands/run-program.support.ts'

it('a secret may be named by its name in the store', async () => {
  const { rekey, gone } = await openDeployment()
  const rotated = await rekey('rotate', KEY, '--without', gone)
  expect(rotated.code).toBe(0)
  expect(rotated.lines()).toContainEqual(expect.objectContaining({ type: 'rotated', secret: KEY }))
  expect((await rekey('rollback', KEY)).lines()).toMatchObject([{ type: 'rolled-back' }])
  expect((await rekey('sweep', KEY)).lines()).toMatchObject([{ type: 'swept', secret: KEY }])
  const [preview] = (await rekey('preview', KEY, 'current')).lines()
  expect(preview).toMatchObject({ name: KEY, stage: 'current' })
})

it.each([
  ['rotate', 'api-key', 'mail:shop'],
  ['rotate', 'API_KEY_MAIL_SHOP'],
  ['rotate', 'API_KEY_MAIL_SHOP', '--plan'],
  ['rollback', 'API_KEY_MAIL_SHOP'],
  ['sweep', 'API_KEY_MAIL_SHOP'],
  ['preview', 'API_KEY_MAIL_SHOP'],
])('%s %s is refused with the secrets that there are', async (...args) => {
  const { show } = await openDeployment()
  const { code, output } = await show(...args)
  expect(code).toBe(2)
  expect(output).toContain('there are: api-key shop:mail')
})

it('the audit log is asked by either name, and an unknown one is refused with those that there are', async () => {
  const { rekey, gone } = await openDeployment()
  await rekey('rotate', KEY, '--without', gone)
  const byName = await rekey('audit', 'query', '--secret', KEY)
  const byTitle = await rekey('audit', 'query', '--secret', 'api-key shop:mail')
  expect(byName.lines().length).toBeGreaterThan(3)
  expect(byTitle.lines()).toEqual(byName.lines())
  const unknown = await rekey('audit', 'query', '--secret', 'API_KEY_MAIL_SHOP')
  expect(unknown.code).toBe(2)
  expect(unknown.output).toContain('the family has: api-key shop:mail')
})

it('REKEY_FAMILY names the family where no flag does', async () => {
  const { file } = await openDeployment()
  const named = await runProgram(['status', '--json'], { env: { REKEY_FAMILY: file } })
  expect(named.lines()).toMatchObject([{ name: KEY }])
  const flagged = await runProgram(['status', '--family', '/nowhere/family.json'], {
    env: { REKEY_FAMILY: file },
  })
  expect(flagged).toMatchObject({ code: 2 })
  const rights = await runProgram(['rights', 'vault:secret/shop', 'shop'], {
    ...{ env: { REKEY_FAMILY: file }, cwd: '/' },
  })
  expect(rights.output).toContain(KEY)
})

it('asks at a terminal before a secret is rotated as leaked, and does nothing unless that is confirmed', async () => {
  const { file, gone } = await openDeployment()
  const rotate = (stdin: string, ...more: string[]) => {
    const args = ['rotate', KEY, '--compromised', '--without', gone, '--family', file, ...more]
    return runProgram(args, { stdin, isTTY: true })
  }
  const refused = await rotate('n\n')
  expect(refused.code).toBe(4)
  expect(refused.output).toContain('Rotate api-key shop:mail as leaked?')
  expect(refused.output).not.toContain('generate')
  expect((await rotate('y\n')).code).toBe(0)
  const unasked = await rotate('', '--yes')
  expect(unasked.code).toBe(0)
  expect(unasked.output).not.toContain('[y/N]')
})

it('names the help of the command at the end of its own errors', async () => {
  const { code, output } = await runProgram(['rotate', 'api-key', 'a:b', '--soon'])
  expect(code).toBe(2)
  expect(output).toContain('(see rekey rotate --help)')
})
