// ---- a-hash-private-field
export class Client {
  #apiKey = 'RANDOM_ALNUM_32' // expect: namedSecret
  headers() {
    return { 'x-api-key': this.#apiKey }
  }
}

// ---- a-default-of-a-parameter
export function connect(host: string, password = 'Winter2019!') { // expect: namedSecret
  return open(host, password)
}
declare function open(host: string, password: string): unknown

// ---- a-default-of-a-destructured-option.js
module.exports = function connect({ host, user = 'app', dbPassword = 'Winter2019!' }) { // expect: namedSecret
  return open(host, user, dbPassword)
}

// ---- an-entry-of-a-map
export const settings = new Map([
  ['endpoint', 'https://api.example.com'],
  ['apiKey', 'RANDOM_ALNUM_32'], // expect: namedSecret
])

// ---- set-in-a-map.js
const settings = new Map()
settings.set('password', 'Winter2019!') // expect: namedSecret
module.exports = settings

// ---- put-into-the-environment.js
process.env.DB_PASSWORD = 'Winter2019!' // expect: namedSecret
require('./server')

// ---- put-into-the-environment-with-assign.js
Object.assign(process.env, { PGUSER: 'app', PGPASSWORD: 'Winter2019!' }) // expect: namedSecret

// ---- the-environment-of-a-child
import { spawn } from 'node:child_process'

spawn('pg_dump', ['app'], { env: { ...process.env, PGPASSWORD: 'Winter2019!' } }) // expect: namedSecret

// ---- in-local-storage.js
localStorage.setItem('access_token', 'RANDOM_ALNUM_40') // expect: namedSecret

// ---- appended-to-headers
const headers = new Headers()
headers.append('X-Api-Key', 'RANDOM_ALNUM_32') // expect: namedSecret
export const load = () => fetch('https://api.example.com/orders', { headers })

// ---- headers-of-pairs
export const load = () =>
  fetch('https://api.example.com/orders', {
    headers: new Headers([['Authorization', 'Bearer RANDOM_ALNUM_40']]), // expect: namedSecret
  })

// ---- the-defaults-of-axios.js
const axios = require('axios')

axios.defaults.headers.common['Authorization'] = 'Token RANDOM_HEX_40' // expect: namedSecret

// ---- an-interceptor-of-axios
import axios from 'axios'

axios.interceptors.request.use((config) => {
  config.headers['X-Auth-Token'] = 'RANDOM_HEX_40' // expect: namedSecret
  return config
})

// ---- the-password-of-a-url
const url = new URL('https://git.example.com/app.git')
url.username = 'deploy'
url.password = 'Winter2019!' // expect: namedSecret
export const clone = url.href

// ---- a-parameter-of-a-url
const url = new URL('https://api.example.com/v1/weather')
url.searchParams.set('appid', 'Berlin')
url.searchParams.append('api_key', 'RANDOM_HEX_32') // expect: namedSecret
export const load = () => fetch(url)

// ---- a-body-of-parameters
export const login = () =>
  fetch('https://login.example.com/oauth/token', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'orders',
      client_secret: 'RANDOM_ALNUM_40', // expect: namedSecret
    }),
  })

// ---- a-form
const form = new FormData()
form.append('username', 'deploy')
form.append('password', 'Winter2019!') // expect: namedSecret
export const login = () => fetch('https://example.com/login', { method: 'POST', body: form })

// ---- a-text-of-json
export const settings = JSON.parse('{"user":"app","password":"Winter2019!"}') as unknown // expect: secretInText

// ---- a-body-of-json
export const login = () =>
  fetch('https://example.com/login', {
    method: 'POST',
    body: JSON.stringify({ email: 'ops@example.com', password: 'Winter2019!' }), // expect: namedSecret
  })

// ---- one-by-the-stage
export function apiToken(stage: string) {
  switch (stage) {
    case 'production':
      return 'RANDOM_ALNUM_40' // expect: namedSecret
    default:
      return process.env.API_TOKEN
  }
}

// ---- a-table-by-stage.js
// missed
const passwords = {
  staging: 'Winter2019!',
  production: 'Summer2020!',
}
module.exports = (stage) => passwords[stage]

// ---- assigned-when-missing.js
let secret = process.env.JWT_SECRET
if (!secret) {
  secret = 'my-super-secret-key-2020' // expect: namedSecret
}
module.exports = { secret }

// ---- frozen
export const DATABASE = Object.freeze({ user: 'app', passwd: 'Winter2019!' }) // expect: namedSecret

// ---- as-const
export const config = { smtp: { user: 'mailer', pass: 'Winter2019!' } } as const // expect: namedSecret

// ---- with-satisfies
interface Settings {
  clientSecret: string
}
export const settings = { clientSecret: 'RANDOM_ALNUM_40' } satisfies Settings // expect: namedSecret

// ---- a-raw-template
export const dbPassword = String.raw`Winter\2019!` // expect: namedSecret

// ---- decoded-by-atob
export const apiSecret = atob('RANDOM_BASE64_24') // expect: namedSecret

// ---- characters-by-code.js
const password = String.fromCharCode(87, 105, 110, 116, 101, 114, 50, 48, 49, 57) // expect: namedSecret
module.exports = password

// ---- a-connection-string-of-odbc
export const connection =
  'Driver={ODBC Driver 18 for SQL Server};Server=tcp:db,1433;Database=app;Uid=app;Pwd=Winter2019!;Encrypt=yes;' // expect: secretInText

// ---- a-connection-string-of-azure-storage
export const storage =
  'DefaultEndpointsProtocol=https;AccountName=orders;AccountKey=RANDOM_BASE64_64;EndpointSuffix=core.windows.net' // expect: secretInText

// ---- a-connection-string-of-a-service-bus
export const bus =
  'Endpoint=sb://orders.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=RANDOM_BASE64_32' // expect: secretInText

// ---- a-jdbc-url
export const url = 'jdbc:postgresql://db:5432/app?user=app&password=Winter2019!' // expect: secretInText

// ---- in-a-command.js
const { exec } = require('child_process')

exec('mysqldump -u root --password=Winter2019! app > dump.sql') // expect: secretInText

// ---- before-a-command.js
const { execSync } = require('child_process')

execSync('PGPASSWORD=Winter2019! psql -h db -U app -c "select 1"') // expect: secretInText

// ---- the-user-of-curl.js
// missed
const { execSync } = require('child_process')

execSync('curl -u deploy:Winter2019! https://example.com/hook')

// ---- a-role-in-sql
export const up = "CREATE ROLE app LOGIN PASSWORD 'Winter2019!'" // expect: secretInText

// ---- a-user-of-mysql-in-sql
export const up = "CREATE USER 'app'@'%' IDENTIFIED BY 'Winter2019!'" // expect: secretInText

// ---- a-setting-of-express.js
// missed
const express = require('express')
const app = express()

app.set('jwtSecret', 'thisisaverysecretthing')

// ---- a-default-of-a-command-line.js
const yargs = require('yargs')

module.exports = yargs.option('password', { type: 'string', default: 'Winter2019!' }).argv // expect: namedSecret

// ---- a-default-of-commander
import { program } from 'commander'

program.option('--api-token <token>', 'token of the API', 'RANDOM_HEX_40') // expect: namedSecret

// ---- a-default-of-convict.js
const convict = require('convict')

module.exports = convict({
  db: {
    password: { doc: 'The password', format: String, default: 'Winter2019!', env: 'DB_PASSWORD' }, // expect: namedSecret
  },
})

// ---- a-default-of-zod
import { z } from 'zod'

export const schema = z.object({
  JWT_SECRET: z.string().default('my-super-secret-key-2020'), // expect: namedSecret
})

// ---- defaults-of-nconf.js
// missed
const nconf = require('nconf')

nconf.env().defaults({ 'session:secret': 'keyboard cat 2020' })

// ---- a-manifest-of-a-secret
export const manifest = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'db' },
  stringData: { username: 'app', password: 'Winter2019!' }, // expect: namedSecret
}

// ---- the-environment-of-a-container
export const container = {
  image: 'postgres:18',
  env: ['POSTGRES_USER=app', 'POSTGRES_PASSWORD=Winter2019!'], // expect: secretInText
}

// ---- names-and-values-of-an-environment
export const env = [
  { name: 'POSTGRES_USER', value: 'app' },
  { name: 'POSTGRES_PASSWORD', value: 'Winter2019!' }, // expect: namedSecret
]

// ---- plain-text-in-a-stack
import { SecretValue } from 'aws-cdk-lib'

export const password = SecretValue.unsafePlainText('Winter2019!') // expect: givenSecret

// ---- a-property-that-is-defined.js
Object.defineProperty(exports, 'apiSecret', { value: 'RANDOM_ALNUM_40' }) // expect: namedSecret

// ---- compared-with-what-a-person-types.js
app.post('/login', (req, res) => {
  if (req.body.username === 'admin' && req.body.password === 'Winter2019!') { // expect: namedSecret
    req.session.admin = true
  }
  res.redirect('/')
})

// ---- one-of-the-allowed-keys.js
// missed
const KEYS = ['RANDOM_HEX_32', 'RANDOM_HEX_32']

module.exports = (req, res, next) =>
  KEYS.includes(req.get('x-api-key')) ? next() : res.sendStatus(401)

// ---- a-cookie-of-a-request.js
const request = require('request')

request({ url: 'https://example.com/report', headers: { Cookie: 'session=RANDOM_ALNUM_40' } }, done) // expect: secretInText

// ---- a-token-of-a-gateway-in-a-template
export const hook = (text: string) => ({
  url: `https://hooks.example.com/send?token=RANDOM_HEX_40&text=${encodeURIComponent(text)}`, // expect: secretInText
})

// ---- credentials-of-a-websocket
export const socket = new WebSocket('wss://feed:Winter2019@stream.example.com/prices') // expect: passwordInUrl

// ---- a-mapped-default-of-a-name.js
const get = (name, fallback) => process.env[name] || fallback
exports.password = get('DB_PASSWORD', 'Winter2019!') // expect: namedSecret

// ---- seeded-hash-of-a-user.js
exports.seed = (knex) =>
  knex('users').insert([{ email: 'admin@example.com', password: 'Winter2019!' }]) // expect: namedSecret

// ---- a-label-of-a-field.js
exports.fields = new Map([
  ['password', 'Your password'],
  ['apiKey', 'API key'],
])

// ---- the-name-of-a-variable-of-the-environment
export const sources = [{ name: 'POSTGRES_PASSWORD', value: '$(DB_PASSWORD)' }]

// ---- a-reference-to-a-secret
export const env = [
  { name: 'POSTGRES_PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
]

// ---- a-command-with-a-variable.js
const { execSync } = require('child_process')

execSync('PGPASSWORD=$DB_PASSWORD psql -h db -U app -c "select 1"')
execSync('mysqldump -u root --password="$MYSQL_PASSWORD" app')

// ---- a-connection-string-with-places
export const connection = 'Server=db;Database=app;Uid=app;Pwd={password};Encrypt=yes;'

// ---- a-role-in-sql-with-a-place
export const up = 'CREATE ROLE app LOGIN PASSWORD $1'

// ---- a-help-of-a-command-line.js
const yargs = require('yargs')

module.exports = yargs.option('password', { type: 'string', describe: 'Password of the database' }).argv

// ---- a-kind-of-a-form.js
const form = new FormData()
form.append('password', document.querySelector('#password').value)
form.append('token_type', 'access_token')

// ---- a-parameter-that-is-deleted
const url = new URL(location.href)
url.searchParams.delete('token')
url.searchParams.set('token_type', 'bearer')
export const clean = url.href

// ---- a-setting-that-is-no-secret.js
const app = require('express')()
app.set('token expires in', '15 minutes')
app.set('view engine', 'pug')
