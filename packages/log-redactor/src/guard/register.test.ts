import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  describeRegisteredPrograms,
  makeToken,
  type Ran,
} from '../../test/guard/registered-program.support.ts'

const { token, registered, run, write, directory } = describeRegisteredPrograms()

interface Crash {
  readonly program: string
  readonly flags?: readonly string[]
  /** Where the text begins that is the same; what comes before it is where the error was thrown. */
  readonly from?: string
}

/** A listener that throws, on a line of its own. */
const THROW = `(error) => {\n  throw new Error('again ' + error.message)\n}`
const FAIL = `setTimeout(() => { throw new Error(process.env.API_TOKEN) }, 1)`

const CRASHES: Readonly<Record<string, Crash>> = {
  'an error of a handler of uncaught exceptions': {
    program: `process.on('uncaughtException', ${THROW})\n${FAIL}`,
  },
  'an error of a callback that captures exceptions': {
    program: `process.setUncaughtExceptionCaptureCallback(${THROW})\n${FAIL}`,
    from: '    at process._fatalException',
  },
  'an error of a monitor of uncaught exceptions': {
    program: `process.on('uncaughtExceptionMonitor', ${THROW})\n${FAIL}`,
  },
  'an error of a handler of rejections': {
    program: `process.on('unhandledRejection', ${THROW})\nvoid Promise.reject(new Error(process.env.API_TOKEN))`,
  },
  'an error of an exit listener': {
    program: `process.on('exit', () => {\n  throw new Error(process.env.API_TOKEN)\n})`,
  },
  'an error': {
    program: `function connect(token) {\n  throw new Error('no ' + token)\n}\nconnect(process.env.API_TOKEN)`,
  },
  'an error with a cause and a property': {
    program: `throw Object.assign(new TypeError('x', { cause: new Error(process.env.API_TOKEN) }), { code: process.env.API_TOKEN })`,
  },
  'an error from a callback': {
    program: `setTimeout(() => {\n  throw new RangeError(process.env.API_TOKEN) }, 1)`,
  },
  'a promise rejected with an error': {
    program: `const wait = async () => { await null; throw new Error(process.env.API_TOKEN) }; void wait()`,
  },
  'a promise rejected with a text': {
    program: `void Promise.reject(process.env.API_TOKEN)`,
    from: '[UnhandledPromiseRejection: ',
  },
  'a rejection that is a warning': {
    program: `void Promise.reject(new Error(process.env.API_TOKEN))`,
    flags: ['--unhandled-rejections=warn'],
  },
  'a text': { program: `throw process.env.API_TOKEN`, from: '^\n' },
  'an error of node:fs': {
    program: `import fs from 'node:fs'\nfs.readFileSync('/' + process.env.API_TOKEN)`,
    from: 'Error: ENOENT',
  },
  'an error that an exit listener gives another code': {
    program: `process.on('exit', () => { process.exitCode = 9 }); throw new Error(process.env.API_TOKEN)`,
  },
  'an error that the program handles': {
    program: `process.once('uncaughtException', ({ message }) => { console.error('handled', message); process.exitCode = 3 }); throw new Error(process.env.API_TOKEN)`,
  },
}

/** Without the id of the process, and the places in node:events, which depend on how many listeners an event has. */
const withoutNumbers = (text: string) =>
  text.replace(/node:\d+/g, 'node:PID').replace(/(node:events):\d+:\d+/g, '$1:PLACE')

describe('a program under --import of register', () => {
  it.each(Object.entries(CRASHES))(
    'ends by %s as it does without: same text, masked, and same code',
    async (_, { program, flags = [], from = '' }) => {
      const bare = await run(program, flags)
      const guarded = await run(program, registered(flags))
      expect(bare.stderr).toContain(token)
      const expected = withoutNumbers(bare.stderr.replaceAll(token, '[secret API_TOKEN]'))
      const start = expected.indexOf(from) + (from.endsWith('\n') ? from.length : 0)
      const printed = withoutNumbers(guarded.stderr)
      if (from === '') expect(printed).toBe(expected)
      else expect(printed.endsWith(expected.slice(start))).toBe(true)
      expect(guarded.stderr).not.toContain(token)
      expect(guarded.code).toBe(bare.code)
    },
  )

  it('does not open standard input, which the program may never read', async () => {
    const watch = `Object.defineProperty(process,'stdin',{enumerable:true,get(){console.log('opened')}})`
    const flags = registered([]).toSpliced(0, 0, `--import=data:text/javascript,${watch}`)
    expect(await run(`console.log('began')`, flags)).toMatchObject({ stdout: 'began\n' })
  })

  it('leaves the place of secrets and public keys of its environment', async () => {
    const env = {
      REKEY_SECRETS: 'vault:secret/portal',
      LOG_VERIFIER_KEY: 'log.example+1f2e3d4c+AbCdEfGhIjKlMnOpQrStUv',
      JWT_PUBLIC_KEY: 'MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7',
    }
    const program = `for (const name of ${JSON.stringify(Object.keys(env))}) console.log(process.env[name])`
    const { stdout } = await run(program, registered(), env)
    expect(stdout).toBe(`${Object.values(env).join('\n')}\n`)
  })

  it('masks what a worker thread prints, by what the main thread alone knows', async () => {
    const worker = `
      const fs = require('node:fs')
      const { workerData: token } = require('node:worker_threads')
      console.log('a', token)
      fs.writeSync(1, 'b ' + token.slice(0, 8))
      fs.writeSync(1, token.slice(8) + '\\n')
      fs.write(1, 'c ' + token + '\\n', () => {
        process._rawDebug('d', token)
        process.stdout.write('e ' + token)
        throw new Error(token)
      })`
    await write(worker, 'worker.cjs')
    const program = `
      import { Worker } from 'node:worker_threads'
      new Worker('./worker.cjs', { env: {}, workerData: process.env.API_TOKEN })`
    const bare = await run(program)
    const guarded = await run(program, registered())
    const shown = ({ stdout, stderr }: Ran) => (stdout + stderr).split(token).length - 1
    expect(shown(bare)).toBeGreaterThanOrEqual(4)
    expect(shown(guarded)).toBe(0)
    expect(guarded.stdout.match(/^[a-e] \[secret API_TOKEN\]$/gm)?.toSorted()).toEqual(
      ['a', 'b', 'c', 'e'].map((way) => `${way} [secret API_TOKEN]`),
    )
    expect(guarded.stderr).toMatch(/^d \[secret API_TOKEN\]$/m)
    expect(guarded.stderr).toMatch(/^Error: \[secret API_TOKEN\]$/m)
    expect(guarded.code).toBe(bare.code)
  })

  it.each([
    ['of a text', `new Worker(worker, { eval: true, workerData })`],
    ['without flags', `new Worker(worker, { eval: true, workerData, execArgv: [], env: {} })`],
    [
      'in a process with flags that no thread may have',
      `new Worker(worker, { eval: true, workerData })`,
      ['--max-old-space-size=200', '--title=x'],
    ],
    [
      'started by another one',
      `new Worker('const { Worker, workerData } = require("worker_threads"); new Worker(' + JSON.stringify(worker) + ', { eval: true, workerData })', { eval: true, workerData })`,
    ],
  ])('L7: masks each way out of a worker thread %s', async (_, start, flags = []) => {
    const worker = `
      const fs = require('node:fs')
      const { workerData: token } = require('node:worker_threads')
      console.log('a', token)
      fs.writeSync(1, 'b ' + token + '\\n')
      fs.writeFileSync('/dev/stderr', 'c ' + token + '\\n')
      process._rawDebug('d', token)`
    const program = `
      import { Worker } from 'node:worker_threads'
      const worker = ${JSON.stringify(worker)}
      const workerData = process.env.API_TOKEN
      ${start}`
    const guarded = await run(program, registered(flags))
    expect(guarded).toEqual({
      ...{ code: 0, stdout: expect.any(String) as string },
      stderr: 'c [secret API_TOKEN]\nd [secret API_TOKEN]\n',
    })
    expect(guarded.stdout.split('\n').toSorted()).toEqual([
      ...['', 'a [secret API_TOKEN]', 'b [secret API_TOKEN]'],
    ])
  })

  it('L7: prints what a worker thread writes while the process exits', async () => {
    const worker = `
      const { writeSync } = require('node:fs')
      const { workerData } = require('node:worker_threads')
      Atomics.wait(workerData.state, 0, 0)
      writeSync(1, 'the last word of ' + workerData.token)
      Atomics.store(workerData.state, 1, 1)
      Atomics.notify(workerData.state, 1)`
    const program = `
      import { Worker } from 'node:worker_threads'
      const state = new Int32Array(new SharedArrayBuffer(8))
      const workerData = { state, token: process.env.API_TOKEN }
      const worker = new Worker(${JSON.stringify(worker)}, { eval: true, workerData })
      process.on('exit', () => {
        Atomics.store(state, 0, 1)
        Atomics.notify(state, 0)
        Atomics.wait(state, 1, 0, 5_000)
      })
      worker.once('online', () => setTimeout(() => process.exit(3), 50))`
    expect(await run(program, registered())).toEqual({
      ...{ code: 3, stdout: 'the last word of [secret API_TOKEN]', stderr: '' },
    })
  })

  it('writes diagnostic reports without secrets and without the environment', async () => {
    const program = `
      import { readdirSync } from 'node:fs'
      process.report.writeReport('asked.json', new Error(process.env.API_TOKEN))
      process.kill(process.pid, 'SIGUSR2')
      const timer = setInterval(() => {
        if (readdirSync('.').filter((name) => /^(asked|report).*json$/.test(name)).length < 2) return
        clearInterval(timer)
        throw new Error(process.env.API_TOKEN)
      }, 5)`
    const flags = ['--report-on-signal', '--report-uncaught-exception']
    const counts: number[] = []
    for (const [names, isGuarded] of [
      [flags, false],
      [registered(flags), true],
    ] as const) {
      await run(program, names)
      const files = (await readdir(directory())).filter((name) =>
        /^(asked|report).*json$/.test(name),
      )
      counts.push(files.length)
      for (const file of files) {
        const report = await readFile(join(directory(), file), 'utf8')
        expect(report.includes(token)).toBe(!isGuarded)
        expect('environmentVariables' in (JSON.parse(report) as object)).toBe(!isGuarded)
        await rm(join(directory(), file))
      }
    }
    expect(counts).toEqual([3, 3])
  })

  it('masks what its environment has by names of secrets, and passwords of URLs', async () => {
    const secrets = {
      ...{ PGPASSWORD: makeToken(), STRIPE_KEY: makeToken(), dbPassword: makeToken() },
      ...{ API_KEY_APP__PREVIOUS: makeToken(), SESSION_SECRET: makeToken() },
    }
    const password = makeToken()
    const rest = {
      DATABASE_URL: `postgres://app:${password}@db.example/app`,
      TOKEN_FILE: `/run/${makeToken()}`,
      BUILD: makeToken(),
    }
    const program = `for (const [name, value] of Object.entries(process.env)) console.log(name, value)`
    const { stdout } = await run(program, registered(), { ...secrets, ...rest })
    const lines = new Map(stdout.split('\n').map((line) => line.split(' ', 2) as [string, string]))
    for (const name of Object.keys(secrets)) expect(stdout).toContain(`${name} [secret ${name}]`)
    expect(stdout).toContain('[secret DATABASE_URL]')
    expect(stdout).not.toContain(password)
    expect(lines.get('TOKEN_FILE')).toBe(rest.TOKEN_FILE)
    expect(lines.get('BUILD')).toBe(rest.BUILD)
  })
})

it('leaves what only looks like a secret, which may be what the program is for', async () => {
  const statement = `create role shop login password '${makeToken()}'`
  const print = `console.log(${JSON.stringify(statement)}, process.env.API_TOKEN)`
  expect(await run(print, registered())).toEqual({
    ...{ code: 0, stderr: '' },
    stdout: `${statement} [secret API_TOKEN]\n`,
  })
})
