// ---- a-basic-header.js
const headers = { authorization: 'Basic ' + Buffer.from('admin:hunter2').toString('base64') } // expect: namedSecret

module.exports = { headers }

// ---- a-bearer-header
export const load = () =>
  fetch('https://api.example.com', {
    headers: { Authorization: 'Bearer RANDOM_BASE64URL_40' }, // expect: namedSecret
  })

// ---- a-client-with-options-elsewhere
import { Client } from 'pg'

const options = { host: 'localhost', user: 'postgres', password: 'postgres' } // expect: givenSecret

export const client = new Client(options)

// ---- a-header-that-is-set
export function authorize(headers: Headers) {
  headers.set('X-Api-Key', 'RANDOM_HEX_32') // expect: namedSecret
}

// ---- a-key-of-an-sdk
import OpenAI from 'openai'

export const openai = new OpenAI({ apiKey: 'sk-proj-RANDOM_ALNUM_40' }) // expect: givenSecret

// ---- a-login-of-a-bot.js
const { Client } = require('discord.js')

const client = new Client({ intents: [] })
client.login('RANDOM_BASE64URL_24.RANDOM_BASE64URL_6.RANDOM_BASE64URL_38') // expect: givenSecret

// ---- a-mongo-cluster.js
const mongoose = require('mongoose')

const connect = async () => {
  await mongoose.connect(
    'mongodb+srv://shop_db_user:shopdb123@cluster0.example.net/catalog?appName=a', // expect: passwordInUrl
  )
}
module.exports = connect

// ---- a-pool-by-url
import pg from 'pg'

export const pool = new pg.Pool({ connectionString: 'postgres://app:secret@db:5432/app' }) // expect: givenSecret

// ---- a-pool-with-a-function
import { Pool } from 'pg'

declare const login: { current(): Promise<string> }

export const pool = new Pool({ host: 'db', user: 'app', password: () => login.current() })

// ---- a-pool
import { Pool } from 'pg'

export const pool = new Pool({ host: 'db', user: 'app', password: 'admin', database: 'app' }) // expect: givenSecret

// ---- a-secret-of-a-literal
import { Secret } from '../../secret.ts'

export const key = Secret.of('RANDOM_BASE64URL_43', 'API key') // expect: givenSecret

// ---- a-label-of-a-secret
import { Secret } from '../../secret.ts'

export const read = (text: string) => Secret.of(text, 'RANDOM_ALNUM_40')

// ---- a-secret-of-a-word
import { Secret } from '../../secret.ts'

export const password = Secret.of('postgres', 'database password') // expect: givenSecret

// ---- a-random-secret
import { randomBytes } from 'node:crypto'
import { Secret } from '../../secret.ts'

export const key = Secret.of(randomBytes(32).toString('base64url'), 'session key')

// ---- a-signature-of-a-payment.js
const crypto = require('crypto')

app.post('/verify', (req, res) => {
  const expected = crypto
    .createHmac('sha256', 'RANDOM_ALNUM_24') // expect: givenSecret
    .update(`${req.body.orderId}|${req.body.paymentId}`)
    .digest('hex')
  res.json({ ok: expected === req.body.signature })
})

// ---- a-strategy.js
const FacebookStrategy = require('passport-facebook').Strategy

module.exports = new FacebookStrategy({ clientID: '1095165', clientSecret: 'RANDOM_HEX_32' }, login) // expect: givenSecret

// ---- aws
import { S3Client } from '@aws-sdk/client-s3'

export const s3 = new S3Client({
  region: 'eu-central-1',
  credentials: { accessKeyId: 'minio', secretAccessKey: 'minio123' }, // expect: givenSecret
})

// ---- aws-from-its-chain
import { S3Client } from '@aws-sdk/client-s3'
import { fromNodeProviderChain } from '@aws-sdk/credential-providers'

export const s3 = new S3Client({ region: 'eu-central-1', credentials: fromNodeProviderChain() })

// ---- axios-basic-auth
import axios from 'axios'

export const load = () =>
  axios.get('https://api.example.com/items', { auth: { username: 'shop', password: 'shop1' } }) // expect: givenSecret

// ---- cookie-parser.js
const cookieParser = require('cookie-parser')

app.use(cookieParser('secret')) // expect: givenSecret

// ---- create-cipheriv
import { createCipheriv, randomBytes } from 'node:crypto'

const KEY = Buffer.from('RANDOM_HEX_64', 'hex')

export const encrypt = () => createCipheriv('aes-256-gcm', KEY, randomBytes(12)) // expect: givenSecret

// ---- create-hmac-with-a-name-for-the-key
import * as crypto from 'crypto'

const PRIVATE = 's3cr3t-signing' // expect: givenSecret

export const sign = (body: string) => crypto.createHmac('sha1', PRIVATE).update(body).digest()

// ---- create-hmac
import { createHmac } from 'node:crypto'

export const sign = (body: string) => createHmac('sha256', 'webhook').update(body).digest('hex') // expect: givenSecret

// ---- a-label-that-separates-domains
import { createHmac } from 'node:crypto'

const DOMAIN = 'acme/audit-log/v1'

export const tag = (secret: string) => createHmac('sha256', DOMAIN).update(secret).digest('hex')

// ---- create-secret-key
import { createSecretKey } from 'node:crypto'

export const key = createSecretKey('RANDOM_HEX_64', 'hex') // expect: givenSecret

// ---- a-hash-without-a-key
import { createHash } from 'node:crypto'

export const id = createHash('sha256').update('static text').digest('hex')

// ---- express-basic-auth.js
const basicAuth = require('express-basic-auth')

app.use(basicAuth({ users: { admin: 'supersecret' }, challenge: true })) // expect: givenSecret

// ---- express-session.js
const session = require('express-session')

app.use(session({ secret: 'keyboard cat', resave: false, saveUninitialized: true })) // expect: givenSecret

// ---- hashing-a-password
import bcrypt from 'bcrypt'

export const admin = async () => ({ name: 'admin', hash: await bcrypt.hash('admin', 10) }) // expect: givenSecret

// ---- hashing-with-a-key-that-everybody-knows.js
const crypto = require('crypto')

const hashEmail = (email) =>
  crypto.createHmac('sha256', '#un&Petit%Chien').update(email).digest('hex') // expect: givenSecret

module.exports = { hashEmail }

// ---- ioredis
import Redis from 'ioredis'

export const redis = new Redis({ host: 'cache', password: 'redis' }) // expect: givenSecret

// ---- no-password
import Redis from 'ioredis'
import mysql from 'mysql2'

export const redis = new Redis({ host: 'localhost', password: '' })
export const db = mysql.createPool({ host: 'localhost', user: 'root', password: undefined })

// ---- jose
import { SignJWT } from 'jose'

const key = new TextEncoder().encode('jose-secret')

export const issue = () => new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).sign(key) // expect: givenSecret

// ---- jwt-sign
import jwt from 'jsonwebtoken'

export const issue = (id: string) => jwt.sign({ id }, 'secret', { expiresIn: '1h' }) // expect: givenSecret

// ---- jwt-verify-with-a-constant.js
const jwt = require('jsonwebtoken')

const key = 'my-super-secret' // expect: givenSecret

module.exports = (token) => jwt.verify(token, key)

// ---- knex
import knex from 'knex'

export const db = knex({
  client: 'pg',
  connection: { host: 'db', user: 'app', password: 'letmein' }, // expect: givenSecret
})

// ---- ldap
import ldap from 'ldapjs'

const client = ldap.createClient({ url: 'ldap://directory' })
client.bind('cn=admin,dc=example,dc=com', 'adminpw', () => undefined) // expect: givenSecret

// ---- mongoose.js
const mongoose = require('mongoose')

mongoose.connect('mongodb+srv://admin:qwerty@cluster0.example.net/shop') // expect: passwordInUrl

// ---- mysql.js
const mysql = require('mysql2/promise')

module.exports = () => mysql.createPool({ host: 'db', user: 'root', password: 'root' }) // expect: givenSecret

// ---- next-auth
import NextAuth from 'next-auth'

export default NextAuth({ providers: [], secret: 'nextauth' }) // expect: givenSecret

// ---- nodemailer
import nodemailer from 'nodemailer'

export const mailer = nodemailer.createTransport({
  service: 'gmail',
  auth: { user: 'shop@example.com', pass: 'abcd efgh ijkl mnop' }, // expect: givenSecret
})

// ---- passport-jwt
import { Strategy } from 'passport-jwt'

export const strategy = new Strategy({ secretOrKey: 'nestjs', jwtFromRequest: () => null }, () => 1) // expect: givenSecret

// ---- passport.js
const { Strategy } = require('passport-google-oauth20')

passport.use(
  new Strategy({ clientID: '123-abc', clientSecret: 'shhh', callbackURL: '/callback' }, verify), // expect: givenSecret
)

// ---- redis
import { createClient } from 'redis'

export const redis = createClient({ url: 'redis://:hunter2@cache:6379' }) // expect: passwordInUrl

// ---- scrypt.js
const { scryptSync } = require('crypto')

module.exports = scryptSync('correct horse', 'salt', 32) // expect: givenSecret

// ---- sequelize.js
const { Sequelize } = require('sequelize')

module.exports = new Sequelize('shop', 'shop', 'shop123', { dialect: 'mysql' }) // expect: givenSecret

// ---- ssh.js
const { Client } = require('ssh2')

new Client().connect({ host: 'build', username: 'ci', password: 'ci' }) // expect: givenSecret

// ---- twilio.js
const client = require('twilio')('ACRANDOM_HEX_32', 'RANDOM_HEX_32') // expect: givenSecret

module.exports = client

// ---- typeorm
import { DataSource } from 'typeorm'

export const source = new DataSource({
  type: 'postgres',
  username: 'postgres',
  password: 'password', // expect: givenSecret
})

// ---- a-comparison-by-the-type
export const looksMasked = (connection: { password?: unknown }) =>
  typeof connection.password === 'string' && connection.password.includes('*')

// ---- a-comparison-of-digests
import { createHmac, timingSafeEqual } from 'node:crypto'

const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest()

export const isEqual = (given: string, password: string) =>
  timingSafeEqual(digest(given), digest(password))

// ---- a-cookie-name
import session from 'express-session'

export const sessions = (secret: string) => session({ name: 'shop.sid', secret, resave: false })

// ---- a-header-without-a-token
export const headers = {
  'Access-Control-Allow-Headers': 'Authorization, X-Api-Key',
  'WWW-Authenticate': 'Bearer realm="shop"',
  authorization: 'Bearer',
}

// ---- a-key-from-elsewhere
import { createHmac } from 'node:crypto'
import jwt from 'jsonwebtoken'
import type { Secret } from '../../secret.ts'

export const sign = (key: Secret, text: string) => [
  jwt.sign({ text }, key.expose()),
  createHmac('sha256', key.expose()).update(text).digest('hex'),
]

// ---- a-label-for-a-derived-key
import { createHmac } from 'node:crypto'

export const salt = (masterKey: string) =>
  createHmac('sha256', 'shop-key-derivation').update(masterKey).digest().subarray(0, 16)

// ---- a-label-that-a-protocol-asks-for
import { createHmac } from 'node:crypto'

// https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
export const secretKey = (botToken: string) =>
  createHmac('sha256', 'WebAppData').update(botToken).digest()

// ---- a-parser-of-a-command-line
import { parseArgs } from 'node:util'

export const { values } = parseArgs({
  options: { password: { type: 'string', short: 'p' }, token: { type: 'string' } },
})

// ---- a-pool-from-the-environment.js
const { Pool } = require('pg')

module.exports = new Pool({
  connectionString: process.env.DATABASE_URL,
  password: process.env.PGPASSWORD,
})

// ---- a-salt
import { createHmac, hkdfSync } from 'node:crypto'

const HKDF_SALT = 'acme.session.2024'

export const extract = (secret: Buffer) => createHmac('sha256', HKDF_SALT).update(secret).digest()
export const derive = (secret: Buffer) => hkdfSync('sha256', secret, HKDF_SALT, 'info', 32)

// ---- a-token-in-a-template
export const headers = (token: string) => ({ Authorization: `Bearer ${token}` })
export const other = (key: string) => new Headers([['authorization', `Basic ${btoa(key)}`]])

// ---- an-example-of-a-header
export const documentation = {
  Authorization: 'Bearer <token>',
  'X-Api-Key': 'your-api-key',
}

// ---- test-vectors
import { createHmac } from 'node:crypto'

// RFC 4231, section 4.3
export const testVector = { key: 'Jefe', data: 'what do ya want for nothing?' }
export const isRight = () => createHmac('sha256', testVector.key).update(testVector.data).digest()
