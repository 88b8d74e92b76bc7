import { randomBytes } from 'node:crypto'
import { Secret } from '@rekey/secret'
import { type Logger, pino } from 'pino'
import { expect, it } from 'vitest'
import { createRedactor } from './index.ts'
import { redactPino } from './pino.ts'

const secret = randomBytes(24).toString('hex')
const redactor = createRedactor({ secrets: [] })
redactor.add(Secret.of(secret, 'API_KEY'))

function linesOf(options: object, log: (logger: Logger) => void): string[] {
  const lines: string[] = []
  log(pino(options, { write: (line: string) => lines.push(line) }))
  return lines
}

/** Ways by which a secret gets into a logger before it is called. */
const BOUND: Record<string, (log: Logger) => Logger> = {
  'a binding of a child': (log) => log.child({ token: secret }),
  'a binding of the child of a child': (log) => log.child({ a: 1 }).child({ b: { c: secret } }),
  'a late binding': (log) => {
    const child = log.child({})
    child.setBindings({ secret })
    return child
  },
  'a prefix of messages': (log) => log.child({}, { msgPrefix: `[${secret}] ` }),
}

it.each(Object.entries(BOUND))('masks %s', (_, bind) => {
  const log = (logger: Logger) => {
    bind(logger).info('x')
  }
  expect(linesOf({}, log).join('')).toContain(secret)
  const [line = '', ...others] = linesOf(redactPino(redactor), log)
  expect(others).toEqual([])
  expect(line).not.toContain(secret)
  expect(JSON.parse(line)).toHaveProperty('level')
  expect(line).toContain('[secret API_KEY]')
})

it('runs after a streamWrite hook of your own, and keeps your other options', () => {
  const hooks = { streamWrite: (line: string) => line.replace('TOKEN', secret) }
  const options = redactPino(redactor, { hooks, base: { service: 'frontend' } })
  const [line = ''] = linesOf(options, (logger) => {
    logger.info('TOKEN')
  })
  expect(JSON.parse(line)).toMatchObject({ service: 'frontend', msg: '[secret API_KEY]' })
})
