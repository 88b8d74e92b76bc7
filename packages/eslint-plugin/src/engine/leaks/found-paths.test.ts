import { TSESLint } from '@typescript-eslint/utils'
import { expect, it } from 'vitest'
import plugin from '../../index.ts'
import { type FoundPath, withPaths } from './found-paths.ts'

const CODE = `import { secret } from './secret.ts'
const value = secret.expose()
const user = { name: 'x', password: value }
const { password: hidden } = { ...user }
const line = \`password \${hidden}\`
function show(text) {
  console.log(text)
}
show(line)
`

async function pathsIn(code: string, rule: string): Promise<(FoundPath | undefined)[]> {
  const linter = new TSESLint.Linter({ configType: 'flat', cwd: '/project' })
  const filename = '/project/file.js'
  const { result, pathOf } = await withPaths(() =>
    Promise.resolve(
      linter.verify(
        code,
        { plugins: { '@rekey': plugin }, rules: { [rule]: 'error' } },
        { filename },
      ),
    ),
  )
  return result.map(({ ruleId, line, column }) => pathOf(filename, ruleId, line, column))
}

it('keeps each step of a value from where it comes out of a Secret', async () => {
  const [path] = await pathsIn(CODE, '@rekey/no-secret-in-logs')
  expect(path?.confidence).toBe('value')
  expect(path?.steps.map(({ line, text }) => `${line} ${text}`)).toEqual([
    '2 source: secret.expose()',
    '3 variable value',
    '3 in an object',
    '4 spread: user',
    '4 in an object',
    '5 destructured as hidden',
    '5 in a template',
    '9 variable line',
    '7 parameter text',
  ])
})

it.each([
  ['console.log(password)', '@rekey/no-secret-name-in-output', 'name'],
  ['if (request.headers.key === apiKey) open()', '@rekey/no-timing-unsafe-name-compare', 'name'],
  ['if (request.body.key === secret.expose()) open()', '@rekey/no-timing-unsafe-compare', 'value'],
])('says how sure the rule is: %s', async (code, rule, confidence) => {
  expect((await pathsIn(code, rule)).map((path) => path?.confidence)).toEqual([confidence])
})

it('keeps no more than forty steps of a long way', async () => {
  const aliases = Array.from({ length: 200 }, (_, index) => `const a${index + 1} = a${index}`)
  const code = ['const a0 = password', ...aliases, 'console.log(a200)'].join('\n')
  const [path] = await pathsIn(code, '@rekey/no-secret-name-in-output')
  expect(path?.steps).toHaveLength(40)
  expect([path?.steps[0]?.line, path?.steps.at(-1)?.line]).toEqual([1, 202])
})
