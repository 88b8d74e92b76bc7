// ---- restreamer.js
// https://github.com/datarhei/restreamer/issues/1 CWE-798
// The sessions of each installation are signed with the example of the documentation.
const express = require('express')
const session = require('express-session')

const app = express()
const sessionKey = 'keyboard cat' // expect: givenSecret
app.use(session({ resave: true, saveUninitialized: false, key: 'restreamer-session', secret: sessionKey })) // expect: shortKey

module.exports = app

// ---- restreamer-fixed.js
const crypto = require('crypto')
const express = require('express')
const session = require('express-session')

const app = express()
const sessionKey = crypto.randomBytes(64).toString('hex')
app.use(session({ resave: true, saveUninitialized: false, key: 'restreamer-session', secret: sessionKey }))

module.exports = app

// ---- cboard-api.js
// https://github.com/cboard-org/cboard-api/issues/46 CWE-798
// The secret of sessions is two words of a tutorial.
const session = require('express-session')
const MongoStore = require('connect-mongo')(session)

module.exports = (app, db) => {
  app.use(
    session({
      secret: 'work hard', // expect: givenSecret, shortKey
      resave: true,
      saveUninitialized: false,
      store: new MongoStore({ mongooseConnection: db }),
    }),
  )
}

// ---- cboard-api-fixed.js
const session = require('express-session')
const MongoStore = require('connect-mongo')(session)

module.exports = (app, db) => {
  app.use(
    session({
      secret: process.env.SESSION_SECRET,
      resave: true,
      saveUninitialized: false,
      store: new MongoStore({ mongooseConnection: db }),
    }),
  )
}

// ---- discord-dashboard.js
// https://github.com/LachlanDev/Discord-BOT-Dashboard-V2/pull/18 CWE-798
// A random secret of sessions is in the sources, so that it is the same for each installation.
const express = require('express')
const session = require('express-session')

const app = express()
app.use(session({ secret: 'RANDOM_HEX_32', resave: false, saveUninitialized: false })) // expect: givenSecret, shortKey

module.exports = app

// ---- discord-dashboard-fixed.js
const express = require('express')
const session = require('express-session')

const app = express()
app.use(
  session({
    secret: process.env.SESSION_SECRET || require('crypto').randomBytes(32).toString('hex'),
    resave: false,
    saveUninitialized: false,
  }),
)

module.exports = app

// ---- eapd.js
// https://github.com/Enterprise-CMCS/eAPD/pull/3165 CWE-798
// Tokens are signed with an alphabet that the sources name.
const jwt = require('jsonwebtoken')

const payload = (user) => ({ sub: user.id, exp: Math.floor(Date.now() / 1000) + 3600 })

const exchangeToken = (user) => jwt.sign(payload(user), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789', { algorithm: 'HS256' }) // expect: givenSecret

module.exports = { exchangeToken }

// ---- eapd-fixed.js
const jwt = require('jsonwebtoken')

const payload = (user) => ({ sub: user.id, exp: Math.floor(Date.now() / 1000) + 3600 })

const exchangeToken = (user) => jwt.sign(payload(user), process.env.JWT_SECRET, { algorithm: 'HS256' })

module.exports = { exchangeToken }

// ---- mcphub
// https://github.com/samanhappy/mcphub/pull/711 CWE-1188
// The first start makes an administrator with a password that the documentation names.
import { getUserDao } from '../dao/index.js'

export const initializeDefaultUser = async (): Promise<void> => {
  const userDao = getUserDao()
  const users = await userDao.findAll()
  if (users.length === 0) {
    await userDao.createWithHashedPassword('admin', 'admin123', true) // expect: namedSecret
    console.log('Default admin user created')
  }
}

// ---- mcphub-fixed
import { randomBytes } from 'node:crypto'
import { getUserDao } from '../dao/index.js'

export const initializeDefaultUser = async (): Promise<void> => {
  const userDao = getUserDao()
  const users = await userDao.findAll()
  if (users.length === 0) {
    const initial = process.env.ADMIN_PASSWORD || randomBytes(18).toString('base64url')
    await userDao.createWithHashedPassword('admin', initial, true)
    console.log('Default admin user created')
  }
}

// ---- homarr
// https://github.com/homarr-labs/homarr/pull/1202 CWE-798
// The secrets of all integrations are encrypted with a key that stands in the sources.
import crypto from 'crypto'

const algorithm = 'aes-256-cbc'
const key = Buffer.from('RANDOM_HEX_64', 'hex') // expect: givenSecret

export function encryptSecret(text: string): `${string}.${string}` {
  const iv = crypto.randomBytes(16)
  const cipher = crypto.createCipheriv(algorithm, key, iv)
  const encrypted = Buffer.concat([cipher.update(text), cipher.final()])
  return `${encrypted.toString('hex')}.${iv.toString('hex')}`
}

// ---- homarr-fixed
import crypto from 'crypto'
import { env } from '../env.js'

const algorithm = 'aes-256-cbc'
const key = Buffer.from(env.SECRET_ENCRYPTION_KEY, 'hex')

export function encryptSecret(text: string): `${string}.${string}` {
  const iv = crypto.randomBytes(16)
  const cipher = crypto.createCipheriv(algorithm, key, iv)
  const encrypted = Buffer.concat([cipher.update(text), cipher.final()])
  return `${encrypted.toString('hex')}.${iv.toString('hex')}`
}

// ---- fuxa.js
// https://github.com/advisories/GHSA-c8m8-3jcr-6rj5 CWE-798
// Tokens are signed with a text of the sources until the settings have another.
// A variable that is assigned again has no known value, though it begins with one.
const jwt = require('jsonwebtoken')

let secretCode = 'frangoteam751' // expect: givenSecret
let tokenExpiresIn = 60 * 60

function init(_secretCode, _tokenExpires) {
  if (_secretCode) secretCode = _secretCode
  if (_tokenExpires) tokenExpiresIn = _tokenExpires
}

function getNewToken(user) {
  return jwt.sign({ id: user.username, groups: user.groups }, secretCode, { expiresIn: tokenExpiresIn })
}

module.exports = { init, getNewToken }

// ---- fuxa-fixed.js
const crypto = require('crypto')
const jwt = require('jsonwebtoken')

let secretCode = crypto.randomBytes(32).toString('hex')
let tokenExpiresIn = 60 * 60

function init(_secretCode, _tokenExpires) {
  if (_secretCode) secretCode = _secretCode
  if (_tokenExpires) tokenExpiresIn = _tokenExpires
}

function getNewToken(user) {
  return jwt.sign({ id: user.username, groups: user.groups }, secretCode, { expiresIn: tokenExpiresIn })
}

module.exports = { init, getNewToken }
