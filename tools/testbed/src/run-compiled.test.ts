import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { runCompiled } from './run-compiled.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rekey-compiled-test-'))
  onTestFinished(() => rm(directory, { recursive: true }))
})

/** Runs a file beside this one's sources, with an empty directory for temporary files. */
async function run(program: string, { env = {}, flags = [] as string[] } = {}) {
  const file = join(directory, 'program.ts')
  await writeFile(file, program)
  const temporary = await mkdtemp(join(directory, 'temporary-'))
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...flags, ...runCompiled(file), 'one', 'two'],
    { env: { PATH: process.env['PATH'], TMPDIR: temporary, ...env }, encoding: 'utf8' },
  )
  return { status, stdout, stderr, left: await readdir(temporary) }
}

const OTHER = JSON.stringify(join(import.meta.dirname, 'registrations.ts'))

it('runs TypeScript with its arguments, and tells each file where it was written', async () => {
  const { status, stdout } = await run(`
    import * as other from ${OTHER}
    const [, file, ...rest]: string[] = process.argv
    console.log(JSON.stringify([typeof other, file, rest, import.meta.url, import.meta.dirname]))`)
  const file = join(directory, 'program.ts')
  expect({ status, output: JSON.parse(stdout) as unknown }).toEqual({
    status: 0,
    output: ['object', file, ['one', 'two'], `file://${file}`, directory],
  })
})

it('registers no module hooks, and so starts no thread for them', async () => {
  const refuse = `import module from 'node:module'; module.register = () => process.exit(9); module.syncBuiltinESMExports()`
  const flags = [`--import=data:text/javascript,${encodeURIComponent(refuse)}`]
  expect(await run('const done: number = 7; process.exit(done)', { flags })).toMatchObject({
    status: 7,
  })
  const hooks = 'import { register } from "node:module"; register("data:text/javascript,")'
  expect(await run(hooks, { flags })).toMatchObject({ status: 9 })
})

it('leaves no file, also where the program is killed', async () => {
  const killed = await run('process.kill(process.pid, "SIGKILL")')
  expect(killed).toMatchObject({ status: null, left: [] })
})

it('gives the environment to the program, and none of it to the compiler', async () => {
  const env = { ESBUILD_BINARY_PATH: '/nowhere' }
  const { stdout } = await run('console.log(process.env["ESBUILD_BINARY_PATH"])', { env })
  expect(stdout).toBe('/nowhere\n')
})

it('names file and line of the source in an error', async () => {
  const { stderr } = await run('interface Erased {}\n\nthrow new Error("no use")')
  expect(stderr).toContain(`${join(directory, 'program.ts')}:3:7`)
})

it('compiles a file of this workspace once, and again when a file that it is made of has changed', async () => {
  const sources = await mkdtemp(join(import.meta.dirname, 'compiled-test-'))
  onTestFinished(() => rm(sources, { recursive: true }))
  const [main, part] = [join(sources, 'main.ts'), join(sources, 'part.ts')]
  await writeFile(main, "import { name } from './part.ts'; console.log(name, import.meta.url)")
  await writeFile(part, "export const name: string = 'first'")
  const runMain = (...flags: readonly string[]) => {
    const options = { env: { PATH: process.env['PATH'] }, encoding: 'utf8' } as const
    return spawnSync(process.execPath, [...flags, ...runCompiled(main)], options)
  }
  const refuse = "import children from 'node:child_process'; children.spawn = () => process.exit(9)"
  const withoutCompiler = `--import=data:text/javascript,${encodeURIComponent(refuse)}`
  expect(runMain(withoutCompiler)).toMatchObject({ status: 9 })
  expect(runMain().stdout).toMatch(/^first .*compiled-test-.*\/main\.ts\n$/)
  expect(runMain(withoutCompiler).stdout).toMatch(/^first /)
  await writeFile(part, "export const name: string = 'second'")
  expect(runMain(withoutCompiler)).toMatchObject({ status: 9 })
  expect(runMain().stdout).toMatch(/^second /)
})
