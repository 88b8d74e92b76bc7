import { tmpdir } from 'node:os'
import { expect, it } from 'vitest'
import { runProgram } from '../../test/commands/run-program.support.ts'

const rights = (...args: string[]) => runProgram(['rights', ...args])

it('prints the Vault policy of each service of the family and of its rotator', async () => {
  const { code, output } = await rights('vault:secret/vpn')
  expect(code).toBe(0)
  const heads = output.split('\n').filter((line) => line.startsWith('# '))
  expect(heads).toEqual(['# certtransparency', '# frontend', '# signing', '# rotator'])
})

it('prints the rights of one alone, ready to be applied', async () => {
  const { code, output } = await rights('aws:vpn', 'signing')
  expect(code).toBe(0)
  expect(JSON.parse(output)).toMatchObject({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow' }],
  })
  expect(output).toContain('secret:vpn/CA_PASSPHRASE_SIGNING-??????')
  expect(output).not.toContain('DATABASE_')
})

it('prints the same as JSON Lines', async () => {
  const all = await rights('vault:secret/vpn', '--json')
  expect(all.lines().map(({ who }) => who)).toContain('rotator')
  const chart = await rights('kubernetes:vpn', '--helm-values', '--json')
  expect(chart.lines()).toMatchObject([{ type: 'helm-values' }])
})

it('prints the rules of the rotator as values of the chart', async () => {
  const { code, output } = await rights('kubernetes:vpn', '--helm-values')
  expect(code).toBe(0)
  const { items } = JSON.parse((await rights('kubernetes:vpn', 'rotator')).output) as {
    items: [{ rules: object[] }]
  }
  const journal = { secrets: [] }
  expect(JSON.parse(output)).toEqual({ rbac: { rules: items[0].rules }, journal })
})

it.each([
  [['vault:secret/vpn', '--helm-values'], 2, 'rekey rights kubernetes:NAMESPACE --helm-values'],
  [['kubernetes:vpn', 'signing', '--helm-values'], 2, 'are those of the rotator'],
  [['vault:secret/vpn', 'nobody'], 2, 'name one of: certtransparency, frontend, signing, rotator'],
  [['dotenv:.env'], 1, 'name vault:MOUNT/PREFIX'],
  [['vault:secret/vpn', '--family', '/nowhere.json'], 2, '/nowhere.json declares no family'],
])('says what is wrong with %j', async (args, code, words) => {
  expect(await rights(...args)).toMatchObject({
    code,
    output: expect.stringContaining(words) as string,
  })
})

it('needs the directory of a family', async () => {
  const { code, output } = await runProgram(['rights', 'aws:vpn'], { cwd: tmpdir() })
  expect({ code, output }).toMatchObject({
    code: 2,
    output: expect.stringContaining('no family.json here') as string,
  })
})
