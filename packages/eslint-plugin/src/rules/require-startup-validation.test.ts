import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lintFile, runCases } from '../../test/rule-runs.support.ts'
import { requireStartupValidation } from './require-startup-validation.ts'

const LOADER = "import { loadService } from '@rekey/config-loader'\n"
const given = `${LOADER}import { app, definition } from './app.ts'\n`

/** What nothing waits for, and how it is waited for. */
const awaited = [
  ['loadService(definition)', 'await loadService(definition)'],
  ['void loadService(definition)', 'await loadService(definition)'],
  ['const service = loadService(definition)', 'const service = await loadService(definition)'],
  [
    'export async function start() { loadService(definition) }',
    'export async function start() { await loadService(definition) }',
  ],
] as const

runCases('require-startup-validation', requireStartupValidation, () => ({
  valid: [
    { code: 'await loadSecrets()\napp.listen(1)', options: [{ loaders: ['loadSecrets'] }] },
    { code: 'app.listen(1)', options: [{ listeners: ['connect'] }] },
    `${LOADER}export function start() { return app.listen(0) }`,
    'app.listen(1)',
    "import type { Service } from '@rekey/config-loader'\napp.listen(1)",
  ],
  invalid: [
    ...awaited.map(([code, output]) => ({
      code: given + code,
      errors: [
        {
          messageId: 'notAwaited' as const,
          data: { loader: 'loadService' },
          suggestions: [{ messageId: 'awaitIt' as const, output: given + output }],
        },
      ],
    })),
    ...['export function start() { loadService() }', 'loadService()'].map((code) => ({
      code: code.startsWith('export')
        ? given + code
        : `const { loadService } = require('@rekey/config-loader')\n${code}`,
      errors: [{ messageId: 'notAwaited' as const }],
      name: `${code}, where await is not allowed`,
    })),
    {
      code: `${LOADER}export function start() { return app.listen(0) }`,
      options: [{ checkExported: true }],
      errors: [
        {
          messageId: 'listenBeforeLoad',
          data: { listener: 'app.listen', loader: 'loadService' },
          line: 2,
          column: 34,
          endColumn: 47,
        },
      ],
    },
    {
      code: 'bot.connect()',
      options: [{ listeners: ['connect'], loaders: ['loadSecrets', 'loadKeys'] }],
      errors: [
        {
          messageId: 'listenBeforeLoad',
          data: { listener: 'bot.connect', loader: 'loadSecrets or loadKeys' },
        },
      ],
    },
  ],
}))

describe('a service that listens without having loaded anything', () => {
  const rule = 'require-startup-validation'

  /** What is reported in `service/src/main.ts` of a project with these files. */
  async function reportedIn(files: Readonly<Record<string, unknown>>, options: unknown[] = []) {
    const root = await mkdtemp(join(tmpdir(), 'rekey-startup-'))
    try {
      await mkdir(join(root, 'service/src'), { recursive: true })
      for (const [name, content] of Object.entries(files)) {
        const text = typeof content === 'string' ? content : JSON.stringify(content)
        await writeFile(join(root, name), text)
      }
      const file = join(root, 'service/src/main.ts')
      return lintFile(file, 'app.listen(1)', rule, false, options, root).map(
        ({ messageId }) => messageId,
      )
    } finally {
      await rm(root, { recursive: true })
    }
  }

  const uses = (list: string) => ({ name: 'x', [list]: { '@rekey/config-loader': '0.0.0' } })

  it.each(['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'])(
    'is reported where the nearest package.json has the loader in its %s',
    async (list) => {
      expect(await reportedIn({ 'package.json': uses(list) })).toEqual(['listenBeforeLoad'])
      expect(await reportedIn({ 'package.json': {}, 'service/package.json': uses(list) })).toEqual([
        'listenBeforeLoad',
      ])
    },
  )

  it('is left alone until its package uses the loader', async () => {
    expect(await reportedIn({})).toEqual([])
    expect(await reportedIn({ 'package.json': { dependencies: { express: '5' } } })).toEqual([])
    expect(
      await reportedIn({ 'package.json': uses('dependencies'), 'service/package.json': {} }),
    ).toEqual([])
    expect(await reportedIn({ 'package.json': '{ "dependencies": ' })).toEqual([])
    expect(await reportedIn({ 'package.json': '[]' })).toEqual([])
  })

  it('is reported wherever a loader of its own is named in the options', async () => {
    expect(await reportedIn({}, [{ loaders: ['loadSecrets'] }])).toEqual(['listenBeforeLoad'])
  })
})
