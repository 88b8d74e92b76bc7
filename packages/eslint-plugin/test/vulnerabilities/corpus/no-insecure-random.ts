// ---- orbitar
// https://github.com/spaceshelter/orbitar/pull/518 CWE-338
// The code that resets a password is a hash over Math.random().
import crypto from 'crypto'
import type { DB } from '../DB.js'

export class UserRepository {
  constructor(private readonly db: DB) {}

  async generateAndSavePasswordResetForUser(userId: number): Promise<string> {
    const code = crypto.createHash('sha256').update(Math.random().toString() + userId).digest('hex') // expect: guessable
    await this.db.insert('user_password_reset', { user_id: userId.toString(), code })
    return code
  }
}

// ---- orbitar-fixed
import crypto from 'crypto'
import type { DB } from '../DB.js'

export class UserRepository {
  constructor(private readonly db: DB) {}

  async generateAndSavePasswordResetForUser(userId: number): Promise<string> {
    const code = crypto.randomBytes(32).toString('hex')
    await this.db.insert('user_password_reset', { user_id: userId.toString(), code })
    return code
  }
}

// ---- alianhub.js
// https://github.com/aliansoftwareteam/AlianHub-Project-Management-System/pull/106 CWE-338
// Eight characters of Math.random() are the token that resets a password.
exports.sendForgotPasswordMail = async (user, save, send) => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  let token = ''
  for (let i = 0; i < 8; i++) {
    token += alphabet.charAt(Math.floor(Math.random() * alphabet.length)) // expect: guessable
  }
  await save(user.id, { token, at: new Date() })
  await send(user.email, `/reset-password/${user.id}/${token}`)
}

// ---- alianhub-fixed.js
const crypto = require('crypto')

exports.sendForgotPasswordMail = async (user, save, send) => {
  const token = crypto.randomBytes(32).toString('hex')
  await save(user.id, { token, at: new Date() })
  await send(user.email, `/reset-password/${user.id}/${token}`)
}

// ---- jitsu
// https://github.com/jitsucom/jitsu/issues/1356 CWE-338
// The generator of ids makes bearer tokens too, and draws each character with Math.random().
export function randomId(digits = 24, prefix = ''): string {
  let id = ''
  for (let i = 0; i < digits; i++) id += randomChar(i === 0)
  return `${prefix ? `${prefix}_` : ''}${id}`
}

function randomChar(noDigits?: boolean) {
  const chars = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
  for (;;) {
    const index = Math.floor(Math.random() * chars.length) // expect: guessable
    if (!noDigits || index > 9) return chars[index]
  }
}

export const newCliToken = (userId: string) => {
  const token = randomId(32)
  return { id: randomId(), userId, token: `${userId}:${token}` }
}

// ---- jitsu-fixed
import { randomInt } from 'node:crypto'

export function randomId(digits = 24, prefix = ''): string {
  let id = ''
  for (let i = 0; i < digits; i++) id += randomChar(i === 0)
  return `${prefix ? `${prefix}_` : ''}${id}`
}

function randomChar(noDigits?: boolean) {
  const chars = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
  for (;;) {
    const index = randomInt(chars.length)
    if (!noDigits || index > 9) return chars[index]
  }
}

export const newCliToken = (userId: string) => {
  const token = randomId(32)
  return { id: randomId(), userId, token: `${userId}:${token}` }
}

// ---- bamboohr
// https://github.com/ffflorian/api-clients/pull/1838 CWE-338
// The password of basic authentication is a part of Math.random().
import axios, { type AxiosInstance } from 'axios'

export class BambooHR {
  private readonly apiClient: AxiosInstance

  constructor(baseURL: string, apiKey: string) {
    this.apiClient = axios.create({
      auth: { password: Math.random().toString(36).substring(7), username: apiKey }, // expect: guessable
      baseURL,
    })
  }
}

// ---- bamboohr-fixed
import crypto from 'node:crypto'
import axios, { type AxiosInstance } from 'axios'

export class BambooHR {
  private readonly apiClient: AxiosInstance

  constructor(baseURL: string, apiKey: string) {
    this.apiClient = axios.create({
      auth: { password: crypto.randomBytes(16).toString('base64'), username: apiKey },
      baseURL,
    })
  }
}

// ---- socket-io.js
// https://github.com/socketio/socket.io/issues/856 CWE-338
// The id of a connection, which is all that a client shows, is made of products of Math.random().
function Manager(server) {
  this.server = server
  this.handshaken = {}
}

Manager.prototype.generateId = function () {
  const part = () => Math.abs((Math.random() * Math.random() * Date.now()) | 0).toString() // expect: guessable
  return part() + part()
}

Manager.prototype.handleHandshake = function (data, res) {
  const id = this.generateId()
  this.handshaken[id] = data
  res.end(`${id}:15:25`)
}

module.exports = Manager

// ---- socket-io-fixed.js
const crypto = require('crypto')

function Manager(server) {
  this.server = server
  this.handshaken = {}
}

Manager.prototype.generateId = function () {
  return crypto.randomBytes(15).toString('base64url')
}

Manager.prototype.handleHandshake = function (data, res) {
  const id = this.generateId()
  this.handshaken[id] = data
  res.end(`${id}:15:25`)
}

module.exports = Manager

// ---- trackdechets
// https://github.com/MTES-MCT/trackdechets/pull/797 CWE-338
// Passwords for new members of a company are made with Math.random().
import { hash } from 'bcrypt'

export function generatePassword(): string {
  return Math.random().toString(36).slice(-10) // expect: guessable
}

export async function inviteUser(email: string, create: (user: object) => Promise<void>) {
  const unhashedPassword = generatePassword()
  await create({ email, password: await hash(unhashedPassword, 10) })
  return unhashedPassword
}

// ---- trackdechets-fixed
import { randomBytes } from 'crypto'
import { hash } from 'bcrypt'

export function generatePassword(): string {
  return randomBytes(10).toString('hex')
}

export async function inviteUser(email: string, create: (user: object) => Promise<void>) {
  const unhashedPassword = generatePassword()
  await create({ email, password: await hash(unhashedPassword, 10) })
  return unhashedPassword
}

// ---- metabase-assistant.js
// https://github.com/enessari/metabase-ai-assistant/pull/3 CWE-338
// The id of a session is the time and a part of Math.random().
export class ActivityLogger {
  constructor(connection) {
    this.connection = connection
    this.sessionId = this.generateSessionId()
  }

  generateSessionId() {
    return `session_${Date.now()}_${Math.random().toString(36).substr(2, 9)}` // expect: guessable
  }
}

// ---- metabase-assistant-fixed.js
import crypto from 'crypto'

export class ActivityLogger {
  constructor(connection) {
    this.connection = connection
    this.sessionId = this.generateSessionId()
  }

  generateSessionId() {
    return `session_${Date.now()}_${crypto.randomBytes(9).toString('hex')}`
  }
}

// ---- nodebb.js
// https://nvd.nist.gov/vuln/detail/CVE-2022-36045 CWE-338
// The code that resets a password is a UUID whose digits are drawn with Math.random().
const db = require('../database')

const utils = {
  generateUUID() {
    return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, (c) => {
      const r = (Math.random() * 16) | 0 // expect: guessable
      return (c === 'x' ? r : (r & 0x3) | 0x8).toString(16)
    })
  },
}

const UserReset = module.exports

UserReset.generate = async function (uid) {
  const code = utils.generateUUID()
  await db.setObjectField('reset:uid', code, uid)
  await db.sortedSetAdd('reset:issueDate', Date.now(), code)
  return code
}

// ---- nodebb-fixed.js
const crypto = require('crypto')
const db = require('../database')

const utils = {
  generateUUID() {
    return crypto.randomUUID()
  },
}

const UserReset = module.exports

UserReset.generate = async function (uid) {
  const code = utils.generateUUID()
  await db.setObjectField('reset:uid', code, uid)
  await db.sortedSetAdd('reset:issueDate', Date.now(), code)
  return code
}
