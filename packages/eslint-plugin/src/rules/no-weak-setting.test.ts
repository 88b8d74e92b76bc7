import { describe, expect, it } from 'vitest'
import { lint, lintWith, messages } from '../../test/rule-runs.support.ts'

const RULE = 'no-weak-setting'

describe('no-weak-setting', () => {
  it('states what the setting does, and what to do in its place', () => {
    const code = "import jwt from 'jsonwebtoken'\njwt.verify(token, key, { algorithms: ['none'] })"
    expect(messages(code, RULE)).toEqual([
      'algorithms of jwt.verify makes or accepts tokens without a signature, which every caller can write. Name an algorithm with a key, such as HS256 or ES256.',
    ])
    expect(messages("process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'", RULE)).toEqual([
      'NODE_TLS_REJECT_UNAUTHORIZED has the connection accept any server that answers, and hand it the secrets. Remove it, and name the certificate of a private authority in NODE_EXTRA_CA_CERTS.',
    ])
  })

  it('shows no text of the file but names', () => {
    const value = 'x'.repeat(8)
    const code = `import jwt from 'jsonwebtoken'\njwt.sign({ user: '${value}' }, '${value}', { algorithm: 'none' })\nexport const set = (res) => res.cookie('token', '${value}')`
    const shown = messages(code, RULE)
    expect(shown).toHaveLength(2)
    expect(shown.join()).not.toContain(value)
  })

  it('allows the kinds of the option', () => {
    const code =
      "export const set = (res, jwt) => res.cookie('a', jwt, { httpOnly: false, secure: false })"
    expect(lint(code, RULE, false)).toEqual(['scriptCookie', 'plainCookie'])
    expect(lint(code, RULE, false, [{ allow: ['plainCookie'] }])).toEqual(['scriptCookie'])
  })

  it('knows the rows of the settings', () => {
    const code = "import { open } from 'vault-of-ours'\nopen('host', { proof: 'off' })"
    const row = { modules: ['vault-of-ours'], calls: ['open'], at: ['1.proof'], is: ['off'] }
    const weakens = [{ ...row, kind: 'unsigned', use: 'Leave proof on.' }]
    expect(lintWith(code, RULE, {})).toEqual([])
    expect(lintWith(code, RULE, { '@rekey': { models: { weakens } } })).toEqual(['unsigned'])
    expect(() => lintWith(code, RULE, { '@rekey': { models: { weakens: [row] } } })).toThrow(
      /weakens\[0\]: must have kind/,
    )
  })
})
