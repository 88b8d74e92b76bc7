import { expect, it } from 'vitest'
import { defineFamily } from './index.ts'
import { leakRules } from './internal.ts'

const services = ['portal', 'billing']

it('derives the rule of gitleaks for the API keys of a family from their format', () => {
  const family = defineFamily({ services, secrets: { 'api-key': ['portal:billing'] } })
  const [rule, ...others] = leakRules(family)
  expect(others).toEqual([])
  const [, pattern = ''] = /regex = '''(.*)'''/.exec(rule?.toml ?? '') ?? []
  const sample = rule?.sample() ?? ''
  expect(sample).toMatch(new RegExp(pattern))
  expect(rule?.sample()).not.toBe(sample)
  expect(leakRules()).toContainEqual(expect.objectContaining({ id: 'rekey-api-key' }))
})

it('derives no rule for a family without secrets of a format of their own', () => {
  expect(leakRules(defineFamily({ services, databases: [{ service: 'portal' }] }))).toEqual([])
})
