// ---- a-fine-grained-github-token
export const pat = 'github_pat_RANDOM_ALNUM_22_RANDOM_ALNUM_59' // expect: knownFormat

// ---- a-github-token
export const clone = 'https://ghp_RANDOM_ALNUM_36@github.com/acme/app.git' // expect: knownFormat

// ---- a-gitlab-token
export const headers = { 'PRIVATE-TOKEN': 'glpat-RANDOM_BASE64URL_20' } // expect: knownFormat

// ---- a-google-key
export const geocode = (place: string) =>
  fetch(
    `https://maps.googleapis.com/maps/api/geocode/json?address=${place}&key=AIzaRANDOM_BASE64URL_35`, // expect: knownFormat
  )

// ---- a-jwt
const part = 'eyJRANDOM_ALNUM_40'

export const session = `eyJhbGciOiJIUzI1NiJ9.${part}.RANDOM_BASE64URL_43` // expect: knownFormat

// ---- an-anonymous-key-of-supabase
const payload =
  'eyJpc3MiOiJzdXBhYmFzZSIsInJlZiI6ImFiY2RlZmdoaWprbG1ub3AiLCJyb2xlIjoiYW5vbiIsImlhdCI6MTcwMDAwMDAwMH0'

export const anonKey = `eyJhbGciOiJIUzI1NiJ9.${payload}.RANDOM_BASE64URL_43`

// ---- a-key-of-rekey
export const signing = 'rk_prod_RANDOM_ALNUM_10_RANDOM_ALNUM_43_RANDOM_ALNUM_6' // expect: knownFormat

// ---- a-password-in-a-url
export const broker = 'amqp://orders:RANDOM_ALNUM_20@rabbit.internal:5672/shop' // expect: passwordInUrl

// ---- a-private-key
// expect at 2: knownFormat
export const key = `RANDOM_DASHES_5BEGIN PRIVATE KEYRANDOM_DASHES_5
RANDOM_BASE64_96
RANDOM_DASHES_5END PRIVATE KEYRANDOM_DASHES_5`

// ---- a-private-key-left-out
export const example = 'RANDOM_DASHES_5BEGIN PRIVATE KEYRANDOM_DASHES_5\n...\nRANDOM_DASHES_5END PRIVATE KEYRANDOM_DASHES_5'

// ---- a-sendgrid-key
export const mail = { key: 'SG.RANDOM_BASE64URL_22.RANDOM_BASE64URL_43' } // expect: knownFormat

// ---- a-slack-token
import { WebClient } from '@slack/web-api'

export const slack = new WebClient('xoxb-RANDOM_DIGITS_12-RANDOM_DIGITS_12-RANDOM_ALNUM_24') // expect: knownFormat

// ---- a-slack-webhook.js
const HOOK = 'https://hooks.slack.com/services/TRANDOM_UPPER_10/BRANDOM_UPPER_10/RANDOM_ALNUM_24' // expect: knownFormat

module.exports = (text) => fetch(HOOK, { method: 'POST', body: JSON.stringify({ text }) })

// ---- a-stripe-key
import Stripe from 'stripe'

export const stripe = new Stripe('sk_live_RANDOM_ALNUM_24') // expect: knownFormat

// ---- a-telegram-bot.js
const TelegramBot = require('node-telegram-bot-api')

const bot = new TelegramBot('2123064625:AARANDOM_BASE64URL_33', { polling: true }) // expect: knownFormat
module.exports = bot

// ---- a-token-in-a-text
export const usage = 'Run: export GITHUB_TOKEN=ghp_RANDOM_ALNUM_36 && npm run release' // expect: knownFormat

// ---- a-vault-token
export const vault = { endpoint: 'http://vault:8200', header: 'hvs.RANDOM_BASE64URL_95' } // expect: knownFormat

// ---- an-age-key
export const identity = 'AGE-SECRET-KEY-1RANDOM_UPPER_58' // expect: knownFormat

// ---- an-aws-access-key-id
export const credentials = { id: 'AKIARANDOM_UPPER_16' } // expect: knownFormat

// ---- an-aws-session.js
process.env.AWS_ACCESS_KEY_ID = 'ASIARANDOM_UPPER_16' // expect: knownFormat

// ---- an-npm-token.js
const npmrc = '//registry.npmjs.org/:_authToken=npm_RANDOM_ALNUM_36\n' // expect: knownFormat

module.exports = { npmrc }

// ---- an-openssh-key-line-by-line
export const deployKey = [ // expect: knownFormat
  'RANDOM_DASHES_5BEGIN OPENSSH PRIVATE KEYRANDOM_DASHES_5',
  'RANDOM_BASE64_60',
  'RANDOM_DASHES_5END OPENSSH PRIVATE KEYRANDOM_DASHES_5',
].join('\n')

// ---- a-private-key-that-is-put-together
export const toPem = (body: string) =>
  `RANDOM_DASHES_5BEGIN PRIVATE KEYRANDOM_DASHES_5\n${body}\nRANDOM_DASHES_5END PRIVATE KEYRANDOM_DASHES_5\n`

// ---- an-rsa-key-in-one-line.js
module.exports.signer = {
  pem: 'RANDOM_DASHES_5BEGIN RSA PRIVATE KEYRANDOM_DASHES_5\nRANDOM_BASE64_120\nRANDOM_DASHES_5END RSA PRIVATE KEYRANDOM_DASHES_5\n', // expect: knownFormat
}

// ---- a-certificate
export const ca = 'RANDOM_DASHES_5BEGIN CERTIFICATERANDOM_DASHES_5\nRANDOM_BASE64_240\nRANDOM_DASHES_5END CERTIFICATERANDOM_DASHES_5\n'

// ---- a-prefix
const PREFIX = 'ghp_'

export const isGitHubToken = (text: string) => text.startsWith(PREFIX) && text.length === 40

// ---- a-public-key
export const publicKey = `RANDOM_DASHES_5BEGIN PUBLIC KEYRANDOM_DASHES_5
RANDOM_BASE64_96
RANDOM_DASHES_5END PUBLIC KEYRANDOM_DASHES_5`

// ---- a-public-token-of-a-map.js
mapboxgl.accessToken = 'pk.eyJRANDOM_ALNUM_60.RANDOM_BASE64URL_22'

const map = new mapboxgl.Map({ container: 'map' })

// ---- a-publishable-key
export const stripe = { publishableKey: 'pk_live_RANDOM_ALNUM_24' }

// ---- a-token-of-stars
export const help =
  'Create a token (ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx) and export it as GITHUB_TOKEN.'
export const masked = 'sk_live_************************'

// ---- a-url-put-together
export const url = (password: string) =>
  `postgres://app:${encodeURIComponent(password)}@db:5432/app?sslmode=require`

// ---- a-url-with-places-for-a-password
export const usage = 'postgres://USER:PASSWORD@HOST:5432/DATABASE'
export const example = 'https://user:pass@example.com/'
export const shape = 'redis://<user>:<password>@<host>:6379'

// ---- a-url-without-a-password
export const urls = [
  'postgres://app@db:5432/app',
  'https://example.com/a:b@c',
  'ssh://git@host:22/r',
]

// ---- a-web-config-of-firebase
import { initializeApp } from 'firebase/app'

export const app = initializeApp({
  apiKey: 'AIzaRANDOM_BASE64URL_35',
  authDomain: 'shop.firebaseapp.com',
  projectId: 'shop',
  appId: '1:123:web:abc',
})

// ---- documentation-of-a-key.js
throw new Error('Wrong format. Must be a URI like dotenv://:key_1234@dotenvx.com/vault/.env.vault')

// ---- patterns-of-tokens
export const FORMATS = [
  { name: 'GitHub', pattern: /ghp_[0-9A-Za-z]{36}/ },
  { name: 'npm', pattern: new RegExp('npm_[0-9A-Za-z]{36}') },
  { name: 'Slack', pattern: new RegExp(String.raw`xox[bp]-\d+-\d+-\w+`) },
]

// ---- the-example-of-aws
export const documented = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }

// ---- the-example-of-jwt-io
const payload = 'eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ'

export const sample = `eyJhbGciOiJIUzI1NiJ9.${payload}.RANDOM_BASE64URL_43`

// ---- the-head-of-a-private-key
export const isPrivateKey = (text: string) => text.includes('RANDOM_DASHES_5BEGIN PRIVATE KEYRANDOM_DASHES_5')
export const PEM = /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----[\s\S]+?-----END/
