import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { describeDatabaseError } from './database-error.ts'
import { describeAdminError } from '../roles/admin-error.ts'

const VALUE = `value-${String(Math.random())}`

/** An error as the driver throws it: its message and detail quote values. */
function failure(code: string): Error {
  return Object.assign(new Error(VALUE), { code, detail: VALUE, where: VALUE })
}

const NO_ANSWER = [
  ...['57014', '25006', '53000', '53100', '53200', '53300', '58000', '58030', 'XX000', 'XX001'],
  ...['08000', '08001', '08003', '08004', '08006', '08007', '08P01', '57P01', '57P03', '40003'],
  ...['EMFILE', 'ENFILE', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'],
  ...['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED'],
  ...['ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_SSL_WRONG_VERSION_NUMBER', 'EPROTO'],
  ...['0A000', '42601', '42P01', '99999', '', 'constructor', '__proto__'],
]

describe.each([
  ['a login', describeDatabaseError],
  ['an administrator', describeAdminError],
])('to %s', (_, describeError) => {
  it.each(NO_ANSWER)('R38: %s is no answer, never "no"', (code) => {
    const error = describeError(failure(code))
    expect(error).toMatchObject({ code: 'unreachable', details: { reason: code } })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(VALUE)
  })

  it('R38: a failure without a code is no answer', () => {
    for (const message of ['timeout expired', 'Query read timeout', 'Connection terminated']) {
      expect(describeError(new Error(message))).toMatchObject({ code: 'unreachable' })
    }
    expect(describeError(undefined)).toMatchObject({ code: 'unreachable' })
    expect(describeError({ code: 42 })).toMatchObject({ code: 'unreachable' })
  })

  it.each([
    ['28P01', 'rejected'],
    ['28000', 'rejected'],
    ['3D000', 'refused'],
    ['42501', 'forbidden'],
    ['55P03', 'conflict'],
  ])('R38: %s is definite: %s', (state, code) => {
    expect(describeError(failure(state))).toMatchObject({ code, details: { reason: state } })
  })
})
