import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CORPUS } from '../../test/corpus.support.ts'
import { lintFile } from '../../test/rule-runs.support.ts'

const rule = 'service-access'
const grants = {
  frontend: { kinds: ['database'], callsTo: ['signing'] },
  signing: { calledBy: ['frontend'] },
}
const definesCa =
  "import { caPassphrase } from '@rekey/ca-keystore'\nexport const ca = caPassphrase()"
const definesVpn = "import { vpnKey } from '@rekey/vpn'\nexport const key = vpnKey()"

function lint(file: string, code: string, options: object = { grants }) {
  return lintFile(join(CORPUS, file), code, rule, false, [options])
}

const ids = (file: string, code: string, options?: object) =>
  lint(file, code, options).map(({ messageId }) => messageId)

describe('which service a file is of', () => {
  it.each([
    ['services/frontend/src/secrets.ts', ['kind']],
    ['services/frontend/secrets.ts', ['kind']],
    ['services/billing/services/frontend/src/secrets.ts', ['kind']],
    ['packages/frontend/src/secrets.ts', []],
    ['services/secrets.ts', []],
  ])('finds it in %s', (file, expected) => {
    expect(ids(file, definesCa)).toEqual(expected)
  })

  it('goes by another pattern', () => {
    const options = { grants, services: 'apps/vpn-{service}' }
    expect(ids('apps/vpn-frontend/src/secrets.ts', definesCa, options)).toEqual(['kind'])
    expect(ids('apps/frontend/src/secrets.ts', definesCa, options)).toEqual([])
    expect(ids('services/frontend/src/secrets.ts', definesCa, options)).toEqual([])
  })
})

it('does nothing without grants', () => {
  expect(ids('services/frontend/src/secrets.ts', definesCa, {})).toEqual([])
})

it('says once in a file that nothing is granted', () => {
  const reports = lint(
    'services/billing/src/secrets.ts',
    `${definesCa}\nexport const other = caPassphrase()`,
  )
  expect(reports).toMatchObject([{ messageId: 'noGrants', line: 2, column: 19, endColumn: 31 }])
})

it('knows further definers, and those it knew before', () => {
  const options = { grants, definers: { vpnKey: 'vpn-key' } }
  const file = 'services/signing/src/secrets.ts'
  expect(ids(file, definesVpn)).toEqual([])
  expect(ids(file, definesVpn, options)).toEqual(['kind'])
  expect(ids(file, definesCa, options)).toEqual(['kind'])
  expect(ids(file, "export const key = process.env['VPN_KEY_FRONTEND']", options)).toEqual(['name'])
})

it.each([
  [definesCa, 'signing is not granted a secret of the kind ca-passphrase.'],
  [
    "import { apiKeyTo } from '@rekey/api-key-auth'\nexport const key = apiKeyTo('frontend')",
    'signing is not granted the call signing → frontend.',
  ],
  [
    "export const url = process.env['DATABASE_FRONTEND']",
    'signing names a secret that it is not granted: the database of frontend.',
  ],
  [
    "export const url = process.env['API_KEY_FRONTEND_FRONTEND']",
    'signing names a secret that it is not granted: the key for frontend → frontend.',
  ],
  ["export * from '@rekey/service-frontend'", 'signing imports code of frontend,'],
])('says what is wrong with %s', (code, message) => {
  const [report] = lint('services/signing/src/secrets.ts', code)
  expect(report?.message).toContain(message)
})

it('does not repeat a peer that is no service', () => {
  const peer = 'x'.repeat(40)
  const code = `import { apiKeyTo } from '@rekey/api-key-auth'\nexport const key = apiKeyTo('${peer}')`
  const [report] = lint('services/signing/src/secrets.ts', code)
  expect(report?.message).toContain('the call signing → another service')
  expect(report?.message).not.toContain(peer)
})
