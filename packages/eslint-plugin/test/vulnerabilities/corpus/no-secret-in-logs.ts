// ---- ad.js
// https://github.com/dthree/ad/issues/6 CWE-532
// A debugging line of a release prints the password of each login.
module.exports = {
  async authenticate(userName, pass) {
    const fullUser = `${userName}@${this.config.domain}`
    console.log('AUTH USER', fullUser, pass) // expect: suspiciousName
    return new Promise((resolve, reject) => {
      this._ad.authenticate(fullUser, pass, (error, isKnown) => {
        if (error) return reject(error)
        resolve(isKnown)
      })
    })
  },
}

// ---- ad-fixed.js
module.exports = {
  async authenticate(userName, pass) {
    const fullUser = `${userName}@${this.config.domain}`
    console.log('AUTH USER', fullUser)
    return new Promise((resolve, reject) => {
      this._ad.authenticate(fullUser, pass, (error, isKnown) => {
        if (error) return reject(error)
        resolve(isKnown)
      })
    })
  },
}

// ---- ever-gauzy
// https://github.com/ever-co/ever-gauzy/pull/9906 CWE-532
// The whole configuration of the database, with its password, is printed when the server starts.
const databaseConfig = {
  type: 'postgres',
  host: process.env.DB_HOST,
  port: Number(process.env.DB_PORT),
  username: process.env.DB_USER,
  password: process.env.DB_PASS,
  logging: true,
}

console.log(`DB Config: ${JSON.stringify(databaseConfig)}`) // expect: suspiciousName

export const environment = { port: process.env.PORT, database: databaseConfig }

// ---- ever-gauzy-fixed
const databaseConfig = {
  type: 'postgres',
  host: process.env.DB_HOST,
  port: Number(process.env.DB_PORT),
  username: process.env.DB_USER,
  password: process.env.DB_PASS,
  logging: true,
}

console.log(`DB Config: ${JSON.stringify({ ...databaseConfig, password: '***' })}`)

export const environment = { port: process.env.PORT, database: databaseConfig }

// ---- citrineos
// https://github.com/citrineos/citrineos-core/pull/887 CWE-532
// Each request writes its bearer token into the debug log.
import type { FastifyRequest } from 'fastify'

declare class Logger {
  debug(message: string, ...details: unknown[]): void
}

export class OIDCAuthProvider {
  constructor(private readonly _logger: Logger) {}

  async extractToken(request: FastifyRequest): Promise<string> {
    const authHeader = request.headers.authorization ?? ''
    const token = authHeader.split(' ')[1]
    if (!token) throw new Error('no bearer token')
    this._logger.debug('Extracted token from request:', token) // expect: suspiciousName
    return token
  }
}

// ---- citrineos-fixed
import type { FastifyRequest } from 'fastify'

declare class Logger {
  debug(message: string, ...details: unknown[]): void
}

export class OIDCAuthProvider {
  constructor(private readonly _logger: Logger) {}

  async extractToken(request: FastifyRequest): Promise<string> {
    const authHeader = request.headers.authorization ?? ''
    const token = authHeader.split(' ')[1]
    if (!token) throw new Error('no bearer token')
    this._logger.debug('Extracted token from request')
    return token
  }
}

// ---- datadog-api-client
// https://github.com/DataDog/datadog-api-client-typescript/pull/4168 CWE-532
// The log of requests masks two headers by name, and prints the bearer token in a third.
declare const logger: { debug(...details: unknown[]): void }

export function logRequest(request: { url: string; headers: Record<string, string> }, token: string) {
  const headers: Record<string, string> = { ...request.headers, Authorization: `Bearer ${token}` }
  const shown = { ...headers }
  for (const name of ['DD-API-KEY', 'DD-APPLICATION-KEY']) {
    if (shown[name]) shown[name] = shown[name].replace(/./g, 'x')
  }
  logger.debug('request: ', { url: request.url, headers: shown }) // expect: suspiciousName
  return fetch(request.url, { headers })
}

// ---- datadog-api-client-fixed
declare const logger: { debug(...details: unknown[]): void }

export function logRequest(request: { url: string; headers: Record<string, string> }, token: string) {
  const headers: Record<string, string> = { ...request.headers, Authorization: `Bearer ${token}` }
  const shown = { ...headers, Authorization: 'xxxx' }
  for (const name of ['DD-API-KEY', 'DD-APPLICATION-KEY']) {
    if (shown[name]) shown[name] = shown[name].replace(/./g, 'x')
  }
  logger.debug('request: ', { url: request.url, headers: shown })
  return fetch(request.url, { headers })
}

// ---- redash-mcp
// https://github.com/suthio/redash-mcp/issues/30 CWE-532
// A request that fails is logged with its headers, among them the API key.
import axios, { type AxiosError, type AxiosInstance } from 'axios'
import { logger } from './logger.js'

export class RedashClient {
  private client: AxiosInstance

  constructor(baseURL: string, apiKey: string) {
    this.client = axios.create({ baseURL, headers: { Authorization: `Key ${apiKey}` } })
  }

  async createQuery(query: object) {
    try {
      return await this.client.post('/api/queries', query)
    } catch (error) {
      const axiosError = error as AxiosError
      logger.error(`Request headers: ${JSON.stringify(axiosError.config?.headers)}`) // expect: suspiciousName
      throw error
    }
  }
}

// ---- redash-mcp-fixed
import axios, { type AxiosError, type AxiosInstance } from 'axios'
import { logger } from './logger.js'

export class RedashClient {
  private client: AxiosInstance

  constructor(baseURL: string, apiKey: string) {
    this.client = axios.create({ baseURL, headers: { Authorization: `Key ${apiKey}` } })
  }

  async createQuery(query: object) {
    try {
      return await this.client.post('/api/queries', query)
    } catch (error) {
      const axiosError = error as AxiosError
      logger.error(`Request failed: ${axiosError.response?.status}`)
      throw error
    }
  }
}

// ---- openhuman
// https://github.com/tinyhumansai/openhuman/issues/1921 CWE-532
// The client of an API prints each request with its headers, also in production.
export async function request(url: string, method: string, body: unknown, getToken: () => string | null) {
  const headers: Record<string, string> = { 'Content-Type': 'application/json' }
  const token = getToken()
  if (token) headers.Authorization = `Bearer ${token}`
  console.log('request', { url, headers, body, method }) // expect: suspiciousName
  return fetch(url, { method, headers, body: JSON.stringify(body) })
}

// ---- openhuman-fixed
export async function request(url: string, method: string, body: unknown, getToken: () => string | null) {
  const headers: Record<string, string> = { 'Content-Type': 'application/json' }
  const token = getToken()
  if (token) headers.Authorization = `Bearer ${token}`
  const { Authorization, ...safeHeaders } = headers
  console.log('request', { url, headers: safeHeaders, method })
  return fetch(url, { method, headers, body: JSON.stringify(body) })
}

// ---- meteor-accounts-ui.js
// https://github.com/ianmartorell/meteor-accounts-ui-bootstrap-3/issues/114 CWE-532
// Signing up prints the options of the new account, the password of the form among them.
const signup = function () {
  const options = {}
  const username = trimmedElementValueById('login-username')
  const password = elementValueById('login-password')
  if (username !== null) options.username = username
  if (!validatePassword(password)) return
  options.password = password
  console.log(options) // expect: suspiciousName
  Accounts.createUser(options, (error) => {
    if (error) loginButtonsSession.errorMessage(error.reason)
  })
}

module.exports = { signup }

// ---- meteor-accounts-ui-fixed.js
const signup = function () {
  const options = {}
  const username = trimmedElementValueById('login-username')
  const password = elementValueById('login-password')
  if (username !== null) options.username = username
  if (!validatePassword(password)) return
  options.password = password
  Accounts.createUser(options, (error) => {
    if (error) loginButtonsSession.errorMessage(error.reason)
  })
}

module.exports = { signup }

// ---- npm-registry-fetch.js
// https://github.com/advisories/GHSA-jmqm-f2gx-4fjv CWE-532
// The log of each request has the URL of the registry with the user and password that it may hold.
// missed
// The URL of an answer, which may hold a user and password, has no name of a secret.
const url = require('url')

module.exports = function logRequest(method, res, startTime, opts) {
  const elapsedTime = Date.now() - startTime
  const attempt = res.headers.get('x-fetch-attempts')
  const cacheStatus = res.headers.get('x-local-cache') ? ' (from cache)' : ''
  opts.log.http('fetch', `${method.toUpperCase()} ${res.status} ${res.url} ${elapsedTime}ms${attempt}${cacheStatus}`)
}

// ---- npm-registry-fetch-fixed.js
const url = require('url')

module.exports = function logRequest(method, res, startTime, opts) {
  const elapsedTime = Date.now() - startTime
  const attempt = res.headers.get('x-fetch-attempts')
  const cacheStatus = res.headers.get('x-local-cache') ? ' (from cache)' : ''
  const urlStr = new url.URL(res.url)
  if (urlStr.password) urlStr.password = '***'
  opts.log.http('fetch', `${method.toUpperCase()} ${res.status} ${urlStr} ${elapsedTime}ms${attempt}${cacheStatus}`)
}

// ---- dbos-transact
// https://github.com/dbos-inc/dbos-transact-ts/issues/1180 CWE-532
// The mask of a connection URL keeps the first and the last character of the password, and its length.
export function maskDatabaseUrl(text: string): string {
  const parsed = new URL(text)
  if (parsed.password) {
    const clear = decodeURIComponent(parsed.password)
    const stars = '*'.repeat(clear.length - 2)
    parsed.password = encodeURIComponent(`${clear[0]}${stars}${clear[clear.length - 1]}`)
  }
  return parsed.toString()
}

export async function connect(databaseUrl: string) {
  console.log(`Connecting: ${maskDatabaseUrl(databaseUrl)}`) // expect: suspiciousName
}

// ---- dbos-transact-fixed
export function maskDatabaseUrl(text: string): string {
  const parsed = new URL(text)
  if (parsed.password) parsed.password = '***'
  return parsed.toString()
}

export async function connect(databaseUrl: string) {
  console.log(`Connecting: ${maskDatabaseUrl(databaseUrl)}`)
}

// ---- lsp-routeros
// https://github.com/tikoci/lsp-routeros-ts/issues/3 CWE-532
// The error of a request that fails is logged whole, and its configuration has the password of the router.
import axios from 'axios'
import { log } from './server.js'

export async function fetchSchema(baseUrl: string, username: string, password: string) {
  try {
    const answer = await axios.get(`${baseUrl}/rest/console/inspect`, { auth: { username, password } })
    return answer.data
  } catch (error) {
    log.error(error) // expect: suspiciousName
    return undefined
  }
}

// ---- lsp-routeros-fixed
import axios from 'axios'
import { log } from './server.js'

export async function fetchSchema(baseUrl: string, username: string, password: string) {
  try {
    const answer = await axios.get(`${baseUrl}/rest/console/inspect`, { auth: { username, password } })
    return answer.data
  } catch (error) {
    log.error(axios.isAxiosError(error) ? error.code : 'unknown')
    return undefined
  }
}

// ---- ecency
// https://github.com/ecency/vision-mobile/pull/3229 CWE-532
// The token of a device for notifications is printed, and the crash reporter collects what is printed.
import messaging from '@react-native-firebase/messaging'

export async function enableNotification(username: string, isEnabled: boolean) {
  const token = await messaging().getToken()
  console.log('FCM Token: ', token) // expect: suspiciousName
  return { username, token, allows_notify: Number(isEnabled) }
}

// ---- ecency-fixed
import messaging from '@react-native-firebase/messaging'

export async function enableNotification(username: string, isEnabled: boolean) {
  const token = await messaging().getToken()
  console.log('FCM Token: ', !!token)
  return { username, token, allows_notify: Number(isEnabled) }
}
