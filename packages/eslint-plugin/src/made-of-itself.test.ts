// @lane servers
import * as parser from '@typescript-eslint/parser'
import { TSESLint } from '@typescript-eslint/utils'
import { expect, it } from 'vitest'
import plugin from './index.ts'

/** Ways to make `x` of itself, alone or by way of `z`. */
const MADE = [
  ...['x = [x]', 'x = [[x], x]', 'x = [...x]', 'x = [x].flat()', '[x] = [x]', '[x] = x'],
  ...['x = { x }', 'x = { ...x }', "x = { 'auth': x }", '({ x } = x)', 'x = Object.assign(x, x)'],
  ...['x = x.y', 'x = x?.y', 'x = x[0]', 'x.y = x', 'x.push(x)', 'x = x.concat(x)'],
  ...['x = f(x)', 'x = new X(x)', 'x = String(x)', 'x = Buffer.from(x)', 'x = x.map((y) => x)'],
  ...['x = x + x', "x = x + 'a'", 'x += x', 'x = `${x}`', 'x = -x', 'x = x * x', 'x = x ** x'],
  ...['x ??= x', 'x = x || x', 'x = c ? x : y', 'x = (x, x)', 'x = x as any', 'x = await x'],
  ...['x = () => x()', 'x = function () { return x }', 'x = class { static x = x }'],
  ...['x = z; z = x', 'x = [z]; z = [x]', 'x = { z }; z = { x }', 'x = z + z; z = x + x'],
  ...['x = `${z}`; z = `${x}`', 'x = g(z); z = g(x)', 'x = process.env[x]', 'x = randomBytes(x)'],
]

/** What each of the rules looks at. */
const USES = [
  ...['console.log(x)', 'throw new Error(x)', 'res.send(x)', "spawn('a', x)", 'fetch(x)'],
  ...["span.setAttribute('a', x)", 'const wide: unknown = x', 'x.expose()', 'keep = x.expose()'],
  ...[
    'if (x === req.body.password) y()',
    'if (x.includes(apiKey)) y()',
    'switch (x) { case apiKey: }',
  ],
  ...['const apiKey = x', "const password = x || 'a'", 'const { token = x } = process.env'],
  ...["createHmac('sha256', x)", 'createCipheriv(x, x, x)', 'const token = Math.random() + x'],
  ...[
    "generateKeyPairSync('rsa', { modulusLength: x })",
    'z.object({ password: z.string().min(x) })',
  ],
  ...[
    'jwt.sign(a, x)',
    'jwt.verify(a, x, { algorithms: x })',
    "res.cookie('token', x, x)",
    "createHash('md5').update(x).update(x)",
    'session({ secret: x })',
    'session(x)',
    'new pg.Pool(x)',
    'createTransport(x)',
  ],
  ...[
    "app.get('/', x)",
    'await x; app.listen(1)',
    'app.listen(x)',
    'loadService(x, x)',
    'process.env[x]',
  ],
]

const IMPORTS = `import { createHash, createHmac, createCipheriv, randomBytes, generateKeyPairSync } from 'node:crypto'
import { spawn } from 'node:child_process'
import jwt from 'jsonwebtoken'
import pg from 'pg'
import session from 'express-session'
import { createTransport } from 'nodemailer'
import { loadService } from '@rekey/config-loader'
`

const PLACES: readonly ((made: string, use: string) => string)[] = [
  (made, use) => `export async function main(x, z, y, c, req, res) {\n${made}\n${use}\n}`,
  (made, use) => `let x, z\n${made}\n${use}`,
  (made, use) => `class A {\nasync go(x, z) {\nif (c) { ${made} }\n${use}\n}\n}`,
]

const linter = new TSESLint.Linter({ configType: 'flat', cwd: '/project' })
const CONFIG = { files: ['**/*.ts'], languageOptions: { parser } }

it.each(MADE)('no rule fails where a value is made of itself: %s', (made) => {
  for (const use of USES) {
    for (const place of PLACES) {
      const code = `${IMPORTS}${place(made, use)}`
      const messages = linter.verify(code, [CONFIG, ...plugin.configs.strict], {
        filename: '/project/file.ts',
      })
      const failed = messages.filter(({ messageId, fatal }) => fatal ?? messageId === 'ruleFailed')
      expect(failed.map(({ message }) => `${message}\n${code}`)).toEqual([])
    }
  }
})
