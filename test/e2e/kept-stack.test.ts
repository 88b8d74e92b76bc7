// @lane servers
import { runRekey } from '@rekey/test-support'
import { expect, it } from 'vitest'
import { leftIn, start, until } from './start-stack.ts'

const SLOW_MS = 300_000

it(
  'each command that npm start prints for another terminal works on the stack that is kept',
  async () => {
    const run = await start(['--rounds', '1', '--people', '1', '--keep'])
    await until(run, 'audit query')
    const commands = Array.from(
      run.output().matchAll(/^ {2}npm run rekey -- (.*)$/gm),
      ([, words = '']) => words.split(' '),
    )
    const outputs = new Map<string, string>()
    for (const args of commands) {
      const { code, stdout, stderr } = await runRekey(args)
      expect({ code, stderr: code === 0 ? '' : stderr }, args.join(' ')).toEqual({
        code: 0,
        stderr: '',
      })
      outputs.set(args.slice(0, 2).join(' '), stdout)
    }
    expect([...outputs.keys()]).toEqual([
      'check --stack',
      'status --stack',
      'rotate api-key',
      'audit verify',
      'audit query',
    ])
    // The services as they started, and as they took over what was rotated.
    for (const service of ['frontend', 'signing', 'certtransparency']) {
      expect(outputs.get('audit query')).toMatch(new RegExp(`access\\.read .* ${service} `))
      expect(outputs.get('audit query')).toMatch(new RegExp(`access\\.refresh .* ${service} `))
    }
    run.child.kill('SIGINT')
    expect(await run.ended()).toEqual({ code: 0, signal: null })
    expect(await leftIn(run.directory)).toEqual([])
  },
  SLOW_MS,
)
