import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { failureOf, freshPath } from '../../test/ca.support.ts'
import { bareCa } from '../../test/crl/crl.support.ts'
import { issuerOf } from '../ca-keystore.ts'
import { signStatement } from '../signed-statement.ts'
import {
  parseRegister,
  readNumber,
  readRegister,
  recordNumber,
  registerContent,
  type RevocationRegister,
  signRegister,
  writeRegister,
} from './revocation-register.ts'

const at = (day: number) => new Date(Date.UTC(2030, 0, day))
const REGISTER: RevocationRegister = {
  number: 12n,
  revoked: [
    { serial: '41', revokedAt: at(1), notAfter: at(9), reason: 'superseded' },
    { serial: '42', revokedAt: at(2), notAfter: at(8) },
  ],
}
const { keystore, ca } = await bareCa()
const issuer = issuerOf(keystore)

async function newDirectory(): Promise<string> {
  const directory = freshPath()
  await mkdir(directory, { mode: 0o700 })
  return directory
}

it('reads the register that it wrote, which its user alone can read, and none where none is', async () => {
  const directory = await newDirectory()
  expect(await readRegister(directory, issuer)).toBeUndefined()
  await writeRegister(directory, await signRegister(REGISTER, issuer))
  expect(await readRegister(directory, issuer)).toEqual(REGISTER)
  expect((await stat(join(directory, 'revocations.json'))).mode & 0o777).toBe(0o600)
})

it('writes a revocation as a row of its serial, its date, its reason or null, and its end', () => {
  expect(registerContent(REGISTER)).toEqual({
    number: '12',
    revoked: [
      ['41', '2030-01-01T00:00:00.000Z', 'superseded', '2030-01-09T00:00:00.000Z'],
      ['42', '2030-01-02T00:00:00.000Z', null, '2030-01-08T00:00:00.000Z'],
    ],
  })
})

const ROW: readonly unknown[] = ['41', at(1), null, at(9)]
const signed = (content: object, kind = 'revocation register') =>
  signStatement(kind, JSON.stringify(content), issuer.signer)

it.each([
  ['zero for a number', { number: '0', revoked: [] }],
  ['a number that begins with zero', { number: '012', revoked: [] }],
  ['a number below zero', { number: '-1', revoked: [] }],
  ['a number of 49 digits', { number: '1'.repeat(49), revoked: [] }],
  ['a number with text behind it', { number: '12x', revoked: [] }],
  ['a number that is no text', { number: 12, revoked: [] }],
  ['no number', { revoked: [] }],
  ['no revocations', { number: '12' }],
  ['a member more', { number: '12', revoked: [], more: 1 }],
  ['a row that is cut off', { number: '12', revoked: [ROW.slice(0, 3)] }],
  ['a row that is too long', { number: '12', revoked: [[...ROW, 1]] }],
  ['a reason that is none', { number: '12', revoked: [ROW.with(2, 'unspecified')] }],
  ['a date that is none', { number: '12', revoked: [ROW.with(1, 'yesterday')] }],
  ['an end that is none', { number: '12', revoked: [ROW.with(3, null)] }],
  ['a serial that is no text', { number: '12', revoked: [ROW.with(0, 41)] }],
])('rejects a register that the CA has signed with %s', async (_, content) => {
  const text = await signed(content)
  expect(await failureOf(() => parseRegister(text, ca))).toMatchObject({
    code: 'rejected',
    details: { reason: 'register', path: 'revocations.json' },
  })
})

it('takes a number of 48 digits', async () => {
  const number = '9'.repeat(48)
  expect(parseRegister(await signed({ number, revoked: [] }), ca).number).toBe(BigInt(number))
})

it('rejects a statement of another kind, and names the file and what to restore', async () => {
  const directory = await newDirectory()
  await writeRegister(directory, await signed({ number: '12', revoked: [] }, 'list state'))
  const error = await failureOf(() => readRegister(directory, issuer))
  const path = join(directory, 'revocations.json')
  expect(error.details).toEqual({ path, reason: 'register' })
  expect(error.message).toMatch(
    /^\S+revocations.json is not signed .* restore it from a backup, or /,
  )
  expect(error.message).toContain('remove it if crl.pem is the list published last')
})

it('K26: keeps the number of the last list beside the key, and 0 where none was signed', async () => {
  const directory = await newDirectory()
  expect(await readNumber({ directory })).toBe(0n)
  await recordNumber({ ...issuer, directory }, 120n)
  expect(await readFile(join(directory, 'crl.number'), 'utf8')).toBe('120\n')
  expect(await readNumber({ directory })).toBe(120n)
})

it.each([
  '',
  '\n',
  '0\n',
  '012\n',
  '-1\n',
  '1.5\n',
  '12',
  '12\n\n',
  ' 12\n',
  'x12\n',
  '1x\n',
  `${'1'.repeat(50)}\n`,
])(
  'K26: refuses %j for the number of the last list, and does not count from anew',
  async (text) => {
    const directory = await newDirectory()
    const path = join(directory, 'crl.number')
    await writeFile(path, text, { mode: 0o600 })
    const error = await failureOf(() => readNumber({ directory }))
    expect(error).toMatchObject({ code: 'malformed', details: { path } })
    expect(error.message).toMatch(/restore it/)
  },
)

it('K26: says to write the number of the list published last in place of a damaged one', async () => {
  const directory = await newDirectory()
  await writeFile(join(directory, 'crl.number'), 'x\n', { mode: 0o600 })
  const error = await failureOf(() => readNumber({ directory }))
  expect(error.details['reason']).toBe('crl-number')
  expect(error.message).toContain('write that of the list published last there')
})
