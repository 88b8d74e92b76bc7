import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { lint, messages, runCases } from '../../test/rule-runs.support.ts'
import { noSecretNameInOutput } from './no-secret-name-in-output.ts'

const name = 'no-secret-name-in-output'
const LEAVE_OUT =
  'Leave it out, or make it a Secret; if it is none, give it a name that shows that.'
const NOT_IN_ARGV =
  'Every user of the machine can list command lines: give it in the environment or on the standard input.'
const params = 'declare const password: string, x: any, req: any, user: any\n'

const leaking = [
  'console.log(password)',
  'console.log(`login ${password}`)',
  "console.log('login ' + req.body.password)",
  'console.log(user.getPassword())',
  "console.log(process.env['API_KEY'])",
  'console.log(process.env)',
  'console.log(JSON.stringify(process.env))',
  'console.log(req.headers.authorization)',
  'const { clientSecret } = x; console.log(clientSecret)',
  'const signingKey = x(); console.log(signingKey)',
  "console.log(password.replace(/a/g, '*'))",
  'const details = { x: password }; req.log.info(details)',
  'function print(text: string) { console.log(text) }\nprint(password)',
  "console.log(process.env['DATABASE_URL'])",
  "let password = ''\npassword = req.body.text\nconsole.log(password)",
]

const clean = [
  'console.log(user.passwordHash, user.hashed_password, user.encryptedPassword)',
  'console.log(password.length)',
  'console.log(password !== undefined, typeof password, !password)',
  'console.log(x.tokenCount, x.maxTokens, x.totalTokens, x.tokenExpiresAt)',
  'console.log(x.secretName, x.apiKeyId, x.secretVersion, x.keyPath, x.passwordPolicy)',
  'console.log(x.hasPassword, x.isSecret, x.publicKey, x.key, x.author)',
  'console.log(x.IncorrectPasswordError, x.tokenEndpoint, x.secretStore)',
  "const token = 'plus'; console.log(token)",
  "const shown = password ? 'set' : 'missing'; console.log({ password: shown })",
  'function hash(text: string) { return text.length }\nconst secret = hash(x); console.log(secret)',
  "console.log(password.replace(/./g, '*'), password.replace(new RegExp('.', 'g'), '*'))",
  'const { password: _, ...rest } = { password, id: 1 }; console.log(rest)',
  "console.log(process.env['NODE_ENV'])",
  'x.checkPassword(password); console.log(x.checkPassword(password))',
  'declare function blog(text: string): void\nblog(password)',
]

const cleanWithTypes = [
  'declare const token: { kind: number; end: number }; console.log(token)',
  "declare const token: 'plus' | 'minus'; console.log(token)",
  'declare const secret: boolean; console.log({ secret })',
]

runCases('no-secret-name-in-output', noSecretNameInOutput, (mode) => ({
  valid: [...clean, ...(mode === 'typed' ? cleanWithTypes : [])].map((code) => params + code),
  invalid: [
    ...leaking.map((code) => ({
      code: params + code,
      errors: [{ messageId: 'suspiciousName' as const }],
    })),
    {
      code: 'console.info("hi", user.password)',
      errors: [
        {
          messageId: 'suspiciousName',
          data: { source: 'user.password', line: 1, sink: 'console.info', advice: LEAVE_OUT },
          line: 1,
          column: 20,
          endColumn: 33,
        },
      ],
    },
    {
      name: 'suggests to leave the property out',
      code: 'console.log({ user, password })',
      errors: [
        {
          messageId: 'suspiciousName',
          suggestions: [
            {
              messageId: 'dropProperty',
              data: { property: 'password' },
              output: 'console.log({ user })',
            },
          ],
        },
      ],
    },
    {
      name: 'says what to do instead of naming it in a command line',
      code: "import { spawn } from 'node:child_process'\nspawn('x', [user.password])",
      errors: [
        {
          messageId: 'suspiciousName',
          data: { source: 'user.password', line: 2, sink: 'spawn', advice: NOT_IN_ARGV },
        },
      ],
    },
    {
      code: 'audit.info(password)',
      options: [{ loggers: ['audit'] }],
      errors: [{ messageId: 'suspiciousName' }],
    },
  ],
}))

it('takes the word of a configured sanitizer', () => {
  const code = 'function clean(text) { return text }\nconsole.log(clean(password))'
  expect(lint(code, name, false)).toEqual(['suspiciousName'])
  expect(lint(code, name, false, [{ sanitizers: ['clean'] }])).toEqual([])
})

it('leaves what is certain to no-secret-in-logs', () => {
  expect(lint('const password = secret.expose(); console.log(password)', name, false)).toEqual([])
})

it('never repeats a text of the code in its message', () => {
  const literal = randomBytes(16).toString('hex')
  const code = `pino('${literal}').info(read('${literal}')['${literal}'].password)`
  expect(lint(code, name, false)).toEqual(['suspiciousName'])
  expect(messages(code, name).join()).not.toContain(literal)
})

it('is not slowed down by code that refers to itself in circles', () => {
  const names = Array.from({ length: 60 }, () => `v${randomBytes(4).toString('hex')}`)
  const code = names.map((each) => `let ${each} = [${names.join(', ')}];`).join('\n')
  expect(lint(`${code}\nconsole.log(${names.join(', ')})`, name, false)).toEqual([])
})
