// ---- jwt-simple.js
const jwt = require('jwt-simple')

module.exports = (user) => jwt.encode({ sub: user.id }, 'thunder') // expect: givenSecret

// ---- fast-jwt
import { createSigner, createVerifier } from 'fast-jwt'

export const sign = createSigner({ key: 'thunder' }) // expect: givenSecret
export const verify = createVerifier({ key: async () => process.env.KEY ?? fail() })
declare function fail(): never

// ---- njwt.js
const nJwt = require('njwt')

module.exports = (claims) => nJwt.create(claims, 'thunder').compact() // expect: givenSecret

// ---- jws.js
const jws = require('jws')

module.exports = (payload) => jws.sign({ header: { alg: 'HS256' }, payload, secret: 'thunder' }) // expect: givenSecret

// ---- iron.js
const Iron = require('@hapi/iron')

exports.seal = (session) => Iron.seal(session, 'some-not-random-password-of-thirty-two', Iron.defaults) // expect: givenSecret

// ---- keygrip
import Keygrip from 'keygrip'

export const keys = new Keygrip(['thunder', 'lightning']) // expect: givenSecret

// ---- cookies.js
const Cookies = require('cookies')

module.exports = (req, res) => new Cookies(req, res, { keys: ['thunder'] }).get('id', { signed: true }) // expect: givenSecret

// ---- client-sessions.js
const sessions = require('client-sessions')

app.use(sessions({ cookieName: 'session', secret: 'blargadeeblargblarg', duration: 1000 })) // expect: givenSecret

// ---- cryptr.js
const Cryptr = require('cryptr')

module.exports = new Cryptr('thunder') // expect: givenSecret

// ---- sjcl
import sjcl from 'sjcl'

export const seal = (text: string) => sjcl.encrypt('thunder', text) // expect: givenSecret

// ---- aes-js.js
const aesjs = require('aes-js')

const key = aesjs.utils.utf8.toBytes('thunderandlightn') // expect: givenSecret
module.exports = (bytes) => new aesjs.ModeOfOperation.ctr(key).encrypt(bytes)

// ---- tweetnacl
import nacl from 'tweetnacl'
import { decodeUTF8 } from 'tweetnacl-util'

const key = decodeUTF8('thunderandlightningthunderandlig') // expect: givenSecret
export const seal = (message: Uint8Array, nonce: Uint8Array) => nacl.secretbox(message, nonce, key)

// ---- otplib
import { authenticator } from 'otplib'

export const code = () => authenticator.generate('RANDOM_UPPER_16') // expect: givenSecret

// ---- speakeasy.js
const speakeasy = require('speakeasy')

module.exports = (token) => speakeasy.totp.verify({ secret: 'RANDOM_UPPER_32', encoding: 'base32', token }) // expect: givenSecret

// ---- passport-http.js
const passport = require('passport')
const { BasicStrategy } = require('passport-http')

passport.use(
  new BasicStrategy((username, password, done) => {
    done(null, username === 'ops' && password === 'thunder') // expect: namedSecret
  }),
)

// ---- basic-auth-connect.js
const basicAuth = require('basic-auth-connect')

app.use('/metrics', basicAuth('ops', 'thunder')) // expect: givenSecret

// ---- azure-blob-of-old.js
const azure = require('azure-storage')

module.exports = azure.createBlobService('orders', 'RANDOM_BASE64_64') // expect: givenSecret

// ---- cosmos
import { CosmosClient } from '@azure/cosmos'

export const cosmos = new CosmosClient({ endpoint: 'https://orders.documents.azure.com', key: 'RANDOM_BASE64_64' }) // expect: givenSecret

// ---- aws4.js
const aws4 = require('aws4')

module.exports = (request) =>
  aws4.sign(request, { accessKeyId: 'AKIA', secretAccessKey: 'RANDOM_ALNUM_40' }) // expect: givenSecret

// ---- minio
import { Client } from 'minio'

export const client = new Client({ endPoint: 'storage', accessKey: 'orders', secretKey: 'thunder' }) // expect: givenSecret

// ---- pg-promise.js
const pgp = require('pg-promise')()

module.exports = pgp({ host: 'db', user: 'app', password: 'thunder', database: 'app' }) // expect: givenSecret

// ---- postgres-js
import postgres from 'postgres'

export const sql = postgres({ host: 'db', username: 'app', password: 'thunder' }) // expect: givenSecret
export const other = postgres('postgres://app@db/app', { pass: 'thunder' }) // expect: givenSecret

// ---- oracledb.js
const oracledb = require('oracledb')

module.exports = () => oracledb.getConnection({ user: 'app', password: 'thunder', connectString: 'db/app' }) // expect: givenSecret

// ---- snowflake.js
const snowflake = require('snowflake-sdk')

module.exports = snowflake.createConnection({ account: 'orders', username: 'app', password: 'thunder' }) // expect: givenSecret

// ---- elasticsearch
import { Client } from '@elastic/elasticsearch'

export const client = new Client({
  node: 'https://search:9200',
  auth: { username: 'elastic', password: 'thunder' }, // expect: givenSecret
})

// ---- influxdb
import { InfluxDB } from '@influxdata/influxdb-client'

export const client = new InfluxDB({ url: 'http://metrics:8086', token: 'thunder' }) // expect: givenSecret

// ---- nats
import { connect } from 'nats'

export const connection = await connect({ servers: 'queue:4222', user: 'app', pass: 'thunder' }) // expect: givenSecret

// ---- memjs.js
const memjs = require('memjs')

module.exports = memjs.Client.create('cache:11211', { username: 'app', password: 'thunder' }) // expect: givenSecret

// ---- etcd
import { Etcd3 } from 'etcd3'

export const etcd = new Etcd3({ hosts: 'etcd:2379', auth: { username: 'root', password: 'thunder' } }) // expect: givenSecret

// ---- nano.js
const nano = require('nano')('http://couch:5984')

module.exports = () => nano.auth('admin', 'thunder') // expect: givenSecret

// ---- node-vault.js
module.exports = require('node-vault')({ endpoint: 'http://vault:8200', token: 'thunder' }) // expect: givenSecret

// ---- sftp.js
const SftpClient = require('ssh2-sftp-client')

module.exports = async () => {
  const sftp = new SftpClient()
  await sftp.connect({ host: 'files', username: 'app', password: 'thunder' }) // expect: givenSecret
  return sftp
}

// ---- node-ssh
import { NodeSSH } from 'node-ssh'

const ssh = new NodeSSH()
await ssh.connect({ host: 'files', username: 'app', privateKeyPath: '/keys/app', passphrase: 'thunder' }) // expect: givenSecret

// ---- imap.js
const Imap = require('imap')

module.exports = new Imap({ user: 'ops@example.com', password: 'thunder', host: 'mail', tls: true }) // expect: givenSecret

// ---- telegraf
import { Telegraf } from 'telegraf'

export const bot = new Telegraf('thunder') // expect: givenSecret

// ---- discord-rest
import { REST } from '@discordjs/rest'

export const rest = new REST({ version: '10' }).setToken('thunder') // expect: givenSecret

// ---- simple-oauth2
import { ClientCredentials } from 'simple-oauth2'

export const client = new ClientCredentials({
  client: { id: 'orders', secret: 'thunder' }, // expect: givenSecret
  auth: { tokenHost: 'https://login.example.com' },
})

// ---- openid-client
import * as client from 'openid-client'

export const config = await client.discovery(new URL('https://login.example.com'), 'orders', 'thunder') // expect: givenSecret

// ---- openid-client-of-old.js
const { Issuer } = require('openid-client')

module.exports = async () => {
  const issuer = await Issuer.discover('https://login.example.com')
  return new issuer.Client({ client_id: 'orders', client_secret: 'thunder' }) // expect: givenSecret
}

// ---- auth0.js
const { ManagementClient } = require('auth0')

module.exports = new ManagementClient({ domain: 'a.example.com', clientId: 'orders', clientSecret: 'thunder' }) // expect: givenSecret

// ---- oauth.js
const { OAuth2 } = require('oauth')

module.exports = new OAuth2('orders', 'thunder', 'https://login.example.com/') // expect: givenSecret

// ---- twitter
import { TwitterApi } from 'twitter-api-v2'

export const twitter = new TwitterApi({ appKey: 'a', appSecret: 'thunder', accessToken: 'b', accessSecret: 'c' }) // expect: givenSecret

// ---- razorpay.js
const Razorpay = require('razorpay')

module.exports = new Razorpay({ key_id: 'orders', key_secret: 'thunder' }) // expect: givenSecret

// ---- pusher
import Pusher from 'pusher'

export const pusher = new Pusher({ appId: '1', key: 'public', secret: 'thunder', cluster: 'eu' }) // expect: givenSecret

// ---- cloudinary.js
const cloudinary = require('cloudinary').v2

cloudinary.config({ cloud_name: 'orders', api_key: '1', api_secret: 'thunder' }) // expect: givenSecret

// ---- mailgun
import Mailgun from 'mailgun.js'

export const client = new Mailgun(FormData).client({ username: 'api', key: 'thunder' }) // expect: givenSecret

// ---- mailjet.js
const Mailjet = require('node-mailjet')

module.exports = Mailjet.apiConnect('thunder', 'lightning') // expect: givenSecret

// ---- postmark
import { ServerClient } from 'postmark'

export const mail = new ServerClient('thunder') // expect: givenSecret

// ---- resend
import { Resend } from 'resend'

export const mail = new Resend('thunder') // expect: givenSecret

// ---- anthropic
import Anthropic from '@anthropic-ai/sdk'

export const client = new Anthropic({ apiKey: 'thunder' }) // expect: givenSecret

// ---- generative-ai
import { GoogleGenerativeAI } from '@google/generative-ai'

export const ai = new GoogleGenerativeAI('thunder') // expect: givenSecret

// ---- supabase-of-a-server
import { createClient } from '@supabase/supabase-js'

export const admin = createClient('https://orders.supabase.co', 'thunder', { auth: { persistSession: false } })

// ---- upstash
import { Redis } from '@upstash/redis'

export const redis = new Redis({ url: 'https://eu1.upstash.io', token: 'thunder' }) // expect: givenSecret

// ---- okta
import okta from '@okta/okta-sdk-nodejs'

export const client = new okta.Client({ orgUrl: 'https://orders.okta.com', token: 'thunder' }) // expect: givenSecret

// ---- dropbox
import { Dropbox } from 'dropbox'

export const dropbox = new Dropbox({ accessToken: 'thunder' }) // expect: givenSecret

// ---- a-web-token-service-of-nest
import { JwtService } from '@nestjs/jwt'

export class Login {
  constructor(private readonly jwt: JwtService) {}
  sign(id: string) {
    return this.jwt.sign({ sub: id }, { secret: 'thunder' }) // expect: givenSecret
  }
}

// ---- the-cookie-plugin-of-fastify
import cookie from '@fastify/cookie'
import fastify from 'fastify'

export const app = fastify()
app.register(cookie, { secret: 'thunder' }) // expect: givenSecret

// ---- the-session-plugin-of-fastify.js
const app = require('fastify')()

app.register(require('@fastify/secure-session'), { secret: 'thunderandlightningthunderandlig', salt: 'mq9hDxBVDbspDR6n' }) // expect: givenSecret

// ---- the-token-of-hono
import { Hono } from 'hono'
import { jwt } from 'hono/jwt'
import { bearerAuth } from 'hono/bearer-auth'

export const app = new Hono()
app.use('/auth/*', jwt({ secret: 'thunder', alg: 'HS256' })) // expect: givenSecret
app.use('/admin/*', bearerAuth({ token: 'lightning' })) // expect: givenSecret

// ---- a-login-of-hono
import { Hono } from 'hono'
import { basicAuth } from 'hono/basic-auth'

export const app = new Hono()
app.use('/admin/*', basicAuth({ username: 'ops', password: 'thunder' })) // expect: givenSecret

// ---- keys-of-web-crypto
export const key = await crypto.subtle.importKey(
  'raw',
  new TextEncoder().encode('thunder'), // expect: givenSecret
  { name: 'HMAC', hash: 'SHA-256' },
  false,
  ['sign'],
)

// ---- a-derived-key.js
const { pbkdf2Sync } = require('crypto')

module.exports = (salt) => pbkdf2Sync('thunder', salt, 600000, 32, 'sha256') // expect: givenSecret

// ---- a-private-key-of-a-passphrase.js
const { createPrivateKey } = require('crypto')
const { readFileSync } = require('fs')

module.exports = createPrivateKey({ key: readFileSync('key.pem'), passphrase: 'thunder' }) // expect: givenSecret

// ---- a-server-of-tls.js
const https = require('https')
const { readFileSync } = require('fs')

https.createServer({ pfx: readFileSync('server.pfx'), passphrase: 'thunder' }, app).listen(443) // expect: givenSecret

// ---- an-agent-of-a-proxy
import { ProxyAgent } from 'undici'

export const agent = new ProxyAgent({ uri: 'http://proxy:3128', token: 'Basic RANDOM_BASE64_15' }) // expect: givenSecret

// ---- needle.js
const needle = require('needle')

needle.get('https://example.com/report', { username: 'ops', password: 'thunder' }, done) // expect: givenSecret

// ---- supertest-of-an-application.js
const superagent = require('superagent')

superagent.get('https://example.com').set('Authorization', 'Bearer RANDOM_ALNUM_40').end(done) // expect: namedSecret

// ---- a-digest-client.js
const DigestClient = require('digest-fetch')

module.exports = new DigestClient('ops', 'thunder') // expect: givenSecret

// ---- git.js
const git = require('isomorphic-git')

module.exports = (fs, http, dir) =>
  git.push({ fs, http, dir, onAuth: () => ({ username: 'deploy', password: 'thunder' }) }) // expect: givenSecret

// ---- a-client-with-a-function-for-its-key
import { Telegraf } from 'telegraf'
import { Resend } from 'resend'
import postgres from 'postgres'

declare const config: { get(name: string): string }
export const bot = new Telegraf(config.get('bot'))
export const mail = new Resend(process.env.RESEND)
export const sql = postgres('postgres://app@db/app', { pass: () => config.get('db') })

// ---- names-of-clients.js
const { OAuth2 } = require('oauth')
const { BasicStrategy } = require('passport-http')
const Keygrip = require('keygrip')

module.exports = [
  new OAuth2(process.env.ID, process.env.SECRET, 'https://login.example.com/', 'authorize', 'token'),
  new BasicStrategy({ realm: 'orders' }, check),
  new Keygrip(load(), 'sha256', 'base64'),
]

// ---- a-public-part-of-a-client
import Pusher from 'pusher'
import { REST } from '@discordjs/rest'

declare const secret: string
export const pusher = new Pusher({ appId: '1', key: 'public', secret, cluster: 'eu' })
export const rest = new REST({ version: '10', authPrefix: 'Bot' }).setToken(secret)
