import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const script = readFileSync(new URL('../../.ci/run', import.meta.url), 'utf8')
const workflow = readFileSync(new URL('../../.github/workflows/ci.yml', import.meta.url), 'utf8')
const { scripts } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { scripts: Readonly<Record<string, string>> }

/** The checks that a text runs, by the names of the scripts in package.json that run the same. */
function checksIn(text: string): string[] {
  const commands = text.matchAll(/(?:npm run|npm|npx nx|nx) (?!affected)([a-z:]+)/g)
  const affected = /nx affected -t ([\w -]+)/.exec(text)?.[1]?.split(' ') ?? []
  const names = [...commands].map(([, name = '']) => name)
  const known = ['sync:check', 'gate', ...namesOf(scripts['check'] ?? '')]
  const all = [...names, ...affected.map((name) => name.replace('package-', 'packages:'))]
  return known.filter((name) => all.includes(name)).toSorted()
}

function namesOf(check: string): string[] {
  const commands = check.split(' && ').map((command) => command.split(' ').at(-1) ?? '')
  return commands.filter((name) => name in scripts)
}

it('.ci/run, the workflow and npm run check with the gate run the same checks', () => {
  const all = checksIn(`${scripts['check'] ?? ''} && npm run gate`)
  expect(all).toContain('knip')
  expect(all).toContain('test')
  expect(checksIn(script)).toEqual(all)
  expect(checksIn(workflow)).toEqual(all)
})
