import { expect, it } from 'vitest'
import { Secret, type SecretVersion } from '../index.ts'
import { defineKind } from './index.ts'

const createdAt = new Date(0)
const value = Secret.of('a text', 'TEXT_ALPHA')
const version: SecretVersion = {
  ...{ name: 'TEXT_ALPHA', version: '1', stage: 'current', createdAt, value },
  sensitive: [value],
}
const text = {
  kind: 'text',
  parties: ['service'],
  spec: {},
  storeName: () => 'TEXT_ALPHA',
} as const

it('a version lives as long as the store knows, unless its kind knows better', () => {
  expect(defineKind(text).lifeOf(version)).toEqual({ createdAt })
  const expiresAt = new Date(1)
  expect(defineKind({ ...text, lifeOf: () => ({ expiresAt }) }).lifeOf(version)).toEqual({
    expiresAt,
  })
})
