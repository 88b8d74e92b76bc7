// ---- cookie-signature.js
// https://test.osv.dev/vulnerability/GHSA-92vm-wfm5-mxvv CWE-208
// The signature of a cookie is compared with ==.
const crypto = require('crypto')

exports.sign = function (value, secret) {
  const mac = crypto.createHmac('sha256', secret).update(value).digest('base64')
  return `${value}.${mac.replace(/=+$/, '')}`
}

exports.unsign = function (signed, secret) {
  const value = signed.slice(0, signed.lastIndexOf('.'))
  return exports.sign(value, secret) == signed ? value : false // expect: secretCompared
}

// ---- cookie-signature-fixed.js
const crypto = require('crypto')

exports.sign = function (value, secret) {
  const mac = crypto.createHmac('sha256', secret).update(value).digest('base64')
  return `${value}.${mac.replace(/=+$/, '')}`
}

exports.unsign = function (signed, secret) {
  const value = signed.slice(0, signed.lastIndexOf('.'))
  const [expected, given] = [Buffer.from(exports.sign(value, secret)), Buffer.from(signed)]
  return expected.length === given.length && crypto.timingSafeEqual(expected, given) ? value : false
}

// ---- commitpulse-webhook
// https://github.com/JhaSourav07/commitpulse/issues/5525 CWE-208
// The HMAC of a webhook is compared with !==.
import crypto from 'crypto'
import { NextResponse } from 'next/server'

export async function POST(req: Request) {
  const payload = await req.text()
  const signature = req.headers.get('x-hub-signature-256')
  const hmac = crypto.createHmac('sha256', process.env.GITHUB_WEBHOOK_SECRET!)
  const digest = `sha256=${hmac.update(payload).digest('hex')}`
  if (signature !== digest) { // expect: secretCompared
    return NextResponse.json({ error: 'Invalid signature' }, { status: 401 })
  }
  return NextResponse.json({ ok: true })
}

// ---- commitpulse-webhook-fixed
import crypto from 'crypto'
import { NextResponse } from 'next/server'

export async function POST(req: Request) {
  const payload = await req.text()
  const signature = Buffer.from(req.headers.get('x-hub-signature-256') ?? '')
  const hmac = crypto.createHmac('sha256', process.env.GITHUB_WEBHOOK_SECRET!)
  const digest = Buffer.from(`sha256=${hmac.update(payload).digest('hex')}`)
  if (signature.length !== digest.length || !crypto.timingSafeEqual(signature, digest)) {
    return NextResponse.json({ error: 'Invalid signature' }, { status: 401 })
  }
  return NextResponse.json({ ok: true })
}

// ---- dub-hubspot
// https://github.com/dubinc/dub/issues/4415 CWE-208
// The signature of a webhook of HubSpot, which is a hash over a secret and the body, is compared with !==.
import crypto from 'crypto'

export const POST = async (req: Request) => {
  const rawBody = await req.text()
  const signature = req.headers.get('X-HubSpot-Signature')
  if (!signature) return new Response('Missing signature', { status: 401 })
  const sourceString = process.env.HUBSPOT_CLIENT_SECRET! + rawBody
  const expectedHash = crypto.createHash('sha256').update(sourceString).digest('hex')
  if (signature !== expectedHash) { // expect: nameCompared
    return new Response('Invalid signature', { status: 401 })
  }
  return new Response('OK')
}

// ---- dub-hubspot-fixed
import crypto from 'crypto'

export const POST = async (req: Request) => {
  const rawBody = await req.text()
  const signature = Buffer.from(req.headers.get('X-HubSpot-Signature') ?? '')
  const sourceString = process.env.HUBSPOT_CLIENT_SECRET! + rawBody
  const expectedHash = Buffer.from(crypto.createHash('sha256').update(sourceString).digest('hex'))
  if (signature.length !== expectedHash.length || !crypto.timingSafeEqual(signature, expectedHash)) {
    return new Response('Invalid signature', { status: 401 })
  }
  return new Response('OK')
}

// ---- dust
// https://github.com/dust-tt/dust/pull/24038 CWE-208
// The secret in the path of a webhook is compared with !==.
import { WebhookSourceResource } from './webhook_source_resource.js'

export async function handleWebhook(req: { query: { webhookSourceUrlSecret?: string; webhookSourceId: string } }) {
  const { webhookSourceUrlSecret, webhookSourceId } = req.query
  const webhookSource = await WebhookSourceResource.fetchById(webhookSourceId)
  if (webhookSourceUrlSecret !== webhookSource.urlSecret) { // expect: nameCompared
    return { status: 401, error: 'webhook_source_auth_error' }
  }
  return { status: 200 }
}

// ---- dust-fixed
import { timingSafeEqual } from 'node:crypto'
import { WebhookSourceResource } from './webhook_source_resource.js'

export async function handleWebhook(req: { query: { webhookSourceUrlSecret?: string; webhookSourceId: string } }) {
  const given = Buffer.from(req.query.webhookSourceUrlSecret ?? '')
  const webhookSource = await WebhookSourceResource.fetchById(req.query.webhookSourceId)
  const expected = Buffer.from(webhookSource.urlSecret)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return { status: 401, error: 'webhook_source_auth_error' }
  }
  return { status: 200 }
}

// ---- openclaw
// https://github.com/openclaw/openclaw/pull/12251 CWE-208
// The token of hooks is compared with !==.
import type { IncomingMessage, ServerResponse } from 'node:http'

interface HooksConfig {
  basePath: string
  token: string
}

function extractHookToken(req: IncomingMessage): string | undefined {
  const auth = req.headers.authorization ?? ''
  return auth.startsWith('Bearer ') ? auth.slice(7).trim() : undefined
}

export function handleHook(req: IncomingMessage, res: ServerResponse, hooksConfig: HooksConfig): boolean {
  const token = extractHookToken(req)
  if (!token || token !== hooksConfig.token) { // expect: nameCompared
    res.statusCode = 401
    res.end('Unauthorized')
    return true
  }
  return false
}

// ---- openclaw-fixed
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

interface HooksConfig {
  basePath: string
  token: string
}

const safeEqual = (given: Buffer, expected: Buffer) =>
  given.length === expected.length && timingSafeEqual(given, expected)

function extractHookToken(req: IncomingMessage): string | undefined {
  const auth = req.headers.authorization ?? ''
  return auth.startsWith('Bearer ') ? auth.slice(7).trim() : undefined
}

export function handleHook(req: IncomingMessage, res: ServerResponse, hooksConfig: HooksConfig): boolean {
  const token = extractHookToken(req)
  if (!token || !safeEqual(Buffer.from(token), Buffer.from(hooksConfig.token))) {
    res.statusCode = 401
    res.end('Unauthorized')
    return true
  }
  return false
}

// ---- pinchy
// https://github.com/heypinchy/pinchy/issues/44 CWE-208
// The token of a gateway is compared with === where the answer is returned.
import { readFileSync } from 'fs'

let gatewayToken: string | undefined

export function validateGatewayToken(headers: Headers): boolean {
  gatewayToken ??= JSON.parse(readFileSync('/openclaw-config/openclaw.json', 'utf-8')).gateway.auth.token
  const [scheme, token] = (headers.get('Authorization') ?? '').split(' ')
  if (scheme !== 'Bearer' || !token) return false
  return token === gatewayToken // expect: nameCompared
}

// ---- pinchy-fixed
import { timingSafeEqual } from 'crypto'
import { readFileSync } from 'fs'

let gatewayToken: string | undefined

export function validateGatewayToken(headers: Headers): boolean {
  gatewayToken ??= JSON.parse(readFileSync('/openclaw-config/openclaw.json', 'utf-8')).gateway.auth.token
  const [scheme, token] = (headers.get('Authorization') ?? '').split(' ')
  if (scheme !== 'Bearer' || !token) return false
  const [given, expected] = [Buffer.from(token), Buffer.from(gatewayToken ?? '')]
  return given.length === expected.length && timingSafeEqual(given, expected)
}

// ---- basic-auth-connect.js
// https://nvd.nist.gov/vuln/detail/CVE-2024-47178 CWE-208
// The user and the password of basic authentication are compared with ==.
module.exports = function basicAuth(callback, realm) {
  let username, password
  if (typeof callback === 'string') {
    username = callback
    password = realm
    callback = function (user, pass) {
      return user == username && pass == password // expect: nameCompared
    }
  }
  return function (req, res, next) {
    const [, encoded = ''] = (req.headers.authorization || '').split(' ')
    const credentials = Buffer.from(encoded, 'base64').toString()
    const index = credentials.indexOf(':')
    if (callback(credentials.slice(0, index), credentials.slice(index + 1))) return next()
    res.statusCode = 401
    res.end('Unauthorized')
  }
}

// ---- basic-auth-connect-fixed.js
const timingSafeCompare = require('tsscmp')

module.exports = function basicAuth(callback, realm) {
  let username, password
  if (typeof callback === 'string') {
    username = callback
    password = realm
    callback = function (user, pass) {
      const usernameValid = timingSafeCompare(user, username)
      const passwordValid = timingSafeCompare(pass, password)
      return usernameValid && passwordValid
    }
  }
  return function (req, res, next) {
    const [, encoded = ''] = (req.headers.authorization || '').split(' ')
    const credentials = Buffer.from(encoded, 'base64').toString()
    const index = credentials.indexOf(':')
    if (callback(credentials.slice(0, index), credentials.slice(index + 1))) return next()
    res.statusCode = 401
    res.end('Unauthorized')
  }
}
