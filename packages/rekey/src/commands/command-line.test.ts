// @lane servers
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'
import { COMMAND_WORDS, commandWords } from './command-words.ts'
import { newProgram, runProgram } from '../../test/commands/run-program.support.ts'

const run = promisify(execFile)
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const COMMAND = [
  process.execPath,
  '--conditions=@rekey/source',
  `--import=${import.meta.resolve('tsx')}`,
  MAIN,
]

/** Whose names are completed. */
const FAMILY = {
  services: ['web-shop', 'stock'],
  secrets: { 'api-key': ['web-shop:stock'], 'ca-passphrase': ['stock'] },
  databases: [{ service: 'stock' }],
}

/** A directory with `rekey` and a family, for shells. */
const bin = await realpath(await mkdtemp(join(tmpdir(), 'rekey-bin-')))
afterAll(() => rm(bin, { recursive: true }))
await writeFile(join(bin, 'rekey'), `#!/bin/sh\nexec ${COMMAND.join(' ')} "$@"\n`)
await chmod(join(bin, 'rekey'), 0o755)
await writeFile(join(bin, 'family.json'), JSON.stringify(FAMILY))
const environment = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` }

it.each([
  [['ro'], ['rotate', 'rollback']],
  [['ca', 'rotate', 'ret'], ['retire']],
  [
    ['ca', 'backup', ''],
    ['create', 'verify'],
  ],
  [
    ['ca', 'show', '--'],
    ['--json', '--help'],
  ],
  [
    ['ca', 'revoke', '--reason', 'ce'],
    ['cessationOfOperation', 'certificateHold'],
  ],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [['status', 'x'], []],
])('completes %j to %j', async (words, found) => {
  const { output } = await runProgram(['complete', '--', ...words])
  expect(output.split('\n').filter(Boolean).toSorted()).toEqual(found.toSorted())
})

it.each([
  [
    ['rotate', ''],
    ['api-key', 'database'],
  ],
  [['rotate', 'api-key', ''], ['web-shop:stock']],
  [['rotate', '--family', 'family.json', 'database', 's'], ['stock']],
  [['rotate', 'api-key', 'web-shop:stock', ''], []],
  [
    ['issue', ''],
    ['api-key', 'ca-passphrase'],
  ],
  [['issue', 'ca-passphrase', ''], ['stock']],
  [
    ['generate', 'stock', ''],
    ['web-shop', 'stock'],
  ],
  [['run', 'stock', ''], []],
  [
    ['rights', 'vault:secret/shop', ''],
    ['web-shop', 'stock', 'rotator'],
  ],
  [
    ['runbook', '--kind', ''],
    ['api-key', 'ca-passphrase', 'database'],
  ],
  [['db', 'adopt', 'app', '--service', 'w'], ['web-shop']],
])('completes %j to the names of the family: %j', async (words, found) => {
  const { output } = await runProgram(['complete', '--', ...words], { cwd: bin })
  expect(output.split('\n').filter(Boolean)).toEqual(found)
})

it('completes no name of a family that is none, and runs no module for one', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'rekey-broken-'))
  await writeFile(join(cwd, 'family.js'), 'process.exit(9)')
  const complete = (...words: string[]) => runProgram(['complete', '--', ...words], { cwd })
  expect(await complete('doctor', '')).toMatchObject({ code: 0, output: '' })
  expect(await complete('rotate', '--family', 'family.js', '')).toMatchObject({ output: '' })
  await writeFile(join(cwd, 'family.json'), '{')
  expect(await complete('doctor', '')).toMatchObject({ code: 2 })
  expect(await complete('doctor', '--st')).toMatchObject({ code: 0, output: '--strict\n' })
  await rm(cwd, { recursive: true })
})

it('the package has the words of its program as they follow from the code (vitest --update writes them anew)', async () => {
  const text = `${JSON.stringify(commandWords(await newProgram()), undefined, 1)}\n`
  await expect(text).toMatchFileSnapshot(fileURLToPath(COMMAND_WORDS))
})

it('completes commands without loading one, and names of the family without loading a command', async () => {
  const refusing = (...names: string[]) => {
    const hook = `export const resolve = (name, ...more) => {
      if (${JSON.stringify(names)}.includes(name)) throw new Error(name + ' is loaded')
      return more[1](name, more[0])
    }`
    const script = `import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)})`
    return `--import=data:text/javascript,${encodeURIComponent(script)}`
  }
  const complete = (flag: string, ...words: string[]) =>
    run(process.execPath, [flag, ...COMMAND.slice(1), 'complete', '--', ...words], { cwd: bin })
  const all = refusing('commander', 'zod', '@rekey/rekey')
  expect((await complete(all, 'ro')).stdout).toBe('rotate\nrollback\n')
  await expect(complete(all, 'rotate', '')).rejects.toMatchObject({ code: 1 })
  const some = refusing('commander')
  expect((await complete(some, 'rotate', '')).stdout).toBe('api-key\ndatabase\n')
})

it('prints the script of a shell as JSON too', async () => {
  const [text, json] = await Promise.all([
    runProgram(['completion', 'zsh']),
    runProgram(['completion', 'zsh', '--json']),
  ])
  expect(json.lines()).toEqual([{ type: 'script', shell: 'zsh', script: text.output }])
})

it.each([
  ['rekey ca rotate pr', 'prepare'],
  // Bash takes the colon for a word of its own, and replaces what is behind it.
  ['rekey rotate api-key web-shop : st', 'stock'],
  ['rekey rotate api-key web-shop :', 'stock'],
])(
  'bash completes %j by the script that it prints',
  async (words, found) => {
    const script = [
      'eval "$(rekey completion bash)"',
      `COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))`,
      '_rekey; printf "%s\\n" "${COMPREPLY[@]}"',
    ].join('\n')
    const { stdout } = await run('bash', ['-c', script], { env: environment, cwd: bin })
    expect(stdout).toBe(`${found}\n`)
  },
  60_000,
)

it('ends with exit code 4 and no stack trace when its output is closed', async () => {
  const child = spawn(
    'bash',
    ['-c', 'rekey ca show --help; rekey completion bash; echo "code $?" >&2'],
    {
      ...{ env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
    },
  )
  child.stdout.destroy()
  const stderr = await text(child.stderr)
  expect(stderr).not.toMatch(/EPIPE|at .*:\d+/)
  expect(stderr).toContain('code 4')
}, 60_000)

it('ends with exit code 4 at a signal, also a command that waits for an answer which never comes', async () => {
  const silent = createServer()
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const password = randomBytes(24).toString('hex')
  const url = `postgres://portal:${password}@127.0.0.1:${port}/portal`
  const child = spawn(process.execPath, [...COMMAND.slice(1), 'db', 'adopt', 'portal'], {
    ...{ env: { ...environment, DATABASE_URL: url }, stdio: ['ignore', 'ignore', 'pipe'] },
  })
  const ended = once(child, 'exit')
  const [socket] = (await once(silent, 'connection')) as [Socket]
  child.kill('SIGINT')
  expect(await ended).toEqual([4, null])
  socket.destroy()
  silent.close()
}, 60_000)
