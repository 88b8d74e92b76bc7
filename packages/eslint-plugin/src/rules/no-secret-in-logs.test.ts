import { describe, expect, it } from 'vitest'
import { lint, readSnippets, type Snippet } from '../rule-runs.test.support.ts'

const PROLOGUE = `import { Secret, secret, login, type SecretVersion } from './secret.ts'\n`
const folder = 'no-secret-in-logs'
const leaking = ['leaking-values', 'leaking-sinks'].flatMap((file) =>
  readSnippets(`${folder}/${file}.ts`),
)
const clean = readSnippets(`${folder}/clean.ts`)

const report = ({ code }: Snippet, isTyped: boolean) => lint(PROLOGUE + code, folder, isTyped)
const expected = ({ tags }: Snippet) => (tags.has('object') ? 'secretObject' : 'exposedSecret')

describe.each([
  ['with types', true],
  ['without types', false],
])('%s', (mode, isTyped) => {
  const applies = ({ tags }: Snippet) => isTyped || !tags.has('typed')
  const certain = ({ tags }: Snippet) => !tags.has('known')

  it.each(leaking.filter(applies).filter(certain))('finds a secret printed: $title', (snippet) => {
    expect(new Set(report(snippet, isTyped))).toEqual(new Set([expected(snippet)]))
  })

  it.each(clean.filter(applies).filter(certain))('accepts: $title', (snippet) => {
    expect(report(snippet, isTyped)).toEqual([])
  })

  it('is as precise and complete over all snippets as documented', () => {
    const found = leaking.filter((snippet) => report(snippet, isTyped).length > 0).length
    const falseAlarms = clean.filter((snippet) => report(snippet, isTyped).length > 0).length
    const recall = found / leaking.length
    const precision = found / (found + falseAlarms)
    console.info(
      `no-secret-in-logs ${mode}: recall ${String(found)}/${String(leaking.length)} = ${recall.toFixed(3)}, ` +
        `precision ${String(found)}/${String(found + falseAlarms)} = ${precision.toFixed(3)}`,
    )
    expect(recall).toBeGreaterThan(isTyped ? 0.95 : 0.8)
    expect(precision).toBeGreaterThan(isTyped ? 0.95 : 0.9)
  })
})

it('can leave out Secrets that print only their label', () => {
  const code = `${PROLOGUE}console.log(secret)\nconsole.log(secret.expose())`
  expect(lint(code, folder, true, [{ secretObjects: false }])).toEqual(['exposedSecret'])
})
