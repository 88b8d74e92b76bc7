import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { describeRegisteredPrograms } from '../../test/guard/registered-program.support.ts'

const { token, registered, directory, write } = describeRegisteredPrograms()

/** A text whose end waits for its rest: many words, a secret, and a word of 3,000 letters up to another secret. */
const text = `${Array.from({ length: 2_000 }, (_, i) => i).join(' ')} `
const PRINTED = `const text = ${JSON.stringify(text)} + process.env.API_TOKEN + ' ' + 'x'.repeat(1_500) + '=' + process.env.API_TOKEN`

/** Programs that print a text and end. */
const WAYS: Readonly<Record<string, string>> = {
  pipeline: `pipeline(Readable.from([Buffer.from(text)]), process.stdout, () => {})`,
  'end(doc)': `process.stdout.end(text)`,
  'a signal of another process': `
    process.stdout.write(text)
    setImmediate(() => spawn('kill', ['-TERM', String(process.pid)], { stdio: 'ignore' }))
    setTimeout(() => {}, 10_000)`,
  'a signal of its own': `process.stdout.write(text); process.kill(process.pid, 'SIGTERM')`,
  'process.exit': `process.stdout.write(text); process.exit(3)`,
}

/** Shell commands that show what `RUN` prints, and its exit code, where its output is something else each time. The shell's is a socket. */
const OUTPUTS: Readonly<Record<string, string>> = {
  'a pipe': '{ RUN; echo "code $?"; } | cat',
  'a socket': 'RUN; echo "code $?" >&2',
  'a file': '{ RUN; echo "code $?"; } > printed; cat printed; rm printed',
  'a terminal': `script -qec 'RUN; echo "code $?"' /dev/null < /dev/null`,
}
const { stdout: version } = spawnSync('sh', ['-c', 'script --version'], { encoding: 'utf8' })
const hasTerminal = version.includes('util-linux')

const run = promisify(execFile)

interface Shown {
  readonly length: number
  /** From the last number of the text. */
  readonly end: string
}

async function shown(output: string, flags: readonly string[]): Promise<string> {
  const command = [process.execPath, ...flags, 'app.mjs'].join(' ')
  const { stdout, stderr } = await run(
    'sh',
    ['-c', (OUTPUTS[output] ?? '').replace('RUN', command)],
    {
      cwd: directory(),
      env: { API_TOKEN: token, PATH: process.env['PATH'], SHELL: '/bin/sh' },
    },
  )
  return stdout + stderr
}

const summary = (printed: string): Shown => ({
  length: printed.length,
  end: printed.slice(printed.lastIndexOf('1999')),
})

describe.each(Object.keys(OUTPUTS))('L4: output to %s', (output) => {
  // Only util-linux has this way to give a program a terminal.
  it.skipIf(output === 'a terminal' && !hasTerminal).each(Object.entries(WAYS))(
    'is whole when it ends by %s',
    async (_, way) => {
      const imports = `
        import { spawn } from 'node:child_process'
        import { pipeline, Readable } from 'node:stream'`
      await write(`${imports}\n${PRINTED}\n${way}`)
      const bare = await shown(output, [])
      expect(bare.split(token)).toHaveLength(3)
      expect(summary(await shown(output, registered()))).toEqual(
        summary(bare.replaceAll(token, '[secret API_TOKEN]')),
      )
    },
  )
})

/** Programs that end by themselves or by an error, though nothing can be printed. */
const ENDINGS: Readonly<Record<string, string>> = {
  'its own code': `console.error('text'); process.exitCode = 3`,
  'process.exit': `process.stdout.write('text'); process.exit(3)`,
  'an error that it throws': `throw new Error('text')`,
  'an error of its handler': `
    process.on('uncaughtException', () => { throw new Error('more') })
    throw new Error('text')`,
  'a log that it cannot write': `
    console.log('text')
    setTimeout(() => console.log('more'), 50)`,
}

/** The exit code of a program in the directory whose output is a full disk. */
function codeOnFullDisk(flags: readonly string[]): number | null {
  const command = [process.execPath, ...flags, 'app.mjs'].join(' ')
  const env = { API_TOKEN: token, PATH: process.env['PATH'] }
  const full = `${command} > /dev/full 2> /dev/full`
  return spawnSync('sh', ['-c', full], { cwd: directory(), env }).status
}

it.skipIf(!existsSync('/dev/full')).each(Object.entries(ENDINGS))(
  'L4: where the disk is full, a program ends with the code that it has without the guard: %s',
  async (_, program) => {
    await write(program)
    expect(codeOnFullDisk(registered())).toBe(codeOnFullDisk([]))
  },
)

it
  .skipIf(!existsSync('/dev/full'))
  .each([
    'console.log(text)',
    'process.stderr.write(text)',
    'fs.writeSync(1, text)',
    'await promisify(fs.write)(2, text)',
    'await fs.promises.appendFile("/dev/stdout", text)',
  ])(
  'L4: a program that drops lines outlives its log where the disk is full: %s',
  async (print) => {
    await write(`
    import fs from 'node:fs'
    import { setTimeout as delay } from 'node:timers/promises'
    import { promisify } from 'node:util'
    globalThis[Symbol.for('@rekey/log-redactor')].dropLines((lines) => lines + ' lines were dropped')
    for (const text of ['one\\n', 'two\\n', 'three\\n']) {
      ${print}
      await delay(20)
    }
    process.exitCode = 3`)
    expect(codeOnFullDisk(registered())).toBe(3)
  },
)

it('L4: prints nothing past a queue that its end cuts off', async () => {
  const numbers = `const text = Array.from({ length: 200_000 }, (_, i) => i).join(' ') + '-end'`
  await write(`${numbers}\nprocess.stdout.write(text)\nprocess.exit()`)
  const command = [process.execPath, ...registered(), 'app.mjs'].join(' ')
  const { stdout } = await run('sh', ['-c', `${command} | { sleep 0.5; cat; }`], {
    cwd: directory(),
    env: { API_TOKEN: token, PATH: process.env['PATH'] },
    maxBuffer: 2 ** 24,
  })
  expect(stdout.length).toBeGreaterThan(1_000)
  expect(stdout.endsWith('-end')).toBe(false)
})

it('L4: a listener that counts the others at a signal finds none', async () => {
  await write(`
    import { spawn } from 'node:child_process'
    const kill = () => setImmediate(() => spawn('kill', ['-TERM', String(process.pid)]))
    process.stdout.write('held')
    process.once('SIGTERM', () => {
      process.stdout.write(' others: ' + process.listenerCount('SIGTERM'))
      kill()
    })
    kill()
    setTimeout(() => {}, 10_000)`)
  const failed = await run(process.execPath, [...registered(), 'app.mjs'], {
    cwd: directory(),
    env: { API_TOKEN: token, PATH: process.env['PATH'] },
  }).catch((error: unknown) => error)
  expect(failed).toMatchObject({ signal: 'SIGTERM', stdout: 'held others: 0' })
})
