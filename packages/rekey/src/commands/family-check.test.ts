import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runProgram } from '../../test/commands/run-program.support.ts'

it('finds that the reference family and its services agree', async () => {
  const run = await runProgram(['family', 'check', '--json'])
  expect(run.lines()).toEqual([
    expect.objectContaining({ type: 'summary', services: 3, contradictions: 0 }),
  ])
  expect(run.code).toBe(0)
})

/** A repository with a family and one service of it. */
async function newRepository(family: object) {
  const cwd = await realpath(await mkdtemp(join(tmpdir(), 'rekey-family-')))
  onTestFinished(() => rm(cwd, { recursive: true }))
  await writeFile(join(cwd, 'family.json'), JSON.stringify(family))
  await mkdir(join(cwd, 'services/web-shop/src'), { recursive: true })
  await writeFile(
    join(cwd, 'services/web-shop/src/secrets.mjs'),
    `import { defineService } from ${JSON.stringify(import.meta.resolve('@rekey/config-loader'))}
import { z } from ${JSON.stringify(import.meta.resolve('zod'))}
export const definition = defineService({ name: 'web-shop', settings: z.object({}), secrets: {} })
`,
  )
  return cwd
}

it('names a grant that no service definition uses, and exits with 1', async () => {
  const cwd = await newRepository({
    services: ['web-shop'],
    secrets: { integration: ['web-shop:smtp'] },
  })
  const run = await runProgram(['family', 'check'], { cwd })
  expect(run.code).toBe(1)
  expect(run.output).toMatch(/^problem .*web-shop/m)
  expect(run.output).toContain('1 contradictions to')
})

it('exits with 2 for a declaration that is none, with each problem', async () => {
  const cwd = await newRepository({ services: ['web-shop', 'web-shop'] })
  const run = await runProgram(['family', 'check'], { cwd })
  expect(run).toMatchObject({ code: 2, output: expect.stringContaining('services[1]') as string })
})

it('exits with 2 where no family is declared', async () => {
  const cwd = await newRepository({})
  await rm(join(cwd, 'family.json'))
  const run = await runProgram(['family', 'check'], { cwd })
  expect(run).toMatchObject({
    code: 2,
    output: expect.stringContaining('no family.json here') as string,
  })
})
