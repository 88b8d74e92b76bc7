import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { Secret, type SecretVersion } from '@rekey/secret'
import { expect, it } from 'vitest'
import { tlsKind } from './index.ts'

const OPENSSL = 'openssl'
const createdAt = new Date('2026-01-01T00:00:00Z')

function version(text: string): SecretVersion {
  const value = Secret.of(text, 'NAME')
  return { name: 'NAME', version: '1', stage: 'current', value, sensitive: [value], createdAt }
}

/** A private key, then a certificate that is good for so many days. */
function identity(days: number): string {
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const args = [...made, '-days', String(days), '-subj', '/CN=a', '-keyout', '-', '-out', '-']
  return execFileSync(OPENSSL, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}

it('takes the life of a certificate from itself, not from the store', () => {
  const life = tlsKind.lifeOf(version(identity(90)))
  const days = (Number(life.expiresAt) - Number(life.createdAt)) / 86_400_000
  expect(days).toBe(90)
  expect(life.createdAt).not.toEqual(createdAt)
})

it('knows no life of a certificate that cannot be read', () => {
  const text = `-----BEGIN CERTIFICATE-----\n${randomBytes(32).toString('base64')}\n`
  expect(tlsKind.lifeOf(version(text))).toEqual({})
})
