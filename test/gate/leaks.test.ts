import { issueApiKey } from '@rekey/api-key-auth'
import { findForTest } from '@rekey/testbed'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { GateReport } from '@rekey/eslint-plugin/internal/gate'
import { type Family, openFamily } from './family.ts'
import { newPrivateKey } from './random-text.ts'
import { runGateCommand } from './run-gate.ts'

const gitleaks = await findForTest('gitleaks')
const newKey = () => issueApiKey({ environment: 'prod' }).text.expose()

let family: Family
beforeEach(async () => {
  family = await openFamily()
})
afterEach(() => family[Symbol.asyncDispose]())

/** What the gate finds; of the code it reads only one file, since that takes seconds. */
async function findings(...args: readonly string[]) {
  const where = args.length === 0 ? ['eslint.config.js'] : args
  const { stdout, stderr, exitCode } = await runGateCommand([
    '--json',
    '--root',
    family.root,
    ...where,
  ])
  if (exitCode > 1) throw new Error(stderr)
  return { stdout, exitCode, findings: (JSON.parse(stdout) as GateReport).findings }
}

describe.runIf(gitleaks.found)('the search for leaks', { timeout: 60_000 }, () => {
  it('finds a key in the history that is gone from the tree, and never shows it', async () => {
    const key = newKey()
    await family.plant('notes.txt', `the key is ${key}\n`)
    await family.commit()
    await family.plant('notes.txt', 'nothing\n')
    await family.commit()
    const { stdout, exitCode, findings: found } = await findings()
    expect(exitCode).toBe(1)
    expect(found).toMatchObject([
      {
        check: 'leaks',
        rule: 'rekey-api-key',
        where: {
          file: 'notes.txt',
          line: 1,
          commit: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
        },
      },
    ])
    expect(stdout).not.toContain(key.slice(-20))
  })

  it('finds one that is not committed yet, and leaves alone what git ignores', async () => {
    await family.plant('.env', `KEY=${newKey()}\n`)
    await family.plant('deep/notes.txt', `\n${newKey()}\n`)
    const { findings: found } = await findings()
    expect(found).toMatchObject([
      { rule: 'rekey-api-key', where: { file: 'deep/notes.txt', line: 2 } },
    ])
  })

  it('finds a private key, even in the file where its armour alone is allowed', async () => {
    const file = 'packages/log-redactor/src/redactor.test.ts'
    await family.plant(file, `const pem = \`${newPrivateKey()}\`\n`)
    const { findings: found } = await findings()
    expect(found).toMatchObject([{ rule: 'private-key', where: { file, line: 1 } }])
  })

  it('searches what is staged, as it is staged', async () => {
    await family.plant('notes.txt', `${newKey()}\n`)
    await family.git('add', 'notes.txt')
    await family.plant('notes.txt', 'nothing\n')
    const { exitCode, findings: found } = await findings('--staged')
    expect(exitCode).toBe(1)
    expect(found).toMatchObject([{ rule: 'rekey-api-key', where: { file: 'notes.txt', line: 1 } }])
  })

  it('does not look beyond what is staged', async () => {
    await family.plant('notes.txt', `${newKey()}\n`)
    await family.plant('other.txt', 'nothing\n')
    await family.git('add', 'other.txt')
    expect(await findings('--staged')).toMatchObject({ exitCode: 0, findings: [] })
  })
})
