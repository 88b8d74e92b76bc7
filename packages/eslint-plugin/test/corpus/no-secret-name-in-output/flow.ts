// ---- a-secret-for-hashes-of-passwords
console.log(config.passwordHashSecret) // expect: suspiciousName

// ---- a-secret-for-hashes
console.log(process.env.TOKEN_HASH_SECRET) // expect: suspiciousName

// ---- all-of-the-url-of-a-server
const url = new URL(process.env.DATABASE_URL)
console.log(url.href) // expect: suspiciousName

// ---- parts-of-the-url-of-a-server
const url = new URL(process.env.DATABASE_URL)
console.log(url.hostname, url.pathname, url.port)

// ---- made-pretty-by-another-file
import { pretty } from './pretty.ts'
export function f(password) {
  console.log(pretty(password)) // expect: suspiciousName
}

// ---- checked-by-another-file
import { check } from './check.ts'
export function f(password) {
  console.log(check(password))
}

// ---- the-first-characters-of-a-password
console.log(user.password.slice(0, 4) + '***') // expect: suspiciousName

// ---- the-last-four-characters-of-a-token
console.log('****' + user.token.slice(-4))

// ---- under-a-constant-key
const key = 'password'
console.log(user[key]) // expect: suspiciousName

// ---- wrapped-by-an-unknown-function
const { wrap } = require('x')
export function f(user) {
  const line = wrap(user.password)
  console.log(line) // expect: suspiciousName
}

// ---- a-result-of-a-sign-in
export async function f(user) {
  const result = await login(user.name, user.password)
  console.log(result)
}

// ---- a-known-text
export function f(password) {
  if (password === 'none') {
    console.log(password)
  }
}

// ---- a-text-of-a-list
if (['none', 'basic'].includes(config.token)) console.log(config.token)

// ---- decoded-claims
const payload = jwt.decode(token)
console.log(payload)

// ---- hashes-of-tokens
console.log(user.passwordHash, session.tokenHash)

// ---- members-of-an-enumeration
console.log(ErrorCode.INVALID_PASSWORD, TokenType.Bearer, ErrorCodes.WrongPassword)

// ---- yielded-names
function* names() {
  for (const user of users) yield user.name
}
console.log([...names()])

// ---- beside-what-was-written.js
const { spawn } = require('node:child_process')
module.exports = (project, password) => {
  project.write(password)
  return spawn('node', [project.root])
}

// ---- a-mask-that-shows-characters-of-a-password
const maskLogin = (user: string, password: string) => `${user}:${password[0]}***${password[password.length - 1]}`

export function report(user: string, password: string) {
  console.log(maskLogin(user, password)) // expect: suspiciousName
}

// ---- a-mask-that-shows-characters-of-a-user
const maskLogin = (user: string, password: string) => `${user[0]}***:${password.replace(/[a-z]/g, '*')}`

export function report(user: string, password: string) {
  console.log(maskLogin(user, password))
}

// ---- what-an-export-is-called-with.js
exports.report = (line) => {
  console.log(line) // expect: suspiciousName
}

exports.signIn = (user, password) => exports.report(`${user} ${password}`)

// ---- what-another-export-is-called-with.js
exports.report = (line) => {
  console.log(line)
}

exports.signIn = (user, password) => exports.check(`${user} ${password}`)

// ---- another-entry-of-a-table.js
const settings = new Map()
settings.set('password', process.env.DB_PASSWORD)
settings.set('region', process.env.REGION)
console.log(settings.get('region'))
console.log(settings.get('password')) // expect: suspiciousName

// ---- an-entry-that-is-chosen-at-run-time.js
const settings = new Map()
settings.set('password', process.env.DB_PASSWORD)
export const show = (name) => console.log(settings.get(name)) // expect: suspiciousName

// ---- an-entry-put-under-a-name-of-run-time.js
const settings = new Map()
export const keep = (name, password) => settings.set(name, password)
console.log(settings.get('region')) // expect: suspiciousName

// ---- an-entry-of-a-map-that-is-written-out.js
const settings = new Map([['password', process.env.DB_PASSWORD]])
console.log(settings.get('password')) // expect: suspiciousName

// ---- whether-passwords-are-switched-on.js
export const render = (response, local) =>
  console.log({ enablePassword: local.password })

// ---- a-challenge-of-acme.js
export const failed = (log, token) => log.error(`acme: challenge ${token} failed`)

// ---- a-connection-string-with-a-mask.js
export const failed = (connectionString) =>
  console.error(connectionString.replace(/(mongo.*?:\/\/.*?:).*?@/, '$1****@'))

// ---- a-password-with-another-text-in-it.js
export const failed = (password) => console.error(password.replace(/\s/, '_')) // expect: suspiciousName

// ---- a-password-through-a-function-with-a-plain-name.js
const withId = (id, value) => `${id}: ${value}`
export const show = (password) => console.log(withId(3, password)) // expect: suspiciousName

// ---- a-token-of-a-company-called-acme.js
export const failed = (log, token) => log.error(`acme refused ${token}`) // expect: suspiciousName

// ---- a-password-of-which-one-text-is-replaced.js
export const failed = (password) => console.error(password.replace('a', '***')) // expect: suspiciousName

// ---- a-table-of-operators.js
const operators = { '==': (one, other) => one == other, '=a': process.env.DB_PASSWORD }
console.log(operators['=='])
console.log(operators['=a']) // expect: suspiciousName

// ---- a-property-with-an-odd-name.js
const queue = []
queue.push(process.env.DB_PASSWORD)
console.log(queue['=='])
