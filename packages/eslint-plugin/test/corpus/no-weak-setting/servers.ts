// ---- an-agent-that-accepts-everything
import https from 'node:https'

export const agent = new https.Agent({ rejectUnauthorized: false }) // expect: unverifiedServer

// ---- an-agent-with-an-authority
import https from 'node:https'

export const agent = (ca: string) => new https.Agent({ ca, rejectUnauthorized: true })

// ---- a-database-in-the-cloud
import pg from 'pg'

export const pool = new pg.Pool({
  connectionString: process.env['DATABASE_URL'],
  ssl: process.env['NODE_ENV'] === 'production' ? { rejectUnauthorized: false } : undefined, // expect: unverifiedServer
})

// ---- a-database-with-an-authority
import { readFileSync } from 'node:fs'
import pg from 'pg'

export const pool = new pg.Pool({ ssl: { ca: readFileSync('ca.pem', 'utf8') } })

// ---- the-switch-of-the-process
process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0' // expect: unverifiedServer

// ---- the-switch-of-the-process-as-a-number.js
process.env.NODE_TLS_REJECT_UNAUTHORIZED = 0 // expect: unverifiedServer

// ---- the-switch-of-a-child
import { spawn } from 'node:child_process'

export const start = () =>
  spawn('node', ['main.js'], { env: { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0' } }) // expect: unverifiedServer

// ---- the-switch-that-is-read.js
const isChecked = process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0'
if (!isChecked) console.warn('TLS is not checked')

// ---- the-switch-that-is-removed.js
delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '1'

// ---- a-global-agent.js
const https = require('https')

https.globalAgent.options.rejectUnauthorized = false // expect: unverifiedServer

// ---- a-request.js
const request = require('request')

request({ url: 'https://api.test', strictSSL: false }, done) // expect: unverifiedServer
request({ url: 'https://api.test', strictSSL: true }, done)

// ---- an-option-that-decides
import https from 'node:https'

export const agent = (options: { insecure?: boolean }) =>
  new https.Agent({ rejectUnauthorized: options.insecure !== true })

// ---- behind-an-option.js
const https = require('https')

exports.agent = (options) => {
  const given = { keepAlive: true }
  if (options.insecure) given.rejectUnauthorized = false
  return new https.Agent(given)
}

// ---- behind-an-option-in-a-condition
import https from 'node:https'

export const agent = (skipVerify: boolean) =>
  skipVerify ? new https.Agent({ rejectUnauthorized: false }) : undefined

// ---- on-a-machine-of-developers.js
if (process.env.NODE_ENV === 'development') process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'

// ---- a-server-that-asks-for-certificates
import { createServer } from 'node:tls'

export const server = (key: string, cert: string) =>
  createServer({ key, cert, requestCert: true, rejectUnauthorized: false }, (socket) => {
    if (!socket.authorized) socket.destroy()
  })

// ---- defaults-that-are-replaced.js
const https = require('https')

exports.agent = (options) => new https.Agent({ rejectUnauthorized: false, ...options })

// ---- a-client-of-mongodb
import { MongoClient } from 'mongodb'

export const client = (url: string) =>
  new MongoClient(url, { tls: true, tlsAllowInvalidCertificates: true }) // expect: unverifiedServer

// ---- a-client-of-mongodb-with-an-authority
import { MongoClient } from 'mongodb'

export const client = (url: string) => new MongoClient(url, { tls: true, tlsCAFile: 'ca.pem' })

// ---- a-client-of-sql-server
import sql from 'mssql'

export const connect = (user: string, password: string) =>
  sql.connect({
    user,
    password,
    server: 'db.test',
    options: { encrypt: true, trustServerCertificate: true }, // expect: unverifiedServer
  })

// ---- a-client-of-sql-server-that-checks
import sql from 'mssql'

export const connect = (user: string, password: string) =>
  sql.connect({
    user,
    password,
    server: 'db.test',
    options: { encrypt: true, trustServerCertificate: false },
  })

// ---- a-check-that-checks-nothing
import tls from 'node:tls'

export const connect = (host: string) =>
  tls.connect({
    host,
    port: 443,
    checkServerIdentity: () => undefined, // expect: unverifiedServer
  })

// ---- a-check-that-gives-itself.js
const tls = require('tls')

const check = function () {
  return check
}

tls.connect({ host: 'api.test', port: 443, checkServerIdentity: check })

// ---- a-check-of-its-own
import tls from 'node:tls'

export const connect = (host: string, pin: string) =>
  tls.connect({
    host,
    port: 443,
    checkServerIdentity: (name, cert) =>
      cert.fingerprint256 === pin ? tls.checkServerIdentity(name, cert) : new Error('other key'),
  })

// ---- a-check-that-throws
import tls from 'node:tls'

export const connect = (host: string, pin: string) =>
  tls.connect({
    host,
    port: 443,
    checkServerIdentity(_name, cert) {
      if (cert.fingerprint256 !== pin) throw new Error('other key')
      return undefined
    },
  })

// ---- mail-without-tls
import { createTransport } from 'nodemailer'

export const mail = (pass: string) =>
  createTransport({ host: 'mail.test', ignoreTLS: true, auth: { user: 'us', pass } }) // expect: unverifiedServer

// ---- mail-with-starttls
import { createTransport } from 'nodemailer'

export const mail = (pass: string) =>
  createTransport({ host: 'mail.test', secure: false, requireTLS: true, auth: { user: 'us', pass } })

// ---- the-default-of-an-option
import https from 'node:https'

export const agent = (options: { verify?: boolean }) =>
  new https.Agent({ rejectUnauthorized: options.verify ?? false })
// missed
