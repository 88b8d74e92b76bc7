import { createLiveSecret, type NoSecret } from '@rekey/secret/internal'
import { Secret } from '@rekey/secret'
import type { FastifyBaseLogger } from 'fastify'
import { type Logger, pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { withoutSecrets } from './index.ts'

const lines: string[] = []
const plain: Logger = pino({}, { write: (line: string) => lines.push(line) })
const log = withoutSecrets(plain)
const db = Secret.of('dev-not-a-secret', 'DB')
const version = { name: 'DB', version: '1', stage: 'current', value: db, sensitive: [] } as const
const live = createLiveSecret({ name: 'DB', revision: '1', current: version })

/** The compiler reads this; each line that it must refuse has an expectation, which is an error of its own where it holds no longer. */
function refused(): void {
  // @ts-expect-error -- must not compile, which this test is about: a member of it
  log.info({ db })
  // @ts-expect-error -- must not compile, which this test is about: the value itself
  log.info(db)
  // @ts-expect-error -- must not compile, which this test is about: an argument of the format
  log.info('connected with %s', db)
  // @ts-expect-error -- must not compile, which this test is about: a member of an argument of the format
  log.info('connected with %o', { db })
  // @ts-expect-error -- must not compile, which this test is about: deep, in an array
  log.warn({ pools: [{ options: { login: db } }] })
  // @ts-expect-error -- must not compile, which this test is about: a map of secrets
  log.error({ logins: new Map([['app', db]]) })
  // @ts-expect-error -- must not compile, which this test is about: a set of secrets
  log.error({ logins: new Set([db]) })
  // @ts-expect-error -- must not compile, which this test is about: spread into it
  log.debug({ ...{ db } })
  // @ts-expect-error -- must not compile, which this test is about: where a secret may lie
  log.debug({ login: lines.length > 0 ? db : undefined })
  // @ts-expect-error -- must not compile, which this test is about: a live secret, which holds versions
  log.info({ live })
  // @ts-expect-error -- must not compile, which this test is about: a binding of a child
  log.child({ db })
  // @ts-expect-error -- must not compile, which this test is about: a call of a child
  log.child({ request: 1 }).info({ db })
  // @ts-expect-error -- must not compile, which this test is about: another logger
  withoutSecrets(console).error('failed', { db })
}

/** A function of one's own. */
function note<T>(value: NoSecret<T> & T): string {
  return JSON.stringify(value)
}

describe('a logger that refuses secrets', () => {
  it('does not compile with a Secret anywhere in its arguments', () => {
    expect(refused).toBeTypeOf('function')
    // @ts-expect-error -- must not compile, which this test is about: a function of one's own refuses it as well
    expect(note({ db })).toBe('{"db":"[secret DB]"}')
  })

  it('takes whatever else pino takes, and is the same logger', () => {
    log.info({ port: 1, at: new Date(0), url: new URL('http://x'), any: JSON.parse('{}') }, 'text')
    log.error(new Error('refused'))
    log.child({ label: db.label }).warn('%s of %d', 'first', 2)
    const unknown: unknown = 'unknown'
    log.info({ unknown, list: [1, [2]], map: new Map([['a', 1]]) })
    expect(lines).toHaveLength(4)
    expect(log).toBe(plain)
  })

  it('fits where a logger is expected, as in Fastify', () => {
    const logger: FastifyBaseLogger = log
    const narrow: { info(value: object, text: string): void } = log
    expect(logger).toBe(narrow)
  })
})
