import { TSESLint } from '@typescript-eslint/utils'
import * as parser from '@typescript-eslint/parser'
import { describe, expect, it } from 'vitest'
import * as vue from 'vue-eslint-parser'
import plugin from './index.ts'

/** The lines at which `rule` reports something in a Vue component. */
function linesIn(component: string, rule: string): number[] {
  const linter = new TSESLint.Linter({ configType: 'flat' })
  const config: TSESLint.FlatConfig.Config = {
    files: ['**/*.vue'],
    languageOptions: { parser: vue, parserOptions: { parser } },
    plugins: { '@rekey': plugin },
    rules: { [`@rekey/${rule}`]: 'error' },
  }
  return linter.verify(component, config, { filename: 'page.vue' }).map(({ line }) => line)
}

const inTemplate = (line: string, script = '') =>
  `<script setup lang="ts">\nimport { secret } from './secret'\n${script}\n</script>\n<template>\n${line}\n</template>\n`

describe('a template of Vue', () => {
  it.each([
    ['a text', '<p>Key: {{ secret.expose() }}</p>'],
    ['an attribute', '<a :href="`/report?token=${secret.expose()}`">Report</a>'],
    ['HTML', '<p v-html="secret.expose()" />'],
    ['a prop of a component', '<MyPage :api-key="secret.expose()" />'],
    ['an object of attributes', '<p v-bind="{ title: secret.expose() }" />'],
    ['a text field', '<input :value="secret.expose()" />'],
  ])('shows a secret in %s', (_name, line) => {
    expect(linesIn(inTemplate(line), 'no-secret-in-response')).toEqual([6])
  })

  it.each([
    ['a label', '<p :title="secret.label">{{ secret.label }}</p>'],
    ['a test', '<p v-if="secret.expose()">{{ secret.expose().length }}</p>'],
    ['a handler', '<button @click="copy(secret.expose())" :key="secret.expose()" />'],
    ['a field for a password', '<input type="password" :value="secret.expose()" />'],
    ['an item with the name of a secret', '<li v-for="shown in labels">{{ shown }}</li>'],
    ['a parameter', '<p :title="labels.map((shown) => shown).join()" />'],
    ['a component that gets the Secret itself', '<MyPage :secret="secret" />'],
  ])('shows no secret in %s', (_name, line) => {
    const script = 'const shown = secret.expose()'
    expect(linesIn(inTemplate(line, script), 'no-secret-in-response')).toEqual([])
  })

  it('shows what a variable of the script holds, also of one that comes later', () => {
    const script = 'const shown = `Key: ${secret.expose()}`'
    const line = '<p>{{ shown }}</p>'
    expect(linesIn(inTemplate(line, script), 'no-secret-in-response')).toEqual([6])
    const first = `<template>\n${line}\n</template>\n<script setup>\n${script}\n</script>\n`
    expect(linesIn(first, 'no-secret-in-response')).toEqual([2])
  })

  it('shows what a function of the script gives', () => {
    const script = 'function shown() { return secret.expose() }'
    expect(linesIn(inTemplate('<p>{{ shown() }}</p>', script), 'no-secret-in-response')).toEqual([
      6,
    ])
  })

  it('shows the password of a user, but not the one that is typed into a form', () => {
    const rule = 'no-secret-name-in-output'
    expect(linesIn(inTemplate('<td>{{ user.password }}</td>'), rule)).toEqual([6])
    expect(linesIn(inTemplate('<Login :password="password" />'), rule)).toEqual([])
    expect(linesIn(inTemplate('<input :value="password" :type="shown" />'), rule)).toEqual([])
    expect(linesIn(inTemplate('<label>{{ t.password }}</label>'), rule)).toEqual([])
  })
})
