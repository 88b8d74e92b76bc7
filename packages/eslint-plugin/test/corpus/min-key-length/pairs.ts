// ---- a-curve-of-192-bits
import { generateKeyPairSync } from 'node:crypto'

export const pair = generateKeyPairSync('ec', { namedCurve: 'prime192v1' }) // expect: smallCurve

// ---- a-curve-of-256-bits
import { createECDH, generateKeyPairSync } from 'node:crypto'

export const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
export const exchange = createECDH('secp384r1')

// ---- a-diffie-hellman-group
import { createDiffieHellmanGroup } from 'node:crypto'

export const exchange = createDiffieHellmanGroup('modp2') // expect: shortModulus

// ---- rsa-2048-and-edwards-curves
import { generateKeyPairSync } from 'node:crypto'

export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const ed25519 = generateKeyPairSync('ed25519')

// ---- a-diffie-hellman-pair
import { generateKeyPairSync } from 'node:crypto'

export const pair = generateKeyPairSync('dh', { group: 'modp5' }) // expect: shortModulus

// ---- a-diffie-hellman-prime.js
const crypto = require('crypto')

exports.exchange = () => crypto.createDiffieHellman(1024) // expect: shortModulus

// ---- a-large-diffie-hellman-group.js
const crypto = require('crypto')

exports.group = crypto.createDiffieHellmanGroup('modp14')
exports.prime = (bytes) => crypto.createDiffieHellman(bytes)

// ---- ecdh-on-a-small-curve.js
const { createECDH } = require('crypto')

module.exports = createECDH('secp160k1') // expect: smallCurve

// ---- elliptic
import { ec as EC } from 'elliptic'

export const curve = new EC('p192') // expect: smallCurve

// ---- promised-rsa-1024.js
const { promisify } = require('node:util')
const { generateKeyPair } = require('node:crypto')

exports.makePair = () => promisify(generateKeyPair)('rsa', { modulusLength: 1024 }) // expect: shortModulus

// ---- rsa-1024
import { generateKeyPairSync } from 'node:crypto'

export const pair = generateKeyPairSync('rsa', { modulusLength: 1024 }) // expect: shortModulus

// ---- rsa-of-node-forge
import forge from 'node-forge'

export const pair = forge.pki.rsa.generateKeyPair({ bits: 1024 }) // expect: shortModulus

// ---- web-crypto-rsa
export const pair = await crypto.subtle.generateKey( // expect: shortModulus
  {
    name: 'RSA-OAEP',
    modulusLength: 1024,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
  true,
  ['encrypt', 'decrypt'],
)

// ---- web-crypto-rsa-clean
export const pair = await crypto.subtle.generateKey(
  {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 3072,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
  false,
  ['sign', 'verify'],
)

// ---- web-crypto-curves
export const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
  'sign',
  'verify',
])
