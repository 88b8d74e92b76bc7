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
import { runProgram } from './run-program.test.support.ts'

const run = promisify(execFile)
const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))
const COMMAND = [process.execPath, '--conditions=@rekey/source', '--import=tsx', MAIN]

/** A directory with `rekey`, for shells. */
const bin = await realpath(await mkdtemp(join(tmpdir(), 'rekey-bin-')))
afterAll(() => rm(bin, { recursive: true }))
await writeFile(join(bin, 'rekey'), `#!/bin/sh\nexec ${COMMAND.join(' ')} "$@"\n`)
await chmod(join(bin, 'rekey'), 0o755)
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

it('prints the script of a shell as JSON too', async () => {
  const [text, json] = await Promise.all([
    runProgram(['completion', 'zsh']),
    runProgram(['completion', 'zsh', '--json']),
  ])
  expect(json.lines()).toEqual([{ type: 'script', shell: 'zsh', script: text.output }])
})

it('bash completes by the script that it prints', async () => {
  const script = [
    'eval "$(rekey completion bash)"',
    'COMP_WORDS=(rekey ca rotate pr); COMP_CWORD=3',
    '_rekey; printf "%s\\n" "${COMPREPLY[@]}"',
  ].join('\n')
  const { stdout } = await run('bash', ['-c', script], { env: environment })
  expect(stdout).toBe('prepare\n')
}, 60_000)

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
