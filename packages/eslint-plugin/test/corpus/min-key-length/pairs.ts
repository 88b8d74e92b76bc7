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

// ---- a-small-prime.js
const { createDiffieHellman } = require('crypto')
module.exports = createDiffieHellman(1024) // expect: shortModulus

// ---- certificates-of-selfsigned
import selfsigned from 'selfsigned'
export const pems = selfsigned.generate([{ name: 'commonName', value: 'x' }], { keySize: 1024 }) // expect: shortModulus

// ---- curves
import { createECDH, generateKeyPairSync } from 'node:crypto'
export const one = createECDH('secp112r1') // expect: smallCurve
export const two = generateKeyPairSync('ec', { namedCurve: 'sect163k1' }) // expect: smallCurve

// ---- dsa-with-a-callback.js
const crypto = require('crypto')
crypto.generateKeyPair('dsa', { modulusLength: 1024, divisorLength: 160 }, () => {}) // expect: shortModulus

// ---- forge-of-options.js
const forge = require('node-forge')
forge.pki.rsa.generateKeyPair({ bits: 1024, workers: 2 }, () => {}) // expect: shortModulus
forge.pki.rsa.createKeyPairGenerationState(1024, 0x10001) // expect: shortModulus

// ---- jose
import { generateKeyPair } from 'jose'
export const pair = await generateKeyPair('RS256', { modulusLength: 1024 }) // expect: shortModulus

// ---- jsencrypt.js
import JSEncrypt from 'jsencrypt'
export const crypt = new JSEncrypt({ default_key_size: '512' }) // expect: shortModulus

// ---- jsrsasign.js
const { KEYUTIL } = require('jsrsasign')
exports.rsa = KEYUTIL.generateKeypair('RSA', 1024) // expect: shortModulus
exports.ec = KEYUTIL.generateKeypair('EC', 'secp160r1') // expect: smallCurve

// ---- node-rsa.js
const NodeRSA = require('node-rsa')
const key = new NodeRSA({ b: 512 }) // expect: shortModulus
const other = new NodeRSA().generateKeyPair(1024) // expect: shortModulus
module.exports = { key, other }

// ---- rsa-of-a-constant
import { generateKeyPairSync } from 'node:crypto'
const options = { modulusLength: 1024 }
export const pair = generateKeyPairSync('rsa', options) // expect: shortModulus

// ---- rsa-of-a-default
import { generateKeyPairSync } from 'node:crypto'
export const make = (bits = 512) => generateKeyPairSync('rsa', { modulusLength: bits }) // expect: shortModulus

// ---- rsa-of-a-parameter
import { generateKeyPairSync } from 'node:crypto'
const make = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits }) // expect: shortModulus
export const pair = make(1024)

// ---- web-crypto-rsa-pss
export const make = () =>
  crypto.subtle.generateKey( // expect: shortModulus
    {
      name: 'RSA-PSS',
      modulusLength: 1024,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: 'SHA-256',
    },
    true,
    ['sign'],
  )

// ---- sizes-that-suffice.js
const forge = require('node-forge')
const NodeRSA = require('node-rsa')
const crypto = require('crypto')
exports.one = forge.pki.rsa.generateKeyPair({ bits: 2048 })
exports.two = new NodeRSA({ b: 4096 })
exports.three = crypto.createDiffieHellman(2048)
exports.four = crypto.createCipheriv('aes-256-gcm', crypto.randomBytes(32), crypto.randomBytes(12))
