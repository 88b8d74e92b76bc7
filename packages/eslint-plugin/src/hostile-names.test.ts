// @lane servers
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CORPUS } from '../test/corpus.support.ts'
import plugin from './index.ts'
import { lintAll } from '../test/rule-runs.support.ts'

/** The names that every object, function, list, text or promise has without anybody having given them. */
const INHERITED = [Object, Function, Array, String, Promise, Map].flatMap(({ prototype }) =>
  Object.getOwnPropertyNames(prototype),
)
const NAMES = [...new Set(INHERITED)]

/** Names that mean something to some rule. */
const MEANT =
  'token apiKey process env crypto randomBytes createHmac hex rsa Secret expose loadService listen'.split(
    ' ',
  )

/** Places for a name that may be a reserved word. */
const KEY_PLACES: readonly ((name: string) => string)[] = [
  (name) => `a.${name}(token)`,
  (name) => `a?.${name}?.(apiKey).${name}.x`,
  (name) => `new a.${name}(password)`,
  (name) => `a.${name}\`x\${token}\``,
  (name) => `a['${name}'] = process.env.API_KEY || '${name}'`,
  (name) => `a[\`${name}\`] += Math.random()`,
  (name) => `process.env.${name}; process.${name}; globalThis.${name}; import.meta.${name}`,
  (name) => `process.env['${name}'] ?? '${name}'`,
  (name) => `console.${name}(token); logger.${name}({ ${name}: token }); res.${name}({ password })`,
  (name) => `console.log(token.${name}(password), token.${name}, headers.get('${name}'))`,
  (name) => `const { ${name}: apiKey = '${name}' } = process.env; log(apiKey.${name}())`,
  (name) => `log({ ${name}: { ${name}: secret.expose() } }.${name}.${name})`,
  (name) => `const it = { '${name}': token }; it.${name}.${name} = secret.expose(); log(it)`,
  (name) => `class It { ['${name}'] = apiKey; ${name}() { return this.${name}(token) } }`,
  (name) => `import { "${name}" as it } from 'node:crypto'; const key = it(8); it(8, key)`,
  (name) => `import { "${name}" as it } from '@rekey/secret'; it({ name: '${name}' })`,
  (name) => `import it, * as all from '${name}'; it('x'); new it('x'); all.${name}('x')`,
  (name) => `require('${name}').${name}(8, token); import('node:${name}')`,
  (name) => `export * from '${name}'; export { it as "${name}" } from './${name}'`,
  (name) => `crypto.${name}('sha256', 'x'); new crypto.${name}(8); crypto.subtle.${name}({}, 1)`,
  (name) => `Buffer.from(randomBytes(4), '${name}'); Buffer.${name}(token, '${name}')`,
  (name) => `const secretKey = randomBytes(4).${name}('${name}').${name}(0, 2)`,
  (name) => `crypto.generateKeyPairSync('${name}', { modulusLength: 512, ${name}: 1 })`,
  (name) => `crypto.createDiffieHellmanGroup('${name}'); crypto.createECDH('${name}')`,
  (name) => `crypto.createHmac('${name}', '${name}').update(body).digest('${name}') === token`,
  (name) => `app.${name}(session, { secret: '${name}' }); app.register(a.${name}, { key: 'x' })`,
  (name) =>
    `server.on('${name}', (token) => { token.${name}(token) }); app.${name}('/', () => token)`,
  (name) => `if (token === a.${name} || a.${name}.includes(token) || token.${name}(apiKey)) log(1)`,
  (name) => `switch (req.headers.${name}) { case password.${name}: log('${name}') }`,
  (name) =>
    `const schema = { apiKey: z.string().${name}(4), password: { type: '${name}', ${name}: 1 } }`,
  (name) =>
    `Promise.${name}([loadService(it)]); await a.${name}(loadService(it)).${name}(a.${name})`,
  (name) =>
    `apiKeyTo('${name}'); database('${name}'); it = { ownerRole: '${name}', name: '${name}' }`,
  (name) => `execFile('x', ['${name}', token].${name}(1)); spawn('${name}', [a.${name}(token)])`,
  (name) => `span.${name}('${name}', token); Sentry.${name}({ ${name}: token })`,
  (name) => `expect(token).${name}(password); assert.${name}(token, password); t.${name}(token)`,
  (name) => `[token].${name}((each) => log(each.${name}))`,
]

/** Places for a name that has to be an identifier. */
const NAME_PLACES: readonly ((name: string) => string)[] = [
  (name) => `${name}('x'); ${name}(token); new ${name}('x', apiKey); ${name}\`\${token}\``,
  (name) => `${name}.${name}(token); throw ${name}(token)`,
  (name) => `${name} ??= Math.random(); ${name} === token`,
  (name) => `const ${name} = ${name}(secret.expose()); log(${name}, typeof ${name})`,
  (name) => `function ${name}(${name} = 'x') { return ${name}(token, ...${name}) }`,
  (name) => `class ${name} extends ${name} { constructor(token) { super(token) } }`,
  (name) => `import ${name} from '${name}'; ${name}(token); ${name}.${name}({ secret: 'x' })`,
  (name) => `import { ${name} } from 'node:crypto'; ${name}('x', token)`,
  (name) => `const { ${name} } = require('crypto'); exports.${name} = ${name}(4)`,
  (name) => `const ${name} = await import('x'); for (const apiKey of ${name}) log(apiKey)`,
  (name) => `export const apiKey = ${name}(1) || '${name}'; export default ${name}`,
  (name) => `const it = <${name} ${name}={token} token="${name}">{${name}(token)}</${name}>`,
]

const TYPED_PLACES: readonly ((name: string) => string)[] = [
  (name) => `type It = { ${name}: string }; const it = { ${name}: token } as It; log(it.${name})`,
  (name) => `enum It { ${name} } ; log(It.${name} === token)`,
  (name) => `interface It { ${name}(): void }; declare const it: It; it.${name}(); log(it)`,
]

const isIdentifier = (name: string) => /^[A-Za-z_$][\w$]*$/.test(name)
const RESERVED = new Set(['with', 'catch', 'finally', 'delete', 'arguments', 'eval'])
const isBinding = (name: string) => isIdentifier(name) && !RESERVED.has(name)

const isModuleCode = (code: string) => /^(?:im|ex)port\b(?!\()/.test(code)

/** Code with that name in all places, apart from each other. */
function filesFor(name: string): string[] {
  const places = [
    ...(isIdentifier(name) ? KEY_PLACES : []),
    ...(isBinding(name) ? NAME_PLACES : []),
  ].map((place) => place(name))
  const blocks = places.filter((code) => !isModuleCode(code)).map((code) => `{ ${code} }`)
  return [...places.filter(isModuleCode), blocks.join('\n')]
}

/** Without these words most rules look no further. */
const WORDS =
  '/* crypto hmac jwt session Secret expose password zod @rekey/secret loadService log */'

/** What the rules that ended early have reported in place of findings. */
function failures(code: string, isTyped: boolean, file = `${CORPUS}file.${isTyped ? 'ts' : 'js'}`) {
  return lintAll(file, `${WORDS} ${code}`, isTyped).flatMap(({ message, messageId, fatal }) =>
    messageId === 'ruleFailed' || fatal === true ? [message] : [],
  )
}

describe('no rule of the plugin ends early in code', () => {
  it.each(NAMES)('that calls, reads, imports and declares something called %s', (name) => {
    for (const code of filesFor(name)) expect(failures(code, false), code).toEqual([])
  })

  it('that is of a service with such a name', () => {
    const code = "import { apiKeyTo } from '@rekey/secret'; apiKeyTo('signing')"
    const found = NAMES.filter(isIdentifier).flatMap((name) =>
      failures(code, false, `${CORPUS}services/${name}/it.js`),
    )
    expect(found).toEqual([])
  })

  it('with types, whatever in it has such a name', { timeout: 120_000 }, () => {
    for (const name of Object.getOwnPropertyNames(Object.prototype)) {
      const places = [...KEY_PLACES, ...TYPED_PLACES].map((place) => place(name))
      const blocks = places.filter((code) => !isModuleCode(code))
      const code = blocks.map((part) => `async () => { ${part} }`).join('\n')
      expect(failures(code, true), name).toEqual([])
    }
  })

  it('that is put together at random out of such names', { timeout: 120_000 }, () => {
    const name = fc.constantFrom(...[...NAMES, ...MEANT].filter(isBinding))
    const statement = fc
      .tuple(fc.constantFrom(...KEY_PLACES, ...NAME_PLACES), name)
      .map(([place, chosen]) => place(chosen))
      .filter((code) => !isModuleCode(code))
    const nested = fc
      .tuple(statement, name, fc.array(statement, { maxLength: 5 }))
      .map(([first, owner, others]) => {
        const inner = others.map((each) => `{ ${each} }`).join('\n')
        return `{ ${first} }\nasync function ${owner}(token) { ${inner} }\n${owner}(secret.expose())`
      })
    fc.assert(
      fc.property(nested, (code) => {
        expect(failures(code, false)).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})

it('has every rule in the run', () => {
  const rules = Object.keys(plugin.rules).map((rule) => `@rekey/${rule}`)
  const code = "console.log(secret.expose()); token === req.headers.token; apiKey = 'x'"
  const reported = lintAll(`${CORPUS}file.js`, code, false).map(({ ruleId }) => ruleId)
  expect(rules).toEqual(expect.arrayContaining(reported))
  expect(reported).toContain('@rekey/no-secret-in-logs')
})
