// ---- a-github-webhook-signature
import { createHmac } from 'node:crypto'

export function verifyGithub(body: string, header: string, key: string): boolean {
  const expected = 'sha256=' + createHmac('sha256', key).update(body).digest('hex')
  return header === expected // expect: secretCompared
}

// ---- a-payment-that-says-it-is-paid.js
const crypto = require('crypto')

exports.verify = (req, res) => {
  const { order, payment, signature } = req.body
  const hmac = crypto.createHmac('sha256', process.env.PAYMENT_KEY)
  const digest = `sha256=${hmac.update(order + '|' + payment).digest('hex')}`
  res.json({ ok: digest === signature }) // expect: secretCompared
}

// ---- a-shopify-hmac
import crypto from 'node:crypto'

export function isFromShopify(rawBody: Buffer, hmacHeader: string): boolean {
  const hmac = crypto.createHmac('sha256', process.env.SHOPIFY_SECRET!)
  hmac.update(rawBody)
  const generated = hmac.digest('base64')
  return generated == hmacHeader // expect: secretCompared
}

// ---- a-signature-from-a-local-function
import { createHmac } from 'node:crypto'

const sign = (text: string) =>
  createHmac('sha256', process.env.KEY ?? '')
    .update(text)
    .digest('base64url')

export function open(cookie: string): string | undefined {
  const [value = '', mac] = cookie.split('.')
  return sign(value) === mac ? value : undefined // expect: secretCompared
}

// ---- a-stripe-like-signature-in-one-expression.js
const crypto = require('crypto')

module.exports = (req, signingSecret) =>
  req.headers['x-signature'] === // expect: secretCompared
  crypto.createHmac('sha256', signingSecret).update(req.rawBody).digest('hex')

// ---- buffers-of-a-mac
import { createHmac } from 'node:crypto'

export function verify(payload: Buffer, signature: Buffer, key: string): boolean {
  const mac = createHmac('sha512', key).update(payload).digest()
  return mac.equals(signature) // expect: secretCompared
}

// ---- crypto-js
import CryptoJS from 'crypto-js'

export function check(message: string, received: string, key: string) {
  const computed = CryptoJS.HmacSHA256(message, key).toString(CryptoJS.enc.Hex)
  return computed === received // expect: secretCompared
}

// ---- web-crypto
export async function verify(body: string, header: string, key: CryptoKey): Promise<boolean> {
  const signed = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(body))
  const computedSignature = Buffer.from(signed).toString('hex')
  return computedSignature === header.split('=')[1] // expect: secretCompared
}

// ---- a-mac-of-a-method-of-a-prototype.js
const crypto = require('crypto')

function Signer(key) {
  this.key = key
}

Signer.prototype.sign = function (text) {
  return crypto.createHmac('sha256', this.key).update(text).digest('hex')
}

Signer.prototype.verify = function (text, given) {
  return this.sign(text) === given // expect: secretCompared
}

module.exports = Signer

// ---- no-mac-of-a-method-of-a-prototype.js
const crypto = require('crypto')

function Signer(key) {
  this.key = key
}

Signer.prototype.sign = function (text) {
  return crypto.createHmac('sha256', this.key).update(text).digest('hex')
}

Signer.prototype.algorithm = function () {
  return 'sha256'
}

Signer.prototype.accepts = function (given) {
  return this.algorithm() === given
}

module.exports = Signer

// ---- a-mac-of-an-export.js
const crypto = require('crypto')

module.exports.sign = (text, key) => crypto.createHmac('sha256', key).update(text).digest('hex')

module.exports.verify = (text, key, given) => module.exports.sign(text, key) === given // expect: secretCompared

// ---- an-export-that-is-no-mac.js
const crypto = require('crypto')

module.exports.sign = (text, key) => crypto.createHmac('sha256', key).update(text).digest('hex')
module.exports.name = (text) => text.trim()

module.exports.isNamed = (text, given) => module.exports.name(text) === given
