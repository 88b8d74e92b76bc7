import { createHmac, randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import {
  checkReportKey,
  REPORT_KEY,
  REPORT_MAC_HEADER,
  signReportRequest,
  verifyReportRequest,
} from './internal.ts'
import { Secret } from './index.ts'

const newKey = () => Secret.of(randomBytes(32).toString('base64url'), 'REKEY_HEALTH_KEY')
const PATH = '/health/secrets'
const MINUTE_MS = 60_000
const at = (ms: number) => ({ now: () => 1_800_000_000_000 + ms })

it('a request and its answer are authenticated by one key, which is in neither', () => {
  const key = newKey()
  const { authorization, isAnswer } = signReportRequest(key, PATH)
  const seal = verifyReportRequest([newKey(), key], { path: PATH, authorization })
  const body = '{"secrets":[]}'
  const mac = seal?.(body)
  expect(isAnswer(body, mac)).toBe(true)
  expect(`${authorization}${mac}`).not.toContain(key.expose())
})

it('an answer of somebody else, to another request, or changed on its way is none', () => {
  const key = newKey()
  const [first, second] = [signReportRequest(key, PATH), signReportRequest(key, PATH)]
  const answer = (to: typeof first, by: Secret, body = 'body') =>
    verifyReportRequest([by], { path: PATH, authorization: to.authorization })?.(body)
  expect(answer(first, newKey())).toBeUndefined()
  expect(first.isAnswer('body', answer(second, key))).toBe(false)
  expect(first.isAnswer('other', answer(first, key))).toBe(false)
  for (const mac of [undefined, null, '', 'x', 'A'.repeat(43)]) {
    expect(first.isAnswer('body', mac)).toBe(false)
  }
})

it('a request for another path, of another time or another form is refused', () => {
  const key = newKey()
  const { authorization } = signReportRequest(key, PATH, at(0))
  const verify = (text: string | undefined, path = PATH, ms = 0) =>
    verifyReportRequest([key], { path, authorization: text }, at(ms)) !== undefined
  expect(verify(authorization)).toBe(true)
  expect(verify(authorization, PATH, 5 * MINUTE_MS)).toBe(true)
  expect(verify(authorization, PATH, 5 * MINUTE_MS + 1)).toBe(false)
  expect(verify(authorization, PATH, -6 * MINUTE_MS)).toBe(false)
  expect(verify(authorization, '/metrics')).toBe(false)
  expect(verify(authorization.replace(/t=\d/, 't=2'))).toBe(false)
  expect(verify(`${authorization},x`)).toBe(false)
  for (const text of [undefined, '', 'Rekey-Report', `Bearer ${key.expose()}`, 'x'.repeat(1e6)]) {
    expect(verify(text)).toBe(false)
  }
  expect(verifyReportRequest([], { path: PATH, authorization }, at(0))).toBeUndefined()
})

it('a key that can be guessed is none', () => {
  expect(() => checkReportKey(Secret.of('x'.repeat(31), 'REKEY_HEALTH_KEY'))).toThrow(
    expect.objectContaining({
      code: 'malformed',
      message: 'REKEY_HEALTH_KEY is too short: use at least 32 random characters',
    }),
  )
  const key = Secret.of('x'.repeat(32), 'REKEY_HEALTH_KEY')
  expect(checkReportKey(key)).toBe(key)
})

it('other releases find the channel by its names, and sign as this one', () => {
  expect([REPORT_KEY, REPORT_MAC_HEADER]).toEqual(['REKEY_HEALTH_KEY', 'rekey-report-mac'])
  const key = newKey()
  const { authorization } = signReportRequest(key, PATH, at(0))
  const [, time = '', nonce = '', mac] =
    /^Rekey-Report t=(\d+),n=(.*),m=(.*)$/.exec(authorization) ?? []
  const signed = ['rekey-report', 'request', PATH, time, nonce].join('\n')
  expect(mac).toBe(createHmac('sha256', key.expose()).update(signed).digest('base64url'))
  expect(
    verifyReportRequest([key], { path: PATH, authorization: ` ${authorization}` }, at(0)),
  ).toBeUndefined()
})
