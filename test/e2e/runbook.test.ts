import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { openStack, type Stack } from '@rekey/stack'
import { runSourceFlags } from '@rekey/testbed'
import { afterAll, beforeAll, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))
let stack: Stack

beforeAll(async () => {
  stack = await openStack({ validationMs: 200 })
}, 120_000)
afterAll(() => stack.close())

/** What a document tells its reader to type. */
async function commandsIn(document: string): Promise<string[]> {
  const path = new URL(`../../${document}`, import.meta.url)
  const commands = (await readFile(path, 'utf8')).matchAll(/npm run rekey -- ([^`\n|]+)/g)
  return [...commands].map(([, command = '']) => command.trim())
}

it.each(['README.md', 'docs/runbooks/development.md'])(
  'every rekey command in %s works',
  async (document) => {
    const commands = await commandsIn(document)
    expect(commands.length).toBeGreaterThan(2)
    for (const command of commands) {
      const args = [...runSourceFlags(), MAIN, ...command.split(' '), '--stack', stack.directory]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
      const [stderr, [code]] = await Promise.all([
        text(child.stderr),
        once(child, 'exit') as Promise<[number]>,
      ])
      expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' })
    }
  },
  120_000,
)
